#include "fetch/minisign.h"

#include <sodium.h>

#include "core/mem.h"
#include "core/text.h"

#define SIGNATURE_BYTES  64
#define COMMENT_PREFIX   "untrusted comment: "
#define TRUSTED_PREFIX   "trusted comment: "
#define ALGORITHM_PLAIN  "Ed"
#define ALGORITHM_HASHED "ED"

/* The next line without its end; NULL when there is none. Moves *text behind it. */
static char *take_line(const char **text)
{
	const char *start = *text;
	size_t len = strcspn(start, "\n"), shown = len;
	char *line;

	if (!*start)
		return NULL;
	*text = start + len + (start[len] == '\n');
	if (shown && start[shown - 1] == '\r')
		shown--;
	line = xmalloc(shown + 1);
	memcpy(line, start, shown);
	line[shown] = '\0';
	return line;
}

/* Exactly `len` bytes in base64, nothing beside them. */
static bool decode(const char *line, void *bytes, size_t len)
{
	const char *end;
	size_t got;

	return line &&
	       sodium_base642bin(bytes, len, line, strlen(line), NULL, &got, &end,
				 sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       got == len && *end == '\0';
}

int minisign_read_key(const char *name, const char *text, struct minisign_key *ret,
		      struct err *err)
{
	struct {
		char algorithm[2];
		struct minisign_key key;
	} packed;
	auto_free char *line = take_line(&text);

	if (line && str_starts(line, COMMENT_PREFIX)) {
		free(line);
		line = take_line(&text);
	}
	_Static_assert(sizeof(packed) == 42, "as it stands in the file");
	if (!decode(line, &packed, sizeof(packed)) ||
	    memcmp(packed.algorithm, ALGORITHM_PLAIN, 2) != 0)
		return err_set(err, ERR_SOURCE, 0,
			       "%s: this is no public key of minisign's", name);
	*ret = packed.key;
	return 0;
}

struct signature {
	struct {
		char algorithm[2];
		uint8_t key_id[8];
		uint8_t bytes[SIGNATURE_BYTES];
	} text;
	uint8_t comment_bytes[SIGNATURE_BYTES];
	char *comment;
};

static bool parse(const char *text, struct signature *ret)
{
	auto_free char *untrusted = take_line(&text), *first = take_line(&text),
		       *trusted = take_line(&text), *second = take_line(&text);

	if (!untrusted || !str_starts(untrusted, COMMENT_PREFIX) || *text ||
	    !decode(first, &ret->text, sizeof(ret->text)) || !trusted ||
	    !str_starts(trusted, TRUSTED_PREFIX) ||
	    !decode(second, ret->comment_bytes, sizeof(ret->comment_bytes)))
		return false;
	ret->comment = xstrdup(trusted + strlen(TRUSTED_PREFIX));
	return true;
}

static bool text_holds(const struct minisign_key *key, const struct signature *s,
		       const void *text, size_t len)
{
	uint8_t hash[crypto_generichash_BYTES_MAX];

	if (memcmp(s->text.algorithm, ALGORITHM_HASHED, 2) == 0) {
		crypto_generichash(hash, sizeof(hash), text, len, NULL, 0);
		text = hash;
		len = sizeof(hash);
	} else if (memcmp(s->text.algorithm, ALGORITHM_PLAIN, 2) != 0) {
		return false;
	}
	return crypto_sign_verify_detached(s->text.bytes, text, len, key->ed25519) == 0;
}

static bool comment_holds(const struct minisign_key *key, const struct signature *s)
{
	auto_text struct text both = { 0 };

	text_add_bytes(&both, s->text.bytes, SIGNATURE_BYTES);
	text_add(&both, s->comment);
	return crypto_sign_verify_detached(s->comment_bytes,
					   (const unsigned char *)both.s, both.len,
					   key->ed25519) == 0;
}

static int judge(const struct minisign_key *key, const char *name,
		 const struct signature *s, const void *text, size_t len, struct err *err)
{
	if (memcmp(s->text.key_id, key->id, sizeof(key->id)) != 0)
		return err_set(err, ERR_SOURCE, 0,
			       "%s: signed with another key than the one here", name);
	if (!text_holds(key, s, text, len))
		return err_set(err, ERR_SOURCE, 0,
			       "%s: the signature does not fit: this is not what was "
			       "signed",
			       name);
	if (!comment_holds(key, s))
		return err_set(err, ERR_SOURCE, 0,
			       "%s: the signature's comment is not what was signed",
			       name);
	return 0;
}

/*
 * Without sodium_init(), which would choose among implementations of everything that
 * libsodium can do, and so link it all: what is used here works without.
 */
int minisign_verify(const struct minisign_key *key, const char *name,
		    const char *signature, const void *text, size_t len,
		    char **ret_comment, struct err *err)
{
	struct signature s = { 0 };
	int rc;

	if (!parse(signature, &s))
		return err_set(err, ERR_SOURCE, 0, "%s: this is no minisign signature",
			       name);
	rc = judge(key, name, &s, text, len, err);
	if (rc == 0) {
		str_clean(s.comment);
		*ret_comment = s.comment;
	} else {
		free(s.comment);
	}
	return rc;
}
