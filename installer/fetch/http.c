#include "fetch/http.h"

#include <stdatomic.h>
#include <strings.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/monotonic.h"
#include "core/text.h"
#include "core/url.h"
#include "fetch/attempt.h"

#define REDIRECTS_MAX 8
#define POLL_MS       250 /* how often a stall is looked for */

struct http {
	char *url, *public_url;
	char *ca_file;
	struct fetch_options options; /* with the defaults filled in */
	struct object object;
	struct attempt attempt;
	CURLM *multi;
	unsigned failed;      /* attempts in a row without progress … */
	uint64_t failed_from; /* … since so much had been delivered */
	uint64_t waited_ms;   /* for the network, in this attempt … */
	uint64_t waited_from; /* … since it had come so far into the object */
	uint64_t end_ms;      /* no later than that; 0: whenever */
	bool complete;
	atomic_bool cancelled;
};

static bool is_cancelled(struct http *h)
{
	return atomic_load(&h->cancelled) || (h->options.stop && h->options.stop());
}

static void pause_ms(struct http *h, unsigned ms)
{
	uint64_t end = monotonic_ms() + ms, now;

	while (!is_cancelled(h) && (now = monotonic_ms()) < end)
		curl_multi_poll(h->multi, NULL, 0,
				end - now < POLL_MS ? (int)(end - now) : POLL_MS, NULL);
}

static void begin(struct http *h, const char *url)
{
	attempt_end(&h->attempt);
	attempt_begin(&h->attempt, h->multi, url, &h->options, &h->object);
	h->waited_ms = h->waited_from = 0;
}

static int give_up(struct http *h, const char *why, struct err *err)
{
	return err_set(err, ERR_SOURCE, 0, "fetch %s: %s", h->public_url, why);
}

/* Start again from the first URL: what it redirects to may be valid only for a while. */
static int try_again(struct http *h, struct err *err)
{
	char why[sizeof(h->attempt.why)];

	snprintf(why, sizeof(why), "%s", h->attempt.why);
	h->failed++;
	if (h->failed >= h->options.tries)
		return err_set(err, ERR_SOURCE, 0,
			       "fetch %s: %s (gave up after %u attempts, with %llu bytes "
			       "received)",
			       h->public_url, why, h->failed,
			       (unsigned long long)h->object.delivered);
	log_warning("fetch %s: %s; attempt %u of %u follows%s", h->public_url, why,
		    h->failed + 1, h->options.tries,
		    h->object.delivered ? ", from where it broke off" : "");
	attempt_end(&h->attempt);
	pause_ms(h, attempt_backoff_ms(&h->options, h->failed));
	begin(h, h->url);
	return 0;
}

static int redirect(struct http *h, unsigned *count, const char *from, struct err *err)
{
	auto_free char *to = take_ptr(h->attempt.redirect);
	auto_free char *shown = url_public(to);
	bool secure = strncasecmp(to, "https://", 8) == 0;

	if (++*count > REDIRECTS_MAX)
		return give_up(h, "too many redirects", err);
	if (!secure && strncasecmp(to, "http://", 7) != 0)
		return err_set(err, ERR_SOURCE, 0,
			       "fetch %s: redirected to %s, which is neither http nor "
			       "https: refused",
			       h->public_url, shown);
	if (!secure && strncasecmp(from, "https://", 8) == 0)
		return err_set(err, ERR_SOURCE, 0,
			       "fetch %s: redirected from https to %s: refused",
			       h->public_url, shown);
	begin(h, to);
	return 0;
}

static int act_on_outcome(struct http *h, unsigned *redirects, struct err *err)
{
	struct attempt *a = &h->attempt;
	auto_free char *from = NULL;
	char *url = NULL;

	switch (a->outcome) {
	case ATTEMPT_COMPLETE:
		h->complete = true;
		return 0;
	case ATTEMPT_REDIRECT:
		curl_easy_getinfo(a->easy, CURLINFO_EFFECTIVE_URL, &url);
		from = xstrdup(url ? url : "");
		return redirect(h, redirects, from, err);
	case ATTEMPT_RETRY:
		*redirects = 0;
		return try_again(h, err);
	case ATTEMPT_FATAL:
		return give_up(h, a->why, err);
	default:
		return 0;
	}
}

/* Remember the last bytes that were handed on: a resumed answer has to repeat them. */
static void delivered(struct object *o, const unsigned char *bytes, size_t len)
{
	size_t keep = len < TAIL_BYTES ? TAIL_BYTES - len : 0;

	if (keep > o->tail_len)
		keep = o->tail_len;
	memmove(o->tail, o->tail + o->tail_len - keep, keep);
	o->tail_len = keep + (len < TAIL_BYTES ? len : TAIL_BYTES);
	memcpy(o->tail + keep, bytes + len - (o->tail_len - keep), o->tail_len - keep);
	o->delivered += len;
}

static void take_rest(struct attempt *a)
{
	size_t n = a->rest_len - a->rest_used, room = a->out_len - a->out_used;

	if (n > room)
		n = room;
	if (n == 0)
		return;
	memcpy(a->out + a->out_used, a->rest + a->rest_used, n);
	a->out_used += n;
	a->rest_used += n;
}

static void note_progress(struct http *h)
{
	if (h->object.delivered - h->failed_from >= PROGRESS_BYTES) {
		h->failed_from = h->object.delivered;
		h->failed = 0;
	}
	/* Bytes that come again count here, or a server without ranges would be silent.
	 */
	if (h->attempt.position >= h->waited_from + PROGRESS_BYTES) {
		h->waited_from = h->attempt.position;
		h->waited_ms = 0;
	}
}

/* Wait for the network, but not longer than a stall may last. Only what was waited here
 * counts: whoever reads may take its time. */
static void wait_for_bytes(struct http *h)
{
	const struct fetch_options *o = &h->options;
	struct attempt *a = &h->attempt;
	unsigned limit_ms = o->stall_timeout_ms;
	uint64_t begun_ms = monotonic_ms();

	if (!a->began)
		limit_ms += o->connect_timeout_ms;
	curl_multi_poll(h->multi, NULL, 0, POLL_MS, NULL);
	h->waited_ms += monotonic_ms() - begun_ms;
	if (h->waited_ms <= limit_ms)
		return;
	snprintf(a->why, sizeof(a->why), "hardly anything came in %u ms", limit_ms);
	a->outcome = ATTEMPT_RETRY;
}

/* Until out is full, the object complete, or (for the head) the answer has begun. */
static int receive(struct http *h, void *buf, size_t len, size_t *ret_len,
		   struct err *err)
{
	struct attempt *a = &h->attempt;
	unsigned redirects = 0;
	size_t done = 0;

	while (!h->complete || attempt_has_rest(a)) {
		if (is_cancelled(h))
			return give_up(h, "stopped", err);
		if (h->end_ms && monotonic_ms() > h->end_ms)
			return give_up(h, "it takes too long", err);
		a->out = len > 0 ? (unsigned char *)buf + done : NULL;
		a->out_len = len - done;
		a->out_used = 0;
		take_rest(a);
		if (!h->complete && !attempt_has_rest(a))
			attempt_work(a);
		if (a->out_used > 0) {
			delivered(&h->object, a->out, a->out_used);
			done += a->out_used;
		}
		note_progress(h);
		if (len > 0 ? done == len : a->began)
			break;
		if (a->outcome == ATTEMPT_RUNNING && a->out_used == 0)
			wait_for_bytes(h);
		if (!attempt_has_rest(a) && act_on_outcome(h, &redirects, err) < 0)
			return -1;
	}
	*ret_len = done;
	return 0;
}

static void fill_options(struct http *h, const struct fetch_options *options)
{
	struct fetch_options *o = &h->options;

	*o = attempt_options(options);
	if (o->ca_file)
		o->ca_file = h->ca_file = xstrdup(o->ca_file);
}

int http_open(const char *url, const struct fetch_options *options, struct http **ret,
	      struct err *err)
{
	struct http *h = xcalloc(1, sizeof(*h));
	size_t none;

	attempt_init();
	h->url = xstrdup(url);
	h->public_url = url_public(url);
	h->multi = curl_multi_init();
	if (!h->multi)
		abort();
	fill_options(h, options);
	if (h->options.whole_timeout_ms)
		h->end_ms = monotonic_ms() + h->options.whole_timeout_ms;
	begin(h, url);
	if (receive(h, NULL, 0, &none, err) < 0) {
		http_close(h);
		return -1;
	}
	*ret = h;
	return 0;
}

int http_read(struct http *h, void *buf, size_t len, size_t *ret_len, struct err *err)
{
	*ret_len = 0;
	return len ? receive(h, buf, len, ret_len, err) : 0;
}

uint64_t http_total_bytes(const struct http *h)
{
	return h->object.total;
}

void http_cancel(struct http *h)
{
	atomic_store(&h->cancelled, true);
	curl_multi_wakeup(h->multi);
}

void http_close(struct http *h)
{
	attempt_end(&h->attempt);
	curl_multi_cleanup(h->multi);
	free(h->url);
	free(h->public_url);
	free(h->ca_file);
	free(h);
}
