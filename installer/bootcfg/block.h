/*
 * Text that belongs to somebody else, with a few lines of ours in it: what every editor
 * of a boot loader's configuration needs. Bytes that are not ours stay as they are, and
 * doing it twice changes nothing. All results are new strings.
 */
#ifndef BOOTCFG_BLOCK_H
#define BOOTCFG_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

#define BLOCK_BEGIN "### dom0strap begin ###"
#define BLOCK_END   "### dom0strap end ###"

/*
 * Put `block` (whole lines) between a pair of marker lines at the end of `text`,
 * replacing what stands between them already. "" leaves an empty pair.
 */
char *block_replace(const char *text, const char *block);

/* Where our block is, markers included; false: there is none. */
bool block_find(const char *text, size_t *ret_start, size_t *ret_end);

/* A line's first word, as the loaders with settings of one line each have it. */
struct line_setting {
	const char *key;
	bool any_case; /* extlinux; GRUB legacy knows lower case only */
	const char
		*stop; /* a line that begins with this word ends the settings; or NULL */
};

/*
 * The setting that counts: the last one outside our block. NULL when there is none; else
 * the value's first byte, and its length without blanks at the end.
 */
const char *setting_find(const char *text, const struct line_setting *s, size_t *ret_len);

/* Give it that value where it stands, or else in a new line before all others but
 * comments at the beginning. */
char *setting_put(const char *text, const struct line_setting *s, const char *value);

/* For readers of such lines: does this one begin with that word? *ret_value is behind
 * it, blanks and one `=` skipped. */
bool line_has_key(const char *line, const char *key, bool any_case,
		  const char **ret_value);

/* The line after this one, or NULL at the end. */
const char *line_next(const char *line);

#endif
