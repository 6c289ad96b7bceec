#include "kerberos/krb5_conf.h"
#include "tests/support.h"

static const char *const two[] = { "kdc1.example.com", "kdc2.example.com:88" };
static const struct krb5_conf conf = { .realm = "EXAMPLE.COM",
				       .kdcs = two,
				       .n_kdcs = 2,
				       .admin_server = "kadmin.example.com",
				       .host = "xen01.example.com" };

static const char fresh[] = "[libdefaults]\n"
			    "\tdefault_realm = EXAMPLE.COM\n"
			    "\n"
			    "[realms]\n"
			    "\tEXAMPLE.COM = {\n"
			    "\t\tadmin_server = kadmin.example.com\n"
			    "\t\tkdc = kdc1.example.com\n"
			    "\t\tkdc = kdc2.example.com:88\n"
			    "\t}\n"
			    "\n"
			    "[domain_realm]\n"
			    "\texample.com = EXAMPLE.COM\n"
			    "\t.example.com = EXAMPLE.COM\n";

/* As expected, and doing it again changes nothing. */
static void assert_edit(const struct krb5_conf *c, const char *before, const char *after)
{
	auto_free char *once = krb5_conf_edit(before, c);
	auto_free char *twice = krb5_conf_edit(once, c);

	assert_string_equal(once, after);
	assert_string_equal(twice, after);
}

static void test_new_file(void **state)
{
	(void)state;
	assert_edit(&conf, "", fresh);
}

/* Fedora's, in short: comments, an include, somebody else's realms. */
static void test_others_stay(void **state)
{
	(void)state;
	assert_edit(&conf,
		    "# a comment\n"
		    "includedir /etc/krb5.conf.d/\n"
		    "\n"
		    "[libdefaults]\n"
		    "    dns_lookup_realm = false\n"
		    "#    default_realm = COMMENT.COM\n"
		    "    default_realm = OLD.COM\n"
		    "\n"
		    "[realms]\n"
		    "# EXAMPLE.COM = {\n"
		    "#     kdc = comment\n"
		    "# }\n"
		    " OTHER.ORG = {\n"
		    "   kdc = kdc.other.org\n"
		    "   v4_instance_convert = {\n"
		    "     kdc = nested\n"
		    "   }\n"
		    " }\n"
		    "[domain_realm]\n"
		    " .other.org = OTHER.ORG\n"
		    "[appdefaults]\n"
		    " pam = { \n"
		    "  kdc = not a realm's\n"
		    " }\n",
		    "# a comment\n"
		    "includedir /etc/krb5.conf.d/\n"
		    "\n"
		    "[libdefaults]\n"
		    "    dns_lookup_realm = false\n"
		    "#    default_realm = COMMENT.COM\n"
		    "\tdefault_realm = EXAMPLE.COM\n"
		    "\n"
		    "[realms]\n"
		    "\tEXAMPLE.COM = {\n"
		    "\t\tadmin_server = kadmin.example.com\n"
		    "\t\tkdc = kdc1.example.com\n"
		    "\t\tkdc = kdc2.example.com:88\n"
		    "\t}\n"
		    "# EXAMPLE.COM = {\n"
		    "#     kdc = comment\n"
		    "# }\n"
		    " OTHER.ORG = {\n"
		    "   kdc = kdc.other.org\n"
		    "   v4_instance_convert = {\n"
		    "     kdc = nested\n"
		    "   }\n"
		    " }\n"
		    "[domain_realm]\n"
		    "\texample.com = EXAMPLE.COM\n"
		    "\t.example.com = EXAMPLE.COM\n"
		    " .other.org = OTHER.ORG\n"
		    "[appdefaults]\n"
		    " pam = { \n"
		    "  kdc = not a realm's\n"
		    " }\n");
}

static void test_own_realm_is_amended(void **state)
{
	(void)state;
	assert_edit(&conf,
		    "[libdefaults]\n"
		    "\tdefault_realm=EXAMPLE.COM\n"
		    "[realms]*\n"
		    "EXAMPLE.COM = {\n"
		    "  pkinit_anchors = FILE:/etc/ca.pem\n"
		    "  kdc = old1\n"
		    "  # between\n"
		    "  kdc = old2\n"
		    "  sub = {\n"
		    "    kdc = deeper\n"
		    "  }\n"
		    "  admin_server = old1\n"
		    "}\n"
		    "[domain_realm]\n"
		    ".example.com=EXAMPLE.COM\n"
		    "example.com = OLD.COM",
		    "[libdefaults]\n"
		    "\tdefault_realm=EXAMPLE.COM\n"
		    "[realms]*\n"
		    "EXAMPLE.COM = {\n"
		    "  pkinit_anchors = FILE:/etc/ca.pem\n"
		    "\t\tkdc = kdc1.example.com\n"
		    "\t\tkdc = kdc2.example.com:88\n"
		    "  # between\n"
		    "  sub = {\n"
		    "    kdc = deeper\n"
		    "  }\n"
		    "\t\tadmin_server = kadmin.example.com\n"
		    "}\n"
		    "[domain_realm]\n"
		    ".example.com=EXAMPLE.COM\n"
		    "\texample.com = EXAMPLE.COM\n");
}

/* The brace may stand on the next line, and a section may come twice. */
static void test_odd_forms(void **state)
{
	struct krb5_conf c = conf;

	(void)state;
	c.n_kdcs = 1;
	c.admin_server = NULL;
	c.host = "xen01";
	assert_edit(&c,
		    "[realms]\n"
		    "A = {\n}\n"
		    "[libdefaults]\r\n"
		    "default_realm = EXAMPLE.COM\r\n"
		    "[realms]\n"
		    "EXAMPLE.COM =\n"
		    "{\n"
		    "kdc = old\n"
		    "}*\n",
		    "[realms]\n"
		    "A = {\n}\n"
		    "[libdefaults]\r\n"
		    "default_realm = EXAMPLE.COM\r\n"
		    "[realms]\n"
		    "EXAMPLE.COM =\n"
		    "{\n"
		    "\t\tkdc = kdc1.example.com\n"
		    "}*\n");
}

/* Where DNS knows the servers, the realm needs no block, and one that is there stays. */
static void test_servers_from_dns(void **state)
{
	struct krb5_conf c = { .realm = "EXAMPLE.COM",
			       .host = "xen01.example.com",
			       .allow_weak_crypto = true };

	(void)state;
	assert_edit(&c, "",
		    "[libdefaults]\n"
		    "\tallow_weak_crypto = true\n"
		    "\tdefault_realm = EXAMPLE.COM\n"
		    "\n"
		    "[domain_realm]\n"
		    "\texample.com = EXAMPLE.COM\n"
		    "\t.example.com = EXAMPLE.COM\n");
}

static void test_what_stands_already_is_not_touched(void **state)
{
	static const char text[] =
		"[libdefaults]\n default_realm  =  EXAMPLE.COM  \n"
		"[realms]\n EXAMPLE.COM = {\n"
		"  kdc=kdc1.example.com\n\n  kdc = kdc2.example.com:88\n"
		"  admin_server = kadmin.example.com\n }\n"
		"[domain_realm]\n example.com = EXAMPLE.COM\n"
		" .example.com = EXAMPLE.COM\n";

	(void)state;
	assert_edit(&conf, text, text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_file),
		cmocka_unit_test(test_others_stay),
		cmocka_unit_test(test_own_realm_is_amended),
		cmocka_unit_test(test_odd_forms),
		cmocka_unit_test(test_servers_from_dns),
		cmocka_unit_test(test_what_stands_already_is_not_touched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
