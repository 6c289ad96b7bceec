#include <strings.h>
#include <sys/stat.h>
#include <time.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/url.h"
#include "fetch/attempt.h"

#define NAP_MS 100

struct put { /* one request */
	int fd;
	off_t at;
	const struct fetch_options *options;
	char curl_text[CURL_ERROR_SIZE];
	char why[CURL_ERROR_SIZE + 256];
};

static bool must_stop(const struct fetch_options *o)
{
	return o->stop && o->stop();
}

static size_t give_bytes(char *buf, size_t size, size_t n, void *arg)
{
	struct put *p = arg;
	ssize_t len = pread(p->fd, buf, size * n, p->at);

	if (len < 0)
		return CURL_READFUNC_ABORT;
	p->at += len;
	return (size_t)len;
}

static int rewind_to(void *arg, curl_off_t offset, int origin)
{
	struct put *p = arg;

	if (origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	p->at = offset;
	return CURL_SEEKFUNC_OK;
}

static size_t drop_answer(char *bytes, size_t size, size_t n, void *arg)
{
	(void)bytes;
	(void)arg;
	return size * n;
}

static int watch(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct put *p = arg;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return must_stop(p->options);
}

static void configure(CURL *e, struct put *p, const char *url, off_t size,
		      struct curl_slist *headers)
{
	unsigned stall_s = (p->options->stall_timeout_ms + 999) / 1000;

	attempt_configure(e, p->options, p->curl_text);
	curl_easy_setopt(e, CURLOPT_URL, url);
	curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(e, CURLOPT_INFILESIZE_LARGE, (curl_off_t)size);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(e, CURLOPT_READFUNCTION, give_bytes);
	curl_easy_setopt(e, CURLOPT_READDATA, p);
	curl_easy_setopt(e, CURLOPT_SEEKFUNCTION, rewind_to);
	curl_easy_setopt(e, CURLOPT_SEEKDATA, p);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, drop_answer);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, (long)(PROGRESS_BYTES / stall_s));
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, (long)stall_s);
	curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, watch);
	curl_easy_setopt(e, CURLOPT_XFERINFODATA, p);
}

static enum outcome put_once(struct put *p, const char *url, off_t size)
{
	/* Servers that do not know it would cost a second of waiting. */
	struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
	CURL *e = curl_easy_init();
	enum outcome outcome;
	long status = 0;
	CURLcode rc;

	if (!e || !headers)
		abort();
	p->at = 0;
	p->curl_text[0] = '\0';
	configure(e, p, url, size, headers);
	rc = curl_easy_perform(e);
	curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &status);
	outcome = ATTEMPT_COMPLETE;
	if (rc == CURLE_OK && (status < 200 || status > 299)) {
		snprintf(p->why, sizeof(p->why),
			 "the server answers with HTTP status %ld", status);
		outcome = ATTEMPT_FATAL;
	} else if (rc != CURLE_OK) {
		outcome = attempt_judge(rc, status, p->options, p->curl_text, p->why,
					sizeof(p->why));
	}
	curl_easy_cleanup(e);
	curl_slist_free_all(headers);
	return outcome;
}

static void pause_ms(const struct fetch_options *o, unsigned ms)
{
	for (unsigned done = 0; done < ms && !must_stop(o); done += NAP_MS) {
		unsigned nap = ms - done < NAP_MS ? ms - done : NAP_MS;

		usleep(nap * 1000);
	}
}

int fetch_put(const char *url, int fd, const struct fetch_options *options,
	      struct err *err)
{
	struct fetch_options filled = attempt_options(options);
	struct put p = { .fd = fd, .options = &filled };
	auto_free char *shown = url_public(url);
	struct stat st;

	if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
		return err_set(err, ERR_SOURCE, 0,
			       "put %s: only http:// and https:// are possible", shown);
	if (fstat(fd, &st) < 0)
		return err_set(err, ERR_SYSTEM, errno, "look at what is to be sent");
	attempt_init();
	for (unsigned tried = 1;; tried++) {
		enum outcome outcome = put_once(&p, url, st.st_size);

		if (outcome == ATTEMPT_COMPLETE)
			return 0;
		if (must_stop(&filled))
			return err_set(err, ERR_SOURCE, 0, "put %s: stopped", shown);
		if (outcome == ATTEMPT_FATAL)
			return err_set(err, ERR_SOURCE, 0, "put %s: %s", shown, p.why);
		if (tried >= filled.tries)
			return err_set(err, ERR_SOURCE, 0,
				       "put %s: %s (gave up after %u attempts)", shown,
				       p.why, tried);
		log_warning("put %s: %s; attempt %u of %u follows", shown, p.why,
			    tried + 1, filled.tries);
		pause_ms(&filled, attempt_backoff_ms(&filled, tried));
	}
}
