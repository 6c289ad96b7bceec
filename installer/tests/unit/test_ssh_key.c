#include "config/ssh_key.h"

#include "tests/support.h"

#define ED25519                                                                          \
	"ssh-ed25519 "                                                                   \
	"AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"

static void test_whole_keys(void **state)
{
	static const char *const usable[] = {
		ED25519,
		ED25519 " me@example.com",
		ED25519 "  two words\t",
		"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAABACrze8= padded",
	};
	static const char *const others[] = {
		"",
		"ssh-ed25519",
		"ssh-ed25519 ",
		"ssh-ed25519 AAAAC3 nobody",
		/* cut off, one byte too many, no base64 */
		"ssh-ed25519 "
		"AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhsc",
		ED25519 "AAAA",
		"ssh-ed25519 "
		"AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhsc*R4f",
		/* the type is another one than the key's; it alone; no type at all */
		"ssh-rsa "
		"AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5",
		"ssh-ed25519 ====",
		"ssh-dss AAAAB3NzaC1kc3MAAAADAQAB",
		/* options would have to be understood */
		"command=\"true\" " ED25519,
		" " ED25519,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(usable); i++)
		if (!ssh_key_is_usable(usable[i]))
			fail_msg("refused: %s", usable[i]);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (ssh_key_is_usable(others[i]))
			fail_msg("taken: %s", others[i]);
}

static void test_a_file_of_keys(void **state)
{
	auto_arena struct arena arena = { 0 };
	struct ssh_keys keys = { 0 };

	(void)state;
	ssh_keys_add(&keys,
		     "# ours\n\n  " ED25519 " a\r\nnonsense\n" ED25519 " a\n" ED25519
		     " b\x1b[2J",
		     &arena);
	ssh_keys_add(&keys, ED25519 " a", &arena);
	ssh_keys_add(&keys, "", &arena);
	assert_int_equal(keys.n, 2);
	assert_int_equal(keys.n_unusable, 1);
	assert_string_equal(keys.lines[0], ED25519 " a");
	assert_string_equal(keys.lines[1], ED25519 " b?[2J");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_keys),
		cmocka_unit_test(test_a_file_of_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
