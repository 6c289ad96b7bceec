#include "config/value.h"
#include "tests/refusal.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void test_example(void **state)
{
	struct profile p = parse_profile(&arena, profile_text);

	(void)state;
	assert_string_equal(p.name, "p.yaml");
	assert_string_equal(p.host, "xen01.example.com");
	assert_int_equal(p.target, TARGET_XEN_DOM0);
	assert_int_equal(p.disks.count, 2);
	assert_int_equal(p.disks.min_bytes, 8 * GIB);
	assert_int_equal(p.disks.at.line, 4);
	assert_int_equal(p.n_partitions, 3);
	assert_true(p.partitions[0].active);
	assert_int_equal(p.partitions[2].bytes, SIZE_REST);
	assert_string_equal(p.arrays[0].metadata, "1.0");
	assert_string_equal(p.arrays[1].metadata, "1.2");
	assert_string_equal(p.filesystems[0].mount, "/boot");
	assert_string_equal(p.image.sha256, SHA256_OF_NOTHING);
	assert_string_equal(p.identity.ssh_keys[0], "ssh-ed25519 AAAAC3Nz admin");
	assert_string_equal(p.identity.root_password_hash, "$6$salt$hashed");
	assert_string_equal(p.identity.networks[0].interface, "eth0");
	assert_string_equal(p.xen.kernel_options, "console=hvc0");
}

static void test_defaults(void **state)
{
	struct profile p = parse_profile(&arena, single_text);

	(void)state;
	assert_int_equal(p.table, TABLE_MBR);
	assert_int_equal(p.wipe.policy, WIPE_BLANK_ONLY);
	assert_int_equal(p.boot_loader, LOADER_GRUB2);
	assert_int_equal(p.finish, FINISH_KEXEC);
	assert_int_equal(p.on_error, ON_ERROR_SHELL);
	assert_int_equal(p.disks.rotational, CHOICE_ANY);
	assert_string_equal(p.xen.options, "");
	assert_string_equal(p.xen.kernel_options, "");
	assert_int_equal(p.xen.make_default, XEN_DEFAULT_TRUE);
	assert_int_equal(p.xen.timeout, 5);
	assert_false(p.insecure);
	assert_null(p.match.mac);
	assert_null(p.identity.root_password_hash);
}

static void test_keys(void **state)
{
	static const struct refusal cases[] = {
		{ "host:", "hots:",
		  "p.yaml:1:1: unknown key \"hots\" in profile; did you mean \"host\"?" },
		{ "  min-size", "  min-sise",
		  "p.yaml:5:3: unknown key \"min-sise\" in disks; did you mean "
		  "\"min-size\"?" },
		{ "size: 4G", "siez: 4G",
		  "p.yaml:8:18: unknown key \"siez\" in partitions; did you mean "
		  "\"size\"?" },
		{ "xen: {", "quorum: {}\nxen: {",
		  "p.yaml:24:1: unknown key \"quorum\" in profile" },
		{ "host: xen01.example.com\n", "",
		  "p.yaml:1:1: profile: the key \"host\" is missing (the host's name)" },
		{ "target: xen-dom0\n", "",
		  "p.yaml:1:1: profile: the key \"target\" is missing (what the host "
		  "becomes)" },
		{ "disks:\n  count: 2\n  min-size: 8G\n", "",
		  "p.yaml:1:1: profile: the key \"disks\" is missing (which disks)" },
		{ "  count: 2\n", "",
		  "p.yaml:4:3: disks: the key \"count\" is missing (how many disks; "
		  "exactly as many must fit)" },
		{ ", size: 4G", "",
		  "p.yaml:8:5: partitions: the key \"size\" is missing (rounded up to "
		  "whole MiB; a share is one of the smallest disk)" },
		{ "  sha256: " SHA256_OF_NOTHING "\n", "",
		  "p.yaml:17:3: image: say sha256, the SHA-256 of the file at that URL, "
		  "or manifest" },
		{ "  sha256: ", "  manifest: http://boot/SHA256SUMS\n  sha256: ",
		  "p.yaml:17:3: image: sha256 and manifest both say what it must be; one "
		  "is enough" },
		{ "  sha256: ", "  serve-chunks: 10m\n  sha256: ",
		  "p.yaml:17:3: image: serve-chunks goes with chunks, the list of them" },
		{ "  sha256: ", "  chunk-peers: http://a:8280\n  sha256: ",
		  "p.yaml:17:3: image: chunk-peers goes with chunks, the list of them" },
		{ "target: xen-dom0\n", "target: xen-dom0\nhost: again\n",
		  "p.yaml:3:1: \"host\" stands here a second time (first in line 1)" },
	};

	(void)state;
	assert_refusals(&arena, profile_text, cases, ARRAY_LEN(cases));
}

static void test_values_of_the_disks(void **state)
{
	static const struct refusal cases[] = {
		{ "xen01.example.com", "xen_01",
		  "p.yaml:1:7: host: \"xen_01\" is not a host name like "
		  "xen01.example.com" },
		{ "xen01.example.com", "-x",
		  "p.yaml:1:7: host: \"-x\" is not a host name like xen01.example.com" },
		{ "xen01.example.com", "a..b",
		  "p.yaml:1:7: host: \"a..b\" is not a host name like "
		  "xen01.example.com" },
		{ "xen01.example.com", "x.",
		  "p.yaml:1:7: host: \"x.\" is not a host name like xen01.example.com" },
		{ "target: xen-dom0", "target: windows",
		  "p.yaml:2:9: target: \"windows\" is not xen-dom0 or "
		  "xenserver" },
		{ "count: 2", "count: two",
		  "p.yaml:4:10: count: \"two\" is not a whole number" },
		{ "count: 2", "count: [2]",
		  "p.yaml:4:10: count must be a whole number, not a list" },
		{ "count: 2", "count: 0",
		  "p.yaml:4:10: count: 0 is out of range (1 to 24)" },
		{ "count: 2", "count: 25",
		  "p.yaml:4:10: count: 25 is out of range (1 to 24)" },
		{ "8G", "8X",
		  "p.yaml:5:13: min-size: \"8X\" is not a size such as 20G or 512M" },
		{ "8G", "rest",
		  "p.yaml:5:13: min-size: \"rest\" is not a size such as 20G or 512M" },
		{ "size: 4G", "size: 4096",
		  "p.yaml:8:24: size: 4096 is out of range (from 1 MiB)" },
		{ "active: true", "active: 2",
		  "p.yaml:7:36: active: \"2\" is not true or false" },
		{ "{name: root,", "{name: 0root,",
		  "p.yaml:8:12: name: \"0root\" is not a short name of letters, digits, "
		  "- "
		  "and _" },
		{ "name: md0", "name: mdx",
		  "p.yaml:11:12: name: \"mdx\" is not a name like md0" },
		{ "name: md0", "name: md00",
		  "p.yaml:11:12: name: \"md00\" is not a name like md0" },
		{ "level: 1, of: root", "level: 7, of: root",
		  "p.yaml:12:24: level: \"7\" is not 0, 1, 4, 5, 6, 10 or linear" },
		{ "\"1.0\"", "0.9",
		  "p.yaml:11:47: metadata: \"0.9\" is not 0.90, 1.0, 1.1 or 1.2" },
		{ "type: ext4, mount: /boot", "type: btrfs, mount: /boot",
		  "p.yaml:14:21: type: \"btrfs\" is not ext2, ext3, ext4, xfs, vfat or "
		  "swap" },
		{ "/boot}", "boot}",
		  "p.yaml:14:34: mount: \"boot\" is not a path like /boot, without . or "
		  ".. in it" },
		{ "/boot}", "/a/../b}",
		  "p.yaml:14:34: mount: \"/a/../b\" is not a path like /boot, without . "
		  "or .. in it" },
		{ "/boot}", "/boot/}",
		  "p.yaml:14:34: mount: \"/boot/\" is not a path like /boot, without . "
		  "or .. in it" },
		{ "/boot}", "//}",
		  "p.yaml:14:34: mount: \"//\" is not a path like /boot, without . or .. "
		  "in it" },
		{ "/boot}", "\"/bo ot\"}",
		  "p.yaml:14:34: mount: \"/bo ot\" is not a path like /boot, without . "
		  "or .. in it" },
	};

	(void)state;
	assert_refusals(&arena, profile_text, cases, ARRAY_LEN(cases));
}

static void test_values_of_the_host(void **state)
{
	static const struct refusal cases[] = {
		{ "https://", "ftp://",
		  "p.yaml:17:8: url: \"ftp://boot.example.com/dom0.tar.zst\" is not an "
		  "http://, https:// or medium:/ URL" },
		{ SHA256_OF_NOTHING, "e3b0",
		  "p.yaml:18:11: sha256: \"e3b0\" is not 64 hexadecimal digits" },
		{ "\"ssh-ed25519 AAAAC3Nz admin\"", "AAAAC3Nz",
		  "p.yaml:20:14: ssh-keys: \"AAAAC3Nz\" is not a line as in "
		  "authorized_keys" },
		{ "\"ssh-ed25519 AAAAC3Nz admin\"", "\"a b\\nc d\"",
		  "p.yaml:20:14: ssh-keys: \"a b\nc d\" is not a line as in "
		  "authorized_keys" },
		/* Not even a mistyped password is repeated. */
		{ "\"$6$salt$hashed\"", "sesame",
		  "p.yaml:21:23: root-password-hash must be a crypt(5) hash like $6$…, "
		  "not this" },
		{ "\"$6$salt$hashed\"", "\"$6$salt:0:0\"",
		  "p.yaml:21:23: root-password-hash must be a crypt(5) hash like $6$…, "
		  "not this" },
		{ "method: dhcp", "method: bootp",
		  "p.yaml:23:33: method: \"bootp\" is not dhcp, static, "
		  "auto6, dhcp6 or boot" },
		{ "console=hvc0", "\"a=$(id)\"",
		  "p.yaml:24:54: kernel-options: \"a=$(id)\" is not plain arguments "
		  "without quotes" },
		{ "console=hvc0", "\"a=\\\"b\\\"\"",
		  "p.yaml:24:54: kernel-options: \"a=\"b\"\" is not plain arguments "
		  "without quotes" },
		{ "console=hvc0}", "a, timeout: 301}",
		  "p.yaml:24:66: timeout: 301 is out of range (0 to 300)" },
		{ "xen: {", "finish: halt\nxen: {",
		  "p.yaml:24:9: finish: \"halt\" is not kexec, reboot, poweroff or "
		  "shell" },
		{ "xen: {", "table: dos\nxen: {",
		  "p.yaml:24:8: table: \"dos\" is not mbr or gpt" },
		{ "xen: {", "wipe: all\nxen: {",
		  "p.yaml:24:7: wipe: \"all\" is not blank-only, own or listed" },
		{ "xen: {", "match: {mac: 52-54-00-aa-bb-cc}\nxen: {",
		  "p.yaml:24:14: mac: \"52-54-00-aa-bb-cc\" is not an address like "
		  "52:54:00:aa:bb:cc" },
		{ "xen: {", "match: {mac: 525400aabbcc00000}\nxen: {",
		  "p.yaml:24:14: mac: \"525400aabbcc00000\" is not an address like "
		  "52:54:00:aa:bb:cc" },
	};

	(void)state;
	assert_refusals(&arena, profile_text, cases, ARRAY_LEN(cases));
}

static void test_what_belongs_together(void **state)
{
	static const struct refusal cases[] = {
		{ "min-size: 8G", "min-size: 8G\n  max-size: 4G",
		  "p.yaml:4:3: disks: max-size is below min-size" },
		{ "min-size: 8G", "serial: [A]",
		  "p.yaml:4:3: disks: 2 are wanted, serial names 1" },
		{ "name: root, size", "name: boot, size",
		  "p.yaml:8:5: partition \"boot\": the partition in line 7 has that "
		  "name" },
		{ "name: root, size", "name: md0, size",
		  "p.yaml:11:5: array \"md0\": the partition in line 8 has that name" },
		{ "size: 4G", "size: rest",
		  "p.yaml:8:5: only the last partition can have the rest of the disk" },
		{ "size: 4G", "size: 4G, active: true",
		  "p.yaml:8:5: a second partition is active; \"boot\" is already" },
		{ "  - {name: storage, size: rest}\n",
		  "  - {name: a, size: 1G}\n  - {name: b, size: 1G}\n"
		  "  - {name: c, size: 1G}\n",
		  "p.yaml:11:5: an MBR has room for 4 partitions; table: gpt has more" },
		{ "name: md1", "name: md0",
		  "p.yaml:12:5: array \"md0\": the array in line 11 has that name" },
		{ "of: root", "of: rot",
		  "p.yaml:12:5: md1: no partition or data-disks set is named \"rot\"" },
		{ "of: root", "of: boot",
		  "p.yaml:12:5: array md1: \"boot\" already carries array md0 (line "
		  "11)" },
		{ "count: 2", "count: 1",
		  "p.yaml:11:5: md0: RAID 1 needs 2 members, not 1 (disks: 1, spares: 0, "
		  "missing: 0)" },
		{ "on: md1", "on: md7",
		  "p.yaml:15:5: filesystem /: no array, volume or partition is named "
		  "\"md7\"" },
		{ "on: md1", "on: root",
		  "p.yaml:15:5: filesystem /: \"root\" already carries array md1 (line "
		  "12); put it on that" },
		{ "on: md1", "on: storage",
		  "p.yaml:15:5: filesystem /: \"storage\" stands on each of 2 disks; "
		  "make an array of it" },
		{ "mount: /}", "mount: /boot}",
		  "p.yaml:15:5: two filesystems are mounted on /boot (the first in line "
		  "14)" },
		{ "on: md1", "on: md0",
		  "p.yaml:15:5: filesystem /: \"md0\" already carries filesystem /boot "
		  "(line 14)" },
		{ "  - {on: md1, type: ext4, mount: /}\n", "",
		  "p.yaml:1:1: filesystems: none is mounted on /" },
		{ "interface: eth0, ", "",
		  "p.yaml:23:7: network: name the card by interface or mac" },
		{ "method: dhcp", "method: static",
		  "p.yaml:23:7: network: static needs an address" },
		{ "method: dhcp", "gateway: 192.0.2.1",
		  "p.yaml:23:7: network: address, gateway and nameservers go with "
		  "method: "
		  "static" },
	};
	static const struct refusal single[] = {
		{ "partitions:\n  - {name: root, size: rest}", "partitions: []",
		  "p.yaml:1:1: profile: the key \"partitions\" is missing (the same on "
		  "every disk)" },
		{ "on: root", "on: swap",
		  "p.yaml:7:5: filesystem /: no array, volume or partition is named "
		  "\"swap\"" },
	};

	(void)state;
	assert_refusals(&arena, profile_text, cases, ARRAY_LEN(cases));
	assert_refusals(&arena, single_text, single, ARRAY_LEN(single));
}

static void test_network_addresses(void **state)
{
	static const char *const good[] = { "192.0.2.10/24", "192.0.2.10/0",
					    "192.0.2.10/32", "2001:db8::1/64",
					    "2001:db8::1/128" };
	static const char *const bad[] = {
		"192.0.2.10",      "192.0.2.10/33", "192.0.2.10/", "192.0.2/24",
		"2001:db8::1/129", "192.0.2.10/2x", "/24",         "192.0.2.10/1K"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		parse_profile(&arena, replaced(&arena, profile_text, "method: dhcp",
					       arena_printf(&arena,
							    "method: static, address: "
							    "\"%s\"",
							    good[i])));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const struct refusal refusal = {
			"method: dhcp",
			arena_printf(&arena, "address: \"%s\"", bad[i]),
			arena_printf(&arena,
				     "p.yaml:23:34: address: \"%s\" is not an address "
				     "with prefix length like 192.0.2.10/24",
				     bad[i]),
		};

		assert_refusals(&arena, profile_text, &refusal, 1);
	}
}

static void test_durations(void **state)
{
	static const struct {
		const char *value;
		uint64_t seconds;
	} good[] = { { "1s", 1 }, { "90s", 90 }, { "10m", 600 }, { "24h", 86400 } };
	static const char *const bad[] = { "",     "10",   "m",   "0s",      "-1m", "1d",
					   "10 m", "10ms", "25h", "999999s", "1.5h" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(value_is_duration(good[i].value));
		assert_int_equal(value_seconds(good[i].value), good[i].seconds);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(value_is_duration(bad[i]));
}

static const char *digest_of_text(const char *text)
{
	struct profile p = parse_profile(&arena, text);
	struct digest d = profile_digest(&p);

	return arena_strdup(&arena, DIGEST_TEXT(&d));
}

static void test_digest_ignores_who_passes_the_image_on(void **state)
{
	const char *in_chunks = replaced(&arena, profile_text, "  sha256: ",
					 "  chunks: http://boot/x.chunks\n  sha256: ");
	const char *served = replaced(&arena, in_chunks, "  sha256: ",
				      "  serve-chunks: 10m\n  chunk-peers: "
				      "[http://a:8280, http://b:8280]\n  sha256: ");

	(void)state;
	assert_string_equal(digest_of_text(in_chunks), digest_of_text(served));
	assert_string_not_equal(digest_of_text(in_chunks), digest_of_text(profile_text));
}

static void test_digest_ignores_the_form(void **state)
{
	static const struct {
		const char *from, *to;
	} same[] = {
		{ "host:", "# a comment\n\nhost:" },
		{ "host: xen01.example.com\ntarget: xen-dom0\n",
		  "target: \"xen-dom0\"\nhost: 'xen01.example.com'\n" },
		{ "disks:\n  count: 2\n  min-size: 8G\n",
		  "disks: {min-size: 8192M, count: 2}\n" },
		{ "of: root}", "of: root, metadata: \"1.2\"}" },
		{ "of: root}", "of: root, bitmap: internal, chunk: 0, layout: }" },
		{ "mount: /}", "mount: /, inode-size: 0, options: ~}" },
		{ "[\"ssh-ed25519 AAAAC3Nz admin\"]", "ssh-ed25519 AAAAC3Nz admin" },
		{ "method: dhcp", "nameservers: []" },
		{ "size: 4G}", "size: 4G, active: no}" },
		{ "xen: {", "table: mbr\nwipe: blank-only\nboot-loader: grub2\n"
			    "finish: kexec\non-error: shell\ninsecure: false\n"
			    "match: {}\nalign: mib\ndata-disks: {}\nvolume-groups: "
			    "{}\nresync: {zero-limit: 300}\n"
			    "xen: {timeout: 5, default: true, libvirtd: yes, " },
	};
	const char *digest = digest_of_text(profile_text);
	const char *single = digest_of_text(single_text);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(same); i++)
		assert_string_equal(digest_of_text(replaced(&arena, profile_text,
							    same[i].from, same[i].to)),
				    digest);
	assert_string_equal(digest_of_text(arena_printf(&arena,
							"%sxen: {options: '', "
							"kernel-options: }\n"
							"arrays: []\nidentity: {}\n",
							single_text)),
			    single);
}

static void test_digest_sees_every_value(void **state)
{
	static const struct {
		const char *from, *to;
	} different[] = {
		{ "xen01", "xen02" },
		{ "count: 2", "count: 3" },
		{ "min-size: 8G", "min-size: 9G" },
		{ "min-size: 8G", "max-size: 8G" },
		{ "min-size: 8G", "serial: [A, B]" },
		{ "min-size: 8G", "serial: [B, A]" },
		{ "min-size: 8G", "wwn: [A, B]" },
		{ "min-size: 8G", "by-path: [A, B]" },
		{ "min-size: 8G", "removable: true" },
		{ "min-size: 8G", "model: A*" },
		{ "min-size: 8G", "transport: sata" },
		{ "min-size: 8G", "rotational: true" },
		{ "min-size: 8G", "rotational: false" },
		{ "size: 1G, active: true", "size: 2G, active: true" },
		{ "size: 1G, active: true", "size: 1G" },
		{ "name: storage", "name: data" },
		{ "size: rest", "size: 2G" },
		{ "size: rest", "size: 2%" },
		{ "size: rest", "size: rest, type: linux" },
		{ "of: root", "of: root, metadata: \"0.90\"" },
		{ "of: root", "of: root, bitmap: none" },
		{ "of: root", "of: root, missing: 1" },
		{ "level: 1, of: root", "level: 10, of: root" },
		{ "level: 1, of: root", "level: 10, of: root, layout: f2" },
		{ "level: 1, of: root", "level: 10, of: root, chunk: 64K" },
		{ "count: 2\n", "count: 3\n  transport: nvme\n" },
		{ "mount: /boot}", "mount: /boot, inode-size: 128}" },
		{ "mount: /boot}", "mount: /boot, options: ro}" },
		{ "type: ext4, mount: /boot}", "type: ext3, mount: /boot}" },
		{ "xen: {", "table: gpt\nxen: {" },
		{ "xen: {", "align: cylinder\nxen: {" },
		{ "xen: {", "wipe: own\nxen: {" },
		{ "xen: {", "wipe: {listed: [A]}\nxen: {" },
		{ "xen: {", "wipe: {listed: [B]}\nxen: {" },
		{ "xen: {", "resync: {zero-limit: 0}\nxen: {" },
		{ "xen: {", "resync: {speed-min: 1}\nxen: {" },
		{ "xen: {", "resync: {speed-max: 1}\nxen: {" },
		{ "md1, level: 1, of: root}\nfilesystems:\n"
		  "  - {on: md0, type: ext4, mount: /boot}\n  - {on: md1",
		  "md2, level: 1, of: root}\nfilesystems:\n"
		  "  - {on: md0, type: ext4, mount: /boot}\n  - {on: md2" },
		{ "metadata: \"1.0\"", "metadata: \"1.2\"" },
		{ "mount: /boot", "mount: /srv" },
		{ "dom0.tar.zst", "dom1.tar.zst" },
		{ SHA256_OF_NOTHING,
		  "f3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "admin\"", "other\"" },
		{ "$hashed", "$hashet" },
		{ "interface: eth0", "interface: eth1" },
		{ "interface: eth0", "mac: 52:54:00:aa:bb:cc" },
		{ "method: dhcp", "method: static, address: 192.0.2.1/24" },
		{ "method: dhcp", "method: static, address: 192.0.2.1/24, "
				  "gateway: 192.0.2.2" },
		{ "method: dhcp", "method: static, address: 192.0.2.1/24, "
				  "nameservers: [192.0.2.2]" },
		{ "dom0_mem=1G", "dom0_mem=2G" },
		{ "console=hvc0", "console=hvc1" },
		{ "xen: {", "xen: {default: false, " },
		{ "xen: {", "xen: {timeout: 6, " },
		{ "xen: {", "finish: reboot\nxen: {" },
		{ "xen: {", "on-error: reboot\nxen: {" },
		{ "xen: {", "insecure: true\nxen: {" },
		{ "xen: {", "match: {mac: 52:54:00:aa:bb:cc}\nxen: {" },
		{ "xen: {", "match: {uuid: a}\nxen: {" },
		{ "xen: {", "match: {serial: a}\nxen: {" },
	};
	const char *digests[ARRAY_LEN(different) + 1];

	(void)state;
	digests[ARRAY_LEN(different)] = digest_of_text(profile_text);
	for (size_t i = 0; i < ARRAY_LEN(different); i++)
		digests[i] = digest_of_text(replaced(&arena, profile_text,
						     different[i].from, different[i].to));
	for (size_t i = 0; i < ARRAY_LEN(digests); i++)
		for (size_t j = 0; j < i; j++)
			if (str_eq(digests[i], digests[j]))
				fail_msg("%s makes no difference", different[j].to);
}

static void test_secrets_are_only_in_what_asks(void **state)
{
	struct profile p = parse_profile(&arena, profile_text);
	auto_text struct text shown = { 0 }, whole = { 0 };

	(void)state;
	schema_json(&profile_schema, &p, SCHEMA_SHOWN, &shown);
	schema_json(&profile_schema, &p, SCHEMA_CANONICAL, &whole);
	assert_contains(shown.s, "\"host\":\"xen01.example.com\"");
	assert_lacks(shown.s, "hashed");
	assert_contains(whole.s, "$6$salt$hashed");
}

static void test_canonical_form_is_a_profile(void **state)
{
	struct profile p = parse_profile(&arena, profile_text);
	auto_text struct text canonical = { 0 };

	(void)state;
	schema_json(&profile_schema, &p, SCHEMA_CANONICAL, &canonical);
	assert_string_equal(digest_of_text(canonical.s), digest_of_text(profile_text));
}

/* Whoever adds a key to the table and forgets how it is compared finds out here. */
static void test_every_key_has_its_help(void **state)
{
	auto_text struct text t = { 0 };

	(void)state;
	schema_document(&profile_schema, "profile", &t);
	assert_lacks(t.s, "| (null) |");
	assert_lacks(t.s, "|  |\n");
	assert_contains(t.s, "\n## `identity.network`\n");
}

int main(void)
{
#define test(name) cmocka_unit_test_teardown(name, free_all)
	const struct CMUnitTest tests[] = {
		test(test_example),
		test(test_defaults),
		test(test_keys),
		test(test_values_of_the_disks),
		test(test_values_of_the_host),
		test(test_what_belongs_together),
		test(test_network_addresses),
		test(test_durations),
		test(test_digest_ignores_who_passes_the_image_on),
		test(test_digest_ignores_the_form),
		test(test_digest_sees_every_value),
		test(test_secrets_are_only_in_what_asks),
		test(test_canonical_form_is_a_profile),
		test(test_every_key_has_its_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
