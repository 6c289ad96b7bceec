#include "fetch/manifest.h"

#include <fcntl.h>
#include <inttypes.h>

#include "core/io.h"
#include "core/text.h"
#include "core/url.h"
#include "fetch/minisign.h"

#define MANIFEST_MAX_BYTES (4 * 1024 * 1024)
#define HEX_DIGITS         (2 * DIGEST_BYTES)

/* "HEX  NAME" or "HEX *NAME". The name is not copied: it ends where the line does. */
static bool read_line(const char *line, size_t len, struct digest *ret_digest,
		      const char **ret_name, size_t *ret_len)
{
	char hex[HEX_DIGITS + 1];

	if (len < HEX_DIGITS + 3 || line[HEX_DIGITS] != ' ' ||
	    (line[HEX_DIGITS + 1] != ' ' && line[HEX_DIGITS + 1] != '*'))
		return false;
	memcpy(hex, line, HEX_DIGITS);
	hex[HEX_DIGITS] = '\0';
	*ret_name = line + HEX_DIGITS + 2;
	*ret_len = len - HEX_DIGITS - 2;
	return digest_parse(hex, ret_digest);
}

/* `serial:NUMBER` as a word of its own; anything else that begins so is an error. */
static int read_serial(const char *url, const char *comment, struct manifest *m,
		       struct err *err)
{
	static const char key[] = "serial:";

	for (const char *word = comment; *word;) {
		size_t len = strcspn(word, " \t");

		if (str_starts(word, key)) {
			size_t digits = strspn(word + strlen(key), "0123456789");

			if (m->has_serial || digits == 0 || digits > 18 ||
			    digits + strlen(key) != len)
				return err_set(err, ERR_SOURCE, 0,
					       "%s: not one serial number in the "
					       "signature's comment",
					       url);
			m->serial = strtoull(word + strlen(key), NULL, 10);
			m->has_serial = true;
		}
		word += len;
		word += strspn(word, " \t");
	}
	return 0;
}

int manifest_parse(const char *url, const char *text, size_t len, const char *comment,
		   struct arena *arena, struct manifest *ret, struct err *err)
{
	struct manifest m = { .url = arena_strdup(arena, url),
			      .text = arena_strndup(arena, text, len) };
	unsigned number = 0;

	if (strlen(m.text) != len)
		return err_set(err, ERR_SOURCE, 0, "%s: not a text", url);
	for (const char *line = m.text; *line;) {
		size_t line_len = strcspn(line, "\n"), name_len;
		struct digest ignored;
		const char *name;

		number++;
		if (!read_line(line, line_len, &ignored, &name, &name_len))
			return err_set(err, ERR_SOURCE, 0,
				       "%s:%u: not a line of sha256sum's", url, number);
		line += line_len + (line[line_len] == '\n');
	}
	if (read_serial(url, comment, &m, err) < 0)
		return -1;
	*ret = m;
	return 0;
}

int manifest_find(const struct manifest *m, const char *url, struct digest *ret,
		  struct err *err)
{
	size_t base = (size_t)(strrchr(m->url, '/') + 1 - m->url);
	auto_free char *shown = url_public(url);
	const char *name = url + base;
	bool found = false;

	if (strncmp(url, m->url, base) != 0)
		return err_set(err, ERR_SOURCE, 0,
			       "%s is not below the folder of %s, which is to vouch for "
			       "it",
			       shown, m->url);
	for (const char *line = m->text; *line;) {
		size_t line_len = strcspn(line, "\n"), listed_len;
		struct digest digest;
		const char *listed;

		if (read_line(line, line_len, &digest, &listed, &listed_len) &&
		    listed_len == strlen(name) && memcmp(listed, name, listed_len) == 0) {
			if (found && memcmp(&digest, ret, sizeof(digest)) != 0)
				return err_set(err, ERR_SOURCE, 0,
					       "%s: two digests for %s", m->url, name);
			*ret = digest;
			found = true;
		}
		line += line_len + (line[line_len] == '\n');
	}
	if (!found)
		return err_set(err, ERR_SOURCE, 0, "%s has no digest of %s", m->url,
			       shown);
	return 0;
}

static int read_key(const char *path, struct minisign_key *ret, struct err *err)
{
	auto_free char *text = NULL;

	if (io_read_file(AT_FDCWD, path, MINISIGN_MAX_BYTES, &text, NULL, err) < 0) {
		err->code = ERR_SOURCE;
		return err_wrap(
			err, "no key to check a signature with (`make KEY=FILE` builds "
			     "one in)");
	}
	return minisign_read_key(path, text, ret, err);
}

int manifest_fetch(const char *url, const char *key_file,
		   const struct fetch_options *options, struct arena *arena,
		   struct manifest *ret, struct err *err)
{
	auto_free char *text = NULL, *signature = NULL, *comment = NULL;
	auto_free char *shown = url_public(url);
	auto_free char *signature_url = xasprintf("%s.minisig", url);
	struct minisign_key key;
	size_t len;

	if (read_key(key_file ? key_file : MANIFEST_KEY_FILE, &key, err) < 0 ||
	    fetch_text(url, options, MANIFEST_MAX_BYTES, &text, &len, err) < 0 ||
	    fetch_text(signature_url, options, MINISIGN_MAX_BYTES, &signature, NULL,
		       err) < 0)
		return err_wrap(err, "manifest");
	if (minisign_verify(&key, shown, signature, text, len, &comment, err) < 0)
		return err_wrap(err, "manifest");
	return manifest_parse(url, text, len, comment, arena, ret, err);
}
