#include "image/path.h"

#include <string.h>

enum path_fault path_clean(const char *name, char *out)
{
	char clean[PATH_BYTES];
	size_t len = 0;

	if (!*name)
		return PATH_EMPTY;
	if (*name == '/')
		return PATH_ABSOLUTE;
	while (*name) {
		size_t n = strcspn(name, "/");

		if (n == 2 && name[0] == '.' && name[1] == '.')
			return PATH_DOTDOT;
		if (n > 0 && !(n == 1 && name[0] == '.')) {
			if (len + n + 2 > sizeof(clean))
				return PATH_TOO_LONG;
			if (len > 0)
				clean[len++] = '/';
			memcpy(clean + len, name, n);
			len += n;
		}
		name += n;
		name += strspn(name, "/");
	}
	clean[len] = '\0';
	memcpy(out, clean, len + 1);
	return PATH_OK;
}

const char *path_fault_text(enum path_fault fault)
{
	static const char *const text[] = {
		[PATH_OK] = "is fine",
		[PATH_ABSOLUTE] = "is an absolute name: it would leave the target",
		[PATH_DOTDOT] = "contains \"..\": it would leave the target",
		[PATH_TOO_LONG] = "is longer than any path can be",
		[PATH_EMPTY] = "is an empty name",
	};

	return text[fault];
}

size_t path_base(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	return len;
}
