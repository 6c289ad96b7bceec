/* Keys about disks, and what is made on them: what is read, and every refusal. */
#include "tests/refusal.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* A bit of everything. Lines count: the cases below name them. */
static const char storage_text[] =
	"host: xen03\n"
	"target: xen-dom0\n"
	"disks: {count: 4, serial: [A, B, C, D]}\n"
	"data-disks:\n"
	"  vm: {count: 4, min-size: 1T, wwn: [w1, w2, w3, w4]}\n"
	"  fast: {count: 2, by-path: [p1, p2]}\n"
	"table: gpt\n"
	"wipe: own\n"
	"partitions:\n"
	"  - {name: grub, size: 1M, type: bios-boot}\n"
	"  - {name: esp, size: 512M}\n"
	"  - {name: root, size: 25%, active: true}\n"
	"  - {name: mem, size: 10%}\n"
	"  - {name: store, size: rest, type: lvm}\n"
	"arrays:\n"
	"  - {name: md0, level: 1, of: esp, metadata: \"1.0\"}\n"
	"  - {name: md1, level: 1, of: root, spares: 1}\n"
	"  - {name: md2, level: 10, of: store, layout: f2, chunk: 64K, missing: 1}\n"
	"  - {name: md3, level: 5, of: vm, layout: left-symmetric}\n"
	"  - {name: md4, level: 0, of: fast, chunk: 4K}\n"
	"  - {name: md5, level: linear, of: mem}\n"
	"volume-groups:\n"
	"  vmstorage:\n"
	"    of: md2\n"
	"    volumes: {images: {size: 80%}, iso: {size: 1G}, scratch: {size: rest}}\n"
	"  data: {of: md3}\n"
	"filesystems:\n"
	"  - {on: md1, type: ext3, mount: /, inode-size: 128, options: \"noatime\"}\n"
	"  - {on: md0, type: vfat, mount: /boot/efi}\n"
	"  - {on: vmstorage/images, type: xfs, mount: /var/lib/libvirt}\n"
	"  - {on: md5, type: swap}\n"
	"  - {on: md4, type: ext4, mount: /fast}\n"
	"resync: {zero-limit: 60, speed-min: 1000, speed-max: 50000}\n"
	"image: {url: \"https://boot.example.com/dom0.tar\", sha256: " SHA256_OF_NOTHING
	"}\n";

#define HOST_TEXT                                                                        \
	"host: xen02\n"                                                                  \
	"target: xen-dom0\n"                                                             \
	"image: {url: \"https://boot.example.com/dom0.tar\", sha256: " SHA256_OF_NOTHING \
	"}\n"

/* One disk with volumes on a partition. */
static const char volumes_text[] = HOST_TEXT
	"disks: {count: 1}\n"
	"partitions: [{name: root, size: 10G}, {name: pv, size: rest}]\n"
	"volume-groups:\n"
	"  vm: {of: pv, volumes: {a: {size: 10%}}}\n"
	"filesystems:\n"
	"  - {on: root, type: ext4, mount: /}\n"
	"  - {on: vm/a, type: ext2, mount: /a}\n";

static void test_disks_and_arrays(void **state)
{
	struct profile p = parse_profile(&arena, storage_text);

	(void)state;
	assert_int_equal(p.n_data_disks, 2);
	assert_null(p.disks.name);
	assert_int_equal(p.disks.n_serials, 4);
	assert_string_equal(p.data_disks[0].name, "vm");
	assert_int_equal(p.data_disks[0].at.line, 5);
	assert_int_equal(p.data_disks[0].count, 4);
	assert_int_equal(p.data_disks[0].min_bytes, UINT64_C(1) << 40);
	assert_string_equal(p.data_disks[0].wwns[3], "w4");
	assert_string_equal(p.data_disks[1].by_paths[0], "p1");
	assert_false(p.data_disks[1].removable);
	assert_int_equal(p.table, TABLE_GPT);
	assert_int_equal(p.wipe.policy, WIPE_OWN);
	assert_string_equal(p.partitions[0].type, "bios-boot");
	assert_null(p.partitions[1].type);
	assert_int_equal(p.partitions[2].bytes, SIZE_PERCENT(25));
	assert_int_equal(p.partitions[4].bytes, SIZE_REST);
	assert_int_equal(p.arrays[1].spares, 1);
	assert_int_equal(p.arrays[2].level, RAID_10);
	assert_string_equal(p.arrays[2].layout, "f2");
	assert_int_equal(p.arrays[2].chunk_bytes, 64 * 1024);
	assert_int_equal(p.arrays[2].missing, 1);
	assert_int_equal(p.arrays[3].level, RAID_5);
	assert_int_equal(p.arrays[3].bitmap, BITMAP_INTERNAL);
	assert_int_equal(p.arrays[4].bitmap, BITMAP_NONE);
	assert_int_equal(p.arrays[5].level, RAID_LINEAR);
	assert_int_equal(p.arrays[5].chunk_bytes, 0);
}

static void test_volumes_and_filesystems(void **state)
{
	struct profile p = parse_profile(&arena, storage_text);
	const struct volume_group *group = NULL;

	(void)state;
	assert_int_equal(p.n_volume_groups, 2);
	assert_string_equal(p.volume_groups[0].name, "vmstorage");
	assert_string_equal(p.volume_groups[0].of, "md2");
	assert_int_equal(p.volume_groups[0].n_volumes, 3);
	assert_int_equal(p.volume_groups[0].volumes[0].bytes, SIZE_PERCENT(80));
	assert_int_equal(p.volume_groups[0].volumes[2].bytes, SIZE_REST);
	assert_int_equal(p.volume_groups[1].n_volumes, 0);
	assert_ptr_equal(profile_find_volume(&p, "vmstorage/iso", &group),
			 &p.volume_groups[0].volumes[1]);
	assert_ptr_equal(group, &p.volume_groups[0]);
	assert_null(profile_find_volume(&p, "vmstorage/is", NULL));
	assert_null(profile_find_volume(&p, "data/iso", NULL));
	assert_null(profile_find_volume(&p, "md0", NULL));
	assert_ptr_equal(profile_find_data_disks(&p, "fast"), &p.data_disks[1]);
	assert_null(profile_find_data_disks(&p, "root"));
	assert_int_equal(p.filesystems[0].inode_bytes, 128);
	assert_string_equal(p.filesystems[0].options, "noatime");
	assert_null(p.filesystems[3].mount);
	assert_null(p.filesystems[3].options);
	assert_int_equal(p.resync.zero_limit_s, 60);
	assert_int_equal(p.resync.min_kib, 1000);
	assert_int_equal(p.resync.max_kib, 50000);
	p = parse_profile(&arena, volumes_text);
	assert_int_equal(p.resync.zero_limit_s, 300);
	assert_int_equal(p.resync.min_kib, 0);
	assert_string_equal(p.volume_groups[0].of, "pv");
}

static void test_canonical_form_is_a_profile(void **state)
{
	static const char *const texts[] = { storage_text, volumes_text };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct profile p = parse_profile(&arena, texts[i]), again;
		auto_text struct text t = { 0 }, t_again = { 0 };

		schema_json(&profile_schema, &p, SCHEMA_CANONICAL, &t);
		again = parse_profile(&arena, t.s);
		schema_json(&profile_schema, &again, SCHEMA_CANONICAL, &t_again);
		assert_string_equal(t.s, t_again.s);
	}
}

static void test_wipe(void **state)
{
	static const struct {
		const char *wipe;
		enum wipe_policy policy;
		size_t n;
	} cases[] = {
		{ "own", WIPE_OWN, 0 },
		{ "blank-only", WIPE_BLANK_ONLY, 0 },
		{ "{}", WIPE_BLANK_ONLY, 0 },
		{ "{listed: []}", WIPE_BLANK_ONLY, 0 },
		{ "{policy: own}", WIPE_OWN, 0 },
		{ "{policy: own, listed: []}", WIPE_OWN, 0 },
		{ "{listed: [A, B]}", WIPE_LISTED, 2 },
		{ "{listed: A}", WIPE_LISTED, 1 },
		{ "{listed: A, policy: listed}", WIPE_LISTED, 1 },
		{ "\n  listed: A", WIPE_LISTED, 1 },
	};
	static const struct refusal refusals[] = {
		{ "wipe: own", "wipe: listed",
		  "p.yaml:8:7: wipe: listed needs the disks' serial numbers, as in "
		  "{listed: [SERIAL]}" },
		{ "wipe: own", "wipe: {policy: listed, listed: []}",
		  "p.yaml:8:7: wipe: listed needs the disks' serial numbers, as in "
		  "{listed: [SERIAL]}" },
		{ "wipe: own", "wipe: {policy: own, listed: [A]}",
		  "p.yaml:8:7: wipe: a list and policy own contradict each other; leave "
		  "one out" },
		{ "wipe: own", "wipe: {policy: blank-only, listed: [A]}",
		  "p.yaml:8:7: wipe: a list and policy blank-only contradict each other; "
		  "leave one out" },
		{ "wipe: own", "wipe: [A]",
		  "p.yaml:8:7: wipe must be a map of keys, not a list" },
		{ "wipe: own", "wipe: {listed: ['']}",
		  "p.yaml:8:17: listed must be a serial number, not nothing" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct profile p = parse_profile(
			&arena,
			replaced(&arena, storage_text, "wipe: own",
				 arena_printf(&arena, "wipe: %s", cases[i].wipe)));

		assert_int_equal(p.wipe.policy, cases[i].policy);
		assert_int_equal(p.wipe.n_listed, cases[i].n);
	}
	assert_refusals(&arena, storage_text, refusals, ARRAY_LEN(refusals));
}

static void test_selectors(void **state)
{
	static const struct refusal cases[] = {
		{ "min-size: 1T", "min-size: 1T, max-size: 1G",
		  "p.yaml:5:3: data-disks vm: max-size is below min-size" },
		{ "[A, B, C, D]", "[A, B, C]",
		  "p.yaml:3:8: disks: 4 are wanted, serial names 3" },
		{ "[A, B, C, D]", "A",
		  "p.yaml:3:8: disks: 4 are wanted, serial names 1" },
		{ "w3, w4]", "w3]",
		  "p.yaml:5:3: data-disks vm: 4 are wanted, wwn names 3" },
		{ "p1, p2]", "p1]",
		  "p.yaml:6:3: data-disks fast: 2 are wanted, by-path names 1" },
		{ "[A, B, C, D]", "[A, B, C, A]",
		  "p.yaml:3:8: disks: serial names A twice" },
		{ "w3, w4]", "w3, W1]", "p.yaml:5:3: data-disks vm: wwn names W1 twice" },
		{ "by-path: [p1, p2]", "serial: [E, B]",
		  "p.yaml:6:3: data-disks fast: serial B is named by disks already "
		  "(line 3)" },
		{ "by-path: [p1, p2]", "wwn: [w5, w2]",
		  "p.yaml:6:3: data-disks fast: wwn w2 is named by data-disks vm already "
		  "(line 5)" },
		{ "[p1, p2]", "[/dev/disk/by-path/p1, p2]",
		  "p.yaml:6:30: by-path: \"/dev/disk/by-path/p1\" is not a name in "
		  "/dev/disk/by-path, without the directory" },
		{ "wwn: [w1, w2, w3, w4]", "wwn: ''",
		  "p.yaml:5:37: wwn must be a World Wide Name as `dom0strap facts` "
		  "shows it, not nothing" },
		{ "wwn: [w1, w2, w3, w4]", "transport: floppy",
		  "p.yaml:5:43: transport: \"floppy\" is not one of sata, sas, scsi, "
		  "nvme, usb, virtio, mmc" },
		{ "min-size: 1T", "removable: maybe",
		  "p.yaml:5:29: removable: \"maybe\" is not true or false" },
		{ "  vm: {count: 4", "  0vm: {count: 4",
		  "p.yaml:5:3: data-disks: \"0vm\" is not a short name of letters, "
		  "digits, - and _" },
		{ "  vm: {count: 4, ", "  vm: {",
		  "p.yaml:5:7: data-disks: the key \"count\" is missing (how many disks; "
		  "exactly as many must fit)" },
		{ "disks: {count: 4", "disks: {name: x, count: 4",
		  "p.yaml:3:9: unknown key \"name\" in disks" },
	};

	(void)state;
	assert_refusals(&arena, storage_text, cases, ARRAY_LEN(cases));
}

static void test_partitions(void **state)
{
	static const struct refusal cases[] = {
		{ "active: true}", "active: true}\n  - {name: x, size: 1M, active: true}",
		  "p.yaml:13:5: a second partition is active; \"root\" is already" },
		{ "size: 512M", "size: rest",
		  "p.yaml:11:5: only the last partition can have the rest of the disk" },
		{ "size: 10%", "size: 76%",
		  "p.yaml:13:5: partition \"mem\": the shares make 101% of the disk" },
		{ "size: 25%", "size: 101%",
		  "p.yaml:12:24: size: 101% is out of range (1% to 100%)" },
		{ "size: 512M", "size: 512M, type: fd",
		  "p.yaml:11:5: partition \"esp\": type fd is an MBR's; a GPT takes a "
		  "name like raid, or a GUID" },
		{ "size: 512M", "size: 512M, type: bios-boot",
		  "p.yaml:11:5: partition \"esp\": a second one of type bios-boot; "
		  "\"grub\" is already" },
		{ "size: 512M", "size: 512M, type: 21686148-6449-6e6f-744e-656564454649",
		  "p.yaml:11:5: partition \"esp\": a second one of type bios-boot; "
		  "\"grub\" is already" },
		{ "size: 512M", "size: 512M, type: ntfs",
		  "p.yaml:11:35: type: \"ntfs\" is not one of linux, raid, swap, lvm, "
		  "efi, bios-boot, a number like fd, or a GUID" },
		{ "table: gpt", "table: mbr",
		  "p.yaml:10:5: partition \"grub\": bios-boot goes with table: gpt; an "
		  "MBR needs no such partition" },
		{ "table: gpt", "align: cylinder\ntable: gpt",
		  "p.yaml:1:1: align: cylinder goes with table: mbr only; a GPT has no "
		  "cylinders" },
		{ "of: esp", "of: grub",
		  "p.yaml:16:5: array md0: partition \"grub\" is of type bios-boot, "
		  "which is the boot loader's alone" },
		{ "on: md5", "on: grub",
		  "p.yaml:31:5: filesystem swap: partition \"grub\" is of type "
		  "bios-boot, which is the boot loader's alone" },
	};
	static const struct refusal mbr[] = {
		{ "name: pv,", "name: pv, type: 0fc63daf-8483-4772-8e79-3d69d8477de4,",
		  "p.yaml:5:39: partition \"pv\": a GUID as type goes with table: gpt; "
		  "an MBR takes a name like raid, or a number like fd" },
		{ "name: pv,", "name: pv, type: 0x05,",
		  "p.yaml:5:39: partition \"pv\": type 0x05 stands for an empty, "
		  "extended or protective entry; a primary partition needs another" },
		{ "{name: pv, size: rest}",
		  "{name: b, size: 1M}, {name: c, size: 1M}, {name: d, size: 1M}, "
		  "{name: pv, size: rest}",
		  "p.yaml:5:102: an MBR has room for 4 partitions; table: gpt has more" },
	};
	static const char *const types[] = { "0",  "00", "5",  "0x5", "f",
					     "0F", "85", "ee", "EE",  "0xee" };
	static const char *const good[] = { "83",    "8e",   "fd",   "0xFD", "7",
					    "linux", "raid", "swap", "lvm",  "efi" };

	(void)state;
	assert_refusals(&arena, storage_text, cases, ARRAY_LEN(cases));
	assert_refusals(&arena, volumes_text, mbr, ARRAY_LEN(mbr));
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		const struct refusal refusal = {
			"name: pv,",
			arena_printf(&arena, "name: pv, type: %s,", types[i]),
			arena_printf(&arena,
				     "p.yaml:5:39: partition \"pv\": type %s stands for "
				     "an empty, extended or protective entry; a primary "
				     "partition needs another",
				     types[i]),
		};

		assert_refusals(&arena, volumes_text, &refusal, 1);
	}
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		parse_profile(&arena, replaced(&arena, volumes_text, "name: pv,",
					       arena_printf(&arena, "name: pv, type: %s,",
							    good[i])));
}

static void test_many_partitions(void **state)
{
	auto_text struct text t = { 0 };
	const char *text;

	(void)state;
	for (size_t i = 0; i < 126; i++)
		text_printf(&t, "{name: p%zu, size: 1M},\n", i);
	text = replaced(&arena, volumes_text, "disks:", "table: gpt\ndisks:");
	text = replaced(&arena, text, "{name: pv,",
			arena_printf(&arena, "%s{name: pv,", t.s));
	assert_int_equal(parse_profile(&arena, text).n_partitions, 128);
	assert_refusals(
		&arena, text,
		&(struct refusal){ "{name: pv,", "{name: x, size: 1M}, {name: pv,",
				   "p.yaml:132:22: a GPT has room for 128 partitions" },
		1);
}

static void test_names_and_uses(void **state)
{
	static const struct refusal cases[] = {
		{ "name: mem", "name: vm",
		  "p.yaml:5:3: data-disks set \"vm\": the partition in line 13 has that "
		  "name" },
		{ "name: mem", "name: root",
		  "p.yaml:13:5: partition \"root\": the partition in line 12 has that "
		  "name" },
		{ "name: mem", "name: md1",
		  "p.yaml:17:5: array \"md1\": the partition in line 13 has that name" },
		{ "  data: {", "  md3: {",
		  "p.yaml:26:3: volume group \"md3\": the array in line 19 has that "
		  "name" },
		{ "  data: {", "  vm: {",
		  "p.yaml:26:3: volume group \"vm\": the data-disks set in line 5 has "
		  "that name" },
		{ "of: mem", "of: nem",
		  "p.yaml:21:5: md5: no partition or data-disks set is named \"nem\"" },
		{ "of: mem", "of: md0",
		  "p.yaml:21:5: md5: no partition or data-disks set is named \"md0\"" },
		{ "of: mem", "of: root",
		  "p.yaml:21:5: array md5: \"root\" already carries array md1 (line "
		  "17)" },
		{ "of: md3", "of: md2",
		  "p.yaml:26:3: volume group data: \"md2\" already carries volume group "
		  "vmstorage (line 23)" },
		{ "of: md3", "of: store",
		  "p.yaml:26:3: volume group data: \"store\" already carries array md2 "
		  "(line 18); put it on that" },
		{ "on: md5", "on: md2",
		  "p.yaml:31:5: filesystem swap: \"md2\" already carries volume group "
		  "vmstorage (line 23); put it on a volume of that" },
		{ "on: md5", "on: vmstorage/images",
		  "p.yaml:31:5: filesystem swap: \"vmstorage/images\" already carries "
		  "filesystem /var/lib/libvirt (line 30)" },
		{ "on: md5", "on: vmstorage",
		  "p.yaml:31:5: filesystem swap: \"vmstorage\" is a volume group; name "
		  "one of its volumes, as in vmstorage/VOLUME" },
		{ "on: md5", "on: vmstorage/nothing",
		  "p.yaml:31:5: filesystem swap: no array, volume or partition is named "
		  "\"vmstorage/nothing\"" },
		{ "of: md3", "of: vmstorage",
		  "p.yaml:26:3: volume group data: no array or partition is named "
		  "\"vmstorage\"" },
		{ "of: md3", "of: md9",
		  "p.yaml:26:3: volume group data: no array or partition is named "
		  "\"md9\"" },
		{ "  - {name: md4, level: 0, of: fast, chunk: 4K}\n", "",
		  "p.yaml:31:5: filesystem /fast: no array, volume or partition is "
		  "named \"md4\"" },
		{ "vm: {count: 4", "more: {count: 1}\n  vm: {count: 4",
		  "p.yaml:5:3: data-disks \"more\": no array is made of them" },
		{ "vm: {count: 4, min-size: 1T, wwn: [w1, w2, w3, w4]}\n  fast: {count: "
		  "2, by-path: [p1, p2]}",
		  "more: {count: 1}\n  vm: {count: 4}\n  fast: {count: 2}",
		  "p.yaml:5:3: data-disks \"more\": no array is made of them" },
		{ "on: md4", "on: mem",
		  "p.yaml:32:5: filesystem /fast: \"mem\" already carries array md5 "
		  "(line 21); put it on that" },
	};
	static const struct refusal unused[] = {
		{ "level: linear, of: mem}\nvolume-groups:\n",
		  "level: linear, of: mem}\n"
		  "volume-groups:\n"
		  "  other: {of: vm}\n",
		  "p.yaml:23:3: volume group other: \"vm\" already carries array md3 "
		  "(line 19); put it on that" },
		{ "md5, level: linear, of: mem}\nvolume-groups:\n",
		  "md6, level: linear, of: mem}\nvolume-groups:\n  other: {of: grub2}\n",
		  "p.yaml:23:3: volume group other: no array or partition is named "
		  "\"grub2\"" },
	};
	static const struct refusal volumes[] = {
		{ "count: 1", "count: 2",
		  "p.yaml:7:3: volume group vm: \"pv\" stands on each of 2 disks; make "
		  "an array of it" },
		{ "disks: {count: 1}",
		  "data-disks: {d: {count: 1}}\ndisks: {count: 1}\n"
		  "arrays: []",
		  "p.yaml:4:14: data-disks \"d\": no array is made of them" },
		{ "of: pv", "of: root",
		  "p.yaml:9:5: filesystem /: \"root\" already carries volume group vm "
		  "(line 7); put it on a volume of that" },
	};
	static const struct refusal direct[] = {
		{ "of: pv", "of: d",
		  "p.yaml:8:3: volume group vm: data-disks are used by arrays only; "
		  "make one of \"d\"" },
	};

	(void)state;
	assert_refusals(&arena, storage_text, cases, ARRAY_LEN(cases));
	assert_refusals(&arena, storage_text, unused, ARRAY_LEN(unused));
	assert_refusals(&arena, volumes_text, volumes, ARRAY_LEN(volumes));
	assert_refusals(&arena,
			replaced(&arena, volumes_text,
				 "disks:", "data-disks: {d: {count: 1}}\ndisks:"),
			direct, ARRAY_LEN(direct));
}

static void test_array_values(void **state)
{
	static const struct refusal cases[] = {
		{ "layout: f2", "layout: n4",
		  "p.yaml:18:47: layout: \"n4\" is not n2, n3, f2, f3, o2 or o3 (RAID "
		  "10), or left-symmetric, left-asymmetric, right-symmetric or "
		  "right-asymmetric (RAID 5 and 6)" },
		{ "layout: f2", "layout: ls",
		  "p.yaml:18:5: md2: layout ls is one of RAID 5 and 6, not 10" },
		{ "layout: left-symmetric", "layout: o2",
		  "p.yaml:19:5: md3: layout o2 is one of RAID 10, not 5" },
		{ "spares: 1", "layout: n2",
		  "p.yaml:17:5: md1: RAID 1 has no layout to choose; leave it out" },
		{ "chunk: 4K", "layout: n2",
		  "p.yaml:20:5: md4: RAID 0 has no layout to choose; leave it out" },
		{ "spares: 1", "chunk: 64K",
		  "p.yaml:17:5: md1: RAID 1 has no chunks; leave chunk out" },
		{ "of: mem", "of: mem, chunk: 64K",
		  "p.yaml:21:5: md5: RAID linear has no chunks; leave chunk out" },
		{ "chunk: 4K", "chunk: 2K",
		  "p.yaml:20:44: chunk: 2K is out of range (from 4 KiB to 1 GiB)" },
		{ "chunk: 64K", "chunk: 96K",
		  "p.yaml:18:5: md2: chunk: 96 KiB is not a power of two" },
		{ "chunk: 4K", "spares: 1",
		  "p.yaml:20:5: md4: RAID 0 has no redundancy; leave spares out" },
		{ "of: mem", "of: mem, missing: 1",
		  "p.yaml:21:5: md5: RAID linear has no redundancy; leave missing out" },
		{ "chunk: 4K", "bitmap: internal",
		  "p.yaml:20:5: md4: RAID 0 has no redundancy; leave bitmap: internal "
		  "out" },
		{ "spares: 1", "bitmap: external",
		  "p.yaml:17:45: bitmap: \"external\" is not internal or none" },
		{ "\"1.0\"", "\"1.3\"",
		  "p.yaml:16:46: metadata: \"1.3\" is not 0.90, 1.0, 1.1 or 1.2" },
	};

	(void)state;
	assert_refusals(&arena, storage_text, cases, ARRAY_LEN(cases));
}

static void test_counts_of_members(void **state)
{
	static const struct {
		const char *array;
		const char *message; /* behind the array's name; NULL: good */
	} cases[] = {
		{ "level: 1, of: mem, spares: 4", "4 spares of 4 disks leave no member" },
		{ "level: 1, of: mem, spares: 3",
		  "RAID 1 needs 2 members, not 1 (disks: 4, spares: 3, missing: 0)" },
		{ "level: 1, of: mem, spares: 2", NULL },
		{ "level: 1, of: mem, spares: 1, missing: 1",
		  "1 members would be missing while 1 spares wait; leave one of the two "
		  "out" },
		{ "level: 1, of: mem, missing: 3", NULL },
		{ "level: 1, of: mem, missing: 23", NULL },
		{ "level: 1, of: mem, missing: 23, metadata: \"0.90\"", NULL },
		{ "level: 4, of: mem, spares: 1", NULL },
		{ "level: 4, of: mem, spares: 2",
		  "RAID 4 needs 3 members, not 2 (disks: 4, spares: 2, missing: 0)" },
		{ "level: 5, of: mem, spares: 2",
		  "RAID 5 needs 3 members, not 2 (disks: 4, spares: 2, missing: 0)" },
		{ "level: 5, of: mem, missing: 1", NULL },
		{ "level: 5, of: mem, missing: 2",
		  "RAID 5 of 6 members runs without 1, not 2" },
		{ "level: 6, of: mem", NULL },
		{ "level: 6, of: mem, spares: 1",
		  "RAID 6 needs 4 members, not 3 (disks: 4, spares: 1, missing: 0)" },
		{ "level: 6, of: mem, missing: 2, layout: rs", NULL },
		{ "level: 6, of: mem, missing: 3",
		  "RAID 6 of 7 members runs without 2, not 3" },
		{ "level: 10, of: mem, spares: 2", NULL },
		{ "level: 10, of: mem, spares: 2, layout: n3",
		  "RAID 10 needs 3 members, not 2 (disks: 4, spares: 2, missing: 0)" },
		{ "level: 10, of: mem, missing: 2",
		  "RAID 10 of 6 members runs without 1, not 2" },
		{ "level: 10, of: mem, missing: 2, layout: o3", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct refusal refusal = {
			"level: linear, of: mem",
			cases[i].array,
			arena_printf(&arena, "p.yaml:21:5: md5: %s", cases[i].message),
		};

		if (cases[i].message)
			assert_refusals(&arena, storage_text, &refusal, 1);
		else
			parse_profile(&arena, replaced(&arena, storage_text, refusal.from,
						       refusal.to));
	}
	/* One disk: the second comes later; or an array of one, to be grown. */
	parse_profile(&arena,
		      replaced(&arena,
			       replaced(&arena, volumes_text, "of: pv", "of: md0"),
			       "volume-groups",
			       "arrays: [{name: md0, level: 1, of: pv, missing: "
			       "1}]\nvolume-groups"));
	parse_profile(&arena,
		      replaced(&arena,
			       replaced(&arena, volumes_text, "of: pv", "of: md0"),
			       "volume-groups",
			       "arrays: [{name: md0, level: 0, of: pv}]\n"
			       "volume-groups"));
}

static void test_metadata_090_has_little_room(void **state)
{
	static const struct refusal refusal = {
		"missing: 3", "missing: 4",
		"p.yaml:6:10: md0: metadata 0.90 has room for 27 members, not 28; 1.0 "
		"stands at the same place"
	};
	const char *text = replaced(
		&arena,
		replaced(&arena, replaced(&arena, volumes_text, "count: 1", "count: 24"),
			 "volume-groups:\n  vm: {of: pv, volumes: {a: {size: 10%}}}",
			 "arrays: [{name: md0, level: 1, of: root, metadata: "
			 "\"0.90\", missing: 3}]"),
		"on: root, type: ext4, mount: /}\n  - {on: vm/a, type: ext2, mount: /a}",
		"on: md0, type: ext4, mount: /}");

	(void)state;
	parse_profile(&arena, text);
	assert_refusals(&arena, text, &refusal, 1);
}

static void test_volumes(void **state)
{
	static const struct refusal cases[] = {
		{ "iso: {size: 1G}", "iso: {size: rest}",
		  "p.yaml:25:36: volume vmstorage/iso: only the last volume can have the "
		  "rest of the group" },
		{ "iso: {size: 1G}", "iso: {size: 21%}",
		  "p.yaml:25:36: volume vmstorage/iso: the shares make 101% of the "
		  "group" },
		{ "iso: {size: 1G}", "iso: {}",
		  "p.yaml:25:41: volumes: the key \"size\" is missing (rounded up to "
		  "LVM's extents; a share is one of the group)" },
		{ "iso:", "snapshot1:",
		  "p.yaml:25:36: volumes: \"snapshot1\" is not a name that LVM allows "
		  "for a volume" },
		{ "iso:", "x_rimage_0:",
		  "p.yaml:25:36: volumes: \"x_rimage_0\" is not a name that LVM allows "
		  "for a volume" },
		{ "iso:", "-iso:",
		  "p.yaml:25:36: volumes: \"-iso\" is not a name that LVM allows for a "
		  "volume" },
		{ "  data:", "  ..:",
		  "p.yaml:26:3: volume-groups: \"..\" is not a name that LVM allows for "
		  "a volume group" },
		{ "  data:", "  mapper:",
		  "p.yaml:26:3: volume-groups: \"mapper\" is not a name that LVM allows "
		  "for a volume group" },
		{ "  data:", "  a b:",
		  "p.yaml:26:3: volume-groups: \"a b\" is not a name that LVM allows for "
		  "a volume group" },
		{ "of: md2", "OF: md2",
		  "p.yaml:24:5: unknown key \"OF\" in volume-groups" },
		{ "on: md5", "on: vmstorage/a/b",
		  "p.yaml:31:10: on: \"vmstorage/a/b\" is not an array's or partition's "
		  "name or GROUP/VOLUME" },
	};
	const char *hyphens = "a---------------------------------------------------------"
			      "-----";
	const struct refusal too_long = {
		"iso:", arena_printf(&arena, "%s:", hyphens),
		arena_printf(&arena,
			     "p.yaml:25:36: volume vmstorage/%s: the two names are too "
			     "long for /dev/mapper (127 characters, hyphens doubled)",
			     hyphens)
	};

	(void)state;
	assert_refusals(&arena, storage_text, cases, ARRAY_LEN(cases));
	assert_refusals(&arena, storage_text, &too_long, 1);
}

static void test_filesystems(void **state)
{
	static const struct refusal cases[] = {
		{ "type: swap", "type: swap, mount: /swap",
		  "p.yaml:31:5: swap on md5 is mounted nowhere; leave mount out" },
		{ ", mount: /fast", "",
		  "p.yaml:32:5: filesystem on md4: the key \"mount\" is missing (only "
		  "swap has none)" },
		{ "type: vfat", "type: ext4",
		  "p.yaml:29:5: filesystem on md0: vfat and /boot/efi go together; "
		  "firmware reads nothing else there, and a host needs files' owners "
		  "elsewhere" },
		{ "type: ext4, mount: /fast", "type: vfat, mount: /fast",
		  "p.yaml:32:5: filesystem on md4: vfat and /boot/efi go together; "
		  "firmware reads nothing else there, and a host needs files' owners "
		  "elsewhere" },
		{ "type: xfs", "type: xfs, inode-size: 512",
		  "p.yaml:30:5: filesystem on vmstorage/images: inode-size goes with "
		  "ext2, ext3 and ext4, not xfs" },
		{ "inode-size: 128", "inode-size: 192",
		  "p.yaml:28:5: filesystem on md1: inode-size is not a power of two" },
		{ "inode-size: 128", "inode-size: 64",
		  "p.yaml:28:49: inode-size: 64 is out of range (128 to 4096)" },
		{ "\"noatime\"", "\"noatime, nodev\"",
		  "p.yaml:28:63: options: \"noatime, nodev\" is not one word like "
		  "noatime,nodev" },
		{ "mount: /fast", "mount: /var/lib/libvirt",
		  "p.yaml:32:5: two filesystems are mounted on /var/lib/libvirt (the "
		  "first in line 30)" },
		{ "mount: /,", "mount: /root,",
		  "p.yaml:1:1: filesystems: none is mounted on /" },
		{ "mount: /fast", "mount: /boot",
		  "p.yaml:32:5: /boot on md4: the boot loader starts from `disks`, not "
		  "from data-disks fast; put it on a partition or an array of them" },
		{ "mount: /var/lib/libvirt", "mount: /boot",
		  "p.yaml:30:5: /boot on vmstorage/images: the boot loader reads no LVM; "
		  "put it on a partition or an array of them" },
		{ "\"1.0\"", "\"1.2\"",
		  "p.yaml:29:5: /boot/efi on md0: metadata 1.2 stands where firmware "
		  "looks for FAT; 1.0 stands at the end" },
		{ "\"1.0\"", "\"1.1\"",
		  "p.yaml:29:5: /boot/efi on md0: metadata 1.1 stands where firmware "
		  "looks for FAT; 1.0 stands at the end" },
		{ "md0, level: 1,", "md0, level: 10,",
		  "p.yaml:29:5: /boot/efi on md0: firmware reads a single member, which "
		  "only level 1 makes whole, not 10" },
		{ "on: md0", "on: vmstorage/iso",
		  "p.yaml:29:5: /boot/efi on vmstorage/iso: firmware reads no LVM; put "
		  "it on a partition or an array of them" },
		{ "speed-min: 1000", "speed-min: 50001",
		  "p.yaml:33:9: resync: speed-max is below speed-min" },
	};
	static const struct refusal single[] = {
		{ "on: root, type: ext4, mount: /}\n  - {on: vm/a, type: ext2, mount: "
		  "/a}",
		  "on: vm/a, type: ext4, mount: /}",
		  "p.yaml:9:5: / on vm/a: the boot loader reads no LVM; put it on a "
		  "partition or an array of them" },
	};

	(void)state;
	assert_refusals(&arena, storage_text, cases, ARRAY_LEN(cases));
	assert_refusals(&arena, volumes_text, single, ARRAY_LEN(single));
}

/* What could be taken for a mistake, and is none. */
static void test_good_ones(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{ "\"1.0\"", "\"0.90\"" },
		{ "on: md5", "on: vmstorage/iso" },
		{ "type: lvm", "type: e6d6d379-f507-44c2-a23c-238f2a3df928" },
		{ "type: ext3, mount: /, inode-size: 128", "type: xfs, mount: /" },
		{ "speed-min: 1000, speed-max: 50000", "speed-min: 1000" },
		{ "iso:", "i.s+o_-:" },
		{ "chunk: 4K", "bitmap: none" },
		{ "[p1, p2]", "['pci-0000:00:1f.2-ata-1.0', p2, p3]" },
		{ "count: 4, serial: [A, B, C, D]", "count: 4, removable: true" },
		{ "size: 25%", "size: 90%" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		parse_profile(&arena,
			      replaced(&arena, storage_text, cases[i].from, cases[i].to));
	/* Shares that are everything, and the boot partition of a single disk. */
	parse_profile(&arena,
		      replaced(&arena,
			       replaced(&arena, volumes_text, "size: 10%", "size: 100%"),
			       "filesystems:", "align: cylinder\nfilesystems:"));
	parse_profile(&arena,
		      replaced(&arena, volumes_text, "vm/a, type: ext2, mount: /a",
			       "vm/a, type: swap"));
	parse_profile(
		&arena,
		replaced(&arena,
			 replaced(&arena, volumes_text, "{name: pv",
				  "{name: esp, size: 1G, type: efi}, {name: pv"),
			 "  - {on: vm/a",
			 "  - {on: esp, type: vfat, mount: /boot/efi}\n  - {on: vm/a"));
}

int main(void)
{
#define test(name) cmocka_unit_test_teardown(name, free_all)
	const struct CMUnitTest tests[] = {
		test(test_disks_and_arrays),
		test(test_volumes_and_filesystems),
		test(test_canonical_form_is_a_profile),
		test(test_wipe),
		test(test_selectors),
		test(test_partitions),
		test(test_many_partitions),
		test(test_names_and_uses),
		test(test_array_values),
		test(test_counts_of_members),
		test(test_metadata_090_has_little_room),
		test(test_volumes),
		test(test_filesystems),
		test(test_good_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
