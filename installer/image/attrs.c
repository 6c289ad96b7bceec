#include "image/attrs.h"

#include <archive.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdint.h>
#include <sys/xattr.h>

#include "core/mem.h"
#include "selinux/contexts.h"

#define ACL_ENTRIES_MAX 1024

/* Sorted as the kernel wants them: by tag, and the tags' values are in that order. */
struct acl_item {
	uint16_t tag, perm;
	uint32_t id;
	const char *name; /* of a user or group whose number is not known; else NULL */
};

void attrs_free(struct attrs *a)
{
	text_free(&a->block);
	text_free(&a->acl_names);
}

void attrs_add(struct text *block, const char *name, const void *value, size_t len)
{
	uint32_t head[2] = { (uint32_t)strlen(name), (uint32_t)len };

	text_add_bytes(block, head, sizeof(head));
	text_add_bytes(block, name, head[0] + 1);
	text_add_bytes(block, value, len);
}

static int compare_items(const void *a, const void *b)
{
	const struct acl_item *x = a, *y = b;

	if (x->tag != y->tag)
		return x->tag < y->tag ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* The attribute's value as the kernel takes it. */
static void add_acl(struct text *block, const char *attr, struct acl_item *items,
		    size_t n)
{
	struct posix_acl_xattr_header head = { POSIX_ACL_XATTR_VERSION };
	struct text value = { 0 };

	qsort(items, n, sizeof(*items), compare_items);
	text_add_bytes(&value, &head, sizeof(head));
	for (size_t i = 0; i < n; i++) {
		struct posix_acl_xattr_entry e = { items[i].tag, items[i].perm,
						   items[i].id };

		text_add_bytes(&value, &e, sizeof(e));
	}
	attrs_add(block, attr, value.s, value.len);
	text_free(&value);
}

static uint16_t acl_tag(int archive_tag)
{
	switch (archive_tag) {
	case ARCHIVE_ENTRY_ACL_USER_OBJ:
		return ACL_USER_OBJ;
	case ARCHIVE_ENTRY_ACL_USER:
		return ACL_USER;
	case ARCHIVE_ENTRY_ACL_GROUP_OBJ:
		return ACL_GROUP_OBJ;
	case ARCHIVE_ENTRY_ACL_GROUP:
		return ACL_GROUP;
	case ARCHIVE_ENTRY_ACL_MASK:
		return ACL_MASK;
	case ARCHIVE_ENTRY_ACL_OTHER:
		return ACL_OTHER;
	default:
		return 0;
	}
}

/* One item of libarchive's list; false at its end. */
static bool next_item(struct archive_entry *entry, int type, struct acl_item *ret)
{
	int etype, perm, tag, id;
	const char *name;

	if (archive_entry_acl_next(entry, type, &etype, &perm, &tag, &id, &name) !=
	    ARCHIVE_OK)
		return false;
	*ret = (struct acl_item){ .tag = acl_tag(tag),
				  .perm = (uint16_t)(perm & 07),
				  .id = (uint32_t)ACL_UNDEFINED_ID };
	if (ret->tag == ACL_USER || ret->tag == ACL_GROUP) {
		ret->id = (uint32_t)id;
		ret->name = id < 0 ? name : NULL;
	}
	return true;
}

/* For attrs_resolve(): type, count, and per item tag perm id name NUL. */
static void add_unresolved(struct text *out, int type, const struct acl_item *items,
			   uint32_t n)
{
	text_add_bytes(out, &type, sizeof(type));
	text_add_bytes(out, &n, sizeof(n));
	for (uint32_t i = 0; i < n; i++) {
		const char *name = items[i].name ? items[i].name : "";

		text_add_bytes(out, &items[i].tag, sizeof(items[i].tag));
		text_add_bytes(out, &items[i].perm, sizeof(items[i].perm));
		text_add_bytes(out, &items[i].id, sizeof(items[i].id));
		text_add_bytes(out, name, strlen(name) + 1);
	}
}

static const char *acl_attr(int type)
{
	return type == ARCHIVE_ENTRY_ACL_TYPE_DEFAULT ? "system.posix_acl_default"
						      : "system.posix_acl_access";
}

static int read_acl(struct archive_entry *entry, int type, struct attrs *a)
{
	auto_free struct acl_item *items = NULL;
	int count = archive_entry_acl_reset(entry, type);
	bool named = false, broken = false;
	size_t n = 0;

	if (count <= 0)
		return 0;
	if (count > ACL_ENTRIES_MAX)
		return -1;
	items = xcalloc((size_t)count, sizeof(*items));
	while (n < (size_t)count && next_item(entry, type, &items[n])) {
		broken |= items[n].tag == 0;
		named |= items[n].name != NULL;
		n++;
	}
	if (broken)
		return -1;
	if (named)
		add_unresolved(&a->acl_names, type, items, (uint32_t)n);
	else
		add_acl(&a->block, acl_attr(type), items, n);
	return 0;
}

int attrs_read(struct archive_entry *entry, struct attrs *a)
{
	int types = archive_entry_acl_types(entry) & ARCHIVE_ENTRY_ACL_TYPE_POSIX1E;
	int rc = 0;

	a->block.len = a->acl_names.len = 0;
	a->labelled = false;
	if (types & ARCHIVE_ENTRY_ACL_TYPE_ACCESS)
		rc |= read_acl(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, a);
	if (types & ARCHIVE_ENTRY_ACL_TYPE_DEFAULT)
		rc |= read_acl(entry, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, a);
	if (archive_entry_xattr_reset(entry) > 0) {
		const char *name;
		const void *value;
		size_t len;

		while (rc == 0 && archive_entry_xattr_next(entry, &name, &value, &len) ==
					  ARCHIVE_OK) {
			if (!name || len > ATTRS_MAX_BYTES)
				return -1;
			attrs_add(&a->block, name, value, len);
			a->labelled |= str_eq(name, SELINUX_ATTRIBUTE);
			if (a->block.len > ATTRS_MAX_BYTES)
				return -1;
		}
	}
	return a->block.len + a->acl_names.len > ATTRS_MAX_BYTES ? -1 : rc;
}

int attrs_apply(int fd, int dirfd, const char *name, const void *block, size_t len,
		const char **ret_name)
{
	const char *p = block, *end = p + len;
	char path[32 + 256];

	/* There is no setxattrat() before Linux 6.13; /proc/self/fd/N is our own. */
	if (fd < 0 && len > 0)
		snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dirfd, name);
	while (p < end) {
		uint32_t head[2];
		const char *attr = p + sizeof(head), *value;

		memcpy(head, p, sizeof(head));
		value = attr + head[0] + 1;
		if (fd >= 0 ? fsetxattr(fd, attr, value, head[1], 0)
			    : lsetxattr(path, attr, value, head[1], 0)) {
			*ret_name = attr;
			return errno;
		}
		p = value + head[1];
	}
	return 0;
}

bool attrs_unsupported(int sys_errno)
{
	return sys_errno == EOPNOTSUPP;
}

bool attrs_look_up(const char *table, const char *name, uint32_t *ret)
{
	size_t len = strlen(name);

	for (const char *line = table; line && *line;) {
		if (strncmp(line, name, len) == 0 && line[len] == ':') {
			const char *number = strchr(line + len + 1, ':');

			if (number && number[1] >= '0' && number[1] <= '9') {
				*ret = (uint32_t)strtoul(number + 1, NULL, 10);
				return true;
			}
		}
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return false;
}

const char *attrs_resolve(const struct text *acl_names, const char *passwd,
			  const char *group, struct text *block)
{
	const char *p = acl_names->s, *end = p + acl_names->len;

	while (p < end) {
		auto_free struct acl_item *items = NULL;
		uint32_t n;
		int type;

		memcpy(&type, p, sizeof(type));
		memcpy(&n, p + sizeof(type), sizeof(n));
		p += sizeof(type) + sizeof(n);
		items = xcalloc(n, sizeof(*items));
		for (uint32_t i = 0; i < n; i++) {
			memcpy(&items[i].tag, p, 2);
			memcpy(&items[i].perm, p + 2, 2);
			memcpy(&items[i].id, p + 4, 4);
			p += 8;
			if (*p &&
			    !attrs_look_up(items[i].tag == ACL_USER ? passwd : group, p,
					   &items[i].id))
				return p;
			p += strlen(p) + 1;
		}
		add_acl(block, acl_attr(type), items, n);
	}
	return NULL;
}
