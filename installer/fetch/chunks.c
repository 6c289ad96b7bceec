#include "fetch/chunks.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>

#include "core/io.h"
#include "core/log.h"
#include "core/monotonic.h"
#include "core/text.h"
#include "core/url.h"
#include "fetch/attempt.h"
#include "fetch/peers.h"
#include "fetch/share.h"

#define LIST_MAX_BYTES  (4 * 1024 * 1024)
#define CHUNK_MIN_BYTES UINT64_C(4096)
#define HEX_DIGITS      (2 * DIGEST_BYTES)
#define SIZE_DIGITS_MAX 18
#define NAP_MS          100

struct chunks {
	char *text, *folder; /* of the list: chunks lie beside it */
	struct chunk_list list;
	struct fetch_options options; /* with the defaults filled in */
	char *ca_file;
	struct peers *peers; /* NULL: none */
	struct share *share; /* its owner's; NULL: nobody wants them */
	size_t next;         /* the chunk that comes when `buf` is used up */
	unsigned char *buf;
	size_t len, used;

	pthread_mutex_t lock; /* of `open`, which another thread may cancel */
	struct fetch *open;
	atomic_bool cancelled;
};

/* A number and what ends it; false: no such number. */
static bool read_size(const char **at, char end, uint64_t *ret)
{
	size_t digits = strspn(*at, "0123456789");

	if (digits == 0 || digits > SIZE_DIGITS_MAX || (*at)[digits] != end)
		return false;
	*ret = strtoull(*at, NULL, 10);
	*at += digits + 1;
	return true;
}

static bool read_head(const char **at, struct chunk_list *list)
{
	static const char word[] = "chunks ";

	if (!str_starts(*at, word))
		return false;
	*at += strlen(word);
	return read_size(at, ' ', &list->size_bytes) &&
	       read_size(at, '\n', &list->chunk_bytes) && list->size_bytes > 0 &&
	       list->chunk_bytes >= CHUNK_MIN_BYTES &&
	       list->chunk_bytes <= CHUNK_MAX_BYTES;
}

static struct digest digest_at(const struct chunk_list *list, size_t i)
{
	char hex[HEX_DIGITS + 1] = "";
	struct digest digest = { 0 };

	memcpy(hex, list->digests + i * (HEX_DIGITS + 1), HEX_DIGITS);
	if (!digest_parse(hex, &digest))
		abort(); /* the list has been read */
	return digest;
}

int chunk_list_parse(const char *name, const char *text, struct chunk_list *ret,
		     struct err *err)
{
	struct chunk_list list = { 0 };
	const char *at = text;
	uint64_t n;

	if (!read_head(&at, &list))
		return err_set(err, ERR_SOURCE, 0, "%s: not a list of chunks", name);
	list.digests = at;
	n = (list.size_bytes - 1) / list.chunk_bytes + 1;
	for (; *at; list.n++) {
		char hex[HEX_DIGITS + 1] = "";
		struct digest ignored;

		memcpy(hex, at, strnlen(at, HEX_DIGITS));
		if (!digest_parse(hex, &ignored) || at[HEX_DIGITS] != '\n')
			return err_set(err, ERR_SOURCE, 0,
				       "%s:%zu: not the SHA-256 of a chunk", name,
				       list.n + 2);
		at += HEX_DIGITS + 1;
	}
	if (list.n != n)
		return err_set(err, ERR_SOURCE, 0,
			       "%s: %zu chunks of %" PRIu64 " bytes are not %" PRIu64
			       " bytes",
			       name, list.n, list.chunk_bytes, list.size_bytes);
	*ret = list;
	return 0;
}

struct chunk chunk_at(const struct chunk_list *list, size_t i)
{
	uint64_t rest = list->size_bytes - i * list->chunk_bytes;

	return (struct chunk){
		.digest = digest_at(list, i),
		.len = (size_t)(rest < list->chunk_bytes ? rest : list->chunk_bytes)
	};
}

static int load_list(struct chunks *c, const char *url, const struct digest *sha256,
		     struct err *err)
{
	auto_free char *shown = url_public(url);
	struct digest got;
	size_t len;

	if (fetch_text(url, &c->options, LIST_MAX_BYTES, &c->text, &len, err) < 0)
		return -1;
	got = digest_of(c->text, len);
	if (sha256 && memcmp(sha256, &got, sizeof(got)) != 0)
		return err_set(err, ERR_SOURCE, 0, "%s: sha256 is %s, expected %s", shown,
			       DIGEST_TEXT(&got), DIGEST_TEXT(sha256));
	if (strlen(c->text) != len)
		return err_set(err, ERR_SOURCE, 0, "%s: not a text", shown);
	return chunk_list_parse(shown, c->text, &c->list, err);
}

int chunks_open(const struct chunk_source *source, const struct fetch_options *options,
		struct chunks **ret, struct err *err)
{
	const char *url = source->list, *slash = strrchr(url, '/');
	struct chunks *c = xcalloc(1, sizeof(*c));

	c->options = attempt_options(options);
	c->options.ret_date = NULL;
	if (c->options.ca_file)
		c->options.ca_file = c->ca_file = xstrdup(c->options.ca_file);
	c->folder = slash ? xasprintf("%.*s", (int)(slash + 1 - url), url) : xstrdup("");
	pthread_mutex_init(&c->lock, NULL);
	if (load_list(c, url, source->sha256, err) < 0) {
		chunks_close(c);
		return -1;
	}
	/* One more, so that one that is too long is seen to be. */
	c->buf = xmalloc((size_t)c->list.chunk_bytes + 1);
	c->peers = peers_new(source->peers, source->n_peers);
	c->share = source->share;
	if (c->share)
		share_begin(c->share, &c->list, io_meminfo_bytes("MemAvailable"));
	*ret = c;
	return 0;
}

static bool is_cancelled(struct chunks *c)
{
	return atomic_load(&c->cancelled) || (c->options.stop && c->options.stop());
}

static void set_open(struct chunks *c, struct fetch *f)
{
	struct fetch *old;

	pthread_mutex_lock(&c->lock);
	old = c->open;
	c->open = f;
	if (f && atomic_load(&c->cancelled))
		fetch_cancel(f);
	pthread_mutex_unlock(&c->lock);
	fetch_close(old);
}

/* All of one chunk into the buffer; *ret_right: it is the right one. */
static int load_once(struct chunks *c, const char *url, const struct chunk *chunk,
		     const struct fetch_options *options, bool *ret_right,
		     struct err *err)
{
	struct digest got;
	struct fetch *f;
	size_t len;
	int rc;

	if (fetch_open(url, options, &f, err) < 0)
		return -1;
	set_open(c, f);
	rc = fetch_read(f, c->buf, chunk->len + 1, &len, err);
	set_open(c, NULL);
	if (rc < 0)
		return -1;
	got = digest_of(c->buf, len);
	*ret_right = len == chunk->len && memcmp(&got, &chunk->digest, sizeof(got)) == 0;
	return 0;
}

static void pause_ms(struct chunks *c, unsigned ms)
{
	for (unsigned done = 0; done < ms && !is_cancelled(c); done += NAP_MS)
		usleep(NAP_MS * 1000);
}

/* What a peer does is no failure: the boot server has the chunk, too. */
static bool load_from_peer(struct chunks *c, const struct chunk *chunk)
{
	const struct fetch_options options = peers_options(&c->options, chunk->len);
	const char *peer;

	for (size_t i = 0;
	     (peer = peers_next(c->peers, i, monotonic_ms(), &i)) && !is_cancelled(c);
	     i++) {
		auto_free char *url = xasprintf("%s/%s", peer,
						DIGEST_TEXT(&chunk->digest));
		auto_free char *shown = url_public(url);
		enum peer_answer answer = PEER_NONE;
		struct err why = { 0 };
		bool right = false;

		if (load_once(c, url, chunk, &options, &right, &why) == 0)
			answer = right ? PEER_GOOD : PEER_WRONG;
		peers_note(c->peers, i, answer, monotonic_ms());
		if (answer == PEER_GOOD)
			return true;
		if (answer == PEER_WRONG)
			log_warning("chunk %s: what came is not what its name says; that "
				    "machine is not asked again",
				    shown);
		else
			log_info("  %s", why.msg);
	}
	return false;
}

static int load_from_server(struct chunks *c, const struct chunk *chunk, struct err *err)
{
	auto_free char *url = xasprintf("%s%s", c->folder, DIGEST_TEXT(&chunk->digest));
	auto_free char *shown = url_public(url);
	bool right = false;

	for (unsigned tried = 1;; tried++) {
		if (load_once(c, url, chunk, &c->options, &right, err) < 0)
			return -1;
		if (right)
			break;
		if (tried >= c->options.tries || is_cancelled(c))
			return err_set(err, ERR_SOURCE, 0,
				       "chunk %s: what comes is not what its name says "
				       "(gave up after %u attempts)",
				       shown, tried);
		log_warning("chunk %s: what came is not what its name says; attempt %u "
			    "of %u follows",
			    shown, tried + 1, c->options.tries);
		pause_ms(c, attempt_backoff_ms(&c->options, tried));
		c->options.fresh = true; /* a cache would give the same again */
	}
	c->options.fresh = false;
	return 0;
}

static int load_next(struct chunks *c, struct err *err)
{
	const struct chunk chunk = chunk_at(&c->list, c->next);

	if (!load_from_peer(c, &chunk) && load_from_server(c, &chunk, err) < 0)
		return -1;
	if (c->share)
		share_add(c->share, c->buf, chunk.len);
	c->len = chunk.len;
	c->used = 0;
	c->next++;
	return 0;
}

int chunks_read(struct chunks *c, void *buf, size_t len, size_t *ret_len, struct err *err)
{
	size_t done = 0;

	while (done < len) {
		size_t n = c->len - c->used;

		if (n == 0 && c->next == c->list.n)
			break;
		if (n == 0 && load_next(c, err) < 0)
			return -1;
		n = c->len - c->used < len - done ? c->len - c->used : len - done;
		memcpy((char *)buf + done, c->buf + c->used, n);
		c->used += n;
		done += n;
	}
	*ret_len = done;
	return 0;
}

uint64_t chunks_total_bytes(const struct chunks *c)
{
	return c->list.size_bytes;
}

void chunks_cancel(struct chunks *c)
{
	pthread_mutex_lock(&c->lock);
	atomic_store(&c->cancelled, true);
	if (c->open)
		fetch_cancel(c->open);
	pthread_mutex_unlock(&c->lock);
}

void chunks_close(struct chunks *c)
{
	free(c->text);
	free(c->folder);
	free(c->ca_file);
	peers_free(c->peers);
	free(c->buf);
	pthread_mutex_destroy(&c->lock);
	free(c);
}
