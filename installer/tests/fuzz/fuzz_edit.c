/*
 * Edits of the image's own files: setting a value twice is setting it once, and what
 * stands before the change is kept.
 */
#include <assert.h>
#include <stdint.h>

#include "core/mem.h"
#include "core/text.h"
#include "bootcfg/edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where a line leaves a quote open, what belongs to what is a matter of opinion. */
static bool every_line_closes_its_quotes(const char *text)
{
	char quote = '\0';

	for (; *text; text++) {
		if (*text == '\n' && quote)
			return false;
		if (*text == '\\' && quote != '\'' && text[1] && text[1] != '\n')
			text++;
		else if (quote ? *text == quote : *text == '"' || *text == '\'')
			quote = quote ? '\0' : *text;
	}
	return !quote;
}

/* As often as one likes, and the line is there. */
static void assert_line(const char *text, const char *before)
{
	auto_free char *once = edit_line(text, "K", "K: new", before);
	auto_free char *twice = edit_line(once, "K", "K: new", before);

	assert(strstr(once, "K: new"));
	assert(str_eq(once, twice));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena arena = { 0 };
	const char *text = arena_strndup(&arena, (const char *)data, size);
	auto_free char *once = edit_shell_variable(text, "K", "new");
	auto_free char *twice = edit_shell_variable(once, "K", "new");
	auto_free char *password = edit_shadow_password(text, "root", "$6$a");

	assert_line(text, NULL);
	assert_line(text, "exit");
	assert(strstr(once, "K=\"new\""));
	assert(str_eq(once, twice) || !every_line_closes_its_quotes(text));
	if (password) {
		auto_free char *again = edit_shadow_password(password, "root", "$6$a");

		assert(strstr(password, "root:$6$a"));
		assert(str_eq(password, again));
	}
	return 0;
}
