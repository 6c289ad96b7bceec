#include "image/labels.h"

#include <sys/stat.h>

#include "core/log.h"
#include "core/mem.h"
#include "image/path.h"
#include "image/send.h"
#include "image/walk.h"
#include "selinux/contexts.h"

#define WRITTEN 1 /* with its label, by `now` */

struct labels {
	enum image_labels when;
	const char *policy;
	struct contexts *now;    /* NULL: not yet, or not at all */
	struct contexts *before; /* what `noted` up to `done` was labelled by, when that
				    has changed since */
	bool seen;               /* a file that contexts are made of has come */
	bool again;              /* and once more after they were opened */
	/*
	 * What has no label of its own: u16 type bits of the mode and perhaps WRITTEN,
	 * directory NUL (empty: the same as before; "/" is the target itself), name NUL.
	 */
	struct text noted;
	size_t done; /* bytes of it that send_labels() has seen to */
	char *in;    /* the last directory noted */
	uint64_t labelled;
	struct err unlabelled;
};

struct note {
	mode_t type;
	bool written;
	const char *dir, *name;
};

struct labels *labels_new(const struct image_source *source)
{
	struct labels *l = xcalloc(1, sizeof(*l));

	l->when = source->labels;
	l->policy = source->policy;
	return l;
}

void labels_free(struct labels *l)
{
	if (!l)
		return;
	contexts_free(l->now);
	contexts_free(l->before);
	text_free(&l->noted);
	free(l->in);
	free(l);
}

static void note(struct labels *l, const char *dir, const char *name, mode_t mode,
		 bool written)
{
	uint16_t type = (uint16_t)((mode & S_IFMT) | (written ? WRITTEN : 0));

	if (l->when == IMAGE_LABELS_NONE)
		return;
	if (!*dir)
		dir = "/";
	text_add_bytes(&l->noted, &type, sizeof(type));
	if (str_eq(l->in, dir)) {
		dir = "";
	} else {
		free(l->in);
		l->in = xstrdup(dir);
	}
	text_add_bytes(&l->noted, dir, strlen(dir) + 1);
	text_add_bytes(&l->noted, name, strlen(name) + 1);
}

/* The note at *at, which is moved behind it; dir is the one before where it is the same.
 */
static struct note next_note(const struct labels *l, size_t *at, const char *dir)
{
	struct note n = { .dir = dir };
	uint16_t type;

	memcpy(&type, l->noted.s + *at, sizeof(type));
	n.type = type & S_IFMT;
	n.written = type & WRITTEN;
	*at += sizeof(type);
	if (l->noted.s[*at])
		n.dir = l->noted.s + *at;
	*at += strlen(l->noted.s + *at) + 1;
	n.name = l->noted.s + *at;
	*at += strlen(n.name) + 1;
	return n;
}

static char *label_of(struct contexts *c, const char *dir, const char *name, mode_t type)
{
	char path[2 * PATH_BYTES];

	if (!c)
		return NULL;
	snprintf(path, sizeof(path), "/%s%s%s", dir, *dir && *name ? "/" : "", name);
	return contexts_label(c, path, type);
}

static int send_label(struct extraction *x, const struct note *n)
{
	struct labels *l = x->labels;
	const char *dir = str_eq(n->dir, "/") ? "" : n->dir;
	auto_free char *label = label_of(l->now, dir, n->name, n->type);
	auto_free char *earlier = label_of(l->before, dir, n->name, n->type);
	auto_text struct text block = { 0 };
	struct dir *d;

	if (!label || str_eq(label, earlier))
		return 0;
	d = walk_find(x, dir, strlen(dir), dir);
	if (!d)
		return -1;
	attrs_add(&block, SELINUX_ATTRIBUTE, label, strlen(label) + 1);
	l->labelled += !earlier;
	return send_record(x,
			   &(struct sending){ .kind = REC_LABEL,
					      .dir = d,
					      .name = n->name,
					      .target = earlier,
					      .meta = &(struct meta){ .mode = n->type },
					      .attrs = block.s,
					      .attrs_len = block.len });
}

/* Everything that was noted and not labelled yet, or all of it by other contexts. */
static int send_labels(struct extraction *x)
{
	struct labels *l = x->labels;
	const char *dir = "";
	size_t at = 0;

	while (at < l->noted.len) {
		size_t start = at;
		struct note n = next_note(l, &at, dir);

		dir = n.dir;
		if (l->before || (start >= l->done && !n.written))
			if (send_label(x, &n) < 0)
				return -1;
	}
	l->done = l->noted.len;
	return 0;
}

/* The files are on the disk: are they contexts that are to be obeyed? */
static void open_contexts(struct extraction *x)
{
	struct labels *l = x->labels;
	struct selinux_settings s = selinux_read_settings(x->root);
	const char *type = l->policy ? l->policy : s.type;

	l->unlabelled = (struct err){ 0 };
	if (l->when == IMAGE_LABELS_IF_ENABLED && s.mode == SELINUX_DISABLED)
		return;
	if (contexts_open(x->root, type, &l->now, &l->unlabelled) < 0)
		l->now = NULL;
}

int labels_enter(struct extraction *x, struct dir *dir, const char *name, mode_t mode,
		 struct attrs *attrs)
{
	struct labels *l = x->labels;
	char path[2 * PATH_BYTES];
	auto_free char *label = NULL;

	if (l->when == IMAGE_LABELS_NONE)
		return 0;
	snprintf(path, sizeof(path), "%s/%s", dir->path, name ? name : "");
	if (contexts_is_source(path)) {
		l->again |= l->now && !S_ISDIR(mode);
		l->seen = true;
	} else if (l->seen && !l->now && !str_starts(path, "etc/selinux/")) {
		l->seen = false; /* once; then again at the end */
		dir_hold(dir);
		if (extraction_drain(x) == 0)
			open_contexts(x);
		dir_release(dir);
		if (l->now && send_labels(x) < 0)
			return -1;
	}
	if (attrs->labelled)
		return failure_is_set(&x->failure) ? -1 : 0;
	note(l, dir->path, name ? name : "", mode, l->now != NULL);
	label = label_of(l->now, dir->path, name ? name : "", mode);
	if (label) {
		attrs_add(&attrs->block, SELINUX_ATTRIBUTE, label, strlen(label) + 1);
		l->labelled++;
	}
	return failure_is_set(&x->failure) ? -1 : 0;
}

void labels_note_dir(struct extraction *x, const char *path)
{
	note(x->labels, path, "", S_IFDIR, false);
}

int labels_finish(struct extraction *x)
{
	struct labels *l = x->labels;

	if (l->when == IMAGE_LABELS_NONE)
		return 0;
	if (extraction_drain(x) < 0)
		return -1;
	if (!l->now)
		open_contexts(x);
	if (l->now && send_labels(x) < 0)
		return -1;
	if (l->again && extraction_drain(x) == 0) {
		l->before = l->now;
		l->now = NULL;
		open_contexts(x);
		if (l->now && send_labels(x) < 0)
			return -1;
	}
	return extraction_drain(x);
}

void labels_stats(const struct labels *l, struct image_stats *ret)
{
	ret->labelled = l->labelled;
	ret->unlabelled = l->unlabelled;
}
