#include "image/cpio_seek.h"

#include "image/bzip2_decode.h"
#include "image/cpio_reader.h"

#define LOOK_BYTES (2 * 1024 * 1024) /* nearly all blocks hold less */

/* What one block holds, as far as its entries were recognised. */
struct look {
	bool taken, any;
	const char *first, *last; /* paths of entries, without "./" */
	size_t last_at;
	bool in_folder; /* one of them is the folder, or in it */
	size_t folder_at;
	bool folder_first; /* no entry stands before that in this block */
};

struct seek {
	const char *name, *folder;
	int fd;
	const struct bzip2_index *index;
	struct arena arena;
	struct look *looks; /* one for each block */
	size_t n_taken;
};

/* Recognising the entries from one place of a block on. */
struct chain {
	struct seek *seek;
	const struct cpio_reader *reader;
	size_t begin;
	struct look look;
};

/* Is the path this folder, or below it? "" is the folder of all. */
static bool is_in(const char *path, const char *folder, size_t len)
{
	return strncmp(path, folder, len) == 0 &&
	       (len == 0 || path[len] == '\0' || path[len] == '/');
}

static int chain_entry(void *arg, const struct cpio_entry *entry, struct err *err)
{
	struct chain *c = arg;
	struct look *l = &c->look;
	const char *path = entry->name;

	(void)err;
	if (c->reader->archives > 0)
		return 0; /* the reader counts from another begin */
	if (str_starts(path, "./"))
		path += 2;
	l->last_at = c->begin + c->reader->offset - c->reader->head.len;
	l->last = arena_strdup(&c->seek->arena, path);
	if (!l->any)
		l->first = l->last;
	if (!l->in_folder && is_in(path, c->seek->folder, strlen(c->seek->folder))) {
		l->in_folder = true;
		l->folder_at = l->last_at;
		l->folder_first = !l->any;
	}
	l->any = true;
	return 0;
}

static int chain_data(void *arg, const void *bytes, size_t len, struct err *err)
{
	(void)arg;
	(void)bytes;
	(void)len;
	(void)err;
	return 0;
}

static int chain_end(void *arg, struct err *err)
{
	(void)arg;
	(void)err;
	return 0;
}

/* From the first place on from which all that follows in the block is entries. */
static void recognise(struct seek *s, const struct text *plain, struct look *ret)
{
	static const char magic[] = "07070";
	const char *end = plain->s + plain->len, *at = plain->s;

	while (at && (at = memmem(at, (size_t)(end - at), magic, sizeof(magic) - 1))) {
		struct cpio_reader reader = { .name = s->name };
		struct chain c = { s, &reader, (size_t)(at - plain->s), { 0 } };
		struct err ignored = { 0 };
		size_t used;
		int rc;

		reader.sink = (struct cpio_sink){ &c, chain_entry, chain_data,
						  chain_end };
		rc = cpio_reader_feed(&reader, at, (size_t)(end - at), &used, &ignored);
		cpio_reader_free(&reader);
		if (rc == 0 && c.look.any) {
			*ret = c.look;
			return;
		}
		at++;
	}
}

static int take_plain(void *arg, const void *bytes, size_t len, bool *ret_enough,
		      struct err *err)
{
	struct text *plain = arg;

	(void)err;
	text_add_bytes(plain, bytes, len);
	*ret_enough = plain->len >= LOOK_BYTES;
	return 0;
}

static int look_at(struct seek *s, size_t block, struct err *err)
{
	auto_text struct text plain = { 0 };
	const struct bzip2_sink sink = { &plain, take_plain };
	struct look *l = &s->looks[block];

	if (l->taken)
		return 0;
	if (bzip2_decode(s->name, s->fd, s->index, block, block + 1, &sink, err) < 0)
		return -1;
	if (plain.s)
		recognise(s, &plain, l);
	l->taken = true;
	s->n_taken++;
	return 0;
}

/* The length of the path of folders that both begin with. */
static size_t common_folder(const char *a, const char *b)
{
	size_t i = 0, len = 0;

	for (; a[i] && a[i] == b[i]; i++)
		if (a[i] == '/')
			len = i;
	if ((!a[i] && (!b[i] || b[i] == '/')) || (!b[i] && a[i] == '/'))
		len = i;
	return len;
}

/* Blocks begin to end - 1, none of which was looked into, and the entries around them. */
struct gap {
	size_t begin, end;
	const char *left, *right; /* NULL: there is none */
};

static bool may_hold(const struct seek *s, const struct gap *g)
{
	return !g->left || !g->right ||
	       is_in(s->folder, g->left, common_folder(g->left, g->right));
}

static size_t nearness(const struct seek *s, const struct gap *g)
{
	size_t left = g->left ? common_folder(g->left, s->folder) : 0;
	size_t right = g->right ? common_folder(g->right, s->folder) : 0;

	return left > right ? left : right;
}

static bool is_between(const struct seek *s, const struct gap *g)
{
	return (!g->left || strcmp(g->left, s->folder) < 0) &&
	       (!g->right || strcmp(s->folder, g->right) < 0);
}

/* No entry in the blocks at its two ends: it may well be the middle of a large file. */
static bool is_walled(const struct seek *s, const struct gap *g)
{
	return g->begin > 0 && g->end < s->index->n && !s->looks[g->begin - 1].any &&
	       !s->looks[g->end].any;
}

/* Beside a relative; then not inside a file; then where names in order would have it;
 * then the most room. */
static bool is_better(const struct seek *s, const struct gap *a, const struct gap *b)
{
	size_t near_a = nearness(s, a), near_b = nearness(s, b);

	if (near_a != near_b)
		return near_a > near_b;
	if (is_walled(s, a) != is_walled(s, b))
		return is_walled(s, b);
	if (is_between(s, a) != is_between(s, b))
		return is_between(s, a);
	return a->end - a->begin > b->end - b->begin;
}

static const char *first_from(const struct seek *s, size_t block)
{
	while (block < s->index->n && !s->looks[block].any)
		block++;
	return block < s->index->n ? s->looks[block].first : NULL;
}

static bool choose_gap(const struct seek *s, struct gap *ret)
{
	struct gap best = { 0 }, gap = { 0 };

	for (size_t i = 0; i < s->index->n; i = gap.end + 1) {
		gap.begin = gap.end = i;
		while (gap.end < s->index->n && !s->looks[gap.end].taken)
			gap.end++;
		gap.right = first_from(s, gap.end);
		if (gap.end > gap.begin && may_hold(s, &gap) &&
		    (best.end == best.begin || is_better(s, &gap, &best)))
			best = gap;
		if (gap.end < s->index->n && s->looks[gap.end].any)
			gap.left = s->looks[gap.end].last;
	}
	*ret = best;
	return best.end > best.begin;
}

/*
 * Up to the last entry before the folder: its own first header may be cut in two by the
 * end of a block, where nobody recognises it.
 */
static int go_back(struct seek *s, size_t block, struct cpio_place *ret, struct err *err)
{
	const struct look *l = &s->looks[block];
	size_t len = strlen(s->folder);

	ret->found = true;
	while (!l->in_folder || l->folder_first) {
		if (block == 0) {
			ret->block = ret->offset = 0;
			return 0;
		}
		block--;
		if (look_at(s, block, err) < 0)
			return -1;
		l = &s->looks[block];
		if (l->any && !is_in(l->last, s->folder, len)) {
			ret->block = block;
			ret->offset = l->last_at;
			return 0;
		}
	}
	ret->block = block;
	ret->offset = l->folder_at;
	return 0;
}

static int seek(struct seek *s, struct cpio_place *ret, struct err *err)
{
	struct cpio_place place = { 0 };
	struct gap gap;

	while (s->n_taken < s->index->n / 3 + 8 && choose_gap(s, &gap)) {
		size_t block = gap.begin + (gap.end - gap.begin) / 2;

		if (look_at(s, block, err) < 0)
			return -1;
		if (!s->looks[block].in_folder)
			continue;
		if (go_back(s, block, &place, err) < 0)
			return -1;
		break;
	}
	*ret = place;
	return 0;
}

int cpio_seek(const char *name, int fd, const struct bzip2_index *index,
	      const char *folder, struct cpio_place *ret, struct err *err)
{
	struct seek s = { .name = name, .folder = folder, .fd = fd, .index = index };
	int rc;

	s.looks = arena_alloc(&s.arena, (index->n + 1) * sizeof(*s.looks));
	rc = seek(&s, ret, err);
	arena_free(&s.arena);
	return rc;
}
