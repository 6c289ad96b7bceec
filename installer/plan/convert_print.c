/*
 * An installed host and the changes to its files, for people.
 */
#include "core/digest.h"
#include "plan/convert.h"

#define LINE_SHOWN 160

static void print_line(const char *line, size_t len, char sign, struct text *out)
{
	auto_free char *copy = strndup(line, len > LINE_SHOWN ? LINE_SHOWN : len);

	if (!copy)
		abort();
	for (char *c = copy; *c; c++)
		if (*c == '\t')
			*c = ' ';
	str_clean(copy);
	text_printf(out, "\n      %c %s%s", sign, copy, len > LINE_SHOWN ? "…" : "");
}

/* Where this line is in the text, or NULL. */
static const char *find_line(const char *text, const char *line, size_t len)
{
	for (; *text; text += *text == '\n') {
		size_t n = strcspn(text, "\n");

		if (n == len && memcmp(text, line, len) == 0)
			return text;
		text += n;
	}
	return NULL;
}

static const char *skip_line(const char *line)
{
	line += strcspn(line, "\n");
	return line + (*line == '\n');
}

/* The lines that go and come, in their order: no more than that is owed to people, the
 * digests bind the whole texts. */
static void print_lines(const char *old, const char *new, struct text *out)
{
	for (; *new; new = skip_line(new)) {
		size_t len = strcspn(new, "\n");
		const char *same = find_line(old, new, len);

		if (!same) {
			print_line(new, len, '+', out);
			continue;
		}
		for (; old < same; old = skip_line(old))
			print_line(old, strcspn(old, "\n"), '-', out);
		old = skip_line(old);
	}
	for (; *old; old = skip_line(old))
		print_line(old, strcspn(old, "\n"), '-', out);
}

/* What is there now counts whole, by its digest. */
void plan_print_change(const struct action *a, struct text *out)
{
	const struct file_change *f = &a->file;
	const char *old = f->old ? f->old : "";
	struct digest was = digest_of(old, strlen(old));
	struct digest is = digest_of(f->text, strlen(f->text));

	text_printf(out, " %s, ", f->path);
	if (f->old)
		text_printf(out, "now SHA-256 %s", DIGEST_TEXT(&was));
	else
		text_printf(out, "a new file, mode %04o", f->mode);
	text_printf(out, "\n      | then SHA-256 %s", DIGEST_TEXT(&is));
	print_lines(old, f->text, out);
}

void plan_print_convert(const struct convert *c, struct text *out)
{
	static const char *const titles[] = { [LOADER_GRUB2] = "GRUB 2",
					      [LOADER_GRUB_LEGACY] = "GRUB legacy",
					      [LOADER_EXTLINUX] = "extlinux",
					      [LOADER_KEEP] = "" };

	text_printf(out, "  started by %s: %s with %s\n", titles[c->boot.loader],
		    c->choice.hypervisor, c->choice.kernel);
	if (c->fallback)
		text_printf(out, "  fallback: %s\n", c->fallback);
	for (size_t i = 0; i < c->host->n_mounts; i++)
		text_printf(out, "  %s is %s, UUID %s\n", c->host->mounts[i].mount,
			    c->host->mounts[i].device, c->host->mounts[i].uuid);
}
