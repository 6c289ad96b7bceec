#include "core/url.h"

#include <string.h>

#include "core/mem.h"

char *url_public(const char *url)
{
	const char *authority = strstr(url, "://"), *at = NULL;

	if (!authority)
		return xstrdup(url);
	authority += 3;
	for (const char *p = authority; *p && !strchr("/?#", *p); p++)
		if (*p == '@')
			at = p;
	if (!at)
		return xstrdup(url);
	return xasprintf("%.*s%s", (int)(authority - url), url, at + 1);
}

char *url_below(const char *url, const char *name)
{
	size_t len = strlen(url);

	return xasprintf("%s%s%s", url, len && url[len - 1] == '/' ? "" : "/", name);
}
