/*
 * Partition types: what an operator calls them, an MBR's number, a GPT's GUID.
 *
 * The GUIDs are those of the UAPI group's Discoverable Partitions Specification and, for
 * those that it does not list (RAID, LVM, BIOS boot), of util-linux's libfdisk; numbers
 * as in libfdisk's table of MBR types.
 */
#include "plan/layout.h"

#define GUID_FORM "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"

static const struct partition_type types[] = {
	{ "linux", 0x83, "0FC63DAF-8483-4772-8E79-3D69D8477DE4" },
	{ "raid", 0xfd, "A19D880F-05FC-4D3B-A006-743F0F84911E" },
	{ "swap", 0x82, "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F" },
	{ "lvm", 0x8e, "E6D6D379-F507-44C2-A23C-238F2A3DF928" },
	{ "efi", 0xef, "C12A7328-F81F-11D2-BA4B-00A0C93EC93B" },
	{ "bios-boot", 0, "21686148-6449-6E6F-744E-656564454649" },
};

/* One or two digits, with or without 0x. Not those of an unused entry, of what holds
 * further partitions, and of a GPT. */
static bool parse_number(const char *text, struct partition_type *ret)
{
	static const unsigned others[] = { 0x00, 0x05, 0x0f, 0x85, 0xee };
	const char *digits = str_starts(text, "0x") ? text + 2 : text;
	size_t n = strlen(digits);
	unsigned number;

	if (n < 1 || n > 2 || strspn(digits, "0123456789abcdefABCDEF") != n ||
	    sscanf(digits, "%x", &number) != 1)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (number == others[i])
			return false;
	*ret = (struct partition_type){ .mbr = number };
	return true;
}

static bool parse_guid(const char *text, struct partition_type *ret)
{
	bool zero = true;

	if (strlen(text) != strlen(GUID_FORM))
		return false;
	for (size_t i = 0; text[i]; i++) {
		if (GUID_FORM[i] == '-' ? text[i] != '-'
					: !strchr("0123456789abcdefABCDEF", text[i]))
			return false;
		zero = zero && (text[i] == '0' || text[i] == '-');
	}
	*ret = (struct partition_type){ .guid = text };
	return !zero; /* an unused entry */
}

bool layout_parse_type(const char *text, enum table_kind table,
		       struct partition_type *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (!str_eq(types[i].name, text))
			continue;
		if (table == TABLE_MBR && !types[i].mbr)
			return false;
		*ret = types[i];
		return true;
	}
	return table == TABLE_MBR ? parse_number(text, ret) : parse_guid(text, ret);
}
