/*
 * The host's own krb5.conf: setting it twice is setting it once, and every line that was
 * there before, but for those of our own settings, is there afterwards.
 */
#include <assert.h>
#include <stdint.h>

#include "core/text.h"
#include "kerberos/krb5_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lines of `before` in order; those with one of our tags may be missing. */
static bool keeps_lines(const char *before, const char *after)
{
	static const char *const tags[] = { "default_realm", "kdc", "admin_server",
					    "b.c" };

	while (*before) {
		size_t len = strcspn(before, "\n");
		auto_free char *line = strndup(before, len);
		bool ours = false;

		for (size_t i = 0; i < ARRAY_LEN(tags); i++)
			ours |= strstr(line, tags[i]) != NULL;
		if (!ours) {
			const char *at = after;

			while (*at && !(strncmp(at, line, len) == 0 &&
					(at[len] == '\n' || !at[len])))
				at += strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n');
			if (len && !*at)
				return false;
			after = *at ? at + len : at;
			after += *after == '\n';
		}
		before += len + (before[len] == '\n');
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const kdcs[] = { "k1", "k2" };
	static const struct krb5_conf conf = { .realm = "A.B",
					       .kdcs = kdcs,
					       .n_kdcs = 2,
					       .admin_server = "k1",
					       .host = "x.b.c" };
	auto_arena struct arena arena = { 0 };
	const char *text = arena_strndup(&arena, (const char *)data, size);
	auto_free char *once = krb5_conf_edit(text, &conf);
	auto_free char *twice = krb5_conf_edit(once, &conf);

	assert(str_eq(once, twice));
	assert(strstr(once, "A.B"));
	assert(keeps_lines(text, once));
	return 0;
}
