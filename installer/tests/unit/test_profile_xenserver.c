#include "tests/refusal.h"

static struct arena arena;

/* An optional map of nothing but defaults is one that was asked for. */
static const char plain[] =
	"host: a\ntarget: xenserver\ndisks: {count: 2}\n"
	"table: gpt\n"
	"identity: {network: [{interface: eth0}]}\n"
	"xenserver: {source: \"https://a/b\", mirror: true, storage: {}}\n";

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void test_example(void **state)
{
	struct profile p = parse_profile(&arena, xenserver_text);
	const struct xenserver *x = &p.xenserver;

	(void)state;
	assert_int_equal(p.target, TARGET_XENSERVER);
	assert_string_equal(x->source, "https://boot.example.com/xs62");
	assert_string_equal(x->packages, "http://boot.example.com/xs62");
	assert_string_equal(x->sha256.install_img, SHA256_OF_NOTHING);
	assert_int_equal(x->root_bytes, 8 * GIB);
	assert_int_equal(x->storage.array.level, RAID_10);
	assert_string_equal(x->storage.array.name, "md0");
	assert_string_equal(x->storage.array.metadata, "0.90");
	assert_int_equal(x->storage.array.bitmap, BITMAP_INTERNAL);
	assert_int_equal(x->storage.type, SR_EXT);
	assert_string_equal(x->storage.label, "Local storage");
	assert_false(x->storage.replace);
	assert_true(x->boot.verbose);
	assert_int_equal(x->boot.serial, SERIAL_COM1);
	assert_int_equal(x->boot.speed, 115200);
	assert_string_equal(x->ntp[1], "192.0.2.2");
	assert_int_equal(x->backend, BACKEND_BRIDGE);
	assert_int_equal(p.image.at.line, 0);
}

static void test_defaults(void **state)
{
	const char *text = replaced(&arena, xenserver_text,
				    "  storage: {level: 10, metadata: "
				    "\"0.90\"}\n",
				    "");
	struct profile p;

	(void)state;
	text = replaced(&arena, text, "  boot: {verbose: true, serial: com1}\n", "");
	text = replaced(&arena, text, "  network-backend: bridge\n", "");
	p = parse_profile(&arena, text);
	assert_int_equal(p.xenserver.storage.array.at.line, 0);
	assert_int_equal((int)p.xenserver.boot.serial, CHOICE_UNSAID);
	assert_int_equal((int)p.xenserver.backend, CHOICE_UNSAID);
	assert_string_equal(p.xenserver.timezone, "Etc/UTC");
	assert_string_equal(p.xenserver.keyboard, "us");
	assert_string_equal(p.xenserver.installer_options, "");
	p = parse_profile(&arena, profile_text);
	assert_int_equal(p.xenserver.at.line, 0);
}

/* What is written is read back as the same; a profile without the map does not name it.
 */
static void test_canonical_form(void **state)
{
	struct profile p = parse_profile(&arena, xenserver_text), again;
	auto_text struct text t = { 0 }, second = { 0 };
	struct yaml_node *root;
	struct err err = { 0 };

	(void)state;
	for (int form = SCHEMA_SHOWN; form <= SCHEMA_CANONICAL; form++) {
		schema_json(&profile_schema, &p, (enum schema_form)form, &t);
		assert_contains(t.s, "\"xenserver\":{\"source\":");
		assert_contains(t.s, "\"storage\":{");
		assert_ok(yaml_parse("json", t.s, t.len, &arena, &root, &err));
		again = (struct profile){ 0 };
		assert_ok(
			schema_read(&profile_schema, "json", root, &arena, &again, &err));
		schema_json(&profile_schema, &again, (enum schema_form)form, &second);
		assert_string_equal(t.s, second.s);
		text_free(&t);
		text_free(&second);
		p = parse_profile(&arena, plain);
	}
	p = parse_profile(&arena, profile_text);
	schema_json(&profile_schema, &p, SCHEMA_SHOWN, &t);
	assert_lacks(t.s, "xenserver");
}

static void test_targets(void **state)
{
	static const struct refusal cases[] = {
		{ "target: xenserver", "target: xen-dom0",
		  "p.yaml:1:1: profile: the key \"partitions\" is missing (the same on "
		  "every disk)" },
		{ "xenserver:\n",
		  "image: {url: \"https://a/b\", sha256: " SHA256_OF_NOTHING
		  "}\nxenserver:\n",
		  "p.yaml:6:8: image goes with target xen-dom0, not with xenserver" },
		{ "xenserver:\n", "filesystems: [{on: a, type: swap}]\nxenserver:\n",
		  "p.yaml:6:15: filesystems goes with target xen-dom0, not with "
		  "xenserver" },
		{ "xenserver:\n", "partitions: [{name: a, size: 1G}]\nxenserver:\n",
		  "p.yaml:6:14: partitions goes with target xen-dom0, not with "
		  "xenserver" },
		{ "xenserver:\n", "xen: {timeout: 3}\nxenserver:\n",
		  "p.yaml:6:6: xen goes with target xen-dom0, not with xenserver" },
		{ "xenserver:\n", "boot-loader: extlinux\nxenserver:\n",
		  "p.yaml:1:1: boot-loader goes with target xen-dom0; xenserver's "
		  "installer brings its own" },
		{ "xenserver:\n", "align: cylinder\nxenserver:\n",
		  "p.yaml:1:1: align goes with target xen-dom0; xenserver's installer "
		  "aligns as it does" },
	};
	static const struct refusal dom0[] = {
		{ "image:\n", "xenserver: {source: \"https://a/b\"}\nimage:\n",
		  "p.yaml:16:12: xenserver goes with target xenserver, not with "
		  "xen-dom0" },
		{ "target: xen-dom0", "target: xenserver",
		  "p.yaml:7:5: partitions goes with target xen-dom0, not with "
		  "xenserver" },
	};
	static const char bare[] = "host: a\ntarget: xenserver\ndisks: {count: 1}\n";
	struct profile p = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_refusals(&arena, xenserver_text, cases, ARRAY_LEN(cases));
	assert_refusals(&arena, profile_text, dom0, ARRAY_LEN(dom0));
	assert_fails(
		profile_parse("p.yaml", bare, strlen(bare), &arena, &p, &err), ERR_CONFIG,
		"p.yaml:1:1: profile: the key \"xenserver\" is missing (XenServer or "
		"XCP-ng, installed by its own installer)");
}

static void test_keys(void **state)
{
	static const struct refusal cases[] = {
		{ "source: https", "source: ftp",
		  "p.yaml:7:11: source: \"ftp://boot.example.com/xs62\" is not an "
		  "http:// "
		  "or https:// URL" },
		{ "root-size: 8G", "root-size: 512M",
		  "p.yaml:13:14: root-size: 512M is out of range (from 1 GiB to 1 TiB)" },
		{ "root-size: 8G", "root-size: 8589934593",
		  "p.yaml:7:3: xenserver: root-size is not whole MiB" },
		{ "install-img:", "install.img:",
		  "p.yaml:12:5: unknown key \"install.img\" in sha256; did you mean "
		  "\"install-img\"?" },
		{ "level: 10", "level: 11",
		  "p.yaml:14:20: level: \"11\" is not 0, 1, 4, 5, 6, 10 or linear" },
		{ "level: 10, ", "", "p.yaml:14:12: storage: 4 disks need a level" },
		{ "count: 4", "count: 1",
		  "p.yaml:14:12: md0: RAID 10 needs 2 members, not 1 (disks: 1, spares: "
		  "0, "
		  "missing: 0)" },
		{ "serial: com1", "serial: com3",
		  "p.yaml:15:33: serial: \"com3\" is not com1 or com2" },
		{ "ntp: [", "timezone: Europe London\n  ntp: [",
		  "p.yaml:16:13: timezone: \"Europe London\" is not a time zone's name "
		  "like "
		  "Europe/London" },
		{ "ntp: [", "ntp: [a b, ",
		  "p.yaml:16:9: ntp: \"a b\" is not a host name or IP address" },
	};

	(void)state;
	assert_refusals(&arena, xenserver_text, cases, ARRAY_LEN(cases));
}

static void test_rules(void **state)
{
	static const struct refusal cases[] = {
		{ "network-backend: bridge", "mirror: true",
		  "p.yaml:7:3: xenserver: mirror goes with table: gpt" },
		{ "network-backend: bridge\n", "mirror: true\ntable: gpt\n",
		  "p.yaml:7:3: xenserver: mirror is for 2 disks, not 4" },
		{ "    - {interface: eth0, method: dhcp}\n",
		  "    - {interface: eth0}\n    - {interface: eth1}\n",
		  "p.yaml:21:7: network: xenserver takes one card here, its management "
		  "interface; the others are set up in the pool" },
		{ "method: dhcp", "method: static, address: \"2001:db8::1/64\"",
		  "p.yaml:20:7: network: xenserver's installer takes an IPv4 address" },
		{ "method: dhcp", "method: static, address: 192.0.2.9/24",
		  "p.yaml:20:7: network: static needs a gateway with xenserver" },
		{ "identity:\n", "identity:\n  ssh-keys: [\"ssh-ed25519 AAAA a\"]\n",
		  "p.yaml:19:3: ssh-keys: xenserver's installer has no place for them; "
		  "use "
		  "root-password-hash" },
		{ "  network:\n    - {interface: eth0, method: dhcp}\n",
		  "  root-password-hash: \"$6$salt$hashed\"\n",
		  "p.yaml:1:1: identity.network: xenserver needs its management "
		  "interface" },
	};
	static const struct refusal more[] = {
		{ "https:", "http:",
		  "p.yaml:6:12: xenserver: source comes over plain HTTP; add sha256: "
		  "{xen, "
		  "vmlinuz, install-img}, or insecure: true to the profile" },
		{ "storage: {}", "storage: {level: 1}",
		  "p.yaml:6:59: storage: the disks are a mirror already; leave level "
		  "out" },
		{ "storage: {}", "storage: {chunk: 64K}",
		  "p.yaml:6:59: storage: metadata, layout, chunk and bitmap go with a "
		  "level" },
	};
	struct profile p = parse_profile(&arena, plain);

	(void)state;
	assert_int_equal((int)p.xenserver.storage.array.level, CHOICE_UNSAID);
	assert_refusals(&arena, xenserver_text, cases, ARRAY_LEN(cases));
	assert_refusals(&arena, plain, more, ARRAY_LEN(more));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example),        cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_canonical_form), cmocka_unit_test(test_targets),
		cmocka_unit_test(test_keys),           cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, free_all);
}
