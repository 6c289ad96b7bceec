/*
 * Policies for tests, made by checkpolicy(8) from a source of our own: a small one that
 * has every kind of thing that stands in the file before the booleans' conditions.
 */
#ifndef TESTS_POLICY_H
#define TESTS_POLICY_H

#include <fcntl.h>

#include "core/io.h"
#include "core/proc.h"
#include "tests/support.h"

#define POLICY_TEST_MAX ((size_t)1 << 20)

static const char policy_begin[] =
	"class process\nclass file\nclass dir\nsid kernel\n"
	"common any { read write ioctl }\n"
	"class process { transition }\nclass file inherits any { execute }\n"
	"class dir inherits any\n";
static const char policy_defaults[] =
	"default_user file source;\ndefault_type dir target;\n";
static const char policy_levels[] =
	"sensitivity s0;\nsensitivity s1 alias secret;\ndominance { s0 s1 }\n"
	"category c0;\ncategory c1 alias red;\nlevel s0:c0.c1;\nlevel s1:c0.c1;\n"
	"mlsconstrain file read (l1 dom l2);\n"
	"mlsvalidatetrans file (h1 dom h2);\n";
static const char policy_capabilities[] = "policycap network_peer_controls;\n";
static const char policy_permissive[] = "permissive tool_t;\n";
static const char policy_bounds[] = "typebounds kernel_t tool_t;\n";
static const char policy_extended[] =
	"allowxperm kernel_t file_t:file ioctl { 0x8910-0x8920 };\n";
static const char policy_types[] =
	"attribute domain;\ntype kernel_t, domain;\ntype tool_t, domain;\n"
	"type file_t alias old_file_t;\n"
	"role system_r;\nrole staff_r;\nrole system_r types { kernel_t tool_t };\n"
	"bool httpd_can_network_connect_memcache false;\n"
	"bool httpd_enable_cgi true;\nbool xen_use_nfs false;\n"
	"allow kernel_t self:process transition;\nallow domain file_t:dir read;\n"
	"allow kernel_t file_t:file { read write ioctl execute };\n"
	"if (httpd_can_network_connect_memcache) {\n"
	"  allow tool_t file_t:file read;\n"
	"} else {\n"
	"  dontaudit tool_t file_t:file read;\n"
	"  type_transition tool_t file_t:process kernel_t;\n"
	"}\n"
	"if (httpd_enable_cgi && !xen_use_nfs) { allow tool_t file_t:file write; }\n"
	"if ((httpd_enable_cgi ^ xen_use_nfs) || httpd_can_network_connect_memcache) {\n"
	"  allow tool_t file_t:file execute;\n}\n"
	"if ((httpd_enable_cgi == xen_use_nfs) != httpd_can_network_connect_memcache) {\n"
	"  auditallow tool_t file_t:file write;\n} else {\n"
	"  auditallow tool_t file_t:file ioctl;\n}\n";
static const char policy_end[] =
	"user system_u roles { system_r staff_r }%s;\n"
	"constrain file write (u1 == u2 or (r1 == system_r and t1 == { kernel_t tool_t "
	"}));\n"
	"validatetrans dir (t3 == kernel_t);\n"
	"sid kernel system_u:system_r:kernel_t%s\n";

/* Of this version, into the file `path`, with levels and categories where asked for. */
static inline void policy_make(const char *path, const char *version, bool levels)
{
	auto_file FILE *f = fopen("policy.conf", "we");
	int number = atoi(version);
	struct err err = { 0 };

	assert_non_null(f);
	fputs(policy_begin, f);
	if (number >= 28)
		fputs(policy_defaults, f);
	if (levels)
		fputs(policy_levels, f);
	if (number >= 22)
		fputs(policy_capabilities, f);
	fputs(policy_types, f);
	if (number >= 23)
		fputs(policy_permissive, f);
	if (number >= 24)
		fputs(policy_bounds, f);
	if (number >= 30)
		fputs(policy_extended, f);
	fprintf(f, policy_end, levels ? " level s0 range s0 - s1:c0.c1" : "",
		levels ? ":s0 - s1:c0.c1" : "");
	fflush(f);
	assert_ok(levels ? RUN(&err, "checkpolicy", "-M", "-c", version, "-o", path,
			       "policy.conf")
			 : RUN(&err, "checkpolicy", "-c", version, "-o", path,
			       "policy.conf"));
}

static inline char *policy_bytes(const char *path, size_t *ret_len)
{
	struct err err = { 0 };
	char *bytes;

	assert_ok(io_read_file(AT_FDCWD, path, POLICY_TEST_MAX, &bytes, ret_len, &err));
	return bytes;
}

#endif
