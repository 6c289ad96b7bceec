/*
 * A web server for tests: a thread that answers connection after connection from a list
 * of scripted replies, and keeps what was asked.
 */
#ifndef TESTS_HTTP_SERVER_H
#define TESTS_HTTP_SERVER_H

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

#include "tests/support.h"

#define SERVER_REPLIES 32

struct reply {
	const char *head;  /* status line and headers, without the empty line */
	const char *body;  /* NULL: none */
	size_t len;        /* of the body; 0: strlen */
	size_t cut;        /* close after so many bytes of the body; 0: all */
	unsigned stall_ms; /* then wait, with the connection open */
	unsigned drip_ms;  /* head and body byte by byte, so far apart */
	const char *again; /* sent behind the body until the client has had enough */
	size_t again_len;
};

struct server {
	int listener;
	unsigned port;
	pthread_t thread;
	const struct reply *replies;
	size_t n, served;
	char requests[SERVER_REPLIES][1024];
	struct text body; /* of the last request that had one; text_free() it */
};

/* Behind the head, of which `start` bytes have come already. */
static inline void server_take_body(struct server *s, int fd, const char *head,
				    const char *start, size_t have)
{
	const char *line = strstr(head, "Content-Length: ");
	size_t len = line ? strtoul(line + strlen("Content-Length: "), NULL, 10) : 0;
	char buf[4096];

	if (!len)
		return;
	text_free(&s->body);
	text_add_bytes(&s->body, start, have);
	while (s->body.len < len) {
		ssize_t n = read(fd, buf, sizeof(buf));

		if (n <= 0)
			return;
		text_add_bytes(&s->body, buf, (size_t)n);
	}
}

static inline bool server_send(int fd, const struct reply *r, const char *bytes,
			       size_t len)
{
	size_t most = r->drip_ms ? 1 : len;

	for (size_t done = 0; done < len;) {
		ssize_t n = send(fd, bytes + done, most < len - done ? most : len - done,
				 MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		done += (size_t)n;
		usleep(r->drip_ms * 1000);
	}
	return true;
}

static inline void server_answer(struct server *s, int fd, const struct reply *r)
{
	size_t have = 0, len = r->len ? r->len : r->body ? strlen(r->body) : 0;
	char *request = s->requests[s->served];
	auto_free char *head = xasprintf("%s\r\nConnection: close\r\n\r\n", r->head);

	while (have < sizeof(s->requests[0]) - 1 && !strstr(request, "\r\n\r\n")) {
		ssize_t n = read(fd, request + have, sizeof(s->requests[0]) - 1 - have);

		if (n <= 0)
			return;
		have += (size_t)n;
	}
	if (strstr(request, "\r\n\r\n")) {
		const char *start = strstr(request, "\r\n\r\n") + 4;

		server_take_body(s, fd, request, start, have - (size_t)(start - request));
	}
	if (r->cut && r->cut < len)
		len = r->cut;
	if (!server_send(fd, r, head, strlen(head)) || !server_send(fd, r, r->body, len))
		return;
	while (r->again && server_send(fd, r, r->again, r->again_len))
		;
	if (r->stall_ms) /* or until the client has had enough */
		poll(&(struct pollfd){ .fd = fd, .events = POLLRDHUP }, 1,
		     (int)r->stall_ms);
}

static inline void *server_run(void *arg)
{
	struct server *s = arg;

	for (; s->served < s->n; s->served++) {
		int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			break;
		server_answer(s, fd, &s->replies[s->served]);
		shutdown(fd, SHUT_WR);
		close(fd);
	}
	return NULL;
}

static inline void server_start(struct server *s, const struct reply *replies, size_t n)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(addr);

	*s = (struct server){ .replies = replies, .n = n };
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->listener, (void *)&addr, sizeof(addr)), 0);
	assert_int_equal(getsockname(s->listener, (void *)&addr, &len), 0);
	assert_int_equal(listen(s->listener, 8), 0);
	s->port = ntohs(addr.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, server_run, s), 0);
}

/* Ends it even when not all replies were fetched; returns how many were. */
static inline size_t server_stop(struct server *s)
{
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
	return s->served;
}

#endif
