#include "xenserver/disk_names.h"

#include "core/mem.h"

void disk_names_write_rules(struct text *out)
{
	text_add(out, "# written by dom0strap\n"
		      "SUBSYSTEM==\"block\", KERNEL!=\"ram*|loop*|dm-*|md*|sr*|fd*\", "
		      "PROGRAM==\"/" DISK_NAMES_PROGRAM " %N %k\", SYMLINK+=\"%c\"\n");
}

/* As its four bytes stand on the disk, in the words of od -tx1. */
static char *bytes_of(const char *mark)
{
	unsigned id = 0;

	if (sscanf(mark, "0x%x", &id) != 1)
		abort(); /* ours */
	return xasprintf("%02x%02x%02x%02x", id & 0xff, id >> 8 & 0xff, id >> 16 & 0xff,
			 id >> 24);
}

void disk_names_write_program(const char *const *names, const char *const *marks,
			      size_t n, struct text *out)
{
	text_add(out, "#!/bin/sh\n"
		      "# written by dom0strap: prints the name of the disk NODE, "
		      "KERNEL-NAME. It "
		      "keeps the name\n"
		      "# when the installer has written a table of its own.\n"
		      "known=/dom0strap/is-$2\n"
		      "if [ -r \"$known\" ]; then\n"
		      "    cat \"$known\"\n"
		      "    exit 0\n"
		      "fi\n"
		      "case $(dd if=\"$1\" bs=4 skip=110 count=1 2>/dev/null | od -An "
		      "-tx1 | tr "
		      "-d ' \\n') in\n");
	for (size_t i = 0; i < n; i++) {
		auto_free char *bytes = bytes_of(marks[i]);

		text_printf(out, "%s) name=%s ;;\n", bytes, names[i]);
	}
	text_add(out, "*) exit 1 ;;\n"
		      "esac\n"
		      "echo \"$name\" >\"$known\"\n"
		      "echo \"$name\"\n");
}
