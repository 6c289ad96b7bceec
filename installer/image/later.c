#include "image/later.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "core/io.h"
#include "core/mem.h"
#include "image/attrs.h"
#include "image/send.h"
#include "image/walk.h"

#define FULL_BYTES      ((size_t)8 * 1024 * 1024)
#define TABLE_MAX_BYTES ((size_t)1024 * 1024) /* of etc/passwd and etc/group */

struct item {
	struct item *next;
	struct meta meta;
	size_t bytes_len;
	const char *name;  /* NULL: the directory itself */
	const void *bytes; /* attributes, or ACL names */
	char path[];
};

struct list {
	struct item *first, **end;
};

struct later {
	struct list dirs, acls;
	struct item *times; /* newest first: of one directory the oldest holds */
	size_t bytes;
	bool settling, settled;
};

struct later *later_new(void)
{
	struct later *l = xcalloc(1, sizeof(*l));

	l->dirs.end = &l->dirs.first;
	l->acls.end = &l->acls.first;
	return l;
}

static void free_items(struct item *i)
{
	for (struct item *next; i; i = next) {
		next = i->next;
		free(i);
	}
}

static void clear(struct later *l)
{
	free_items(l->dirs.first);
	free_items(l->acls.first);
	free_items(l->times);
	l->dirs.first = l->acls.first = l->times = NULL;
	l->dirs.end = &l->dirs.first;
	l->acls.end = &l->acls.first;
	l->bytes = 0;
}

void later_free(struct later *l)
{
	if (!l)
		return;
	clear(l);
	free(l);
}

static struct item *new_item(struct later *l, const char *path, const char *name,
			     const void *bytes, size_t len)
{
	size_t path_len = strlen(path) + 1, name_len = name ? strlen(name) + 1 : 0;
	struct item *i = xmalloc(sizeof(*i) + path_len + name_len + len);
	char *p = i->path + path_len;

	*i = (struct item){ .bytes_len = len };
	memcpy(i->path, path, path_len);
	if (name)
		i->name = memcpy(p, name, name_len);
	if (len)
		i->bytes = memcpy(p + name_len, bytes, len);
	l->bytes += sizeof(*i) + path_len + name_len + len;
	return i;
}

static void append(struct list *list, struct item *i)
{
	*list->end = i;
	list->end = &i->next;
}

void later_add_dir(struct later *l, const char *path, const struct meta *meta,
		   const void *attrs, size_t attrs_len)
{
	struct item *i = new_item(l, path, NULL, attrs, attrs_len);

	i->meta = *meta;
	append(&l->dirs, i);
}

void later_keep_time(struct later *l, const char *path, struct timespec mtime)
{
	struct item *i = new_item(l, path, NULL, NULL, 0);

	i->meta = (struct meta){ .mtime = mtime,
				 .mode = META_KEEP_MODE,
				 .uid = META_KEEP_OWNER,
				 .gid = META_KEEP_OWNER };
	i->next = l->times;
	l->times = i;
}

void later_add_acl(struct later *l, const char *path, const char *name,
		   const void *acl_names, size_t len)
{
	append(&l->acls, new_item(l, path, name, acl_names, len));
}

bool later_is_full(const struct later *l)
{
	return l->bytes > FULL_BYTES;
}

bool later_has_settled(const struct later *l)
{
	return l->settled && !l->settling;
}

static int send_dirs(struct extraction *x, const struct item *i)
{
	for (; i; i = i->next) {
		struct dir *d = walk_find(x, i->path, strlen(i->path), i->path);

		if (!d ||
		    send_record(x, &(struct sending){ .kind = REC_DIR,
						      .dir = d,
						      .meta = &i->meta,
						      .attrs = i->bytes,
						      .attrs_len = i->bytes_len }) < 0)
			return -1;
	}
	return 0;
}

/* The image's own table, or "" when it has none. */
static char *read_table(struct extraction *x, const char *name)
{
	struct dir *etc = walk_find(x, "etc", 3, "etc");
	struct err err = { 0 };
	char *text = NULL;
	struct stat st;

	if (etc && fstatat(etc->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) &&
	    io_read_file(etc->fd, name, TABLE_MAX_BYTES, &text, NULL, &err) == 0)
		return text;
	return xstrdup("");
}

static int settle_acl(struct extraction *x, const struct item *i, const char *passwd,
		      const char *group)
{
	struct dir *d = walk_find(x, i->path, strlen(i->path), i->path);
	const struct text names = { .s = (char *)(uintptr_t)i->bytes,
				    .len = i->bytes_len };
	auto_text struct text block = { 0 };
	const char *unknown, *attr;
	int rc;

	if (!d)
		return -1;
	unknown = attrs_resolve(&names, passwd, group, &block);
	if (unknown)
		return failure_set(&x->failure, ERR_SOURCE, 0,
				   "the ACL of \"%s/%s\" names \"%s\", which the image's "
				   "etc/passwd and etc/group do not know; pack it with "
				   "numbers instead (bsdtar does)",
				   i->path, i->name, unknown);
	rc = attrs_apply(-1, d->fd, i->name, block.s, block.len, &attr);
	if (rc && !attrs_unsupported(rc))
		return extraction_fail(x, rc, "set the ACL of", i->path, i->name);
	return 0;
}

static int settle_acls(struct extraction *x)
{
	auto_free char *passwd = NULL;
	auto_free char *group = NULL;

	if (!x->later->acls.first)
		return 0;
	passwd = read_table(x, "passwd");
	group = read_table(x, "group");
	for (struct item *i = x->later->acls.first; i; i = i->next)
		if (settle_acl(x, i, passwd, group) < 0)
			return -1;
	return 0;
}

int later_settle(struct extraction *x)
{
	struct later *l = x->later;

	if (extraction_drain(x) < 0)
		return -1;
	l->settling = true;
	/* One directory's records go to one writer, in this order. */
	if (send_dirs(x, l->times) < 0 || send_dirs(x, l->dirs.first) < 0 ||
	    extraction_drain(x) < 0 || settle_acls(x) < 0)
		return -1;
	dirs_forget(x);
	clear(l);
	l->settling = false;
	l->settled = true;
	return 0;
}
