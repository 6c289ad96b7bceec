/*
 * Golden answerfiles: the profile's text, and what its installer reads.
 */
#include "tests/profile.h"
#include "xenserver/answerfile.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void assert_answers(const struct answerfile *a, const char *expected)
{
	auto_text struct text t = { 0 };
	struct err err = { 0 };

	assert_ok(answerfile_write(a, &t, &err));
	assert_string_equal(t.s, expected);
}

static void test_raid_10(void **state)
{
	struct profile p = parse_profile(&arena, xenserver_text);

	(void)state;
	assert_answers(
		&(struct answerfile){ .profile = &p },
		"<?xml version=\"1.0\"?>\n"
		"<installation mode=\"fresh\" srtype=\"ext\">\n"
		"  <primary-disk gueststorage=\"no\" preserve-first-partition=\"no\">sda"
		"</primary-disk>\n"
		"  <source type=\"url\">http://boot.example.com/xs62</source>\n"
		"  <root-password type=\"hash\">!!</root-password>\n"
		"  <admin-interface name=\"eth0\" proto=\"dhcp\"/>\n"
		"  <hostname>xen03.example.com</hostname>\n"
		"  <timezone>Etc/UTC</timezone>\n"
		"  <ntp-servers>ntp.example.com</ntp-servers>\n"
		"  <ntp-servers>192.0.2.2</ntp-servers>\n"
		"  <keymap>us</keymap>\n"
		"  <network-backend>bridge</network-backend>\n"
		"</installation>\n");
}

static const char one_disk[] =
	"host: xen04\n"
	"target: xenserver\n"
	"disks: {count: 1}\n"
	"xenserver:\n"
	"  source: \"https://boot.example.com/x?a=1&b=<2>\"\n"
	"  storage: {type: lvm}\n"
	"  timezone: Europe/London\n"
	"  keyboard: de\n"
	"identity:\n"
	"  root-password-hash: \"$6$salt$a/b.c\"\n"
	"  network:\n"
	"    - {mac: \"52:54:00:aa:bb:cc\", method: static, address: 192.0.2.10/27,\n"
	"       gateway: 192.0.2.1, nameservers: [192.0.2.2, 192.0.2.3]}\n";

/* The installer makes the repository; values are escaped; the caller's names count. */
static void test_one_disk(void **state)
{
	static const char *const disks[] = { "disk/by-id/a\"b'c" };
	struct profile p = parse_profile(&arena, one_disk);

	(void)state;
	assert_answers(
		&(struct answerfile){
			.profile = &p, .disks = disks, .interface = "eth1" },
		"<?xml version=\"1.0\"?>\n"
		"<installation mode=\"fresh\" srtype=\"lvm\">\n"
		"  <primary-disk gueststorage=\"yes\" preserve-first-partition=\"no\">"
		"disk/by-id/a&quot;b&apos;c</primary-disk>\n"
		"  <source type=\"url\">https://boot.example.com/x?a=1&amp;b=&lt;2&gt;"
		"</source>\n"
		"  <root-password type=\"hash\">$6$salt$a/b.c</root-password>\n"
		"  <admin-interface name=\"eth1\" hwaddr=\"52:54:00:aa:bb:cc\" "
		"proto=\"static\">\n"
		"    <ip>192.0.2.10</ip>\n"
		"    <subnet-mask>255.255.255.224</subnet-mask>\n"
		"    <gateway>192.0.2.1</gateway>\n"
		"  </admin-interface>\n"
		"  <nameserver>192.0.2.2</nameserver>\n"
		"  <nameserver>192.0.2.3</nameserver>\n"
		"  <hostname>xen04</hostname>\n"
		"  <timezone>Europe/London</timezone>\n"
		"  <keymap>de</keymap>\n"
		"</installation>\n");
}

static const char mirror[] =
	"host: xen05\n"
	"target: xenserver\n"
	"table: gpt\n"
	"disks: {count: 2}\n"
	"xenserver: {source: \"https://boot.example.com/x\", mirror: true, storage: {}}\n"
	"identity: {network: [{interface: eth0}]}\n";

static void test_mirror(void **state)
{
	struct profile p = parse_profile(&arena, mirror);
	struct answerfile a = { .profile = &p };
	auto_text struct text t = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_fails(answerfile_write(&a, &t, &err), ERR_HARDWARE,
		     "mirror: this release's installer makes none; XCP-ng does from 7.5 "
		     "on, XenServer from 8.10.38 on");
	a.mirror = MIRROR_RAID;
	assert_ok(answerfile_write(&a, &t, &err));
	assert_contains(t.s, "  <raid device=\"md127\">\n"
			     "    <disk>sda</disk>\n"
			     "    <disk>sdb</disk>\n"
			     "  </raid>\n"
			     "  <primary-disk gueststorage=\"yes\" "
			     "preserve-first-partition=\"no\">md127</primary-disk>\n");
	text_free(&t);
	a.mirror = MIRROR_SWRAID;
	assert_ok(answerfile_write(&a, &t, &err));
	assert_lacks(t.s, "<raid");
	assert_contains(t.s, "  <primary-disk swraid=\"true\" gueststorage=\"yes\" "
			     "preserve-first-partition=\"no\">sda,sdb</primary-disk>\n");
}

static void test_no_storage(void **state)
{
	const char *text = replaced(&arena, one_disk, "  storage: {type: lvm}\n", "");
	struct profile p = parse_profile(&arena, text);
	auto_text struct text t = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_ok(answerfile_write(&(struct answerfile){ .profile = &p }, &t, &err));
	assert_contains(t.s, "srtype=\"ext\"");
	assert_contains(t.s, "gueststorage=\"no\"");
	assert_contains(t.s, "<admin-interface hwaddr=\"52:54:00:aa:bb:cc\" proto");
}

/* The bounds of what a prefix can be. */
static void test_masks(void **state)
{
	static const struct {
		const char *bits, *mask;
	} masks[] = { { "/0", ">0.0.0.0<" },
		      { "/1", ">128.0.0.0<" },
		      { "/24", ">255.255.255.0<" },
		      { "/32", ">255.255.255.255<" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(masks); i++) {
		const char *text = replaced(&arena, one_disk, "/27", masks[i].bits);
		struct profile p = parse_profile(&arena, text);
		auto_text struct text t = { 0 };
		struct err err = { 0 };

		assert_ok(answerfile_write(&(struct answerfile){ .profile = &p }, &t,
					   &err));
		assert_contains(t.s, masks[i].mask);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_raid_10), cmocka_unit_test(test_one_disk),
		cmocka_unit_test(test_mirror),  cmocka_unit_test(test_no_storage),
		cmocka_unit_test(test_masks),
	};

	return cmocka_run_group_tests(tests, NULL, free_all);
}
