/*
 * A directory tree as text, for comparison: one line per file with everything about it
 * that an installer must get right.
 */
#ifndef TESTS_TREE_H
#define TESTS_TREE_H

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "core/digest.h"
#include "core/io.h"
#include "core/mem.h"
#include "core/text.h"

#define TREE_FILE_MAX ((size_t)64 << 20)

static inline int tree_compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static inline void tree_describe_attrs(const char *path, struct text *out)
{
	char list[4096], value[65536];
	ssize_t len = llistxattr(path, list, sizeof(list));
	char *names[64] = { NULL };
	size_t n = 0;

	for (ssize_t i = 0; i < len && n < ARRAY_LEN(names); n++) {
		names[n] = list + i;
		i += (ssize_t)strlen(list + i) + 1;
	}
	qsort(names, n, sizeof(*names), tree_compare_names);
	for (size_t i = 0; i < n; i++) {
		ssize_t bytes = lgetxattr(path, names[i], value, sizeof(value));
		struct digest d = digest_of(value, bytes > 0 ? (size_t)bytes : 0);

		text_printf(out, " %s(%zd)=%.16s", names[i], bytes, DIGEST_TEXT(&d));
	}
}

static inline void tree_describe_file(const char *path, const char *shown,
				      struct text *out)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		abort();
	text_printf(out, "%s mode %o owner %u:%u links %ju time %jd.%09ld rdev %jx",
		    shown, st.st_mode, st.st_uid, st.st_gid,
		    S_ISDIR(st.st_mode) ? 0 : (uintmax_t)st.st_nlink,
		    (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
		    (uintmax_t)st.st_rdev);
	if (S_ISREG(st.st_mode)) {
		auto_free char *bytes = NULL;
		struct err err = { 0 };
		struct digest d;
		size_t len;

		if (io_read_file(AT_FDCWD, path, TREE_FILE_MAX, &bytes, &len, &err) < 0)
			abort();
		d = digest_of(bytes, len);
		text_printf(out, " size %zu %s", len, DIGEST_TEXT(&d));
	} else if (S_ISLNK(st.st_mode)) {
		char target[4096];
		ssize_t n = readlink(path, target, sizeof(target));

		text_printf(out, " -> %.*s", (int)n, target);
	}
	tree_describe_attrs(path, out);
	text_add(out, "\n");
}

static inline void tree_describe_below(const char *top, const char *path,
				       struct text *out)
{
	struct dirent **list;
	int n = scandir(path, &list, NULL, alphasort);

	tree_describe_file(path, path + strlen(top), out);
	for (int i = 0; i < n; i++) {
		auto_free char *below = xasprintf("%s/%s", path, list[i]->d_name);
		bool dots = str_eq(list[i]->d_name, ".") || str_eq(list[i]->d_name, "..");

		if (!dots && list[i]->d_type == DT_DIR)
			tree_describe_below(top, below, out);
		else if (!dots)
			tree_describe_file(below, below + strlen(top), out);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

static inline void tree_describe(const char *dir, struct text *out)
{
	tree_describe_below(dir, dir, out);
}

static inline void tree_write(const struct text *t, const char *path)
{
	auto_file FILE *f = fopen(path, "we");

	if (f)
		fwrite(t->s, 1, t->len, f);
}

#endif
