#include "fetch/attempt.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <strings.h>
#include <time.h>

#include "core/mem.h"
#include "core/text.h"

#define BACKOFF_DOUBLING 4
#define RECEIVE_BYTES    (256L * 1024)
#define PIN_LETTERS      44 /* 32 bytes in base64 */

static char *pinned; /* as libcurl wants them; NULL: none */

static void fail(struct attempt *a, enum outcome outcome, const char *fmt, ...)
	printf_like(3, 4);

static void fail(struct attempt *a, enum outcome outcome, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(a->why, sizeof(a->why), fmt, ap);
	va_end(ap);
	a->outcome = outcome;
}

static void copy_value(char *out, const char *value, size_t len)
{
	while (len > 0 && (value[len - 1] == '\r' || value[len - 1] == '\n' ||
			   value[len - 1] == ' '))
		len--;
	if (len >= VALIDATOR_BYTES)
		len = 0;
	memcpy(out, value, len);
	out[len] = '\0';
}

/* The value, if this header line has that name. */
static const char *value_of(const char *line, size_t len, const char *name)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	for (n++; n < len && line[n] == ' '; n++)
		;
	return line + n;
}

static void take_date(struct attempt *a, const char *value, size_t len)
{
	auto_free char *text = xasprintf("%.*s", (int)len, value);
	char *scheme = NULL;
	time_t date = curl_getdate(text, NULL);

	curl_easy_getinfo(a->easy, CURLINFO_SCHEME, &scheme);
	if (pinned && a->options->ret_date && date > 0 && scheme &&
	    strcasecmp(scheme, "https") == 0)
		*a->options->ret_date = date;
}

/* RFC 9110: a weak ETag (W/"…") cannot vouch for a range; 14.4: bytes 0-9/10 */
static size_t take_header(char *line, size_t size, size_t n, void *arg)
{
	struct attempt *a = arg;
	size_t len = size * n;
	const char *v;

	if (len > 5 && strncasecmp(line, "HTTP/", 5) == 0) { /* a new answer begins */
		a->seen_validator[0] = '\0';
		a->range_start = UINT64_MAX;
	} else if ((v = value_of(line, len, "ETag")) && *v == '"') {
		copy_value(a->seen_validator, v, len - (size_t)(v - line));
	} else if ((v = value_of(line, len, "Last-Modified")) && !a->seen_validator[0]) {
		copy_value(a->seen_validator, v, len - (size_t)(v - line));
	} else if ((v = value_of(line, len, "Date"))) {
		take_date(a, v, len - (size_t)(v - line));
	} else if ((v = value_of(line, len, "Content-Range"))) {
		char text[96];
		size_t value_len = len - (size_t)(v - line);

		snprintf(text, sizeof(text), "%.*s", (int)value_len, v);
		a->range_total = 0;
		if (sscanf(text, "bytes %" SCNu64 "-%*u/%" SCNu64, &a->range_start,
			   &a->range_total) < 1)
			a->range_start = UINT64_MAX;
	}
	return len;
}

static bool changed(struct attempt *a)
{
	fail(a, ATTEMPT_FATAL,
	     "the object on the server changed after %" PRIu64 " bytes of it had come: "
	     "start again",
	     a->object->delivered);
	return false;
}

/* The head of a usable answer is there. Is it (still) our object, and from where on? */
static bool accept_head(struct attempt *a)
{
	struct object *o = a->object;
	curl_off_t length = -1;
	uint64_t total;
	long status = 0;

	curl_easy_getinfo(a->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(a->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	total = length > 0 ? (uint64_t)length : 0;
	a->position = 0;
	if (a->resumed && status == 206) {
		if (a->range_start != o->delivered - o->tail_len) {
			fail(a, ATTEMPT_FATAL,
			     "the server answers with a range that was "
			     "not asked for");
			return false;
		}
		a->position = a->range_start;
		total = a->range_total;
	} else if (status != 200) {
		fail(a, ATTEMPT_FATAL, "the server answers with HTTP status %ld", status);
		return false;
	}
	a->began = true;
	if (o->delivered == 0) {
		o->total = total;
		memcpy(o->validator, a->seen_validator, sizeof(o->validator));
		return true;
	}
	if ((o->total && total && o->total != total) ||
	    (o->validator[0] && a->seen_validator[0] &&
	     !str_eq(o->validator, a->seen_validator)))
		return changed(a);
	return true;
}

/* Of bytes that were delivered before, compare those that are remembered. */
static bool skip_known(struct attempt *a, const unsigned char **p, size_t *len)
{
	struct object *o = a->object;
	uint64_t tail_start = o->delivered - o->tail_len;

	while (*len > 0 && a->position < o->delivered) {
		uint64_t end = a->position < tail_start ? tail_start : o->delivered;
		size_t n = end - a->position < *len ? (size_t)(end - a->position) : *len;

		if (a->position >= tail_start &&
		    memcmp(*p, o->tail + (a->position - tail_start), n) != 0)
			return changed(a);
		a->position += n;
		*p += n;
		*len -= n;
	}
	return true;
}

static void keep_rest(struct attempt *a, const unsigned char *p, size_t len)
{
	if (len > a->rest_cap) {
		a->rest = xreallocarray(a->rest, 1, len);
		a->rest_cap = len;
	}
	memcpy(a->rest, p, len);
	a->rest_len = len;
	a->rest_used = 0;
}

static size_t take_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct attempt *a = arg;
	const unsigned char *p = (const unsigned char *)bytes;
	size_t len = size * n, room = a->out_len - a->out_used, now;
	long status = 0;

	curl_easy_getinfo(a->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 300 && status < 400)
		return len;               /* the text beside a redirect */
	if (!a->began && !accept_head(a)) /* before a pause: fetch_open() waits for it */
		return CURL_WRITEFUNC_ERROR;
	if (attempt_has_rest(a) || room == 0) {
		a->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	if (!skip_known(a, &p, &len))
		return CURL_WRITEFUNC_ERROR;
	now = len < room ? len : room;
	memcpy(a->out + a->out_used, p, now);
	a->out_used += now;
	a->position += len;
	if (len > now)
		keep_rest(a, p + now, len - now);
	return size * n;
}

static void init_curl(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
}

void attempt_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, init_curl);
}

struct fetch_options attempt_options(const struct fetch_options *options)
{
	struct fetch_options o = { 0 };

	if (options)
		o = *options;
	o.tries = o.tries ? o.tries : 6;
	o.connect_timeout_ms = o.connect_timeout_ms ? o.connect_timeout_ms : 15000;
	o.stall_timeout_ms = o.stall_timeout_ms ? o.stall_timeout_ms : 30000;
	o.backoff_ms = o.backoff_ms ? o.backoff_ms : 1000;
	return o;
}

unsigned attempt_backoff_ms(const struct fetch_options *o, unsigned failed)
{
	unsigned doublings = failed - 1 < BACKOFF_DOUBLING ? failed - 1
							   : BACKOFF_DOUBLING;

	return o->backoff_ms << doublings;
}

static bool is_pin(const char *s, size_t len)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789+/";

	return len == PIN_LETTERS && s[len - 1] == '=' &&
	       strspn(s, letters) == PIN_LETTERS - 1;
}

int fetch_pin(const char *pins, struct err *err)
{
	auto_text struct text t = { 0 };

	for (const char *pin = pins;; pin++) {
		size_t len = strcspn(pin, ",");

		if (!is_pin(pin, len))
			return err_set(err, ERR_CONFIG, 0,
				       "--pin-sha256 %s: each has to be the SHA-256 of a "
				       "public key in base64, 44 letters",
				       pins);
		text_printf(&t, "%ssha256//%.*s", t.len ? ";" : "", (int)len, pin);
		pin += len;
		if (!*pin)
			break;
	}
	free(pinned);
	pinned = text_take(&t);
	return 0;
}

static const char *ca_file(const struct fetch_options *o)
{
	if (o->ca_file)
		return o->ca_file;
	return access(FETCH_CA_FILE, R_OK) == 0 ? FETCH_CA_FILE : NULL;
}

static void set_range(struct attempt *a)
{
	const struct object *o = a->object;
	auto_free char *range = NULL;

	a->resumed = o->delivered > 0;
	if (!a->resumed)
		return;
	range = xasprintf("%" PRIu64 "-", o->delivered - o->tail_len);
	curl_easy_setopt(a->easy, CURLOPT_RANGE, range);
	if (o->validator[0]) {
		auto_free char *line = xasprintf("If-Range: %s", o->validator);

		a->headers = curl_slist_append(a->headers, line);
	}
}

void attempt_configure(CURL *e, const struct fetch_options *options, char *curl_text)
{
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L); /* see redirect() in http.c */
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, pinned ? 0L : 1L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, pinned ? 0L : 2L);
	if (pinned && curl_easy_setopt(e, CURLOPT_PINNEDPUBLICKEY, pinned) != CURLE_OK)
		abort(); /* or nothing would be checked at all */
	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (ca_file(options))
		curl_easy_setopt(e, CURLOPT_CAINFO, ca_file(options));
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_timeout_ms);
	curl_easy_setopt(e, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "dom0strap");
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, curl_text);
}

void attempt_begin(struct attempt *a, CURLM *multi, const char *url,
		   const struct fetch_options *options, struct object *object)
{
	CURL *e = curl_easy_init();

	*a = (struct attempt){ .multi = multi,
			       .easy = e,
			       .options = options,
			       .object = object,
			       .range_start = UINT64_MAX };
	if (!e)
		abort();
	attempt_configure(e, options, a->curl_text);
	curl_easy_setopt(e, CURLOPT_URL, url);
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, RECEIVE_BYTES);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, a);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, a);
	if (options->fresh)
		a->headers = curl_slist_append(a->headers, "Cache-Control: no-cache");
	set_range(a);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, a->headers);
	curl_multi_add_handle(multi, e);
}

bool attempt_has_rest(const struct attempt *a)
{
	return a->rest_used < a->rest_len;
}

/* What the operator can do about it, where that is known. */
static const char *remedy(long status)
{
	switch (status) {
	case 401:
		return " (user:password@ in the URL is missing or wrong)";
	case 403:
		return " (the server does not allow it: its permissions)";
	case 404:
	case 410:
		return " (no such object: check the URL)";
	default:
		return "";
	}
}

static enum outcome bad_status(long status, char *why, size_t why_len)
{
	bool later = status >= 500 || status == 408 || status == 425 || status == 429;

	snprintf(why, why_len, "the server answers with HTTP status %ld%s", status,
		 remedy(status));
	return later ? ATTEMPT_RETRY : ATTEMPT_FATAL;
}

static enum outcome bad_certificate(const struct fetch_options *options,
				    const char *curl_text, char *why, size_t why_len)
{
	time_t now = time(NULL);
	struct tm tm;
	char date[32] = "";

	strftime(date, sizeof(date), "%Y-%m-%d %H:%M", gmtime_r(&now, &tm));
	snprintf(why, why_len,
		 "the server's certificate is refused: %s (checked against %s; this "
		 "clock says %s UTC)",
		 curl_text, ca_file(options) ? ca_file(options) : "the default CAs",
		 date);
	return ATTEMPT_FATAL;
}

enum outcome attempt_judge(CURLcode rc, long status, const struct fetch_options *options,
			   char *curl_text, char *why, size_t why_len)
{
	bool hopeless = rc == CURLE_URL_MALFORMAT || rc == CURLE_UNSUPPORTED_PROTOCOL ||
			rc == CURLE_SSL_CACERT_BADFILE || rc == CURLE_NOT_BUILT_IN;

	curl_text[strcspn(curl_text, "\n")] = '\0'; /* mbedTLS's words have one */
	if (rc == CURLE_HTTP_RETURNED_ERROR)
		return bad_status(status, why, why_len);
	if (rc == CURLE_SSL_PINNEDPUBKEYNOTMATCH) {
		snprintf(why, why_len, "the server's public key is not the pinned one");
		return ATTEMPT_FATAL;
	}
	if (rc == CURLE_PEER_FAILED_VERIFICATION)
		return bad_certificate(options, curl_text, why, why_len);
	snprintf(why, why_len, "%s", curl_text[0] ? curl_text : curl_easy_strerror(rc));
	return hopeless ? ATTEMPT_FATAL : ATTEMPT_RETRY;
}

static void finished(struct attempt *a, CURLcode rc)
{
	char *url = NULL;
	long status = 0;

	if (a->outcome != ATTEMPT_RUNNING)
		return; /* a callback has decided already */
	curl_easy_getinfo(a->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(a->easy, CURLINFO_REDIRECT_URL, &url);
	if (rc == CURLE_OK && url) {
		a->redirect = xstrdup(url);
		a->outcome = ATTEMPT_REDIRECT;
	} else if (rc == CURLE_OK) {
		if (!a->began && !accept_head(a)) /* an empty object */
			return;
		if (a->object->total && a->position < a->object->total)
			fail(a, ATTEMPT_RETRY, "it ended early");
		else
			a->outcome = ATTEMPT_COMPLETE;
	} else if (rc == CURLE_HTTP_RETURNED_ERROR && status == 416 && a->resumed) {
		changed(a);
	} else {
		a->outcome = attempt_judge(rc, status, a->options, a->curl_text, a->why,
					   sizeof(a->why));
	}
}

void attempt_work(struct attempt *a)
{
	CURLMsg *msg;
	int n;

	if (a->paused && !attempt_has_rest(a)) {
		a->paused = false;
		curl_easy_pause(a->easy, CURLPAUSE_CONT);
	}
	curl_multi_perform(a->multi, &n);
	while ((msg = curl_multi_info_read(a->multi, &n)))
		if (msg->msg == CURLMSG_DONE && msg->easy_handle == a->easy)
			finished(a, msg->data.result);
}

void attempt_end(struct attempt *a)
{
	if (!a->easy)
		return;
	curl_multi_remove_handle(a->multi, a->easy);
	curl_easy_cleanup(a->easy);
	curl_slist_free_all(a->headers);
	free(a->redirect);
	free(a->rest);
	*a = (struct attempt){ 0 };
}
