/*
 * Policies for tests, made by checkpolicy(8) from a source of our own: the smallest that
 * a kernel would load, with a few booleans.
 */
#ifndef TESTS_POLICY_H
#define TESTS_POLICY_H

#include <fcntl.h>

#include "core/io.h"
#include "core/proc.h"
#include "tests/support.h"

#define POLICY_TEST_MAX ((size_t)1 << 20)

static const char policy_source[] =
	"class process\nclass file\nsid kernel\n"
	"class process { transition }\nclass file { read write }\n"
	"type kernel_t;\nrole system_r;\nrole system_r types kernel_t;\n"
	"bool httpd_can_network_connect_memcache false;\n"
	"bool httpd_enable_cgi true;\nbool xen_use_nfs false;\n"
	"allow kernel_t self:process transition;\n"
	"if (httpd_can_network_connect_memcache) { allow kernel_t self:file read; }\n"
	"if (httpd_enable_cgi && !xen_use_nfs) { allow kernel_t self:file write; }\n"
	"user system_u roles { system_r };\n"
	"sid kernel system_u:system_r:kernel_t\n";

/* Of this version, into the file `path`. */
static inline void policy_make(const char *path, const char *version)
{
	auto_file FILE *f = fopen("policy.conf", "we");
	struct err err = { 0 };

	assert_non_null(f);
	fputs(policy_source, f);
	fflush(f);
	assert_ok(RUN(&err, "checkpolicy", "-c", version, "-o", path, "policy.conf"));
}

static inline char *policy_bytes(const char *path, size_t *ret_len)
{
	struct err err = { 0 };
	char *bytes;

	assert_ok(io_read_file(AT_FDCWD, path, POLICY_TEST_MAX, &bytes, ret_len, &err));
	return bytes;
}

#endif
