#include "kerberos/keytab.h"

#include <inttypes.h>
#include <string.h>

#define VERSION_2  0x0502
#define VERSION_1  0x0501
#define LISTED_MAX 8 /* principals named in a message */
#define KEY_MAX    64
#define PARTS_MAX  32

static const struct {
	uint32_t number;
	const char *name;
	bool weak;
} enctypes[] = {
	{ 1, "des-cbc-crc", true },
	{ 2, "des-cbc-md4", true },
	{ 3, "des-cbc-md5", true },
	{ 4, "des-cbc-raw", true },
	{ 6, "des3-cbc-raw", true },
	{ 8, "des-hmac-sha1", true },
	{ 16, "des3-cbc-sha1", true },
	{ ENCTYPE_AES128_SHA1, "aes128-cts-hmac-sha1-96", false },
	{ ENCTYPE_AES256_SHA1, "aes256-cts-hmac-sha1-96", false },
	{ ENCTYPE_AES128_SHA2, "aes128-cts-hmac-sha256-128", false },
	{ ENCTYPE_AES256_SHA2, "aes256-cts-hmac-sha384-192", false },
	{ 23, "arcfour-hmac", true },
	{ 24, "arcfour-hmac-exp", true },
	{ 25, "camellia128-cts-cmac", false },
	{ 26, "camellia256-cts-cmac", false },
};

const char *keytab_enctype_name(uint32_t enctype, char *buf, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(enctypes); i++)
		if (enctypes[i].number == enctype)
			return enctypes[i].name;
	snprintf(buf, len, "enctype %" PRIu32, enctype);
	return buf;
}

bool keytab_is_weak(uint32_t enctype)
{
	for (size_t i = 0; i < ARRAY_LEN(enctypes); i++)
		if (enctypes[i].number == enctype)
			return enctypes[i].weak;
	return false;
}

struct cursor {
	const unsigned char *at, *end;
	bool failed; /* something was asked for that is not there; all zero from then on
		      */
};

static uint32_t take_number(struct cursor *c, size_t bytes)
{
	uint32_t value = 0;

	if ((size_t)(c->end - c->at) < bytes)
		c->failed = true;
	for (size_t i = 0; i < bytes && !c->failed; i++)
		value = value << 8 | *c->at++;
	return c->failed ? 0 : value;
}

static const unsigned char *take_bytes(struct cursor *c, size_t *ret_len)
{
	size_t len = take_number(c, 2);
	const unsigned char *bytes = c->at;

	if ((size_t)(c->end - c->at) < len)
		c->failed = true;
	if (c->failed)
		len = 0;
	c->at += len;
	*ret_len = len;
	return bytes;
}

/* A NUL inside would make two names look the same. */
static const char *take_string(struct cursor *c, struct arena *arena)
{
	size_t len;
	const unsigned char *bytes = take_bytes(c, &len);

	if (memchr(bytes, '\0', len))
		c->failed = true;
	return arena_strndup(arena, (const char *)bytes, c->failed ? 0 : len);
}

static bool read_entry(struct cursor *c, struct arena *arena, struct keytab_entry *ret)
{
	struct keytab_entry e = { .n_components = take_number(c, 2) };
	uint32_t wide;

	if (e.n_components > PARTS_MAX)
		return false;
	e.realm = take_string(c, arena);
	e.components = arena_alloc(arena, (e.n_components + 1) * sizeof(char *));
	for (size_t i = 0; i < e.n_components; i++)
		e.components[i] = take_string(c, arena);
	e.name_type = take_number(c, 4);
	e.timestamp = take_number(c, 4);
	e.kvno = take_number(c, 1);
	e.enctype = (uint16_t)take_number(c, 2);
	e.key = take_bytes(c, &e.key_len);
	if (c->failed || e.key_len > KEY_MAX)
		return false;
	e.key = memcpy(arena_alloc(arena, e.key_len + 1), e.key, e.key_len);
	/* Added later: 32 bits instead of 8, unless they are zero. */
	wide = c->end - c->at >= 4 ? take_number(c, 4) : 0;
	if (wide)
		e.kvno = wide;
	*ret = e;
	return true;
}

static int fail(struct err *err, const char *why)
{
	return err_set(err, ERR_SOURCE, 0, "not a keytab that can be used: %s", why);
}

int keytab_parse(const void *bytes, size_t len, struct arena *arena, struct keytab *ret,
		 struct err *err)
{
	struct cursor c = { .at = bytes, .end = (const unsigned char *)bytes + len };
	struct keytab keytab = { 0 };
	uint32_t version = take_number(&c, 2);

	if (version == VERSION_1)
		return fail(err, "it is of format version 1, which depends on the "
				 "machine that wrote it");
	if (version != VERSION_2)
		return fail(err, "it does not begin with 05 02");
	while (c.end - c.at >= 4) {
		uint32_t size = take_number(&c, 4);
		bool hole = size >> 31;
		struct cursor entry = c;
		struct keytab_entry e;

		if (hole)
			size = -size;
		if (size > (size_t)(c.end - c.at))
			return fail(err, "it is cut off");
		c.at += size;
		entry.end = c.at;
		if (hole || !size) /* zero: the rest was made room for, and not used */
			continue;
		if (!read_entry(&entry, arena, &e))
			return fail(err, "an entry is damaged");
		keytab.entries = arena_append(arena, keytab.entries, &keytab.n, &e,
					      sizeof(e));
	}
	if (c.at != c.end)
		return fail(err, "it is cut off");
	*ret = keytab;
	return 0;
}

static void put_number(struct text *out, uint32_t value, size_t bytes)
{
	unsigned char big_endian[4];

	for (size_t i = 0; i < bytes; i++)
		big_endian[i] = (unsigned char)(value >> (8 * (bytes - 1 - i)));
	text_add_bytes(out, big_endian, bytes);
}

static void put_bytes(struct text *out, const void *bytes, size_t len)
{
	put_number(out, (uint32_t)len, 2);
	text_add_bytes(out, bytes, len);
}

void keytab_write(const struct keytab *keytab, struct text *out)
{
	put_number(out, VERSION_2, 2);
	for (size_t i = 0; i < keytab->n; i++) {
		const struct keytab_entry *e = &keytab->entries[i];
		auto_text struct text t = { 0 };

		put_number(&t, (uint32_t)e->n_components, 2);
		put_bytes(&t, e->realm, strlen(e->realm));
		for (size_t j = 0; j < e->n_components; j++)
			put_bytes(&t, e->components[j], strlen(e->components[j]));
		put_number(&t, e->name_type, 4);
		put_number(&t, e->timestamp, 4);
		put_number(&t, e->kvno, 1);
		put_number(&t, e->enctype, 2);
		put_bytes(&t, e->key, e->key_len);
		put_number(&t, e->kvno, 4);
		put_number(out, (uint32_t)t.len, 4);
		text_add_bytes(out, t.s, t.len);
	}
}

static void print_part(const char *part, struct text *out)
{
	for (; *part; part++)
		text_printf(out, "%s%c", strchr("/@\\", *part) ? "\\" : "", *part);
}

void keytab_print_principal(const struct keytab_entry *entry, struct text *out)
{
	for (size_t i = 0; i < entry->n_components; i++) {
		text_add(out, i ? "/" : "");
		print_part(entry->components[i], out);
	}
	text_add(out, "@");
	print_part(entry->realm, out);
}

static bool is_host(const struct keytab_entry *e, const char *host, const char *realm)
{
	return e->n_components == 2 && str_eq(e->components[0], "host") &&
	       str_eq(e->components[1], host) && str_eq(e->realm, realm);
}

/* Each principal once, as far as a message has room. */
static void list_principals(const struct keytab *keytab, struct text *out)
{
	auto_text struct text last = { 0 };
	size_t listed = 0;

	for (size_t i = 0; i < keytab->n; i++) {
		auto_text struct text t = { 0 };

		keytab_print_principal(&keytab->entries[i], &t);
		if (str_eq(t.s, last.s))
			continue;
		if (listed++ == LISTED_MAX) {
			text_add(out, ", …");
			break;
		}
		text_printf(out, "%s%s", listed > 1 ? ", " : "", t.s);
		text_free(&last);
		last = t;
		t = (struct text){ 0 };
	}
	if (!listed)
		text_add(out, "no keys at all");
	str_clean(out->s);
}

int keytab_check(const struct keytab *keytab, const char *host, const char *realm,
		 bool allow_weak, struct err *err)
{
	auto_text struct text has = { 0 };
	bool found = false;
	char buf[32];

	for (size_t i = 0; i < keytab->n; i++) {
		const struct keytab_entry *e = &keytab->entries[i];

		found |= is_host(e, host, realm);
		if (!keytab_is_weak(e->enctype) || allow_weak)
			continue;
		keytab_print_principal(e, &has);
		str_clean(has.s);
		return err_set(err, ERR_SOURCE, 0,
			       "the keytab has a key of %s of type %s, which is broken; "
			       "make one with AES keys only, or say "
			       "`allow-weak-crypto: true`",
			       has.s, keytab_enctype_name(e->enctype, buf, sizeof(buf)));
	}
	if (found)
		return 0;
	list_principals(keytab, &has);
	return err_set(err, ERR_SOURCE, 0,
		       "the keytab has no key of host/%s@%s; it has %s", host, realm,
		       has.s);
}
