/*
 * GRUB 2's configuration language, as far as menus need it, carried out on text: GNU GRUB
 * manual 2.06, chapters "Writing full configuration files directly" and "Commands", and
 * grub-core/script of its source where that is silent.
 *
 * Scripts run as GRUB would run them, but for what loads, draws or waits. Everything
 * costs from one budget, which is a multiple of BOOT_MAX_FILE_BYTES: loops, functions
 * that call each other and variables that double in size end when it is used up.
 */
#ifndef BOOTCFG_GRUB2_SCRIPT_H
#define BOOTCFG_GRUB2_SCRIPT_H

#include "bootcfg/menu.h"
#include "core/text.h"

#define GRUB2_MAX_VALUE 4096 /* bytes of a variable, and of a word */
#define GRUB2_MAX_WORDS 512  /* of one command */

struct grub2_vars { /* grub2_vars.c: all strings live in the arena */
	struct arena *arena;
	struct grub2_var *buckets[256];
	size_t n;
	struct grub2_change *changes; /* since the last mark, newest first */
};

/* NULL: not set. */
const char *grub2_get(const struct grub2_vars *vars, const char *name, size_t len);
#define GRUB2_GET(vars, name) grub2_get(vars, name, strlen(name))
/* value NULL: no longer set. False: there are too many, or the name is none. */
bool grub2_set(struct grub2_vars *vars, const char *name, const char *value);
/* What was set since the mark is as it was before. */
struct grub2_change *grub2_mark(const struct grub2_vars *vars);
void grub2_return(struct grub2_vars *vars, struct grub2_change *mark);

struct script { /* where in a text the next word stands */
	const char *file, *pos;
	size_t line;
};

struct words { /* a command with its arguments, or those of a function */
	char **word;
	size_t n;
	struct script block; /* its last argument, behind the `{`; pos NULL: none */
};

struct loading { /* what an entry's block has loaded so far */
	struct boot_image *images;
	size_t n;
	bool multiboot;
	const char *devicetree, *why_not;
};

struct node { /* one line of a menu or submenu */
	const char *position, *title, *id;
	bool submenu;
	int parent; /* node; -1: of the menu itself */
	struct script at;
	struct script block;         /* what it runs */
	const struct loading *ready; /* from BLS: nothing to run */
	int entry; /* in the finished menu; a submenu's first one; -1: none */
};

struct grub2 {
	struct menu menu;
	struct grub2_vars vars;
	struct arena *arena;
	struct grub2_function *functions;
	size_t n_functions;
	struct node *nodes;
	size_t n_nodes;
	int parent;               /* the submenu whose block runs */
	size_t index;             /* of the next line in it */
	struct loading *loading;  /* of the entry whose block runs; else NULL */
	const struct words *args; /* $1 … */
	size_t spent;             /* of the budget, bytes */
	unsigned depth;
	int status;             /* $? */
	const char *next_entry; /* as grubenv had it, not empty; else NULL */
	bool saved_once; /* grubenv says what saved_entry is to become (GRUB 1.98) */
	bool stopped;
};

/* Run a block, up to the `}` that ends it, or a whole file. */
void grub2_run_block(struct grub2 *g, struct script block);
void grub2_run_file(struct grub2 *g, const char *file, const char *text);

/* Charge the budget. False: it is used up, and everything ends. */
bool grub2_spend(struct grub2 *g, const struct script *at, size_t bytes);

/*
 * grub2_command.c: one command. at: where it stands. Returns its exit status. The words
 * live no longer than the call.
 */
int grub2_command(struct grub2 *g, const struct script *at, const struct words *words);

struct call { /* of one command, for the function that carries it out */
	struct grub2 *g;
	const struct script *at;
	const struct words *words;
	size_t first; /* behind the options, where it has any */
};

struct grub2_command {
	const char *name;
	int (*run)(const struct call *c); /* returns its exit status */
};

extern const struct grub2_command grub2_loading[]; /* grub2_load.c */
extern const size_t grub2_n_loading;

/* For those functions. A word beyond the last is NULL. */
const char *grub2_word(const struct call *c, size_t i);
const char *grub2_join(const struct call *c, size_t from);
int grub2_fail(const struct call *c, const char *why); /* a note; 1 */

/* grub2_test.c: test(1) as GRUB has it, without `[` and `]`. */
bool grub2_test(const struct grub2 *g, char *const *words, size_t n);

/* What GRUB calls (root)/path; without a root, that of $root. */
struct boot_image grub2_image(const struct grub2 *g, const char *word, const char *args);
bool grub2_has(const struct grub2 *g, const char *word);

/* grub2_blscfg.c: the command `blscfg`. */
void grub2_blscfg(struct grub2 *g, const struct script *at);

/* grub2_read.c: the next line of the menu or submenu at hand. NULL: there are too many.
 */
struct node *grub2_add_node(struct grub2 *g, const struct script *at, bool submenu,
			    const char *title, const char *id);
#endif
