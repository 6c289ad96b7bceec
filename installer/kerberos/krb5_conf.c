#include "kerberos/krb5_conf.h"

#include <string.h>

#include "core/text.h"

struct slice {
	const char *s;
	size_t len;
};

/* Which relation is meant: [section] tag, or [section] block = { tag }. */
struct path {
	const char *section, *block, *tag;
};

struct values {
	const char *const *v;
	size_t n;
};

/* Reading line by line: where we are, and what the line at hand says. */
struct reader {
	const char *next;
	struct slice section, block; /* block: the tag of the outermost open brace */
	unsigned depth;
	bool wants_brace; /* `tag =` alone: the brace stands on the next line */

	struct slice line;       /* with its newline */
	struct slice tag, value; /* of a relation; else tag.s is NULL */
	bool is_header, opens;   /* [section]; `tag = {` or a brace that was due */
};

static const char blanks[] = " \t\r\n\v\f";

static struct slice trim(const char *s, size_t len)
{
	while (len && strchr(blanks, *s)) {
		s++;
		len--;
	}
	while (len && strchr(blanks, s[len - 1]))
		len--;
	return (struct slice){ s, len };
}

static bool is(struct slice slice, const char *word)
{
	return word && strlen(word) == slice.len && memcmp(slice.s, word, slice.len) == 0;
}

static void read_header(struct reader *r, struct slice text)
{
	const char *end = memchr(text.s, ']', text.len);

	r->is_header = true;
	r->depth = 0;
	r->section = end ? (struct slice){ text.s + 1, (size_t)(end - text.s - 1) }
			 : (struct slice){ text.s, 0 };
}

static void open_brace(struct reader *r)
{
	r->opens = true;
	r->depth++;
}

/* `*` behind a tag only says that other files have no word in it. */
static void read_relation(struct reader *r, struct slice text)
{
	const char *equals = memchr(text.s, '=', text.len);

	if (!equals)
		return;
	r->tag = trim(text.s, (size_t)(equals - text.s));
	if (r->tag.len && r->tag.s[r->tag.len - 1] == '*')
		r->tag.len--;
	r->value = trim(equals + 1, text.len - (size_t)(equals + 1 - text.s));
	r->wants_brace = r->value.len == 0;
	if (r->depth == 0 && (r->wants_brace || is(r->value, "{")))
		r->block = r->tag;
	if (is(r->value, "{"))
		open_brace(r);
}

static bool read_line(struct reader *r)
{
	size_t len = strcspn(r->next, "\n");
	struct slice text = trim(r->next, len);
	bool due = r->wants_brace;

	if (!*r->next)
		return false;
	r->line = (struct slice){ r->next, len + (r->next[len] == '\n') };
	r->next += r->line.len;
	r->tag = r->value = (struct slice){ 0 };
	r->is_header = r->opens = false;
	if (!text.len || *text.s == '#' || *text.s == ';')
		return true;
	r->wants_brace = false;
	if (due && *text.s == '{')
		open_brace(r);
	else if (*text.s == '[')
		read_header(r, text);
	else if (*text.s == '}')
		r->depth -= r->depth > 0;
	else if (r->section.s)
		read_relation(r, text);
	return true;
}

static bool is_wanted(const struct reader *r, const struct path *p)
{
	return r->tag.s && !r->opens && !r->wants_brace && is(r->tag, p->tag) &&
	       is(r->section, p->section) && r->depth == (p->block ? 1 : 0) &&
	       (!p->block || is(r->block, p->block));
}

/* Where new relations go when there is none to replace: behind this line. */
static bool begins_place(const struct reader *r, const struct path *p)
{
	if (!is(r->section, p->section))
		return false;
	return p->block ? r->opens && r->depth == 1 && is(r->block, p->block)
			: r->is_header;
}

static bool begins_section(const struct reader *r, const struct path *p)
{
	return r->is_header && is(r->section, p->section);
}

static void add_relations(const struct path *p, const struct values *values,
			  struct text *out)
{
	for (size_t i = 0; i < values->n; i++)
		text_printf(out, "%s%s = %s\n", p->block ? "\t\t" : "\t", p->tag,
			    values->v[i]);
}

static void add_block(const struct path *p, const struct values *values, struct text *out)
{
	if (p->block)
		text_printf(out, "\t%s = {\n", p->block);
	add_relations(p, values, out);
	if (p->block)
		text_add(out, "\t}\n");
}

static void end_line(struct text *out)
{
	if (out->len && out->s[out->len - 1] != '\n')
		text_add(out, "\n");
}

/* What is there, in the one pass that changes nothing. */
struct survey {
	bool right; /* exactly these values, in this order */
	bool relation, place, section;
};

static struct survey look(const char *text, const struct path *p,
			  const struct values *values)
{
	struct reader r = { .next = text };
	struct survey s = { .right = true };
	size_t n = 0;

	while (read_line(&r)) {
		s.section |= begins_section(&r, p);
		s.place |= begins_place(&r, p);
		if (!is_wanted(&r, p))
			continue;
		s.relation = true;
		s.right &= n < values->n && is(r.value, values->v[n]);
		n++;
	}
	s.right &= n == values->n;
	return s;
}

/* All relations of that name at that place become exactly these. */
static char *set(char *text, struct path p, struct values values)
{
	struct survey there = look(text, &p, &values);
	struct reader r = { .next = text };
	auto_text struct text t = { 0 };
	bool done = false;

	if (!values.n || there.right)
		return text;
	while (read_line(&r)) {
		bool wanted = is_wanted(&r, &p);

		if (wanted && !done)
			add_relations(&p, &values, &t);
		done |= wanted;
		if (!wanted)
			text_add_bytes(&t, r.line.s, r.line.len);
		if (done || there.relation)
			continue;
		done = there.place ? begins_place(&r, &p) : begins_section(&r, &p);
		if (!done)
			continue;
		end_line(&t);
		if (there.place)
			add_relations(&p, &values, &t);
		else
			add_block(&p, &values, &t);
	}
	if (!done) {
		end_line(&t);
		text_printf(&t, "%s[%s]\n", t.len ? "\n" : "", p.section);
		add_block(&p, &values, &t);
	}
	free(text);
	return text_take(&t);
}

static char *set_one(char *text, struct path p, const char *value)
{
	return set(text, p, (struct values){ .v = &value, .n = value ? 1 : 0 });
}

struct krb5_conf krb5_conf_of(const struct kerberos *kerberos, const char *host)
{
	return (struct krb5_conf){
		.realm = kerberos->realm,
		.kdcs = kerberos->kdcs,
		.n_kdcs = kerberos->n_kdcs,
		.admin_server = kerberos->admin_server,
		.host = host,
		.allow_weak_crypto = kerberos->allow_weak_crypto,
	};
}

char *krb5_conf_edit(const char *text, const struct krb5_conf *conf)
{
	const char *domain = strchr(conf->host, '.');
	char *s = xstrdup(text);

	s = set_one(s, (struct path){ "libdefaults", NULL, "default_realm" },
		    conf->realm);
	if (conf->allow_weak_crypto)
		s = set_one(s, (struct path){ "libdefaults", NULL, "allow_weak_crypto" },
			    "true");
	s = set(s, (struct path){ "realms", conf->realm, "kdc" },
		(struct values){ conf->kdcs, conf->n_kdcs });
	s = set_one(s, (struct path){ "realms", conf->realm, "admin_server" },
		    conf->admin_server);
	if (!domain)
		return s;
	s = set_one(s, (struct path){ "domain_realm", NULL, domain }, conf->realm);
	return set_one(s, (struct path){ "domain_realm", NULL, domain + 1 }, conf->realm);
}
