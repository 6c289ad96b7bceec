/*
 * One request and what comes back, through libcurl. Knows nothing of retries.
 */
#ifndef FETCH_ATTEMPT_H
#define FETCH_ATTEMPT_H

#include <curl/curl.h>

#include "fetch/fetch.h"

#define VALIDATOR_BYTES 256
#define TAIL_BYTES      4096
/* Fewer new bytes than that are no progress: a server may drip for ever. */
#define PROGRESS_BYTES UINT64_C(262144)

/* What is known of the object, and what of it has been handed on. */
struct object {
	uint64_t total;                  /* 0: unknown */
	uint64_t delivered;              /* bytes handed on so far */
	char validator[VALIDATOR_BYTES]; /* strong ETag or Last-Modified; "" none */
	unsigned char tail[TAIL_BYTES];  /* the last of what was delivered … */
	size_t tail_len;                 /* … and how much of it */
};

enum outcome {
	ATTEMPT_RUNNING,
	ATTEMPT_COMPLETE, /* the end of the object */
	ATTEMPT_REDIRECT, /* to attempt->redirect */
	ATTEMPT_RETRY,    /* why[] says what happened; another attempt may help */
	ATTEMPT_FATAL,    /* why[]; it cannot */
};

struct attempt {
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers;
	const struct fetch_options *options;
	struct object *object;

	enum outcome outcome;
	char why[CURL_ERROR_SIZE + 256];
	char curl_text[CURL_ERROR_SIZE];
	char *redirect; /* absolute URL */

	bool began;        /* the first byte of a usable answer has come, or its end */
	bool resumed;      /* asked for a range */
	uint64_t position; /* in the object, of the next byte that comes */
	uint64_t range_start, range_total; /* Content-Range; start UINT64_MAX: none */
	char seen_validator[VALIDATOR_BYTES];

	unsigned char *out; /* where bytes go now */
	size_t out_len, out_used;
	unsigned char *rest; /* what came and did not fit */
	size_t rest_len, rest_used, rest_cap;
	bool paused;
};

void attempt_init(void); /* libcurl; as often as you like */

/* The same with the defaults filled in; NULL: all of them. */
struct fetch_options attempt_options(const struct fetch_options *options);

/* How long to wait before the next request, after `failed` (1…) have failed. */
unsigned attempt_backoff_ms(const struct fetch_options *options, unsigned failed);

/* What holds for every request: TLS as it must be, timeouts, words for errors. */
void attempt_configure(CURL *easy, const struct fetch_options *options, char *curl_text);

/* Outcome and reason of a request that has failed. */
enum outcome attempt_judge(CURLcode rc, long status, const struct fetch_options *options,
			   char *curl_text, char *why, size_t why_len);

/* Begin to get `url`, from object->delivered on. multi stays the caller's. */
void attempt_begin(struct attempt *a, CURLM *multi, const char *url,
		   const struct fetch_options *options, struct object *object);

/* Let curl work without waiting; bytes go to out. Updates outcome. */
void attempt_work(struct attempt *a);

bool attempt_has_rest(const struct attempt *a);
void attempt_end(struct attempt *a); /* may be called twice */

#endif
