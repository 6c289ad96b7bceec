/*
 * The RSDP that Xen finds after a kexec on a UEFI machine (ACPI specification 5.2.5.3).
 */
#include "exec/kexec_uefi.h"
#include "tests/support.h"

static unsigned sum(const unsigned char *bytes, size_t n)
{
	unsigned all = 0;

	for (size_t i = 0; i < n; i++)
		all += bytes[i];
	return all % 256;
}

static void test_rsdp(void **state)
{
	static const char log[] =
		"<6>[    0.006000] ACPI: Early table checksum verification disabled\n"
		"<6>[    0.006001] ACPI: RSDP 0x000000007FB7E014 000024 (v02 BOCHS )\n"
		"<6>[    0.006002] ACPI: XSDT 0x000000017FB7D0E8 00004C (v01 BOCHS  BXPC "
		" )\n"
		"<6>[    0.006003] ACPI: FACP 0x000000007FB79000 0000F4 (v03 BOCHS  BXPC "
		" )\n";
	static const unsigned char address[] = { 0xe8, 0xd0, 0xb7, 0x7f, 1, 0, 0, 0 };
	unsigned char rsdp[RSDP_BYTES];
	struct err err = { 0 };

	(void)state;
	assert_ok(kexec_make_rsdp(log, rsdp, &err));
	assert_memory_equal(rsdp, "RSD PTR ", 8);
	assert_int_equal(rsdp[15], 2);
	assert_memory_equal(rsdp + 16, "\0\0\0\0\x24\0\0\0", 8); /* no RSDT; length */
	assert_memory_equal(rsdp + 24, address, sizeof(address));
	assert_int_equal(sum(rsdp, 20), 0);
	assert_int_equal(sum(rsdp, sizeof(rsdp)), 0);
}

static void test_log_without_tables(void **state)
{
	static const char *const logs[] = { "", "ACPI: XSDT 0x", "ACPI: XSDT 0xzz",
					    "ACPI: RSDT 0x000000007FB7D0E8\n" };
	unsigned char rsdp[RSDP_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(logs); i++) {
		struct err err = { 0 };

		assert_int_equal(kexec_make_rsdp(logs[i], rsdp, &err), -1);
		assert_int_equal(err.code, ERR_SYSTEM);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rsdp),
		cmocka_unit_test(test_log_without_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
