#include "selinux/policy.h"

#include <sepol/booleans.h>
#include <sepol/debug.h>
#include <sepol/handle.h>
#include <sepol/policydb.h>

#include "core/mem.h"
#include "core/text.h"

struct policy {
	size_t len; /* bytes of the file */
	sepol_handle_t *handle;
	sepol_policydb_t *db;
	struct text said; /* libsepol's first complaint */
	const char **names;
	size_t n_names;
	struct arena arena; /* of the names */
};

static void hear(void *arg, sepol_handle_t *handle, const char *fmt, ...)
	printf_like(3, 4);
static void hear(void *arg, sepol_handle_t *handle, const char *fmt, ...)
{
	struct policy *p = arg;
	auto_free char *line = NULL;
	va_list ap;

	if (p->said.len || sepol_msg_get_level(handle) != SEPOL_MSG_ERR)
		return;
	va_start(ap, fmt);
	line = xvasprintf(fmt, ap);
	va_end(ap);
	str_clean(line);
	text_add(&p->said, line);
}

static int fail(struct policy *p, const char *what, struct err *err)
{
	return err_set(err, ERR_SOURCE, 0, "%s%s%s", what, p->said.len ? ": " : "",
		       p->said.len ? p->said.s : "");
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	sepol_policydb_free(p->db);
	sepol_handle_destroy(p->handle);
	text_free(&p->said);
	arena_free(&p->arena);
	free(p);
}

static int note_name(const sepol_bool_t *boolean, void *arg)
{
	struct policy *p = arg;
	const char *name = arena_strdup(&p->arena, sepol_bool_get_name(boolean));

	p->names = arena_append(&p->arena, p->names, &p->n_names, &name, sizeof(name));
	return 0;
}

static sepol_policy_file_t *new_file(struct policy *p, void *bytes, size_t len)
{
	sepol_policy_file_t *file;

	if (sepol_policy_file_create(&file) < 0)
		abort();
	sepol_policy_file_set_handle(file, p->handle);
	sepol_policy_file_set_mem(file, bytes, len);
	return file;
}

/* Not by sepol_policydb_from_image(), which after a failure leaves freed memory to free.
 */
static int read_db(struct policy *p, void *bytes, size_t len)
{
	sepol_policy_file_t *file = new_file(p, bytes, len);
	int rc = sepol_policydb_read(p->db, file);

	sepol_policy_file_free(file);
	return rc;
}

int policy_read(const void *bytes, size_t len, struct policy **ret, struct err *err)
{
	auto_policy struct policy *p = xcalloc(1, sizeof(*p));
	auto_free void *copy = xmalloc(len ? len : 1);

	p->len = len;
	p->handle = sepol_handle_create();
	if (!p->handle || sepol_policydb_create(&p->db) < 0)
		abort();
	sepol_debug(0); /* what it says without a handle goes to standard error */
	sepol_msg_set_callback(p->handle, hear, p);
	memcpy(copy, bytes, len); /* libsepol's signature lacks a const */
	if (read_db(p, copy, len) < 0)
		return fail(p, "libsepol cannot read it", err);
	if (sepol_bool_iterate(p->handle, p->db, note_name, p) < 0)
		return fail(p, "libsepol cannot list its booleans", err);
	*ret = take_ptr(p);
	return 0;
}

static bool has(const struct policy *p, const char *name)
{
	for (size_t i = 0; i < p->n_names; i++)
		if (str_eq(p->names[i], name))
			return true;
	return false;
}

const char *policy_find_boolean(const struct policy *p, const char *const *names)
{
	for (; *names; names++)
		if (has(p, *names))
			return *names;
	return NULL;
}

const char *policy_near_boolean(const struct policy *p, const char *name)
{
	return str_nearest(name, p->names, p->n_names);
}

/* libsepol's record of one boolean, with its key. */
struct query {
	sepol_bool_key_t *key;
	sepol_bool_t *boolean;
};
#define auto_query __attribute__((cleanup(query_free)))

static void query_free(struct query *q)
{
	sepol_bool_free(q->boolean);
	if (q->key)
		sepol_bool_key_free(q->key);
}

static bool query(const struct policy *p, const char *name, struct query *q)
{
	return sepol_bool_key_create(p->handle, name, &q->key) >= 0 &&
	       sepol_bool_query(p->handle, p->db, q->key, &q->boolean) >= 0 && q->boolean;
}

bool policy_boolean(const struct policy *p, const char *name)
{
	auto_query struct query q = { 0 };

	return query(p, name, &q) && sepol_bool_get_value(q.boolean);
}

int policy_set_boolean(struct policy *p, const char *name, bool state, struct err *err)
{
	auto_query struct query q = { 0 };

	if (!query(p, name, &q))
		return fail(p, "libsepol does not find the boolean", err);
	sepol_bool_set_value(q.boolean, state);
	if (sepol_bool_set(p->handle, p->db, q.key, q.boolean) < 0)
		return fail(p, "libsepol cannot set the boolean", err);
	return 0;
}

/* With no bytes: only *ret_len is set, to what it takes. */
static int write_db(struct policy *p, void *bytes, size_t len, size_t *ret_len)
{
	sepol_policy_file_t *file = new_file(p, bytes, len);
	int rc = sepol_policydb_write(p->db, file);

	if (rc == 0 && !bytes)
		rc = sepol_policy_file_get_len(file, ret_len);
	sepol_policy_file_free(file);
	return rc;
}

/* Is it as long as it was? What does not reach the end leaves the mark there. */
static bool fits(struct policy *p, unsigned char *bytes)
{
	const unsigned char mark = 0xa5;

	bytes[p->len - 1] = mark;
	return write_db(p, bytes, p->len, NULL) == 0 && bytes[p->len - 1] != mark;
}

/*
 * Neither asking for the length first, where it is the old one as nearly always, nor
 * reading all of it once more, as sepol_policydb_to_image() does: either is a third of
 * the time.
 */
int policy_write(struct policy *p, void **ret_bytes, size_t *ret_len, struct err *err)
{
	auto_free void *bytes = xcalloc(1, p->len);
	size_t len = p->len;

	if (!fits(p, bytes)) {
		free(take_ptr(bytes));
		text_free(&p->said);
		if (write_db(p, NULL, 0, &len) < 0)
			return fail(p, "libsepol cannot write it", err);
		bytes = xcalloc(1, len);
		if (write_db(p, bytes, len, NULL) < 0)
			return fail(p, "libsepol cannot write it", err);
	}
	*ret_bytes = take_ptr(bytes);
	*ret_len = len;
	return 0;
}
