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
	struct disk disks[2];
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
	if (!job->disks[0].path) {
		job->disks[0] = blank_disk("/dev/sda", "A", 10 * GIB);
		job->disks[1] = blank_disk("/dev/sdb", "B", 10 * GIB);
	}
	job->facts = machine(job->disks, job->profile.disks.count);
	assert_ok(plan_make(&job->profile, &job->facts, &job->plan, &err));
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
	static const char *const order[] = { "disk",       "array",    "filesystem",
					     "image",      "identity", "storage-config",
					     "boot-loader" };
	auto_job struct job job = { 0 };
	size_t step = 0;

	(void)state;
	make(&job, profile_text);
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
		bool makes = a->kind == ACT_PARTITION ||
			     (a->kind == ACT_RUN && (str_eq(a->run.argv[0], "mke2fs") ||
						     str_eq(a->run.argv[1], "--create")));

		assert_int_equal(a->destroys, makes);
		n += makes;
	}
	assert_int_equal(n, 2 + 2 + 2); /* tables, arrays, filesystems */
	assert_true(job.plan.actions[0].destroys);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
