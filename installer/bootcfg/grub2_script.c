#include "bootcfg/grub2_script.h"

#include <ctype.h>

#define BUDGET        (8 * BOOT_MAX_FILE_BYTES)
#define COMMAND       16 /* bytes that a command costs beside its own */
#define MAX_DEPTH     64 /* of if in if, functions in functions, files in files */
#define MAX_ROUNDS    10000
#define MAX_FUNCTIONS 128

struct grub2_function {
	const char *name;
	struct script block;
};

struct reader { /* a word in the making */
	struct grub2 *g;
	struct words *words; /* NULL: only pass over it */
	struct arena *arena; /* of the words */
	struct text text;
	bool open; /* there is a word, if an empty one: "" */
};

bool grub2_spend(struct grub2 *g, const struct script *at, size_t bytes)
{
	g->spent += bytes;
	if (g->spent > BUDGET && !g->stopped) {
		menu_note(&g->menu, at->file, at->line,
			  "the script takes too long; the rest is left out");
		g->stopped = true;
	}
	return !g->stopped;
}

static void end_word(struct reader *r)
{
	struct words *w = r->words;

	if (r->open && w && w->n < GRUB2_MAX_WORDS) {
		char *word = arena_strndup(r->arena, r->text.s ? r->text.s : "",
					   r->text.len);

		w->word = arena_append(r->arena, w->word, &w->n, &word, sizeof(word));
	}
	r->text.len = 0;
	r->open = false;
}

static void add(struct reader *r, const char *s, size_t len)
{
	r->open = true;
	if (r->words && r->text.len + len <= GRUB2_MAX_VALUE)
		text_add_bytes(&r->text, s, len);
}

/* The value of $name; NULL: not set. Positional ones come from the function's call. */
static const char *look_up(const struct grub2 *g, const char *name, size_t len,
			   struct arena *arena)
{
	const struct words *args = g->args;
	struct slice digits = { name, len };
	int number = slice_number(digits);
	auto_text struct text all = { 0 };

	if (len == 1 && name[0] == '?')
		return arena_printf(arena, "%d", g->status);
	if (len == 1 && name[0] == '#')
		return arena_printf(arena, "%zu", args ? args->n - 1 : 0);
	if (len == 1 && strchr("@*", name[0])) {
		for (size_t i = 1; args && i < args->n && all.len < GRUB2_MAX_VALUE; i++)
			text_printf(&all, "%s%s", i > 1 ? " " : "", args->word[i]);
		return arena_strdup(arena, all.s ? all.s : "");
	}
	if (number >= 0)
		return args && (size_t)number < args->n ? args->word[number] : NULL;
	return grub2_get(&g->vars, name, len);
}

/* Unquoted values fall apart at blanks; quoted they stay one word. */
static void expand(struct reader *r, const struct script *at, const char *name,
		   size_t len, bool quoted)
{
	auto_arena struct arena scratch = { 0 };
	const char *value = r->words ? look_up(r->g, name, len, &scratch) : NULL;

	if (!value || !grub2_spend(r->g, at, strlen(value)))
		return;
	while (*value) {
		size_t n = quoted ? strlen(value) : strcspn(value, " \t\n");

		if (n)
			add(r, value, n);
		value += n;
		if (*value)
			end_word(r);
		value += strspn(value, " \t\n");
	}
}

static size_t name_length(const char *s)
{
	size_t n = 0;

	if (*s && strchr("?#@*", *s))
		return 1;
	if (isdigit((unsigned char)*s)) {
		while (isdigit((unsigned char)s[n]))
			n++;
		return n;
	}
	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n;
}

/* At a `$`. */
static void read_variable(struct reader *r, struct script *s, bool quoted)
{
	bool braces = s->pos[1] == '{';
	const char *name = s->pos + 1 + braces;
	size_t len = name_length(name);

	if (!len || (braces && name[len] != '}')) {
		add(r, s->pos++, 1);
		return;
	}
	s->pos = name + len + braces;
	expand(r, s, name, len, quoted);
}

static void read_quoted(struct reader *r, struct script *s)
{
	char quote = *s->pos++;

	r->open = true;
	while (*s->pos && *s->pos != quote) {
		bool escape = quote == '"' && *s->pos == '\\' && s->pos[1] &&
			      strchr("$\"\\\n", s->pos[1]);

		if (quote == '"' && *s->pos == '$') {
			read_variable(r, s, true);
			continue;
		}
		s->pos += escape;
		s->line += *s->pos == '\n';
		if (!escape || *s->pos != '\n')
			add(r, s->pos, 1);
		s->pos++;
	}
	s->pos += *s->pos == quote;
}

/* Blanks, and lines that go on in the next one. */
static void skip_blanks(struct script *s)
{
	for (;; s->pos++) {
		if (s->pos[0] == '\\' && s->pos[1] == '\n') {
			s->pos++;
			s->line++;
		} else if (!*s->pos || !strchr(" \t\r", *s->pos)) {
			return;
		}
	}
}

static bool ends_word(char c)
{
	return !c || strchr(" \t\r\n;{}|&", c);
}

/* One word as it stands, which may become none or several. */
static void read_word(struct reader *r, struct script *s)
{
	const char *begin = s->pos;

	while (!ends_word(*s->pos)) {
		if (*s->pos == '\'' || *s->pos == '"') {
			read_quoted(r, s);
		} else if (*s->pos == '$') {
			read_variable(r, s, false);
		} else if (*s->pos == '\\' && s->pos[1]) {
			s->line += s->pos[1] == '\n';
			if (s->pos[1] != '\n')
				add(r, s->pos + 1, 1);
			s->pos += 2;
		} else {
			add(r, s->pos++, 1);
		}
	}
	end_word(r);
	grub2_spend(r->g, s, (size_t)(s->pos - begin));
}

/* What lies between commands: blanks, ends of lines, comments. */
static void skip_between(struct script *s)
{
	for (;;) {
		skip_blanks(s);
		if (*s->pos == '#')
			s->pos += strcspn(s->pos, "\n");
		if (!*s->pos || !strchr("\n;|&", *s->pos))
			return;
		s->line += *s->pos == '\n';
		s->pos++;
	}
}

/* Is this bare word next? Takes it. */
static bool take(struct script *s, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(s->pos, word, len) != 0 ||
	    (isalpha((unsigned char)*word) && !ends_word(s->pos[len])))
		return false;
	s->pos += len;
	return true;
}

/* Behind a `{`: to behind its `}`. */
static void skip_block(struct grub2 *g, struct script *s)
{
	struct reader r = { .g = g };
	size_t depth = 1;

	while (*s->pos && depth && !g->stopped) {
		skip_between(s);
		if (take(s, "{"))
			depth++;
		else if (take(s, "}"))
			depth--;
		else
			read_word(&r, s);
	}
}

/* Up to the end of the command. words NULL: pass over it. */
static void read_command(struct grub2 *g, struct script *s, struct arena *arena,
			 struct words *words)
{
	struct reader r = { .g = g, .words = words, .arena = arena };

	for (;;) {
		skip_blanks(s);
		if (!*s->pos || strchr("\n;|&}", *s->pos) || g->stopped)
			break;
		if (*s->pos == '#') {
			s->pos += strcspn(s->pos, "\n");
			break;
		}
		if (take(s, "{")) {
			if (words)
				words->block = *s;
			skip_block(g, s);
			continue;
		}
		read_word(&r, s);
	}
	text_free(&r.text);
}

static const char *const end_of_file[] = { NULL };
static const char *const if_ends[] = { "then", NULL };
static const char *const then_ends[] = { "elif", "else", "fi", NULL };
static const char *const do_ends[] = { "do", NULL };
static const char *const done_ends[] = { "done", NULL };

static const char *run_list(struct grub2 *g, struct script *s, bool run,
			    const char *const *ends);

static void run_if(struct grub2 *g, struct script *s, bool run)
{
	bool taken = false;
	const char *end = "elif";

	while (end && !str_eq(end, "fi")) {
		bool test = str_eq(end, "elif"), yes = run && !taken;

		if (test) {
			run_list(g, s, yes, if_ends);
			yes = yes && g->status == 0;
		}
		end = run_list(g, s, yes, then_ends);
		taken |= yes;
	}
	if (run && !taken)
		g->status = 0;
}

static void run_while(struct grub2 *g, struct script *s, bool run, bool until)
{
	const struct script begin = *s;

	for (unsigned round = 0;; round++) {
		*s = begin;
		run_list(g, s, run, do_ends);
		if (!run || (g->status == 0) == until)
			break;
		if (round == MAX_ROUNDS) {
			menu_note(&g->menu, begin.file, begin.line,
				  "a loop that does not end");
			break;
		}
		if (!run_list(g, s, true, done_ends) || g->stopped)
			return;
	}
	run_list(g, s, false, done_ends);
}

/* for NAME in WORDS; do …; done */
static void run_for(struct grub2 *g, struct script *s, bool run)
{
	auto_arena struct arena scratch = { 0 };
	struct words words = { 0 };
	struct script begin;

	read_command(g, s, &scratch, run ? &words : NULL);
	skip_between(s);
	take(s, "do");
	begin = *s;
	for (size_t i = 2; i < words.n && !g->stopped; i++) {
		*s = begin;
		grub2_set(&g->vars, words.word[0], words.word[i]);
		run_list(g, s, true, done_ends);
	}
	if (words.n <= 2)
		run_list(g, s, false, done_ends);
}

static void define(struct grub2 *g, struct script *s, bool run)
{
	auto_arena struct arena scratch = { 0 };
	struct words words = { 0 };
	struct grub2_function f;

	read_command(g, s, &scratch, &words);
	skip_between(s);
	if (!words.block.pos && take(s, "{")) { /* on the next line */
		words.block = *s;
		skip_block(g, s);
	}
	if (!run || words.n == 0 || !words.block.pos || g->n_functions == MAX_FUNCTIONS)
		return;
	f.name = arena_strdup(g->arena, words.word[0]);
	f.block = words.block;
	g->functions = arena_append(g->arena, g->functions, &g->n_functions, &f,
				    sizeof(f));
}

static const struct grub2_function *find_function(const struct grub2 *g, const char *name)
{
	for (size_t i = g->n_functions; i-- > 0;)
		if (str_eq(g->functions[i].name, name))
			return &g->functions[i];
	return NULL;
}

static void run_simple(struct grub2 *g, struct script *s, bool run)
{
	auto_arena struct arena scratch = { 0 };
	struct words words = { 0 };
	const struct grub2_function *f;
	const struct words *outer = g->args;
	const struct script at = *s;

	read_command(g, s, &scratch, run ? &words : NULL);
	if (!run || words.n == 0 || g->stopped)
		return;
	f = find_function(g, words.word[0]);
	if (!f) {
		g->status = grub2_command(g, &at, &words);
		return;
	}
	g->args = &words;
	g->status = 0;
	grub2_run_block(g, f->block);
	g->args = outer;
}

static void run_one(struct grub2 *g, struct script *s, bool run)
{
	bool invert = false;

	while (take(s, "! ")) {
		invert = !invert;
		skip_blanks(s);
	}
	if (take(s, "if"))
		run_if(g, s, run);
	else if (take(s, "while"))
		run_while(g, s, run, false);
	else if (take(s, "until"))
		run_while(g, s, run, true);
	else if (take(s, "for"))
		run_for(g, s, run);
	else if (take(s, "function"))
		define(g, s, run);
	else
		run_simple(g, s, run);
	if (invert && run)
		g->status = !g->status;
}

/* Returns the word that ended it, or NULL at the text's or block's end. */
static const char *run_list(struct grub2 *g, struct script *s, bool run,
			    const char *const *ends)
{
	const char *found = NULL;

	if (g->depth == MAX_DEPTH) {
		menu_note(&g->menu, s->file, s->line,
			  "nested too deep; the rest is left out");
		g->stopped = true;
	}
	g->depth++;
	while (!found && grub2_spend(g, s, COMMAND)) {
		skip_between(s);
		if (!*s->pos || *s->pos == '}')
			break;
		for (size_t i = 0; ends[i] && !found; i++)
			if (take(s, ends[i]))
				found = ends[i];
		if (!found)
			run_one(g, s, run);
	}
	g->depth--;
	return found;
}

void grub2_run_block(struct grub2 *g, struct script block)
{
	run_list(g, &block, true, end_of_file);
}

void grub2_run_file(struct grub2 *g, const char *file, const char *text)
{
	struct script s = { file, text, 1 };

	run_list(g, &s, true, end_of_file);
	while (*s.pos && !g->stopped) { /* a `}` too many */
		s.pos++;
		run_list(g, &s, true, end_of_file);
	}
}
