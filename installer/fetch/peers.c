#include "fetch/peers.h"

#include "core/mem.h"

#define CONNECT_MS    500
#define STALL_MS      3000
#define SLOW_MS       5000 /* and as much again for each … */
#define SLOW_BYTES    (UINT64_C(5) << 20)
#define REST_MS       UINT64_C(15000)
#define REST_DOUBLING 6

struct peer {
	char *url;
	unsigned failed; /* in a row */
	uint64_t rests_until_ms;
	bool lied;
};

struct peers {
	struct peer *items;
	size_t n;
};

struct peers *peers_new(const char *const *urls, size_t n)
{
	struct peers *peers;

	if (n == 0)
		return NULL;
	peers = xcalloc(1, sizeof(*peers));
	peers->items = xcalloc(n, sizeof(*peers->items));
	peers->n = n;
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(urls[i]);

		len -= len > 0 && urls[i][len - 1] == '/';
		peers->items[i].url = xasprintf("%.*s", (int)len, urls[i]);
	}
	return peers;
}

void peers_free(struct peers *peers)
{
	if (!peers)
		return;
	for (size_t i = 0; i < peers->n; i++)
		free(peers->items[i].url);
	free(peers->items);
	free(peers);
}

const char *peers_next(const struct peers *peers, size_t from, uint64_t now_ms,
		       size_t *ret_number)
{
	for (size_t i = from; peers && i < peers->n; i++) {
		const struct peer *p = &peers->items[i];

		if (p->lied || now_ms < p->rests_until_ms)
			continue;
		*ret_number = i;
		return p->url;
	}
	return NULL;
}

void peers_note(struct peers *peers, size_t number, enum peer_answer answer,
		uint64_t now_ms)
{
	struct peer *p = &peers->items[number];
	unsigned doublings = p->failed < REST_DOUBLING ? p->failed : REST_DOUBLING;

	p->lied |= answer == PEER_WRONG;
	p->failed = answer == PEER_GOOD ? 0 : p->failed + 1;
	p->rests_until_ms = answer == PEER_GOOD ? 0 : now_ms + (REST_MS << doublings);
}

struct fetch_options peers_options(const struct fetch_options *options, size_t len)
{
	struct fetch_options o = *options;

	o.tries = 1;
	o.connect_timeout_ms = CONNECT_MS;
	o.stall_timeout_ms = STALL_MS;
	o.whole_timeout_ms = (unsigned)(SLOW_MS + len * SLOW_MS / SLOW_BYTES);
	o.fresh = false;
	return o;
}
