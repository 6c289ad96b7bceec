/*
 * The chunks of an image, kept in memory while it is unpacked, and then handed to the
 * machines beside this one (fetch/peers.h) for a while, over HTTP:
 *
 *	GET /SHA-256	the chunk with that name, in lower-case hexadecimal
 *
 * Nothing else is ever sent, to nobody is anything promised: whoever asks checks what
 * comes, and has the boot server to ask. There is no file with these bytes, so none can
 * be left behind, and none can be asked for that is not the image's.
 */
#ifndef FETCH_SHARE_H
#define FETCH_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "fetch/chunks.h"

#define SHARE_PORT        8280
#define SHARE_REQUEST_MAX ((size_t)2048)

struct share;
#define auto_share __attribute__((cleanup(share_free_)))

struct share *share_new(void);
void share_free(struct share *s); /* NULL is fine */

/*
 * All chunks of this list are about to come. They are kept if `spare_bytes` of memory is
 * at least twice what they need; else it is said, and the share stays empty.
 */
void share_begin(struct share *s, const struct chunk_list *list, uint64_t spare_bytes);

/* The next one, which has been checked. */
void share_add(struct share *s, const void *bytes, size_t len);

bool share_is_whole(const struct share *s); /* there is something to serve */

enum share_request {
	SHARE_UNFINISHED, /* its head has not come to its end */
	SHARE_NONSENSE,
	SHARE_NOT_HERE,
	SHARE_CHUNK,
};
/* What is asked for by these first bytes of a connection; *ret: the chunk's number. */
enum share_request share_find(const struct share *s, const char *request, size_t len,
			      size_t *ret);

/* A socket at this port (0: any) of every address. ERR_SYSTEM. */
must_check int share_listen(uint16_t port, int *ret_fd, struct err *err);

struct share_terms {
	uint64_t seconds;
	int key;            /* ends it as soon as something is typed here; -1: nowhere */
	bool (*stop)(void); /* true: so does that; NULL: never */
	const char *progress; /* the line's text; NULL: none */
};
struct share_served {
	uint64_t chunks, bytes;
};

/* Serve until the time is over, or somebody has had enough. SIGPIPE is ignored from then
 * on. */
struct share_served share_serve(const struct share *s, int listener,
				const struct share_terms *terms);

/* share_serve.c's view of it: a file of all, in order, and where a chunk is in that. */
int share_file(const struct share *s);
void share_place(const struct share *s, size_t number, uint64_t *ret_offset,
		 uint64_t *ret_len);

static inline void share_free_(struct share *const *s)
{
	share_free(*s);
}

#endif
