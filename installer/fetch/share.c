#include "fetch/share.h"

#include <sys/mman.h>

#include "core/io.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/text.h"

#define HEX_DIGITS ((size_t)2 * DIGEST_BYTES)

struct share {
	int file; /* in memory, without a name; -1: nothing is kept */
	uint64_t size_bytes, chunk_bytes, have_bytes;
	struct digest *digests;
	size_t n;
};

struct share *share_new(void)
{
	struct share *s = xcalloc(1, sizeof(*s));

	s->file = -1;
	return s;
}

static void drop(struct share *s)
{
	if (s->file >= 0)
		close(s->file);
	free(s->digests);
	*s = (struct share){ .file = -1 };
}

void share_free(struct share *s)
{
	if (!s)
		return;
	drop(s);
	free(s);
}

void share_begin(struct share *s, const struct chunk_list *list, uint64_t spare_bytes)
{
	drop(s);
	if (list->size_bytes > spare_bytes / 2) {
		log_warning("serve-chunks: the chunks have %s, which is more than half "
			    "of the memory that is free (%s): they are not kept, and "
			    "will not be served",
			    SIZE_TEXT(list->size_bytes), SIZE_TEXT(spare_bytes));
		return;
	}
	s->file = memfd_create("chunks", MFD_CLOEXEC);
	if (s->file < 0) {
		log_warning("serve-chunks: no file in memory: %s", strerror(errno));
		return;
	}
	s->size_bytes = list->size_bytes;
	s->chunk_bytes = list->chunk_bytes;
	s->n = list->n;
	s->digests = xcalloc(s->n, sizeof(*s->digests));
	for (size_t i = 0; i < s->n; i++)
		s->digests[i] = chunk_at(list, i).digest;
}

void share_add(struct share *s, const void *bytes, size_t len)
{
	struct err err = { 0 };

	if (s->file < 0)
		return;
	if (io_write_all(s->file, bytes, len, "the chunks in memory", &err) < 0) {
		log_warning("serve-chunks: %s", err.msg);
		drop(s);
		return;
	}
	s->have_bytes += len;
}

bool share_is_whole(const struct share *s)
{
	return s->file >= 0 && s->have_bytes == s->size_bytes;
}

int share_file(const struct share *s)
{
	return s->file;
}

void share_place(const struct share *s, size_t number, uint64_t *ret_offset,
		 uint64_t *ret_len)
{
	uint64_t rest = s->size_bytes - number * s->chunk_bytes;

	*ret_offset = number * s->chunk_bytes;
	*ret_len = rest < s->chunk_bytes ? rest : s->chunk_bytes;
}

/* RFC 9112, 2.1: the head ends with an empty line. What stands in it is of no interest
 * but for its first line, the request's (3). */
enum share_request share_find(const struct share *s, const char *request, size_t len,
			      size_t *ret)
{
	static const char begin[] = "GET /", end[] = " HTTP/1.";
	const size_t whole = strlen(begin) + HEX_DIGITS + strlen(end);
	char hex[HEX_DIGITS + 1] = "";
	struct digest digest;

	if (!memmem(request, len, "\r\n\r\n", 4))
		return len < SHARE_REQUEST_MAX ? SHARE_UNFINISHED : SHARE_NONSENSE;
	if (len < strlen(begin) || memcmp(request, begin, strlen(begin)) != 0)
		return SHARE_NONSENSE;
	if (len < whole || memcmp(request + whole - strlen(end), end, strlen(end)) != 0)
		return SHARE_NOT_HERE;
	memcpy(hex, request + strlen(begin), HEX_DIGITS);
	if (!digest_parse(hex, &digest))
		return SHARE_NOT_HERE;
	for (size_t i = 0; i < s->n; i++) {
		if (memcmp(&s->digests[i], &digest, sizeof(digest)) != 0)
			continue;
		*ret = i;
		return SHARE_CHUNK;
	}
	return SHARE_NOT_HERE;
}
