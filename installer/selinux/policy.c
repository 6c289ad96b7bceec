#include "selinux/policy.h"

#include <inttypes.h>
#include <string.h>

#include "core/le.h"
#include "core/mem.h"
#include "core/text.h"

#define MAGIC  0xf97cff8cU
#define TARGET "SE Linux" /* not the policies of Xen's own security module */

/* What a version brought that is before the conditions in the file. */
#define VERSION_OLDEST           20 /* the access vectors as they are since Linux 2.6.14 */
#define VERSION_CAPABILITIES     22
#define VERSION_PERMISSIVE       23
#define VERSION_BOUNDS           24
#define VERSION_CLASS_DEFAULTS   27
#define VERSION_DEFAULT_TYPE     28
#define VERSION_CONSTRAINT_NAMES 29
#define VERSION_NEWEST           34

#define N_TABLES                 8
#define EXPR_NAMES               5 /* of a constraint: a set of types, roles or users */
#define RULE_EXTENDED            0x0700 /* of ioctl commands or the like: a bitmap, no vector */
#define RULE_ENABLED             0x8000U
#define EXPR_MAX_DEPTH           10

/* The words of a condition, in reverse Polish notation. */
enum { WORD_BOOLEAN = 1, WORD_NOT, WORD_OR, WORD_AND, WORD_XOR, WORD_EQ, WORD_NEQ };
#define WORD_BYTES 8 /* which; the boolean's value */

struct boolean {
	uint32_t value; /* what conditions call it */
	unsigned char *state;
};

/* The rules of one branch. */
struct rules {
	unsigned char *first;
	uint32_t n;
};

struct condition {
	unsigned char *state;
	const unsigned char *words;
	uint32_t n_words;
	struct rules rules[2]; /* in force while false, while true */
};

struct policy {
	unsigned char *bytes;
	size_t len;
	const char **names; /* of the booleans, in their order */
	struct boolean *booleans;
	size_t n_booleans;
	size_t *by_value; /* [value - 1]: place in booleans, from 1; 0: there is none */
	struct condition *conditions;
	size_t n_conditions;
	struct arena arena;
};

struct cursor {
	unsigned char *at, *end;
	uint32_t version;
	bool failed; /* more was asked for than there is, or what cannot be */
};

void policy_free(struct policy *p)
{
	if (!p)
		return;
	free(p->bytes);
	arena_free(&p->arena);
	free(p);
}

static uint32_t get_u32(const unsigned char *at)
{
	return (uint32_t)read_le(at, 4);
}

/* Where the next bytes are; NULL when there are not as many. */
static unsigned char *take(struct cursor *c, uint64_t bytes)
{
	unsigned char *at = c->at;

	if (c->failed || (uint64_t)(c->end - c->at) < bytes) {
		c->failed = true;
		return NULL;
	}
	c->at += bytes;
	return at;
}

static uint32_t take_u32(struct cursor *c)
{
	const unsigned char *at = take(c, 4);

	return at ? get_u32(at) : 0;
}

static void skip_u32(struct cursor *c, uint64_t n)
{
	take(c, 4 * n);
}

/* Word size, highest bit, number of nodes; each node: its first bit, 64 bits. */
static void skip_bitmap(struct cursor *c)
{
	skip_u32(c, 2);
	skip_u32(c, 3 * (uint64_t)take_u32(c));
}

/* A sensitivity with its categories. */
static void skip_level(struct cursor *c)
{
	skip_u32(c, 1);
	skip_bitmap(c);
}

static void skip_range(struct cursor *c)
{
	uint32_t n = take_u32(c);

	if (n > 2)
		c->failed = true;
	skip_u32(c, n);
	skip_bitmap(c);
	if (n > 1)
		skip_bitmap(c);
}

/* Length of the name, some numbers, the name. */
static void skip_named(struct cursor *c, uint64_t numbers)
{
	uint32_t len = take_u32(c);

	skip_u32(c, numbers);
	take(c, len);
}

static void skip_permissions(struct cursor *c, uint32_t n)
{
	for (; n && !c->failed; n--)
		skip_named(c, 1);
}

static void skip_common(struct cursor *c)
{
	uint32_t len = take_u32(c), n;

	skip_u32(c, 2);
	n = take_u32(c);
	take(c, len);
	skip_permissions(c, n);
}

static void skip_constraint_word(struct cursor *c)
{
	uint32_t type = take_u32(c);

	skip_u32(c, 2);
	if (type != EXPR_NAMES)
		return;
	skip_bitmap(c);
	if (c->version < VERSION_CONSTRAINT_NAMES)
		return;
	skip_bitmap(c);
	skip_bitmap(c);
	skip_u32(c, 1);
}

static void skip_constraints(struct cursor *c, uint32_t n)
{
	for (; n && !c->failed; n--) {
		skip_u32(c, 1);
		for (uint32_t words = take_u32(c); words && !c->failed; words--)
			skip_constraint_word(c);
	}
}

static void skip_class(struct cursor *c)
{
	uint32_t len = take_u32(c), common_len = take_u32(c), n, n_constraints;

	skip_u32(c, 2);
	n = take_u32(c);
	n_constraints = take_u32(c);
	take(c, len);
	take(c, common_len);
	skip_permissions(c, n);
	skip_constraints(c, n_constraints);
	skip_constraints(c, take_u32(c)); /* validatetrans */
	if (c->version >= VERSION_CLASS_DEFAULTS)
		skip_u32(c, 3);
	if (c->version >= VERSION_DEFAULT_TYPE)
		skip_u32(c, 1);
}

static void skip_role(struct cursor *c)
{
	skip_named(c, c->version >= VERSION_BOUNDS ? 2 : 1);
	skip_bitmap(c);
	skip_bitmap(c);
}

static void skip_type(struct cursor *c)
{
	skip_named(c, c->version >= VERSION_BOUNDS ? 3 : 2);
}

static void skip_user(struct cursor *c)
{
	skip_named(c, c->version >= VERSION_BOUNDS ? 2 : 1);
	skip_bitmap(c);
	skip_range(c);
	skip_level(c);
}

static void skip_sensitivity(struct cursor *c)
{
	skip_named(c, 1);
	skip_level(c);
}

static void skip_category(struct cursor *c)
{
	skip_named(c, 2);
}

static void skip_table(struct cursor *c, void (*skip_item)(struct cursor *c))
{
	skip_u32(c, 1);
	for (uint32_t n = take_u32(c); n && !c->failed; n--)
		skip_item(c);
}

static void read_boolean(struct cursor *c, struct policy *p)
{
	struct boolean b = { .value = take_u32(c), .state = take(c, 4) };
	uint32_t len = take_u32(c);
	const char *name = (const char *)take(c, len);
	size_t n = p->n_booleans;

	if (c->failed || get_u32(b.state) > 1) {
		c->failed = true;
		return;
	}
	name = arena_strndup(&p->arena, name, len);
	p->names = arena_append(&p->arena, p->names, &n, &name, sizeof(name));
	p->booleans = arena_append(&p->arena, p->booleans, &p->n_booleans, &b, sizeof(b));
}

static void read_booleans(struct cursor *c, struct policy *p)
{
	skip_u32(c, 1);
	for (uint32_t n = take_u32(c); n && !c->failed; n--)
		read_boolean(c, p);
	p->by_value = arena_alloc(&p->arena, p->n_booleans * sizeof(size_t));
	for (size_t i = 0; i < p->n_booleans; i++) {
		uint32_t value = p->booleans[i].value;

		if (value == 0 || value > p->n_booleans)
			c->failed = true;
		else
			p->by_value[value - 1] = i + 1;
	}
}

/* Source, target, class, kind; then 32 bits or two bytes and a bitmap of 256 bits. */
#define RULE_KIND_AT 6
static unsigned char *take_rule(struct cursor *c)
{
	unsigned char *rule = take(c, 8);

	if (rule)
		take(c, read_le(rule + RULE_KIND_AT, 2) & RULE_EXTENDED ? 2 + 32 : 4);
	return rule;
}

static struct rules take_rules(struct cursor *c)
{
	struct rules r = { .n = take_u32(c) };

	r.first = c->at;
	for (uint32_t n = r.n; n && !c->failed; n--)
		take_rule(c);
	return r;
}

static const struct boolean *find_value(const struct policy *p, uint32_t value)
{
	size_t place = value && value <= p->n_booleans ? p->by_value[value - 1] : 0;

	return place ? &p->booleans[place - 1] : NULL;
}

static bool apply(uint32_t word, bool a, bool b)
{
	switch (word) {
	case WORD_OR:
		return a || b;
	case WORD_AND:
		return a && b;
	case WORD_EQ:
		return a == b;
	default: /* WORD_XOR, WORD_NEQ */
		return a != b;
	}
}

/* False when it is no expression, or one of a boolean that the policy does not have. */
static bool evaluate(const struct policy *p, const struct condition *cond, bool *ret)
{
	bool stack[EXPR_MAX_DEPTH];
	size_t depth = 0;

	for (uint32_t i = 0; i < cond->n_words; i++) {
		const unsigned char *at = cond->words + (size_t)i * WORD_BYTES;
		uint32_t word = get_u32(at);
		const struct boolean *b;

		if (word == WORD_BOOLEAN) {
			b = find_value(p, get_u32(at + 4));
			if (!b || depth == EXPR_MAX_DEPTH)
				return false;
			stack[depth++] = get_u32(b->state) == 1;
		} else if (word == WORD_NOT && depth >= 1) {
			stack[depth - 1] = !stack[depth - 1];
		} else if (word >= WORD_OR && word <= WORD_NEQ && depth >= 2) {
			depth--;
			stack[depth - 1] = apply(word, stack[depth - 1], stack[depth]);
		} else {
			return false;
		}
	}
	*ret = depth == 1 && stack[0];
	return depth == 1;
}

static void read_condition(struct cursor *c, struct policy *p)
{
	struct condition cond = { .state = take(c, 4) };
	bool state;

	cond.n_words = take_u32(c);
	cond.words = take(c, (uint64_t)cond.n_words * WORD_BYTES);
	cond.rules[true] = take_rules(c);
	cond.rules[false] = take_rules(c);
	if (!c->failed && evaluate(p, &cond, &state))
		p->conditions = arena_append(&p->arena, p->conditions, &p->n_conditions,
					     &cond, sizeof(cond));
	else
		c->failed = true;
}

static void read_conditions(struct cursor *c, struct policy *p)
{
	for (uint32_t n = take_u32(c); n && !c->failed; n--)
		read_condition(c, p);
}

/* Magic, length of the next, "SE Linux", version, flags, number of tables and of others.
 */
static int read_header(struct cursor *c, struct err *err)
{
	bool known = take_u32(c) == MAGIC && take_u32(c) == strlen(TARGET);
	const unsigned char *target = take(c, strlen(TARGET));

	if (!known || !target || memcmp(target, TARGET, strlen(TARGET)) != 0)
		return err_set(err, ERR_SOURCE, 0,
			       "this is not a kernel's SELinux policy");
	c->version = take_u32(c);
	skip_u32(c, 1);
	if (c->version < VERSION_OLDEST || c->version > VERSION_NEWEST)
		return err_set(err, ERR_SOURCE, 0,
			       "SELinux policies of version %" PRIu32
			       " are not known (%d to %d are)",
			       c->version, VERSION_OLDEST, VERSION_NEWEST);
	if (take_u32(c) != N_TABLES)
		c->failed = true;
	skip_u32(c, 1);
	return 0;
}

static void read_tables(struct cursor *c, struct policy *p)
{
	if (c->version >= VERSION_CAPABILITIES)
		skip_bitmap(c);
	if (c->version >= VERSION_PERMISSIVE)
		skip_bitmap(c);
	skip_table(c, skip_common);
	skip_table(c, skip_class);
	skip_table(c, skip_role);
	skip_table(c, skip_type);
	skip_table(c, skip_user);
	read_booleans(c, p);
	skip_table(c, skip_sensitivity);
	skip_table(c, skip_category);
	take_rules(c);
	read_conditions(c, p);
}

int policy_read(void *bytes, size_t len, struct policy **ret, struct err *err)
{
	auto_policy struct policy *p = xcalloc(1, sizeof(*p));
	struct cursor c = { 0 };

	p->bytes = bytes;
	p->len = len;
	c.at = p->bytes;
	c.end = p->bytes + len;
	if (read_header(&c, err) < 0)
		return -1;
	read_tables(&c, p);
	if (c.failed)
		return err_set(err, ERR_SOURCE, 0,
			       "the SELinux policy is damaged at byte %zu",
			       (size_t)(c.at - p->bytes));
	*ret = take_ptr(p);
	return 0;
}

static struct boolean *find(const struct policy *p, const char *name)
{
	for (size_t i = 0; i < p->n_booleans; i++)
		if (str_eq(p->names[i], name))
			return &p->booleans[i];
	return NULL;
}

const char *policy_find_boolean(const struct policy *p, const char *const *names)
{
	for (; *names; names++)
		if (find(p, *names))
			return *names;
	return NULL;
}

const char *policy_near_boolean(const struct policy *p, const char *name)
{
	return str_nearest(name, p->names, p->n_booleans);
}

bool policy_boolean(const struct policy *p, const char *name)
{
	return get_u32(find(p, name)->state) == 1;
}

static void enable(const struct policy *p, const struct rules *r, bool enabled)
{
	struct cursor c = { .at = r->first, .end = p->bytes + p->len };

	for (uint32_t i = 0; i < r->n; i++) {
		unsigned char *kind = take_rule(&c) + RULE_KIND_AT;
		uint64_t others = read_le(kind, 2) & ~RULE_ENABLED;

		write_le(kind, 2, others | (enabled ? RULE_ENABLED : 0));
	}
}

void policy_set_boolean(struct policy *p, const char *name, bool state)
{
	write_le(find(p, name)->state, 4, state);
	for (size_t i = 0; i < p->n_conditions; i++) {
		const struct condition *cond = &p->conditions[i];
		bool now = false;

		evaluate(p, cond, &now);
		if (get_u32(cond->state) == now)
			continue;
		write_le(cond->state, 4, now);
		enable(p, &cond->rules[true], now);
		enable(p, &cond->rules[false], !now);
	}
}

const void *policy_image(const struct policy *p, size_t *ret_len)
{
	*ret_len = p->len;
	return p->bytes;
}
