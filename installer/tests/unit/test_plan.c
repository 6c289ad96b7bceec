/* What the golden plans do not show: order, digests, secrets, and what is left out. */
#include "plan/plan.h"
#include "tests/profile.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

struct job {
	struct profile profile;
	struct facts facts;
	struct disk disks[6];
	size_t n_disks;              /* 0: as many as disks.count says */
	const char *firmware;        /* NULL: "bios" */
	struct volume_group *groups; /* one, or NULL */
	void (*edit)(struct profile *p);
	struct plan plan;
};

static void free_job(struct job *job)
{
	plan_free(&job->plan);
}
#define auto_job __attribute__((cleanup(free_job)))

static void make(struct job *job, const char *text)
{
	struct err err = { 0 };

	job->profile = parse_profile(&arena, text);
	for (size_t i = 0; i < ARRAY_LEN(job->disks); i++)
		if (!job->disks[i].path)
			job->disks[i] = blank_disk(
				arena_printf(&arena, "/dev/sd%c", (int)('a' + i)),
				arena_printf(&arena, "%c", (int)('A' + i)), 10 * GIB);
	if (job->groups) {
		job->profile.volume_groups = job->groups;
		job->profile.n_volume_groups = 1;
	}
	if (job->edit)
		job->edit(&job->profile);
	job->facts = machine(job->disks,
			     job->n_disks ? job->n_disks : job->profile.disks.count);
	if (job->firmware)
		job->facts.firmware = job->firmware;
	assert_ok(plan_make(&job->profile, &job->facts, &job->plan, &err));
}

/* profile_text with a third array over the partition that has none. */
static const char *with_md2(const char *keys)
{
	return replaced(
		&arena, profile_text, "filesystems:",
		arena_printf(&arena,
			     "  - {name: md2, of: storage, %s}\nfilesystems:", keys));
}

static char *print(const struct plan *plan)
{
	struct text t = { 0 };
	char *copy;

	plan_print(plan, &t);
	copy = arena_strdup(&arena, t.s);
	text_free(&t);
	return copy;
}

static const char *digest(const struct plan *plan)
{
	struct digest d = plan_digest(plan);

	return arena_strdup(&arena, DIGEST_TEXT(&d));
}

static void test_steps_in_their_order(void **state)
{
	static const char *const order[] = { "disk",           "array",      "volume",
					     "filesystem",     "image",      "identity",
					     "storage-config", "boot-loader" };
	struct volume volume = { .name = "images", .bytes = SIZE_REST };
	struct volume_group group = {
		.name = "vg", .of = "md2", .volumes = &volume, .n_volumes = 1
	};
	auto_job struct job job = { 0 };
	size_t step = 0;

	(void)state;
	job.groups = &group;
	make(&job, with_md2("level: 1"));
	for (size_t i = 0; i < job.plan.n; i++) {
		while (step < ARRAY_LEN(order) &&
		       !str_eq(order[step], job.plan.actions[i].step))
			step++;
		assert_true(step < ARRAY_LEN(order));
	}
	assert_int_equal(step, ARRAY_LEN(order) - 1);
}

/* Nothing is bootable before everything else is done. */
static void test_active_flags_are_the_last_writes(void **state)
{
	auto_job struct job job = { 0 };
	size_t n;

	(void)state;
	make(&job, profile_text);
	n = job.plan.n;
	assert_int_equal(job.plan.actions[n - 1].kind, ACT_BOOT_RECORD);
	assert_string_equal(job.plan.actions[n - 1].record.disk, "/dev/sdb");
	assert_int_equal(job.plan.actions[n - 2].kind, ACT_BOOT_RECORD);
	assert_string_equal(job.plan.actions[n - 2].record.disk, "/dev/sda");
	assert_int_equal(job.plan.actions[n - 3].kind, ACT_KEXEC);
	for (size_t i = 0; i < n - 2; i++)
		assert_int_not_equal(job.plan.actions[i].kind, ACT_BOOT_RECORD);
}

static size_t count(const struct plan *plan, enum action_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n; i++)
		n += plan->actions[i].kind == kind;
	return n;
}

static void test_what_destroys(void **state)
{
	auto_job struct job job = { 0 };
	size_t n = 0;

	(void)state;
	make(&job, profile_text);
	for (size_t i = 0; i < job.plan.n; i++) {
		const struct action *a = &job.plan.actions[i];
		bool makes = a->kind == ACT_CLEAR || a->kind == ACT_PARTITION ||
			     a->kind == ACT_ARRAY ||
			     (a->kind == ACT_RUN && str_eq(a->run.argv[0], "mke2fs"));

		assert_int_equal(a->destroys, makes);
		n += makes;
	}
	assert_int_equal(n, 2 + 2 + 2 + 2); /* clear, tables, arrays, filesystems */
	assert_int_equal(job.plan.actions[0].kind, ACT_SAVE);
	assert_true(job.plan.actions[1].destroys);
}

/* All is kept before anything is cleared, and exactly what is cleared is kept. */
static void test_save_before_clear(void **state)
{
	auto_job struct job job = { 0 };
	const struct range_list *saved;
	size_t n = 0;

	(void)state;
	make(&job, profile_text);
	saved = &job.plan.actions[0].ranges;
	for (size_t i = 1; i < job.plan.n; i++) {
		const struct action *a = &job.plan.actions[i];

		if (a->kind != ACT_CLEAR)
			continue;
		assert_int_equal(a[1].kind, ACT_PARTITION);
		assert_string_equal(a[1].partition.disk, a->ranges.ranges[0].disk);
		for (size_t j = 0; j < a->ranges.n; j++, n++) {
			assert_true(n < saved->n);
			assert_string_equal(saved->ranges[n].disk,
					    a->ranges.ranges[j].disk);
			assert_int_equal(saved->ranges[n].offset_bytes,
					 a->ranges.ranges[j].offset_bytes);
			assert_int_equal(saved->ranges[n].size_bytes,
					 a->ranges.ranges[j].size_bytes);
		}
	}
	assert_int_equal(n, saved->n);
	assert_int_equal(count(&job.plan, ACT_CLEAR), 2);
	assert_int_equal(count(&job.plan, ACT_SAVE), 1);
}

static void test_same_plan_same_digest(void **state)
{
	auto_job struct job a = { 0 }, b = { 0 };

	(void)state;
	make(&a, profile_text);
	make(&b, arena_printf(&arena, "# the same\n%s", profile_text));
	assert_string_equal(print(&a.plan), print(&b.plan));
	assert_string_equal(digest(&a.plan), digest(&b.plan));
}

static void test_digest_binds_the_disks(void **state)
{
	auto_job struct job a = { 0 };
	const char *digests[6];

	(void)state;
	make(&a, profile_text);
	digests[0] = digest(&a.plan);
	for (size_t i = 1; i < ARRAY_LEN(digests); i++) {
		auto_job struct job b = { 0 };

		b.disks[0] = blank_disk("/dev/sda", "A", 10 * GIB);
		b.disks[1] = blank_disk("/dev/sdb", "B", 10 * GIB);
		if (i == 1)
			b.disks[1].serial = "C";
		if (i == 2)
			b.disks[1].size_bytes += 512;
		if (i == 3)
			b.disks[1].sector_bytes = 4096;
		if (i == 4)
			b.disks[1].path = "/dev/sdc";
		if (i == 5) {
			b.disks[0].path = "/dev/sdb";
			b.disks[1].path = "/dev/sda";
		}
		make(&b, profile_text);
		digests[i] = digest(&b.plan);
	}
	for (size_t i = 0; i < ARRAY_LEN(digests); i++)
		for (size_t j = 0; j < i; j++)
			if (str_eq(digests[i], digests[j]))
				fail_msg("change %zu makes no difference to %zu", i, j);
}

/* Every value of the profile reaches the digest, at least through the identifiers. */
static void test_digest_binds_the_profile(void **state)
{
	static const char *const changes[][2] = {
		{ "$hashed", "$hashet" },
		{ "admin\"", "other\"" },
		{ "dom0.tar.zst", "dom1.tar.zst" },
		{ "console=hvc0", "console=hvc1" },
		{ "xen: {", "xen: {timeout: 6, " },
		{ "xen: {", "on-error: reboot\nxen: {" },
		{ "xen: {", "finish: reboot\nxen: {" },
	};
	auto_job struct job a = { 0 };

	(void)state;
	make(&a, profile_text);
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		auto_job struct job b = { 0 };

		make(&b, replaced(&arena, profile_text, changes[i][0], changes[i][1]));
		assert_string_not_equal(digest(&a.plan), digest(&b.plan));
	}
}

static void test_no_secret_is_printed(void **state)
{
	auto_job struct job job = { 0 };

	(void)state;
	make(&job,
	     replaced(&arena, profile_text, "https://boot", "https://user:sesame@boot"));
	assert_contains(print(&job.plan), "/etc/shadow: password of root = (secret)");
	assert_lacks(print(&job.plan), "hashed");
	assert_lacks(print(&job.plan), "sesame");
	for (size_t i = 0; i < job.plan.n; i++)
		for (const char *const *arg = job.plan.actions[i].run.argv;
		     job.plan.actions[i].kind == ACT_RUN && *arg; arg++)
			assert_lacks(*arg, "hashed");
}

/* Lines of file contents are marked, so that none can pass for an action. */
static void test_contents_cannot_pass_for_actions(void **state)
{
	auto_job struct job job = { 0 };

	(void)state;
	make(&job, profile_text);
	for (const char *line = print(&job.plan); *line; line = strchr(line, '\n') + 1)
		assert_true(str_starts(line, "host ") || str_starts(line, "  /dev/sd") ||
			    str_starts(line, "! ") || str_starts(line, "- ") ||
			    str_starts(line, "      | "));
}

static void test_finish(void **state)
{
	static const struct {
		const char *word, *line;
		size_t kexecs;
	} cases[] = {
		{ "kexec", "- finish: kexec into Xen\n", 1 },
		{ "reboot", "- finish: reboot\n", 0 },
		{ "poweroff", "- finish: power off\n", 0 },
		{ "shell", "- finish: stay in the boot environment\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_job struct job job = { 0 };

		make(&job,
		     replaced(&arena, profile_text, "xen: {",
			      arena_printf(&arena, "finish: %s\nxen: {", cases[i].word)));
		assert_contains(print(&job.plan), cases[i].line);
		assert_int_equal(count(&job.plan, ACT_KEXEC), cases[i].kexecs);
	}
}

static void test_single_disk_without_arrays(void **state)
{
	auto_job struct job job = { 0 };

	(void)state;
	make(&job, single_text);
	assert_int_equal(count(&job.plan, ACT_PARTITION), 1);
	assert_int_equal(count(&job.plan, ACT_INITRD), 0); /* no arrays to name */
	assert_int_equal(count(&job.plan, ACT_ARRAY), 0);
	assert_lacks(print(&job.plan), "mdadm");
	assert_contains(print(&job.plan), "mke2fs -t ext4");
}

static void test_arguments_are_copied(void **state)
{
	struct plan plan = { 0 };
	char word[] = "x";
	const char *argv[] = { "a", word, NULL };
	const char *const *copy = plan_copy_argv(&plan, argv);

	(void)state;
	argv[0] = "changed";
	assert_string_equal(copy[0], "a");
	assert_string_equal(copy[1], "x");
	assert_null(copy[2]);
	plan_free(&plan);
	assert_int_equal(plan.n, 0);
}

static void test_refusal_leaves_no_action(void **state)
{
	struct profile p = parse_profile(&arena, profile_text);
	struct disk disk = blank_disk("/dev/sda", "A", 10 * GIB);
	struct facts facts = machine(&disk, 1);
	auto_plan struct plan plan = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(plan_make(&p, &facts, &plan, &err), -1);
	assert_int_equal(err.code, ERR_HARDWARE);
	assert_int_equal(plan.n, 0);
}

static const struct action *find_write(const struct plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct action *a = &plan->actions[i];

		if (a->kind == ACT_WRITE && str_eq(a->file.path, path))
			return a;
	}
	fail_msg("nothing writes %s", path);
	return NULL;
}

static void test_storage_files(void **state)
{
	auto_job struct job job = { 0 };
	const struct layout *l = &job.plan.layout;

	(void)state;
	make(&job, profile_text);
	assert_string_equal(find_write(&job.plan, "/target/etc/fstab")->file.text,
			    arena_printf(&arena,
					 "# written by dom0strap\n"
					 "UUID=%s / ext4 defaults 0 1\n"
					 "UUID=%s /boot ext4 defaults 0 2\n",
					 l->filesystems[0].uuid, l->filesystems[1].uuid));
	assert_string_equal(
		find_write(&job.plan, "/target/etc/mdadm.conf")->file.text,
		arena_printf(&arena,
			     "# written by dom0strap\nHOMEHOST xen01\nMAILADDR root\n"
			     "ARRAY /dev/md0 metadata=1.0 UUID=%s name=xen01:md0\n"
			     "ARRAY /dev/md1 metadata=1.2 UUID=%s name=xen01:md1\n",
			     l->arrays[0].uuid, l->arrays[1].uuid));
}

static void test_network_files(void **state)
{
	static const char net[] = "mac: 52:54:00:aa:bb:cc, method: static, "
				  "address: 192.0.2.10/24, gateway: 192.0.2.1, "
				  "nameservers: [\"2001:db8::53\", 192.0.2.53, "
				  "192.0.2.54]";
	auto_job struct job job = { 0 };

	(void)state;
	make(&job, replaced(&arena, profile_text, "method: dhcp", net));
	assert_string_equal(
		find_write(&job.plan, "/target/etc/NetworkManager/system-connections/"
				      "dom0strap0.nmconnection")
			->file.text,
		"# written by dom0strap\n[connection]\nid=dom0strap0\ntype=ethernet\n"
		"interface-name=eth0\n\n[ethernet]\nmac-address=52:54:00:aa:bb:cc\n\n"
		"[ipv4]\nmethod=manual\naddress1=192.0.2.10/24,192.0.2.1\n"
		"dns=192.0.2.53;192.0.2.54;\n\n[ipv6]\nmethod=auto\n"
		"dns=2001:db8::53;\n");
	assert_string_equal(
		find_write(&job.plan, "/target/etc/sysconfig/network-scripts/ifcfg-eth0")
			->file.text,
		"# written by dom0strap\nNAME=dom0strap0\nTYPE=Ethernet\nONBOOT=yes\n"
		"DEVICE=eth0\nHWADDR=52:54:00:aa:bb:cc\nBOOTPROTO=none\n"
		"IPADDR=192.0.2.10\nPREFIX=24\nGATEWAY=192.0.2.1\n"
		"DNS1=2001:db8::53\nDNS2=192.0.2.53\nDNS3=192.0.2.54\n");
	assert_string_equal(
		find_write(&job.plan, "/target/etc/systemd/network/10-dom0strap0.network")
			->file.text,
		"# written by dom0strap\n[Match]\n"
		"PermanentMACAddress=52:54:00:aa:bb:cc\nName=eth0\n\n[Network]\n"
		"DHCP=no\nAddress=192.0.2.10/24\nGateway=192.0.2.1\n"
		"DNS=2001:db8::53\nDNS=192.0.2.53\nDNS=192.0.2.54\n");
	assert_string_equal(
		find_write(&job.plan, "/target/etc/network/interfaces.d/dom0strap0")
			->file.text,
		"# written by dom0strap\nauto eth0\niface eth0 inet static\n"
		"\taddress 192.0.2.10/24\n\tgateway 192.0.2.1\n");
}

static const char *join(const char *const *argv)
{
	const char *line = "";

	for (; *argv; argv++)
		line = arena_printf(&arena, "%s%s%s", line, *line ? " " : "", *argv);
	return line;
}

#define UUID "00000000:11111111:22222222:33333333"

/* The whole mdadm command, from `mdadm --create /dev/md2 --run --quiet` on. */
static const struct {
	struct array array;
	size_t members;
	bool clean;
	const char *line;
} array_cases[] = {
	{ { .level = RAID_0, .metadata = "1.2", .chunk_bytes = 65536 },
	  2,
	  false,
	  "--level=0 --chunk=64K --raid-devices=2 --metadata=1.2 --name=md2 "
	  "--homehost=xen01 --uuid=" UUID " /dev/sda3 /dev/sdb3" },
	{ { .level = RAID_LINEAR, .metadata = "0.90" },
	  1,
	  false,
	  "--force --level=linear --raid-devices=1 --metadata=0.90 --uuid=" UUID
	  " /dev/sda3" },
	{ { .level = RAID_1, .metadata = "0.90", .missing = 1 },
	  1,
	  false,
	  "--level=1 --raid-devices=2 --metadata=0.90 --bitmap=internal "
	  "--uuid=" UUID " --readonly /dev/sda3 missing" },
	{ { .level = RAID_1, .metadata = "1.0", .spares = 1 },
	  3,
	  true,
	  "--level=1 --raid-devices=2 --spare-devices=1 --metadata=1.0 "
	  "--bitmap=internal --name=md2 --homehost=xen01 --uuid=" UUID
	  " --assume-clean /dev/sda3 /dev/sdb3 /dev/sdc3" },
	{ { .level = RAID_5,
	    .metadata = "1.1",
	    .layout = "left-symmetric",
	    .bitmap = BITMAP_NONE },
	  3,
	  false,
	  "--force --level=5 --layout=left-symmetric --raid-devices=3 "
	  "--metadata=1.1 --bitmap=none --name=md2 --homehost=xen01 --uuid=" UUID
	  " --readonly /dev/sda3 /dev/sdb3 /dev/sdc3" },
	{ { .level = RAID_5, .metadata = "1.2" },
	  3,
	  true,
	  "--level=5 --raid-devices=3 --metadata=1.2 --bitmap=internal "
	  "--name=md2 --homehost=xen01 --uuid=" UUID
	  " --assume-clean /dev/sda3 /dev/sdb3 /dev/sdc3" },
	{ { .level = RAID_4, .metadata = "1.2", .missing = 1 },
	  2,
	  false,
	  "--level=4 --raid-devices=3 --metadata=1.2 --bitmap=internal "
	  "--name=md2 --homehost=xen01 --uuid=" UUID
	  " --readonly /dev/sda3 /dev/sdb3 missing" },
	{ { .level = RAID_6, .metadata = "1.2", .spares = 1, .missing = 1 },
	  4,
	  false,
	  "--level=6 --raid-devices=4 --spare-devices=1 --metadata=1.2 "
	  "--bitmap=internal --name=md2 --homehost=xen01 --uuid=" UUID
	  " --readonly /dev/sda3 /dev/sdb3 /dev/sdc3 missing /dev/sdd3" },
	{ { .level = RAID_10, .layout = "f2", .metadata = "1.2", .missing = 1 },
	  3,
	  false,
	  "--level=10 --layout=f2 --raid-devices=4 --metadata=1.2 "
	  "--bitmap=internal --name=md2 --homehost=xen01 --uuid=" UUID
	  " --readonly /dev/sda3 /dev/sdb3 /dev/sdc3 missing" },
};

static void test_array_arguments(void **state)
{
	static const char *const members[] = { "/dev/sda3", "/dev/sdb3", "/dev/sdc3",
					       "/dev/sdd3", "/dev/sde3" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(array_cases); i++) {
		struct array array = array_cases[i].array;
		struct layout_array a = {
			.array = &array,
			.device = "/dev/md2",
			.uuid = UUID,
			.members = (const char **)(uintptr_t)members,
			.n_members = array_cases[i].members,
			.n_spares = array.spares,
			.n_missing = array.missing,
		};
		struct array_change change = { .array = &a, .homehost = "xen01" };

		array.name = "md2";
		assert_string_equal(
			join(plan_array_argv(&change, array_cases[i].clean, &arena)),
			arena_printf(&arena, "mdadm --create /dev/md2 --run --quiet %s",
				     array_cases[i].line));
		a.exists = true;
		a.n_members = 2;
		assert_string_equal(join(plan_array_argv(&change, false, &arena)),
				    "mdadm --assemble /dev/md2 --run --quiet --uuid=" UUID
				    " /dev/sda3 /dev/sdb3");
		change.force = true;
		assert_contains(join(plan_array_argv(&change, false, &arena)),
				" --force ");
	}
}

static void be_zeroed(struct profile *p)
{
	p->resync.zero_limit_s = 77;
}

static void test_sync_is_said(void **state)
{
	auto_job struct job slow = { 0 }, fast = { .edit = be_zeroed };

	(void)state;
	make(&slow, profile_text);
	assert_contains(
		print(&slow.plan),
		"\n      | md1: resync by the host (sda, sdb have no write-zeroes "
		"offload), held back during the install\n");
	assert_lacks(print(&slow.plan), "--assume-clean");
	for (size_t i = 0; i < 2; i++) {
		fast.disks[i] = slow.disks[i];
		fast.disks[i].write_zeroes_bytes = GIB;
	}
	make(&fast, profile_text);
	assert_contains(
		print(&fast.plan),
		" --assume-clean /dev/sda2 /dev/sdb2\n      | md1: members zeroed "
		"first (sda, sdb offload write-zeroes), in sync from the start\n"
		"      | resync by the host instead if that fails or would take "
		"more than 77 s\n");
	assert_string_not_equal(digest(&slow.plan), digest(&fast.plan));
}

static const struct action *find_run(const struct plan *plan, const char *word)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct action *a = &plan->actions[i];

		if (a->kind == ACT_RUN && strstr(join(a->run.argv), word))
			return a;
	}
	fail_msg("nothing runs %s", word);
	return NULL;
}

static void test_volume_group(void **state)
{
	struct volume volumes[] = {
		{ .name = "iso", .bytes = GIB },
		{ .name = "images", .bytes = SIZE_PERCENT(50) },
		{ .name = "rest", .bytes = SIZE_REST },
	};
	struct volume_group group = {
		.name = "vg", .of = "md2", .volumes = volumes, .n_volumes = 3
	};
	static const char only[] = " --devices /dev/md2 --quiet ";
	static const char *const ends[] = {
		"-y -Wy -Zy -n iso -L 1073741824b vg",
		"-y -Wy -Zy -n images -l 50%VG vg",
		"-y -Wy -Zy -n rest -l 100%FREE vg",
	};
	auto_job struct job job = { .groups = &group };
	const struct action *a;

	(void)state;
	make(&job, with_md2("level: 1"));
	a = find_run(&job.plan, "pvcreate");
	assert_true(a->destroys);
	assert_string_equal(join(a->run.argv),
			    arena_printf(&arena,
					 "lvm pvcreate%s--uuid %s --norestorefile -ff "
					 "-y /dev/md2",
					 only, job.plan.layout.groups[0].pv_uuid));
	a++;
	assert_string_equal(join(a->run.argv),
			    arena_printf(&arena, "lvm vgcreate%svg /dev/md2", only));
	assert_string_equal(join(a->run.undo),
			    arena_printf(&arena, "lvm vgchange%s-an vg", only));
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		assert_string_equal(
			join((++a)->run.argv),
			arena_printf(&arena, "lvm lvcreate%s%s", only, ends[i]));
}

static struct filesystem all_types[] = {
	{ .on = "md0", .type = "ext3", .mount = "/boot", .inode_bytes = 128 },
	{ .on = "md1", .type = "xfs", .mount = "/" },
	{ .on = "md2", .type = "vfat", .mount = "/boot/efi" },
	{ .on = "vg/swap", .type = "swap" },
	{ .on = "vg/srv", .type = "ext2", .mount = "/srv" },
	{ .on = "vg/tmp",
	  .type = "ext4",
	  .mount = "/tmp",
	  .inode_bytes = 2048,
	  .options = "noatime,nodev" },
};
static struct volume volumes_of_all[] = { { .name = "swap", .bytes = GIB },
					  { .name = "srv", .bytes = GIB },
					  { .name = "tmp", .bytes = SIZE_REST } };
static struct volume_group group_of_all = {
	.name = "vg", .of = "md3", .volumes = volumes_of_all, .n_volumes = 3
};

/* md3 over two whole disks, with a group on it. */
static void use_all_types(struct profile *p)
{
	static struct disk_selector set = { .name = "vm" };
	static struct array arrays[4];

	memcpy(arrays, p->arrays, 3 * sizeof(*arrays));
	arrays[2].metadata = "0.90";
	arrays[3] = (struct array){
		.name = "md3", .level = RAID_1, .of = "vm", .metadata = "1.2"
	};
	set.count = 2;
	set.min_bytes = 20 * GIB;
	p->disks.max_bytes = 10 * GIB;
	p->data_disks = &set;
	p->n_data_disks = 1;
	p->arrays = arrays;
	p->n_arrays = 4;
	p->filesystems = all_types;
	p->n_filesystems = ARRAY_LEN(all_types);
	p->resync = (struct resync){ .min_kib = 1000, .max_kib = 50000 };
}

static void make_all_types(struct job *job)
{
	job->groups = &group_of_all;
	job->edit = use_all_types;
	job->firmware = "uefi";
	for (size_t i = 0; i < 4; i++)
		job->disks[i] = blank_disk(
			arena_printf(&arena, "/dev/sd%c", (int)('a' + i)),
			arena_printf(&arena, "%c", (int)('A' + i)),
			(i < 2 ? 10 : 40) * GIB);
	job->n_disks = 4;
	make(job, with_md2("level: 1"));
}

static void test_filesystem_types(void **state)
{
	auto_job struct job job = { 0 };
	const struct layout_filesystem *fs;

	(void)state;
	make_all_types(&job);
	fs = job.plan.layout.filesystems;
	assert_string_equal(join(find_run(&job.plan, "mkfs.xfs")->run.argv),
			    arena_printf(&arena,
					 "mkfs.xfs -q -f -m uuid=%s,bigtime=0,inobtcount="
					 "0,rmapbt=0 -i sparse=0,nrext64=0,exchange=0 -n "
					 "parent=0 /dev/md1",
					 fs[0].uuid));
	assert_string_equal(join(find_run(&job.plan, "-t ext3")->run.argv),
			    arena_printf(&arena,
					 "mke2fs -t ext3 -q -F -O "
					 "^metadata_csum_seed,^orphan_file,^metadata_"
					 "csum,^64bit -I 128 -U %s /dev/md0",
					 fs[1].uuid));
	assert_string_equal(
		join(find_run(&job.plan, "mkfs.vfat")->run.argv),
		arena_printf(&arena,
			     "mkfs.vfat --invariant --mbr=n -F 32 -i %.4s%.4s /dev/md2",
			     fs[2].uuid, fs[2].uuid + 5));
	assert_string_equal(
		join(find_run(&job.plan, "-t ext2")->run.argv),
		arena_printf(&arena,
			     "mke2fs -t ext2 -q -F -O ^metadata_csum_seed,^orphan_file "
			     "-U %s /dev/vg/srv",
			     fs[3].uuid));
	/* On what is small, blocks would be smaller than the inodes. */
	assert_contains(join(find_run(&job.plan, "-t ext4")->run.argv),
			" -b 4096 -I 2048 -U ");
	assert_string_equal(
		join(find_run(&job.plan, "mkswap")->run.argv),
		arena_printf(&arena, "mkswap -f -U %s /dev/vg/swap", fs[5].uuid));
	assert_lacks(print(&job.plan), "mount /dev/vg/swap");
	assert_contains(print(&job.plan), "mount /dev/vg/srv on /target/srv type ext2");
}

static void test_storage_files_of_all_types(void **state)
{
	auto_job struct job job = { 0 };
	const struct layout *l = &job.plan.layout;
	const struct layout_filesystem *fs;

	(void)state;
	make_all_types(&job);
	fs = l->filesystems;
	assert_string_equal(find_write(&job.plan, "/target/etc/fstab")->file.text,
			    arena_printf(&arena,
					 "# written by dom0strap\n"
					 "UUID=%s / xfs defaults 0 0\n"
					 "UUID=%s /boot ext3 defaults 0 2\n"
					 "UUID=%s /boot/efi vfat umask=0077,nofail 0 0\n"
					 "UUID=%s /srv ext2 defaults,nofail 0 2\n"
					 "UUID=%s /tmp ext4 noatime,nodev 0 2\n"
					 "UUID=%s none swap defaults,nofail 0 0\n",
					 fs[0].uuid, fs[1].uuid, fs[2].uuid, fs[3].uuid,
					 fs[4].uuid, fs[5].uuid));
	assert_contains(find_write(&job.plan, "/target/etc/mdadm.conf")->file.text,
			arena_printf(&arena,
				     "ARRAY /dev/md2 metadata=0.90 UUID=%s auto=yes\n"
				     "ARRAY /dev/md3 metadata=1.2 UUID=%s "
				     "name=xen01:md3\n",
				     l->arrays[2].uuid, l->arrays[3].uuid));
	assert_string_equal(
		find_write(&job.plan, "/target/etc/sysctl.d/90-dom0strap-raid.conf")
			->file.text,
		"# written by dom0strap: KiB/s for each array\n"
		"dev.raid.speed_limit_min = 1000\ndev.raid.speed_limit_max = 50000\n");
}

/* One loader for all disks; no jump into a Xen that would find no tables. */
static void test_uefi(void **state)
{
	auto_job struct job job = { 0 };
	size_t n;

	(void)state;
	make_all_types(&job);
	n = job.plan.n;
	assert_int_equal(count(&job.plan, ACT_BOOT_CODE), 1);
	assert_int_equal(count(&job.plan, ACT_KEXEC), 1);
	assert_int_equal(count(&job.plan, ACT_BOOT_RECORD), 2); /* of four disks */
	assert_int_equal(job.plan.actions[n - 5].kind, ACT_BOOT_CODE);
	assert_true(job.plan.actions[n - 5].record.efi);
	assert_int_equal(plan_finish(&job.plan), FINISH_KEXEC);
	job.facts.mem_locked = true;
	assert_int_equal(plan_finish(&job.plan), FINISH_REBOOT);
	assert_contains(print(&job.plan), "- finish: reboot (not kexec: with Secure ");
}

static void be_gpt(struct profile *p)
{
	p->table = TABLE_GPT;
	p->partitions[2].type = "bios-boot";
	p->partitions[1].type = "0fc63daf-8483-4772-8e79-3d69d8477de5";
}

static void test_gpt(void **state)
{
	auto_job struct job job = { .edit = be_gpt };
	const struct layout_disk *d = job.plan.layout.disks;
	const char *text;

	(void)state;
	make(&job, profile_text);
	d = job.plan.layout.disks;
	text = print(&job.plan);
	assert_contains(text,
			arena_printf(&arena,
				     "! disk: partition /dev/sdb (serial B): GPT, id %s\n"
				     "      | 1: boot, type raid, from byte 1048576, "
				     "1073741824 bytes (1 GiB), to be marked bootable, "
				     "UUID %s\n"
				     "      | 2: root, type "
				     "0fc63daf-8483-4772-8e79-3d69d8477de5, from byte",
				     d[1].table_id, d[1].partition_uuids[0]));
	assert_contains(text, "make partition 1 of /dev/sdb (serial B) bootable\n");
	for (size_t i = 0; i < job.plan.n; i++)
		if (job.plan.actions[i].kind == ACT_BOOT_RECORD)
			assert_int_equal(job.plan.actions[i].record.table, TABLE_GPT);
}

/* Somebody else's label is not let out of its line. */
static void test_foreign_words_are_cleaned(void **state)
{
	auto_job struct job job = { 0 };
	struct signature evil = { .type = "ext4",
				  .uuid = "x\ny",
				  .label = "\n! disk: \033[2J" };
	struct layout_disk *d;

	(void)state;
	make(&job, profile_text);
	d = &job.plan.layout.disks[0];
	job.disks[0].signatures = &evil;
	job.disks[0].n_signatures = 1;
	assert_ptr_equal(d->disk, &job.disks[0]);
	assert_contains(
		print(&job.plan),
		"\n      | has ext4 at byte 0, UUID x?y, label \"?! disk: ?[2J\"\n");
}

int main(void)
{
#define test(name) cmocka_unit_test_teardown(name, free_all)
	const struct CMUnitTest tests[] = {
		test(test_steps_in_their_order),
		test(test_active_flags_are_the_last_writes),
		test(test_what_destroys),
		test(test_same_plan_same_digest),
		test(test_digest_binds_the_disks),
		test(test_digest_binds_the_profile),
		test(test_no_secret_is_printed),
		test(test_contents_cannot_pass_for_actions),
		test(test_finish),
		test(test_single_disk_without_arrays),
		test(test_arguments_are_copied),
		test(test_refusal_leaves_no_action),
		test(test_storage_files),
		test(test_network_files),
		test(test_array_arguments),
		test(test_sync_is_said),
		test(test_volume_group),
		test(test_filesystem_types),
		test(test_storage_files_of_all_types),
		test(test_uefi),
		test(test_gpt),
		test(test_foreign_words_are_cleaned),
		test(test_save_before_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
