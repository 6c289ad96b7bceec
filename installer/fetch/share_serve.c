/*
 * One thread and a table of connections, each with an end of its own: whoever is slow or
 * says nothing holds a place for seconds, and nothing else.
 */
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/monotonic.h"
#include "fetch/share.h"

#define CLIENTS_MAX 64
#define BACKLOG     256 /* the others wait their turn in the kernel */
#define HEAD_BYTES  192
#define ASK_MS      5000 /* for a request */
#define SEND_MS     5000 /* for the answer; and as much again for each … */
#define SEND_BYTES  (UINT64_C(2) << 20)
#define NAP_MS      250 /* how often the time is looked at */

struct client {
	int fd; /* -1: a free place */
	uint64_t until_ms;
	char request[SHARE_REQUEST_MAX];
	size_t request_len;
	char head[HEAD_BYTES];
	size_t head_len, head_sent; /* head_len 0: the request is still coming */
	off_t at;                   /* in the share's file */
	uint64_t left;              /* of the chunk */
	bool is_chunk;
};

struct service {
	const struct share *share;
	struct client clients[CLIENTS_MAX];
	struct share_served served;
};

int share_listen(uint16_t port, int *ret_fd, struct err *err)
{
	const struct sockaddr_in6 six = { .sin6_family = AF_INET6,
					  .sin6_port = htons(port) };
	const struct sockaddr_in four = { .sin_family = AF_INET,
					  .sin_port = htons(port) };
	int flags = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, on = 1, off = 0;
	auto_fd int fd = socket(AF_INET6, flags, 0);
	bool has_six = fd >= 0;

	if (!has_six) /* a kernel without IPv6 */
		fd = socket(AF_INET, flags, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    (has_six &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0) ||
	    bind(fd, has_six ? (const void *)&six : (const void *)&four,
		 has_six ? sizeof(six) : sizeof(four)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return err_set(err, ERR_SYSTEM, errno, "listen at port %u", port);
	*ret_fd = take_fd(&fd);
	return 0;
}

static void hang_up(struct client *c)
{
	close(c->fd);
	c->fd = -1;
}

static void take_client(struct service *s, int listener)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &s->clients[i];

		if (c->fd >= 0)
			continue;
		c->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (c->fd < 0)
			return;
		c->until_ms = monotonic_ms() + ASK_MS;
		c->request_len = c->head_len = c->head_sent = 0;
		c->left = 0;
		c->is_chunk = false;
	}
}

/* RFC 9112, 9.6: one answer for each connection. */
static void answer(struct service *s, struct client *c, enum share_request what,
		   size_t number)
{
	const char *status = what == SHARE_NOT_HERE ? "404 Not Found" : "400 Bad Request";
	uint64_t offset = 0;

	if (what == SHARE_CHUNK) {
		status = "200 OK";
		share_place(s->share, number, &offset, &c->left);
		c->at = (off_t)offset;
		c->is_chunk = true;
	}
	c->head_len = (size_t)snprintf(c->head, sizeof(c->head),
				       "HTTP/1.1 %s\r\nContent-Length: %" PRIu64
				       "\r\nConnection: close\r\n\r\n",
				       status, c->left);
	c->until_ms = monotonic_ms() + SEND_MS + c->left * SEND_MS / SEND_BYTES;
}

static bool would_block(ssize_t n)
{
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void hear(struct service *s, struct client *c)
{
	size_t room = sizeof(c->request) - c->request_len, number = 0;
	ssize_t n = recv(c->fd, c->request + c->request_len, room, 0);
	enum share_request what;

	if (would_block(n))
		return;
	if (n <= 0) {
		hang_up(c);
		return;
	}
	c->request_len += (size_t)n;
	what = share_find(s->share, c->request, c->request_len, &number);
	if (what != SHARE_UNFINISHED)
		answer(s, c, what, number);
}

static void say(struct service *s, struct client *c)
{
	bool in_head = c->head_sent < c->head_len;
	ssize_t n = in_head ? send(c->fd, c->head + c->head_sent,
				   c->head_len - c->head_sent, MSG_NOSIGNAL)
			    : sendfile(c->fd, share_file(s->share), &c->at, c->left);

	if (would_block(n))
		return;
	if (n <= 0) {
		hang_up(c);
		return;
	}
	if (in_head) {
		c->head_sent += (size_t)n;
	} else {
		c->left -= (uint64_t)n;
		s->served.bytes += (uint64_t)n;
	}
	if (c->head_sent < c->head_len || c->left > 0)
		return;
	s->served.chunks += c->is_chunk;
	shutdown(c->fd, SHUT_WR);
	hang_up(c);
}

static void attend(struct service *s, const struct pollfd *polled)
{
	uint64_t now = monotonic_ms();

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &s->clients[i];

		if (c->fd < 0 || polled[i].fd != c->fd)
			continue;
		if (now > c->until_ms)
			hang_up(c);
		else if (polled[i].revents)
			(c->head_len ? say : hear)(s, c);
	}
}

/* Has somebody typed? Where nobody can any more, nobody is listened to. */
static bool has_key(int *key, const struct pollfd *polled)
{
	char typed[64];
	ssize_t n;

	if (*key < 0 || !polled->revents)
		return false;
	n = read(*key, typed, sizeof(typed));
	if (n <= 0 && !would_block(n))
		*key = -1;
	return n > 0;
}

/* False: there has been a key. */
static bool serve_once(struct service *s, int listener, int *key)
{
	struct pollfd polled[CLIENTS_MAX + 2];
	bool has_room = false;

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		const struct client *c = &s->clients[i];

		has_room |= c->fd < 0;
		polled[i] = (struct pollfd){ .fd = c->fd,
					     .events = c->head_len ? POLLOUT : POLLIN };
	}
	polled[CLIENTS_MAX] = (struct pollfd){ .fd = has_room ? listener : -1,
					       .events = POLLIN };
	polled[CLIENTS_MAX + 1] = (struct pollfd){ .fd = *key, .events = POLLIN };
	if (poll(polled, CLIENTS_MAX + 2, NAP_MS) < 0)
		return true;
	if (has_key(key, &polled[CLIENTS_MAX + 1]))
		return false;
	attend(s, polled);
	if (polled[CLIENTS_MAX].revents)
		take_client(s, listener);
	return true;
}

struct share_served share_serve(const struct share *share, int listener,
				const struct share_terms *terms)
{
	uint64_t end_ms = monotonic_ms() + terms->seconds * 1000, shown = 0;
	struct service *s = xcalloc(1, sizeof(*s));
	struct share_served served;
	int key = terms->key;

	signal(SIGPIPE, SIG_IGN); /* sendfile() has no MSG_NOSIGNAL */
	s->share = share;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		s->clients[i].fd = -1;
	if (terms->progress)
		progress_begin(terms->progress, 0);
	while (monotonic_ms() < end_ms && !(terms->stop && terms->stop()) &&
	       serve_once(s, listener, &key)) {
		if (terms->progress && s->served.bytes != shown)
			progress_update(shown = s->served.bytes);
	}
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (s->clients[i].fd >= 0)
			hang_up(&s->clients[i]);
	if (terms->progress)
		progress_end();
	served = s->served;
	free(s);
	return served;
}
