#include "bootcfg/edit_entry.h"

#include <strings.h>

#include "core/text.h"

static bool is_word(const char *s, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(s, word, len) == 0;
}

/* Does the next entry begin, or this one end? Of the first word of a line. */
static bool ends_entry(const char *line)
{
	static const char *const words[] = { "label", "menuentry", "submenu", "title",
					     "}" };
	size_t len;

	line += strspn(line, " \t");
	len = strcspn(line, " \t\r\n");
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strlen(words[i]) == len && strncasecmp(line, words[i], len) == 0)
			return true;
	return false;
}

static bool has_words(const char *args, const char *words)
{
	while (*words) {
		size_t len = strcspn(words, " ");
		bool found = false;

		for (const char *a = args; *a && !found;) {
			size_t n = strcspn(a, " ");

			found = n == len && memcmp(a, words, len) == 0;
			a += n + strspn(a + n, " ");
		}
		if (len && !found)
			return false;
		words += len + strspn(words + len, " ");
	}
	return true;
}

static bool is_dropped(const char *s, size_t len, const struct entry_edit *edit)
{
	for (const char *const *word = edit->drop; word && *word; word++)
		if (is_word(s, len, *word))
			return true;
	return false;
}

static void add_options(const struct boot_image *image, const char *options,
			struct text *out)
{
	if (options && !has_words(image->args, options))
		text_printf(out, " %s", options);
}

static bool is_path(const struct boot_image *image, const char *s, size_t len)
{
	return image->path && is_word(s, len, image->path);
}

/* With the blanks in front of each word; a dropped word goes with its own. */
static void edit_line(const char *line, size_t len, const struct boot_entry *entry,
		      const struct entry_edit *edit, struct text *out)
{
	const char *end = line + len;
	bool hypervisor = false; /* of its arguments */

	while (line < end) {
		size_t blanks = strspn(line, " \t"),
		       n = strcspn(line + blanks, " \t\r\n");
		const char *word = line + blanks;
		bool last = n == 0 || word + n > end;

		if (hypervisor && (last || is_word(word, n, "---"))) {
			add_options(&entry->hypervisor, edit->xen_options, out);
			hypervisor = false;
		}
		if (last) {
			text_add_bytes(out, line, (size_t)(end - line));
			return;
		}
		line = word + n;
		if (is_dropped(word, n, edit))
			continue;
		text_add_bytes(out, word - blanks, blanks + n);
		hypervisor |= is_path(&entry->hypervisor, word, n);
		if (is_path(&entry->kernel, word, n))
			add_options(&entry->kernel, edit->kernel_options, out);
	}
	if (hypervisor)
		add_options(&entry->hypervisor, edit->xen_options, out);
}

char *edit_entry(const char *text, const struct boot_entry *entry,
		 const struct entry_edit *edit)
{
	struct text out = { 0 };
	bool inside = false;

	text_add(&out, "");
	for (size_t number = 1; *text; number++) {
		size_t len = strcspn(text, "\n");

		len += text[len] == '\n';
		if (inside && ends_entry(text))
			inside = false;
		if (inside && text[strspn(text, " \t")] != '#')
			edit_line(text, len, entry, edit, &out);
		else
			text_add_bytes(&out, text, len);
		if (number == entry->line)
			inside = true;
		text += len;
	}
	return text_take(&out);
}
