/*
 * signature.c: whose is what stands on the disks? Profile and layout are structs: a
 * mirror of two disks with a partition for /boot and one that is left to the host.
 */
#include "plan/finding.h"
#include "plan/layout.h"
#include "tests/profile.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct profile wiping(enum wipe_policy policy, const char **listed, size_t n)
{
	return (struct profile){
		.name = "p.yaml",
		.host = "xen01.example.com",
		.wipe = { { .line = 7, .column = 9 }, policy, listed, n },
	};
}

#define BLANK_ONLY wiping(WIPE_BLANK_ONLY, NULL, 0)
#define OWN        wiping(WIPE_OWN, NULL, 0)
#define LISTED(...)                                                                      \
	wiping(WIPE_LISTED, (const char *[]){ __VA_ARGS__ },                             \
	       ARRAY_LEN(((const char *[]){ __VA_ARGS__ })))

/* What any profile of that host makes of two disks A and B. `n` tells profiles apart. */
struct host {
	struct disk disks[2];
	struct layout_disk layout_disks[2];
	struct array array;
	struct layout_array layout_array;
	struct filesystem filesystem;
	struct layout_filesystem layout_filesystem;
	struct layout_partition partitions[2];
	struct partition_fact facts[2][2];
	struct signature signatures[2][8];
	struct layout layout;
};

static struct host *new_host(const char *name, const char *by_profile)
{
	struct host *h = arena_alloc(&arena, sizeof(*h));
	struct profile p = { .host = name, .name = by_profile };
	const char *purpose = by_profile; /* stands for the profile's digest */

	h->partitions[0] = (struct layout_partition){
		.number = 1, .start_bytes = MIB, .size_bytes = GIB, .active = true
	};
	h->partitions[1] = (struct layout_partition){ .number = 2,
						      .start_bytes = GIB + MIB,
						      .size_bytes = 8 * GIB };
	for (size_t i = 0; i < 2; i++) {
		h->disks[i] = blank_disk(i ? "/dev/sdb" : "/dev/sda", i ? "B" : "A",
					 10 * GIB);
		h->layout_disks[i].disk = &h->disks[i];
		h->layout_disks[i].set = &p.disks;
	}
	for (size_t i = 0; i < 2; i++)
		h->layout_disks[i].table_id = layout_derive_short_id(
			&p, purpose, &h->layout_disks[i], 1, &arena);
	h->array = (struct array){ .name = "md0", .level = RAID_1, .of = "boot" };
	h->layout_array = (struct layout_array){
		.array = &h->array,
		.uuid = layout_derive_md_uuid(&p, purpose, h->layout_disks, 2, &arena),
		.members = arena_alloc(&arena, 2 * sizeof(char *)),
		.n_members = 2,
	};
	h->layout_array.members[0] = "/dev/sda1";
	h->layout_array.members[1] = "/dev/sdb1";
	h->layout_filesystem = (struct layout_filesystem){
		.filesystem = &h->filesystem,
		.uuid = layout_derive_uuid(&p, purpose, h->layout_disks, 2, &arena),
	};
	h->layout = (struct layout){
		.disks = h->layout_disks,
		.n_disks = 2,
		.n_system = 2,
		.partitions = h->partitions,
		.n_partitions = 2,
		.arrays = &h->layout_array,
		.n_arrays = 1,
		.filesystems = &h->layout_filesystem,
		.n_filesystems = 1,
	};
	return h;
}

static void add(struct disk *d, struct signature s)
{
	assert_true(d->n_signatures < 8);
	d->signatures[d->n_signatures++] = s;
}

/* Disk i of h, as it looks when `by` has written it. */
static void write_disk(struct host *h, size_t i, const struct host *by, bool active)
{
	struct disk *d = &h->disks[i];
	const char *u = by->layout_array.uuid; /* "00112233:…", and as libblkid does */

	d->table = "dos";
	d->table_id = by->layout_disks[i].table_id;
	for (size_t j = 0; j < 2; j++)
		h->facts[i][j] = (struct partition_fact){
			.number = j + 1,
			.start_bytes = by->partitions[j].start_bytes,
			.size_bytes = by->partitions[j].size_bytes,
			.active = active && j == 0,
		};
	d->partitions = h->facts[i];
	d->n_partitions = 2;
	d->signatures = h->signatures[i];
	d->n_signatures = 0;
	add(d, (struct signature){
		       .type = "dos", .offset_bytes = 510, .uuid = d->table_id + 2 });
	add(d, (struct signature){
		       .type = "linux_raid_member",
		       .offset_bytes = MIB + 4096,
		       .partition = 1,
		       .uuid = arena_printf(&arena, "%.8s-%.4s-%.4s-%.4s-%.4s%.8s", u,
					    u + 9, u + 13, u + 18, u + 22, u + 27),
		       .label = "xen01:0" });
	add(d, (struct signature){ .type = "ext4",
				   .offset_bytes = MIB + 1080,
				   .partition = 1,
				   .uuid = by->layout_filesystem.uuid });
}

static void put(struct host *h, size_t i, struct signature s)
{
	h->disks[i].signatures = h->signatures[i];
	add(&h->disks[i], s);
}

static const struct signature foreign = { .type = "xfs", .uuid = "U", .label = "home" };

static enum layout_state check(struct host *h, struct profile p)
{
	struct err err = { 0 };

	assert_ok(layout_check_signatures(&p, &h->layout, &err));
	return h->layout.state;
}

static void assert_refused(struct host *h, struct profile p, const char *msg)
{
	struct err err = { 0 };

	assert_fails(layout_check_signatures(&p, &h->layout, &err), ERR_UNSAFE, msg);
}

#define HOST "xen01.example.com"

static void test_blank_disks(void **state)
{
	struct host *h = new_host(HOST, "this");

	(void)state;
	assert_int_equal(check(h, BLANK_ONLY), STATE_BLANK);
	assert_false(h->layout_disks[0].started);
	assert_false(h->layout_array.exists);
	assert_null(h->layout_disks[0].wiped);
}

static void test_our_own_work(void **state)
{
	struct host *h = new_host(HOST, "this");
	static const enum wipe_policy policies[] = { WIPE_BLANK_ONLY, WIPE_OWN,
						     WIPE_LISTED };

	(void)state;
	write_disk(h, 0, h, false);
	assert_int_equal(check(h, BLANK_ONLY), STATE_STARTED);
	assert_true(h->layout_disks[0].started);
	assert_false(h->layout_disks[1].started);
	assert_false(h->layout_array.exists); /* one member of two */
	write_disk(h, 1, h, false);
	assert_int_equal(check(h, BLANK_ONLY), STATE_STARTED);
	assert_true(h->layout_disks[1].started);
	assert_true(h->layout_array.exists);
	assert_false(h->layout_disks[0].bootable);
	write_disk(h, 0, h, true); /* cut off between the two last writes of all */
	for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
		assert_int_equal(check(h, wiping(policies[i], NULL, 0)), STATE_COMPLETE);
		assert_true(h->layout_disks[0].bootable);
		assert_false(h->layout_disks[1].bootable);
		assert_null(h->layout_disks[0].wiped);
	}
}

/* The member's signature has to stand in the member. */
static void test_array_in_the_wrong_place(void **state)
{
	struct host *h = new_host(HOST, "this");

	(void)state;
	write_disk(h, 0, h, false);
	write_disk(h, 1, h, false);
	h->disks[1].signatures[1].partition = 2;
	check(h, BLANK_ONLY);
	assert_false(h->layout_array.exists);
	h->disks[1].signatures[1].partition = 1;
	h->disks[1].path = "/dev/sdba"; /* "/dev/sdb1" is not its first partition */
	check(h, BLANK_ONLY);
	assert_false(h->layout_array.exists);
}

/* The smallest disk was another one when this table was written. */
static void test_begun_table_with_other_places(void **state)
{
	struct host *h = new_host(HOST, "this");

	(void)state;
	write_disk(h, 0, h, false);
	write_disk(h, 1, h, false);
	h->facts[0][1].size_bytes -= MIB;
	assert_int_equal(check(h, BLANK_ONLY), STATE_STARTED);
	assert_false(h->layout_disks[0].started);
	assert_true(h->layout_disks[1].started);
	assert_false(h->layout_array.exists);
}

static void test_gpt(void **state)
{
	struct host *h = new_host(HOST, "this");
	struct profile p = BLANK_ONLY;
	const char *guid = "11112222-3333-8444-8555-666677778888";

	(void)state;
	p.table = TABLE_GPT;
	for (size_t i = 0; i < 2; i++) {
		write_disk(h, i, h, false);
		h->layout_disks[i].table_id = guid;
		h->disks[i].table = "gpt";
		h->disks[i].table_id = arena_strdup(&arena, guid);
		h->disks[i].signatures[0] = (struct signature){ .type = "gpt",
								.offset_bytes = 512,
								.uuid = guid };
		put(h, i, (struct signature){ .type = "PMBR", .offset_bytes = 510 });
	}
	assert_int_equal(check(h, p), STATE_STARTED);
	assert_int_equal(check(h, p), STATE_STARTED);
	h->facts[0][0].active = true; /* the attribute "legacy BIOS bootable" */
	assert_int_equal(check(h, p), STATE_COMPLETE);
	h->facts[0][0].active = false;
	put(h, 0,
	    (struct signature){ .type = "gpt",
				.offset_bytes = 10 * GIB - 512,
				.uuid = "99990000-0000-4000-8000-000000000000" });
	assert_refused(h, p,
		       "wipe: blank-only, and there is data that this profile did not "
		       "put there; nothing has been written; if it may go, write `wipe: "
		       "{listed: [A]}` into the profile:\n"
		       "  /dev/sda (serial A), byte 10737417728: GPT backup header");
}

static void test_findings_and_remedy(void **state)
{
	struct host *h = new_host(HOST, "this");

	(void)state;
	h->disks[0].table = "dos";
	h->disks[0].table_id = "0x1a2b3c4d";
	h->disks[1].serial = "B 1\"";
	put(h, 0, (struct signature){ .type = "dos", .offset_bytes = 510 });
	put(h, 0,
	    (struct signature){ .type = "LVM2_member",
				.offset_bytes = 5 * GIB + 536,
				.partition = 3,
				.label = "VG_XenStorage-0815" });
	put(h, 1, foreign);
	assert_refused(
		h, BLANK_ONLY,
		"wipe: blank-only, and there is data that this profile did not "
		"put there; nothing has been written; if it may go, write `wipe: "
		"{listed: [A, \"B 1\\\"\"]}` into the profile:\n"
		"  /dev/sda (serial A), byte 510: MBR partition table\n"
		"  /dev/sda (serial A), byte 5368709656, partition 3: LVM physical "
		"volume of group \"VG_XenStorage-0815\" (a XenServer storage "
		"repository)\n"
		"  /dev/sdb (serial B 1\"), byte 0: xfs filesystem, label "
		"\"home\"");
	h->disks[1].serial = NULL;
	assert_refused(
		h, OWN,
		"wipe: own, and there is data that no install of this host put "
		"there; nothing has been written; if it may go, write `wipe: "
		"{listed: [A]}` into the profile; /dev/sdb without a serial "
		"number must be wiped by hand:\n"
		"  /dev/sda (serial A), byte 510: MBR partition table\n"
		"  /dev/sda (serial A), byte 5368709656, partition 3: LVM physical "
		"volume of group \"VG_XenStorage-0815\" (a XenServer storage "
		"repository)\n"
		"  /dev/sdb (serial unknown), byte 0: xfs filesystem, label "
		"\"home\"");
}

static void test_words(void **state)
{
	static const struct {
		struct signature s;
		const char *words;
	} cases[] = {
		{ { .type = "gpt", .offset_bytes = 512 }, "GPT partition table" },
		{ { .type = "gpt", .offset_bytes = 10 * GIB - 512 },
		  "GPT backup header" },
		{ { .type = "linux_raid_member", .label = "host:0" },
		  "md RAID member of array \"host:0\"" },
		{ { .type = "linux_raid_member" }, "md RAID member" },
		{ { .type = "LVM2_member", .label = "vg0" },
		  "LVM physical volume of group \"vg0\"" },
		{ { .type = "LVM2_member", .label = "XSLocalEXT-1" },
		  "LVM physical volume of group \"XSLocalEXT-1\" (a XenServer storage "
		  "repository)" },
		{ { .type = "zfs_member", .label = "tank" }, "ZFS of pool \"tank\"" },
		{ { .type = "VMFS" }, "VMFS (VMware datastore)" },
		{ { .type = "isw_raid_member" }, "Intel RAID metadata (IMSM)" },
		{ { .type = "ddf_raid_member" }, "DDF RAID metadata" },
		{ { .type = "crypto_LUKS" }, "LUKS encryption" },
		{ { .type = "gpfs" }, "GPFS" },
		{ { .type = "swap", .label = "s" }, "swap space, label \"s\"" },
		{ { .type = "ext4" }, "ext4 filesystem" },
		{ { .type = "new_member", .label = "l" }, "new_member, label \"l\"" },
	};
	struct disk disk = blank_disk("/dev/sda", "A", 10 * GIB);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_text struct text t = { 0 };

		finding_describe(&disk, &cases[i].s, &t);
		assert_string_equal(t.s, cases[i].words);
	}
}

/* All are listed as far as a message can be read; none is silently missing. */
static void test_very_many_findings(void **state)
{
	struct layout_disk disks[24] = { 0 };
	struct signature s[64];
	struct layout layout = { .disks = disks, .n_disks = 24 };
	struct profile p = BLANK_ONLY;
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < 64; i++)
		s[i] = (struct signature){ .type = "xfs", .offset_bytes = i * GIB };
	for (size_t i = 0; i < 24; i++) {
		struct disk *d = arena_alloc(&arena, sizeof(*d));

		*d = blank_disk(arena_printf(&arena, "/dev/sd%c", 'a' + (int)i),
				arena_printf(&arena, "S%zu", i), 100 * GIB);
		d->signatures = s;
		d->n_signatures = 64;
		disks[i].disk = d;
	}
	assert_int_equal(layout_check_signatures(&p, &layout, &err), -1);
	assert_contains(err.msg, "S22, S23]");
	assert_contains(err.msg, "/dev/sda (serial S0), byte 0: xfs filesystem");
	assert_true(str_ends(err.msg, " more; `dom0strap facts` shows all"));
}

static void test_wipe_own(void **state)
{
	struct host *h = new_host(HOST, "this");
	struct host *other = new_host("xen02.example.com", "this");

	(void)state;
	write_disk(h, 0, new_host(HOST, "earlier"), false);
	assert_refused(h, BLANK_ONLY,
		       "wipe: blank-only, and there is data that this profile did not "
		       "put there; nothing has been written; all of it comes from "
		       "earlier installs of this host, and `wipe: own` in the profile "
		       "lets it go:\n"
		       "  /dev/sda (serial A), byte 510: MBR partition table\n"
		       "  /dev/sda (serial A), byte 1052672, partition 1: md RAID member "
		       "of array \"xen01:0\"\n"
		       "  /dev/sda (serial A), byte 1049656, partition 1: ext4 "
		       "filesystem");
	assert_int_equal(check(h, OWN), STATE_BLANK);
	assert_string_equal(h->layout_disks[0].wiped,
			    "left by an earlier install of this host");
	assert_null(h->layout_disks[1].wiped);
	/* Finished by another profile: that is what `own` is for. */
	write_disk(h, 0, new_host(HOST, "earlier"), true);
	assert_int_equal(check(h, OWN), STATE_BLANK);
	assert_false(h->layout_disks[0].bootable);
	assert_string_equal(h->layout_disks[0].wiped,
			    "a finished install of this host by another profile");
	/* Half of it written anew when the power went. */
	write_disk(h, 1, h, false);
	assert_int_equal(check(h, OWN), STATE_STARTED);
	assert_false(h->layout_disks[0].started);
	assert_true(h->layout_disks[1].started);
	/* Somebody made something on it since. */
	put(h, 0, foreign);
	assert_refused(h, OWN,
		       "wipe: own, and there is data that no install of this host put "
		       "there; nothing has been written; if it may go, write `wipe: "
		       "{listed: [A]}` into the profile:\n"
		       "  /dev/sda (serial A), byte 510: MBR partition table\n"
		       "  /dev/sda (serial A), byte 1052672, partition 1: md RAID member "
		       "of array \"xen01:0\"\n"
		       "  /dev/sda (serial A), byte 1049656, partition 1: ext4 "
		       "filesystem\n"
		       "  /dev/sda (serial A), byte 0: xfs filesystem, label \"home\"");
	/* Another host's, by the same profile. */
	write_disk(h, 0, other, false);
	assert_refused(h, OWN,
		       "wipe: own, and there is data that no install of this host put "
		       "there; nothing has been written; if it may go, write `wipe: "
		       "{listed: [A]}` into the profile:\n"
		       "  /dev/sda (serial A), byte 510: MBR partition table\n"
		       "  /dev/sda (serial A), byte 1052672, partition 1: md RAID member "
		       "of array \"xen01:0\"\n"
		       "  /dev/sda (serial A), byte 1049656, partition 1: ext4 "
		       "filesystem");
}

static void test_own_content_below_a_foreign_table(void **state)
{
	struct host *h = new_host(HOST, "this");
	struct profile p = OWN;
	struct err err = { 0 };

	(void)state;
	write_disk(h, 0, h, false);
	h->disks[0].table_id = "0x1a2b3c4d";
	assert_int_equal(layout_check_signatures(&p, &h->layout, &err), -1);
	assert_contains(err.msg, "byte 510: MBR partition table");
	assert_contains(err.msg, "{listed: [A]}");
}

/* A backup at the disk's end tells of a table that somebody else had there. */
static void test_foreign_backup_behind_an_own_table(void **state)
{
	struct host *h = new_host(HOST, "this");
	struct profile p = OWN;
	struct err err = { 0 };

	(void)state;
	h->disks[0].table = "gpt";
	h->disks[0].table_id = layout_derive_uuid(&p, "gpt", h->layout_disks, 1, &arena);
	put(h, 0,
	    (struct signature){
		    .type = "gpt", .offset_bytes = 512, .uuid = h->disks[0].table_id });
	put(h, 0, (struct signature){ .type = "PMBR", .offset_bytes = 510 });
	assert_int_equal(check(h, p), STATE_BLANK);
	put(h, 0,
	    (struct signature){ .type = "gpt",
				.offset_bytes = 10 * GIB - 512,
				.uuid = "99990000-0000-4000-8000-000000000000" });
	assert_int_equal(layout_check_signatures(&p, &h->layout, &err), -1);
	assert_int_equal(err.code, ERR_UNSAFE);
	assert_contains(err.msg, "byte 10737417728: GPT backup header");
}

static void test_wipe_listed(void **state)
{
	struct host *h = new_host(HOST, "this");

	(void)state;
	put(h, 0, foreign);
	assert_int_equal(check(h, LISTED("A")), STATE_BLANK);
	assert_string_equal(h->layout_disks[0].wiped, "listed in the profile's wipe");
	assert_int_equal(check(h, LISTED("B", "A")), STATE_BLANK);
	assert_refused(h, LISTED("B"),
		       "wipe: listed, and there is data on disks that are not listed; "
		       "nothing has been written; if it may go, write `wipe: {listed: "
		       "[A]}` into the profile:\n"
		       "  /dev/sda (serial A), byte 0: xfs filesystem, label \"home\"");
	put(h, 1, foreign);
	assert_refused(h, LISTED("B"),
		       "wipe: listed, and there is data on disks that are not listed; "
		       "nothing has been written; if it may go, write `wipe: {listed: "
		       "[A, B]}` into the profile:\n"
		       "  /dev/sda (serial A), byte 0: xfs filesystem, label \"home\"");
	/* Listed does not mean that what is there may be gone on with. */
	write_disk(h, 0, h, false);
	put(h, 0, foreign);
	assert_int_equal(check(h, LISTED("A", "B")), STATE_BLANK);
	assert_false(h->layout_disks[0].started);
}

static void test_listed_with_a_slip(void **state)
{
	struct host *h = new_host(HOST, "this");
	struct profile p = LISTED("A", "X", "Y");
	struct err err = { 0 };

	(void)state;
	assert_fails(layout_check_signatures(&p, &h->layout, &err), ERR_HARDWARE,
		     "p.yaml:7:9: wipe.listed: none of the disks chosen has the serial "
		     "number X, Y; `dom0strap facts` shows what they are");
	write_disk(h, 0, h, true); /* nothing is wiped any more */
	write_disk(h, 1, h, true);
	assert_int_equal(check(h, p), STATE_COMPLETE);
}

static void test_foreign_beside_begun(void **state)
{
	struct host *h = new_host(HOST, "this");

	(void)state;
	write_disk(h, 0, h, false);
	write_disk(h, 1, h, false);
	put(h, 1,
	    (struct signature){ .type = "LVM2_member",
				.offset_bytes = GIB + MIB + 512,
				.partition = 2,
				.uuid = "x" });
	assert_refused(
		h, BLANK_ONLY,
		"wipe: blank-only, and there is data that this profile did not "
		"put there; nothing has been written; if it may go, write `wipe: "
		"{listed: [B]}` into the profile:\n"
		"  /dev/sdb (serial B), byte 1074790912, partition 2: LVM physical "
		"volume");
}

/* What the host made since it runs is its own business, and no reason not to boot it. */
static void test_a_finished_host_lives(void **state)
{
	struct host *h = new_host(HOST, "this");

	(void)state;
	write_disk(h, 0, h, true);
	write_disk(h, 1, h, true);
	put(h, 1,
	    (struct signature){ .type = "LVM2_member",
				.offset_bytes = GIB + MIB + 512,
				.partition = 2,
				.uuid = "x" });
	assert_int_equal(check(h, BLANK_ONLY), STATE_COMPLETE);
	assert_int_equal(check(h, LISTED("A", "B")), STATE_COMPLETE);
	/* A filesystem over our table is not the host's. */
	put(h, 1, foreign);
	assert_refused(h, LISTED("A", "B"),
		       "/dev/sdb (serial B) carries a finished install of this profile, "
		       "which is never wiped, and with it what is not of this profile; "
		       "boot that host, or wipe the disk by hand:\n"
		       "  /dev/sdb (serial B), byte 0: xfs filesystem, label \"home\"");
}

static void test_a_replaced_disk(void **state)
{
	struct host *h = new_host(HOST, "this");
	struct host *pair = new_host(HOST, "another pair");
	static const enum wipe_policy policies[] = { WIPE_BLANK_ONLY, WIPE_OWN };

	(void)state;
	write_disk(h, 0, h, true);
	for (size_t i = 0; i < ARRAY_LEN(policies); i++)
		assert_refused(
			h, wiping(policies[i], NULL, 0),
			"/dev/sda (serial A) carries a finished install of this profile, "
			"which is never wiped; /dev/sdb (serial B) is blank: was it "
			"replaced? Boot the host and add the new disk to its arrays, or "
			"wipe the old one by hand");
	/* The arrays carry the names of another pair: still this profile's own table. */
	pair->layout_disks[0].table_id = h->layout_disks[0].table_id;
	write_disk(h, 0, pair, true);
	assert_refused(h, OWN,
		       "/dev/sda (serial A) carries a finished install of this profile, "
		       "which is never wiped; /dev/sdb (serial B) is blank: was it "
		       "replaced? Boot the host and add the new disk to its arrays, or "
		       "wipe the old one by hand");
	write_disk(h, 0, h, true);
	put(h, 1, foreign);
	assert_refused(h, BLANK_ONLY,
		       "/dev/sda (serial A) carries a finished install of this profile, "
		       "which is never wiped; /dev/sdb (serial B) carries something "
		       "else: was it replaced? Boot the host and add the new disk to its "
		       "arrays, or wipe the old one by hand:\n"
		       "  /dev/sdb (serial B), byte 0: xfs filesystem, label \"home\"");
	assert_refused(h, LISTED("A", "B"),
		       "/dev/sda (serial A) carries a finished install of this profile, "
		       "which is never wiped; /dev/sdb (serial B) is not of it: was it "
		       "replaced? Boot the host and add the new disk to its arrays, or "
		       "wipe the old one by hand");
}

/* A prefix of one of our identifiers, or one with more behind it, is not ours. */
static void test_similar_identifiers(void **state)
{
	struct host *h = new_host(HOST, "this");
	struct profile p = BLANK_ONLY;
	const char *md, *similar[6];

	(void)state;
	write_disk(h, 0, h, false);
	md = h->disks[0].signatures[1].uuid;
	similar[0] = NULL;
	similar[1] = "";
	similar[2] = "-";
	similar[3] = arena_strndup(&arena, md, 20);
	similar[4] = arena_printf(&arena, "%s0", md);
	similar[5] = arena_printf(&arena, "%.35s%c", md, md[35] == '0' ? '1' : '0');
	for (size_t i = 0; i < ARRAY_LEN(similar); i++) {
		struct err err = { 0 };

		h->disks[0].signatures[1].uuid = similar[i];
		assert_int_equal(layout_check_signatures(&p, &h->layout, &err), -1);
		assert_int_equal(err.code, ERR_UNSAFE);
	}
}

/* FAT volume ids are written in capitals; LVM's letters are not the same in capitals. */
static void test_forms_of_identifiers(void **state)
{
	struct host *h = new_host(HOST, "this");
	struct layout_group group = {
		.pv_uuid = "abcdef-ghij-klmn-opqr-stuv-wxyz-012345"
	};
	struct profile p = BLANK_ONLY;
	struct err err = { 0 };

	(void)state;
	write_disk(h, 0, h, false);
	h->layout_filesystem.uuid = "ab12-cd34";
	h->layout.groups = &group;
	h->layout.n_groups = 1;
	h->disks[0].signatures[2] =
		(struct signature){ .type = "vfat", .partition = 1, .uuid = "AB12-CD34" };
	put(h, 0,
	    (struct signature){
		    .type = "LVM2_member", .partition = 2, .uuid = group.pv_uuid });
	assert_int_equal(check(h, p), STATE_STARTED);
	h->disks[0].signatures[3].uuid = "ABCDEF-ghij-klmn-opqr-stuv-wxyz-012345";
	assert_int_equal(layout_check_signatures(&p, &h->layout, &err), -1);
}

/* Disks without a table: what stands on the disk itself says whose they are. */
static void test_whole_disks(void **state)
{
	struct host *h = new_host(HOST, "this");
	struct disk data[2] = { blank_disk("/dev/sdc", "C", 10 * GIB),
				blank_disk("/dev/sdd", "D", 10 * GIB) };
	struct layout_disk disks[4] = { h->layout_disks[0],
					h->layout_disks[1],
					{ .disk = &data[0], .whole = true },
					{ .disk = &data[1], .whole = true } };
	const char *members[] = { "/dev/sdc", "/dev/sdd" };
	struct layout_array arrays[2] = {
		h->layout_array,
		{ .uuid = "00112233:44556677:8899aabb:ccddeeff",
		  .members = members,
		  .n_members = 2 },
	};
	struct signature member[2][2] = {
		{ { .type = "linux_raid_member",
		    .offset_bytes = 4096,
		    .uuid = "00112233-4455-6677-8899-aabbccddeeff" } },
		{ { .type = "linux_raid_member",
		    .offset_bytes = 4096,
		    .uuid = "00112233-4455-6677-8899-aabbccddeeff" },
		  { .type = "LVM2_member", .offset_bytes = 512, .uuid = "x" } },
	};

	(void)state;
	h->layout.disks = disks;
	h->layout.n_disks = 4;
	h->layout.arrays = arrays;
	h->layout.n_arrays = 2;
	data[0].signatures = member[0];
	data[0].n_signatures = 1;
	assert_int_equal(check(h, BLANK_ONLY), STATE_STARTED);
	assert_true(disks[2].started);
	assert_false(disks[3].started);
	assert_false(arrays[1].exists);
	data[1].signatures = member[1];
	data[1].n_signatures = 1;
	check(h, BLANK_ONLY);
	assert_true(arrays[1].exists);
	assert_false(arrays[0].exists);
	data[1].n_signatures = 2;
	assert_refused(h, BLANK_ONLY,
		       "wipe: blank-only, and there is data that this profile did not "
		       "put there; nothing has been written; if it may go, write `wipe: "
		       "{listed: [D]}` into the profile:\n"
		       "  /dev/sdd (serial D), byte 512: LVM physical volume");
	write_disk(h, 0, h, true); /* …which the finished host has made there */
	write_disk(h, 1, h, true);
	assert_int_equal(check(h, BLANK_ONLY), STATE_COMPLETE);
	data[0].n_signatures = 0;
	assert_refused(h, BLANK_ONLY,
		       "/dev/sda (serial A) carries a finished install of this profile, "
		       "which is never wiped; /dev/sdc (serial C) is blank: was it "
		       "replaced? Boot the host and add the new disk to its arrays, or "
		       "wipe the old one by hand");
}

/* A whole disk of an earlier install of this host: all that is there must be own. */
static void test_own_whole_disks(void **state)
{
	struct host *h = new_host(HOST, "this");
	struct host *earlier = new_host(HOST, "earlier");
	struct disk disk = blank_disk("/dev/sdc", "C", 10 * GIB);
	struct signature s[2] = {
		{ .type = "linux_raid_member", .uuid = earlier->layout_array.uuid },
		{ .type = "xfs", .uuid = earlier->layout_filesystem.uuid },
	};
	struct layout_disk whole = { .disk = &disk, .whole = true };
	struct profile p = OWN;
	struct err err = { 0 };

	(void)state;
	h->layout.disks = &whole;
	h->layout.n_disks = 1;
	disk.signatures = s;
	disk.n_signatures = 2;
	assert_int_equal(check(h, p), STATE_BLANK);
	s[1].uuid = "33333333-3333-4333-8333-333333333333";
	assert_int_equal(layout_check_signatures(&p, &h->layout, &err), -1);
	assert_int_equal(err.code, ERR_UNSAFE);
}

int main(void)
{
#define test(name) cmocka_unit_test_teardown(name, free_all)
	const struct CMUnitTest tests[] = {
		test(test_blank_disks),
		test(test_our_own_work),
		test(test_array_in_the_wrong_place),
		test(test_begun_table_with_other_places),
		test(test_gpt),
		test(test_findings_and_remedy),
		test(test_words),
		test(test_very_many_findings),
		test(test_wipe_own),
		test(test_own_content_below_a_foreign_table),
		test(test_foreign_backup_behind_an_own_table),
		test(test_wipe_listed),
		test(test_listed_with_a_slip),
		test(test_foreign_beside_begun),
		test(test_a_finished_host_lives),
		test(test_a_replaced_disk),
		test(test_similar_identifiers),
		test(test_forms_of_identifiers),
		test(test_whole_disks),
		test(test_own_whole_disks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
