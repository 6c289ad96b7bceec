/*
 * The subcommands, and what they are told on the command line.
 *
 * Each function carries out one of them: 0, or -1 with *err set, whose code becomes the
 * exit status. `arguments` are the words that are not options; main() has counted them.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include <stdbool.h>

#include "config/profile.h"
#include "config/ssh_key.h"
#include "core/err.h"
#include "core/mem.h"
#include "facts/facts.h"
#include "fetch/manifest.h"
#include "fetch/share.h"

#define RUN_DIR            "/run/dom0strap"
#define PROFILE_MAX_BYTES  (1024 * 1024)
#define SSH_KEYS_MAX_BYTES (256 * 1024)
#define ANY_NUMBER         (-1) /* of arguments */

struct options {
	const char *profile, *facts, *root, *confirm, *sha256;
	const char *plan;   /* a kept plan, that the machine must still match */
	const char *chunks; /* the list of an image's */
	const char **peers; /* who may have them, in the arena */
	size_t n_peers;
	const char *serve;       /* for how long they are served afterwards */
	const char *undo;        /* where the undo archive goes: a directory or URL */
	const char *defaults;    /* a profile below the profile */
	const char *manifest;    /* the signed list that has the profile's digest */
	const char *key;         /* to check such lists with; NULL: the one built in */
	const char *seen;        /* the directory where their serial numbers are kept */
	const char *allow_older; /* the number of an older list that is meant */
	const char *overlays;    /* a directory with their folders */
	const char *steps;       /* names with commas, for the tree at `root` */
	const char *out; /* where the result goes: the directory that a boot server hands
			  * out, or a file */
	const char *constants; /* a bare constants.py instead of an image */
	const char **set;      /* NAME=VALUE, in the arena */
	size_t n_set;
	bool show, repack;
	const char *entry;     /* boot: which */
	const char **ssh_keys; /* keys, or where they are; in the arena */
	size_t n_ssh_keys;
	bool write; /* rescue: disks may be written to */
	bool yes, consoles, json, list, menu;
	int events;
	struct arena arena;
};

/* The facts of this machine, of the one below --root, or those in the file of --facts. */
must_check int load_facts(const struct options *o, struct arena *arena, struct facts *ret,
			  struct err *err);

/* A signed list that was believed. */
struct source {
	const char *url; /* without a password, in the arena */
	struct manifest list;
};
struct sources {
	struct source items[3]; /* the profile's, the image's, the overlays' */
	size_t n;
};

/* The profile in a file or behind a URL, with what this machine is called filled in. */
must_check int load_profile(const struct options *o, const char *source,
			    const struct facts *facts, struct arena *arena,
			    struct profile *ret, struct sources *sources,
			    struct err *err);

/* Add the keys of the file behind a URL or on the medium, believed as a profile is;
 * insecure: what the profile says. */
must_check int load_ssh_keys(const struct options *o, const char *source,
			     const struct facts *facts, bool insecure,
			     struct arena *arena, struct ssh_keys *keys, struct err *err);

/* Where the profile leaves the image's digest to a signed list: from there. */
must_check int load_image_digest(const struct options *o, struct arena *arena,
				 struct profile *p, struct sources *sources,
				 struct err *err);

/* A signed list, which is one of the sources from now on, and is fetched once. */
must_check int load_list(const struct options *o, const char *url, struct arena *arena,
			 struct sources *sources, const struct manifest **ret,
			 struct err *err);

/* The profile's overlays, read, checked, and with their parameters filled in. */
must_check int load_overlays(const struct options *o, struct arena *arena,
			     struct profile *p, struct sources *sources, struct err *err);

/*
 * Is one of the lists older than what this host has seen, by its own disks (those of the
 * facts) or by --seen? What it has seen then is put into the profile, for the host that
 * is installed. ERR_SOURCE.
 */
must_check int check_lists(const struct options *o, const struct facts *facts,
			   const struct sources *sources, struct arena *arena,
			   struct profile *profile, struct err *err);

/* Is this clock not what a server's Date (0: none) says, within what can be true? */
bool clock_is_off(int64_t now, int64_t date);

/* Set it then; in the boot environment only, whose clock nobody else has. */
void clock_settle(const struct options *o, int64_t date);

/* With --overlays: those that are there are read, and must go together; what has a URL of
 * its own is not looked at. */
must_check int check_overlays(const struct options *o, struct arena *arena,
			      struct profile *p, struct err *err);

/* Lists older than these are not to be believed again; with --seen only. */
must_check int remember_lists(const struct options *o, const struct sources *sources,
			      const char *host, struct err *err);

/* Two at once would undo each other. A descriptor, -1 on failure; the lock goes with it.
 */
must_check int lock_run(struct err *err);

/* For so long (value_seconds()), or until a key on the console: what the share has, if it
 * has all of it. Whatever goes wrong is said, and nothing else. stop: as in struct
 * share_terms. */
void serve_chunks(const struct share *share, const char *duration, bool consoles,
		  bool (*stop)(void));

int cmd_facts(const struct options *o, char **arguments, struct err *err);
int cmd_boot(const struct options *o, char **arguments, struct err *err);
int cmd_check(const struct options *o, char **arguments, struct err *err);
int cmd_plan(const struct options *o, char **arguments, struct err *err);
int cmd_install(const struct options *o, char **arguments, struct err *err);
int cmd_rescue(const struct options *o, char **arguments, struct err *err);
int cmd_apply(const struct options *o, char **arguments, struct err *err);
int cmd_router(const struct options *o, char **arguments, struct err *err);
int cmd_extract(const struct options *o, char **arguments, struct err *err);
int cmd_undo(const struct options *o, char **arguments, struct err *err);
int cmd_patch_xenserver(const struct options *o, char **arguments, struct err *err);
int cmd_answerfile(const struct options *o, char **arguments, struct err *err);
int cmd_reference(const struct options *o, char **arguments, struct err *err);
int cmd_version(const struct options *o, char **arguments, struct err *err);

#endif
