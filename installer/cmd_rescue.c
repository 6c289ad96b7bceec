/*
 * rescue: what an operator types in the rescue mode, and what init asks there.
 */
#include <inttypes.h>

#include "commands.h"
#include "config/profile.h"
#include "core/log.h"
#include "exec/rescue.h"
#include "exec/rescue_logs.h"
#include "exec/rescue_state.h"

struct verb {
	const char *name, *arguments, *summary;
	int min, max;      /* arguments; ANY_NUMBER */
	bool writes;       /* takes --write */
	bool is_exclusive; /* changes what is in use: the boot environment alone */
	int (*run)(const struct options *o, char **arguments, struct err *err);
};

static bool is_address(const char *word)
{
	return strstr(word, "://") || str_starts(word, "medium:/");
}

/* A source that cannot be had does not keep those out whose keys are known. */
static void warn(struct err *why)
{
	log_warning("%s", why->msg);
	*why = (struct err){ 0 };
}

static bool add_profile(const struct options *o, const struct facts *facts,
			struct arena *arena, struct ssh_keys *keys)
{
	struct sources sources = { 0 };
	struct profile p;
	struct err why = { 0 };

	if (load_profile(o, o->profile, facts, arena, &p, &sources, &why) < 0) {
		warn(&why);
		return false;
	}
	for (size_t i = 0; i < p.identity.n_ssh_keys; i++)
		ssh_keys_add(keys, p.identity.ssh_keys[i], arena);
	return p.insecure;
}

static int print_keys(const struct options *o, char **arguments, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	struct ssh_keys keys = { 0 };
	struct err why = { 0 };
	struct facts facts;
	bool insecure = false;

	(void)arguments;
	if (load_facts(o, &arena, &facts, err) < 0)
		return -1;
	if (o->profile)
		insecure = add_profile(o, &facts, &arena, &keys);
	for (size_t i = 0; i < o->n_ssh_keys; i++)
		if (!is_address(o->ssh_keys[i]))
			ssh_keys_add(&keys, o->ssh_keys[i], &arena);
		else if (load_ssh_keys(o, o->ssh_keys[i], &facts, insecure, &arena, &keys,
				       &why) < 0)
			warn(&why);
	if (keys.n_unusable)
		log_warning("%zu passed over that are no whole SSH keys",
			    keys.n_unusable);
	if (!keys.n)
		return err_set(err, ERR_CONFIG, 0,
			       "nobody has a key: identity.ssh-keys in the profile, or "
			       "dom0strap.ssh-key=KEY|URL");
	for (size_t i = 0; i < keys.n; i++)
		puts(keys.lines[i]);
	return 0;
}

static int show(const struct options *o, char **arguments, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text t = { 0 };
	struct rescue_state state;
	struct facts facts;

	(void)arguments;
	if (load_facts(o, &arena, &facts, err) < 0)
		return -1;
	rescue_look("", &arena, &state);
	rescue_print(&state, &facts, &t);
	log_print(t.s);
	return 0;
}

static int print_prompt(const struct options *o, char **arguments, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text t = { 0 };
	struct rescue_state state;

	(void)o;
	(void)arguments;
	(void)err;
	rescue_look("", &arena, &state);
	rescue_prompt(&state, &t);
	log_print(t.s);
	return 0;
}

static int assemble(const struct options *o, char **arguments, struct err *err)
{
	if (lock_run(err) < 0 || rescue_assemble(o->write, err) < 0)
		return -1;
	return show(o, arguments, err);
}

static int mount_system(const struct options *o, char **arguments, struct err *err)
{
	return lock_run(err) < 0 ? -1 : rescue_mount(arguments[0], o->write, err);
}

static int run_inside(const struct options *o, char **arguments, struct err *err)
{
	(void)o;
	return rescue_chroot(arguments, err);
}

/* The search takes all into use itself, and gives it back before the jump. */
static int boot(const struct options *o, char **arguments, struct err *err)
{
	struct options with_menu = *o;

	with_menu.menu = true;
	if (rescue_release(err) < 0)
		return -1;
	return cmd_boot(&with_menu, arguments, err);
}

static int send_logs(const struct options *o, char **arguments, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	struct facts facts;

	if (load_facts(o, &arena, &facts, err) < 0)
		return -1;
	return rescue_send_logs(arguments[0], &facts, err);
}

static int release(const struct options *o, char **arguments, struct err *err)
{
	(void)o;
	(void)arguments;
	return lock_run(err) < 0 ? -1 : rescue_release(err);
}

static const struct verb verbs[] = {
	{ "status", "", "this machine, its arrays and volumes, what is mounted", 0, 0,
	  false, false, show },
	{ "assemble", " [--write]", "arrays and volumes, read-only unless --write", 0, 0,
	  true, true, assemble },
	{ "mount", " [--write] [ROOT]",
	  "the installed system at /target, read-only unless --write", 0, 1, true, true,
	  mount_system },
	{ "chroot", " [-- COMMAND...]", "a shell, or a command, of the system at /target",
	  0, ANY_NUMBER, false, true, run_inside },
	{ "boot", "", "jump into an installed system, from a menu", 0, 0, false, true,
	  boot },
	{ "logs", " URL", "put kernel log, facts and logs there (HTTP PUT, one archive)",
	  1, 1, false, false, send_logs },
	{ "release", "", "unmount, deactivate and stop all of it", 0, 0, false, true,
	  release },
	{ "prompt", "", "host and arrays in a few words", 0, 0, false, false,
	  print_prompt },
	{ "keys", "", "the SSH keys of --profile and --ssh-key that let in", 0, 0, false,
	  false, print_keys },
};

static int print_help(void)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		printf("  rescue %s%-*s%s\n", verbs[i].name,
		       (int)(26 - strlen(verbs[i].name)), verbs[i].arguments,
		       verbs[i].summary);
	return 0;
}

static int count(char **words)
{
	int n = 0;

	while (words[n])
		n++;
	return n;
}

static int run_verb(const struct verb *v, const struct options *o, char **arguments,
		    struct err *err)
{
	int n = count(arguments);

	if (n < v->min || (v->max != ANY_NUMBER && n > v->max) ||
	    (o->write && !v->writes))
		return err_set(err, ERR_CONFIG, 0, "this is not: rescue %s%s", v->name,
			       v->arguments);
	if (v->is_exclusive && rescue_check_place(err) < 0)
		return -1;
	return v->run(o, arguments, err);
}

int cmd_rescue(const struct options *o, char **arguments, struct err *err)
{
	const char *names[ARRAY_LEN(verbs)], *near;
	const char *word = arguments[0] ? arguments[0] : "status";

	if (str_eq(word, "help"))
		return print_help();
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		names[i] = verbs[i].name;
		if (str_eq(names[i], word))
			return run_verb(&verbs[i], o,
					arguments[0] ? arguments + 1 : arguments, err);
	}
	near = str_nearest(word, names, ARRAY_LEN(names));
	return err_set(err, ERR_CONFIG, 0, "rescue has no %s%s%s; see rescue help", word,
		       near ? "; did you mean " : "", near ? near : "");
}
