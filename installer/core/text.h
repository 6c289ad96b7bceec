/*
 * Text: a growing buffer, and the few string questions that libc does not answer.
 */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/cleanup.h"

/* A growing string; always NUL-terminated once something was added. {0} is empty. */
struct text {
	char *s; /* NULL while empty; text_take() hands it to the caller */
	size_t len, cap;
};
#define auto_text __attribute__((cleanup(text_free)))

void text_free(struct text *t);
void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const void *bytes, size_t len);
void text_printf(struct text *t, const char *fmt, ...) printf_like(2, 3);
void text_reserve(struct text *t, size_t more); /* room for as many bytes in one go */
char *text_take(struct text *t);                /* never NULL; *t is empty afterwards */

bool str_eq(const char *a, const char *b); /* NULL equals only NULL */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

/* Equal but for case, hyphens and colons: mdadm writes a UUID with colons, libblkid with
 * hyphens. NULL equals NULL alone. */
bool str_same_id(const char *a, const char *b);
bool str_empty(const char *s); /* NULL or "" */

/* The length of the UTF-8 character at s (RFC 3629), or 0 when it is not one. */
size_t utf8_decode(const char *s, uint32_t *ret_code_point);

/* Could it drive a terminal, break a line or turn its order round? */
bool utf8_is_control(uint32_t code_point);

/* Foreign text made fit for one line: what is a control, or not UTF-8, becomes `?`. */
void str_clean(char *s);

/*
 * The entry of names[0..n) nearest to `word` (Levenshtein), or NULL when none is near
 * enough to be what was meant.
 */
const char *str_nearest(const char *word, const char *const *names, size_t n);

/* 1536 MiB → "1.5 GiB"; exact sizes stay short ("20 GiB"). buf is returned. */
const char *size_print(uint64_t bytes, char *buf, size_t len);
#define SIZE_TEXT(bytes) size_print(bytes, (char[32]){ 0 }, 32)

/*
 * "20G", "512M", "4096": binary units K M G T, with an optional "iB" or "B". Returns
 * false when the text is not a size or does not fit 64 bits.
 */
bool size_parse(const char *s, uint64_t *ret_bytes);

#endif
