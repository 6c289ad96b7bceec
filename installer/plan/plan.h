/*
 * The plan: everything the installer is going to do, as data.
 *
 * Steps (step_*.c) are pure: they read profile, facts and layout and append actions. The
 * executor (exec/) is the only code that touches the machine. `dom0strap plan` prints
 * exactly what `dom0strap install` will run, because both walk this list.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "image/image.h"
#include "kerberos/krb5_conf.h"
#include "overlay/overlay.h"
#include "plan/layout.h"

#define TARGET_DIR "/target" /* where the host's filesystems are mounted */
/* The signed lists that the host has seen, as fetch/seen.h writes them. */
#define PLAN_SEEN_FILE "/var/lib/dom0strap/lists"

enum action_kind {
	ACT_SAVE,        /* keep what is about to be overwritten: the undo archive */
	ACT_CLEAR,       /* zero the places where tables and superblocks stand */
	ACT_PARTITION,   /* write a partition table, nothing in it bootable */
	ACT_ARRAY,       /* create (zeroing first) or assemble an md array */
	ACT_RUN,         /* run a tool, with another to take it back */
	ACT_MOUNT,       /* mount, making the mount point; undone by unmounting */
	ACT_EXTRACT,     /* stream an image into the target, digest checked */
	ACT_WRITE,       /* write a file in the target */
	ACT_EDIT,        /* change one entry of a file in the target */
	ACT_CHECK,       /* has the target what an overlay needs? */
	ACT_PUT,         /* a file of an overlay, with its owner and mode */
	ACT_PRESERVE,    /* what an earlier install hands on: read, kept, put back */
	ACT_HOST_KEY,    /* the target's keytab: kept, fetched or enrolled; verified */
	ACT_CHANGE,      /* replace a file of an installed host, if it is as it was */
	ACT_BOOLEANS,    /* SELinux: in every policy of the target, and in its records */
	ACT_LABEL,       /* SELinux: what has no label yet in some places of the target */
	ACT_INITRD,      /* append a cpio segment with files to the target's initramfs */
	ACT_SERVICE,     /* let the target start a service by itself */
	ACT_DISABLE,     /* let it no more */
	ACT_BOOT_ENTRY,  /* the target's boot menu: Xen + dom0, old entries kept */
	ACT_BOOT_CODE,   /* the target's own boot loader onto one disk */
	ACT_BOOT_RECORD, /* mark a disk as complete, and active: the last write of all */
	ACT_KEXEC,       /* load the target's hypervisor, kernel and initramfs */
	ACT_TABLE_ENTRY, /* one partition in a table that is there, all else kept */
	ACT_INSTALLER,   /* fetch XenServer's installer, prepare it, load it */
	ACT_MENU_EDIT,   /* arguments of the default entry of the target's boot menu */
	ACT_MENU_KEXEC,  /* load what that entry boots */
	ACT_KINDS,
};

struct mount {
	const char *source, *target, *type;
	const char *uuid; /* the filesystem's, if it has one of ours; else NULL */
	bool bind;
	bool read_only; /* its journal is replayed all the same, as its own boot does */
	bool untouched; /* not even that: it is one half of a mirror */
	bool deep;      /* with `bind`: what is mounted below comes along */
};

struct range_list { /* ACT_SAVE: of all disks; ACT_CLEAR: of one */
	const struct layout_range *ranges;
	size_t n;
};

struct table_change { /* a whole table */
	const char *disk, *serial;
	enum table_kind kind;
	const char *id; /* layout_disk.table_id */
	uint64_t sector_bytes;
	const struct layout_partition *partitions;
	const char *const *uuids; /* GPT: one for each partition */
	size_t n_partitions;
};

struct table_entry_change {
	const char *disk, *serial;
	enum table_kind kind;
	const struct layout_partition *partition; /* made, or made to be of its type */
	const char *uuid;                         /* GPT */
};

struct array_change {
	const struct layout_array *array;
	const char *homehost;
	uint64_t zero_limit_s; /* with SYNC_ZERO: give up for a resync when it would take
				  longer */
	bool force; /* assemble even what a power cut has left dirty and degraded: all
		       that is in it is made anew */
};

enum edit_kind {
	EDIT_SHELL_VARIABLE,  /* KEY="value" in a file of shell assignments */
	EDIT_PLAIN_VARIABLE,  /* KEY=value, for readers that do not know quotes; the key
				 must  be there */
	EDIT_SHADOW_PASSWORD, /* the second field of KEY's line in shadow(5) */
	EDIT_KRB5_CONF,       /* realm, servers and domain: file_change.krb5 */
	EDIT_LINE,            /* KEY's line: see edit_line(); .before */
};

struct file_change {
	const char *path; /* absolute, TARGET_DIR included */
	/* EDIT_LINE, ACT_PUT: more such paths, NULL-terminated, or NULL. The first is
	 * taken that is there; of ACT_PUT, whose directory is. None is ERR_CONFIG. */
	const char *const *others;
	unsigned mode;     /* ACT_WRITE, ACT_PUT */
	const char *owner; /* ACT_PUT: USER:GROUP */
	bool secret;       /* the text is not printed */
	/* Printed in its place: the text differs from run to run, and binds nothing. */
	const char *instead;
	/* Only where the target has `only_if` and has not `unless`; NULL: no condition.
	 */
	const char *only_if, *unless;
	const char *text;    /* ACT_WRITE, ACT_CHANGE, ACT_PUT: all of it */
	size_t len;          /* ACT_PUT: of text, which may be any bytes */
	const char *old;     /* ACT_CHANGE: what is there now; NULL: no file */
	enum edit_kind edit; /* ACT_EDIT */
	const char *key, *value, *before;
	const struct krb5_conf *krb5;
};

enum preserve_phase {
	PRESERVE_READ,     /* into memory, from what is about to be wiped */
	PRESERVE_STASH,    /* onto the new root, before anything else is there */
	PRESERVE_PUT_BACK, /* where it belongs; the keytab is ACT_HOST_KEY's if there is
			      one */
	PRESERVE_FORGET,   /* the stash goes */
};

/* Where the root filesystem of an earlier install may be. */
struct old_place {
	const char *device;         /* a filesystem's, or what an array is to be called */
	const char *md_uuid;        /* of that array; NULL: the device is there already */
	const char *const *members; /* "/dev/sda1" …, NULL-terminated */
};

struct preserve_change {
	enum preserve_phase phase;
	bool keytab, ssh_host_keys;
	bool enrolment; /* the secret of one that was cut off */
	/* PRESERVE_READ */
	bool mounted; /* in no place, but where the target is: plan.tree */
	const struct old_place *places;
	size_t n_places;
	bool begun;    /* by this very profile: may be anything, and is made anew next */
	bool may_lack; /* an earlier run may have wiped it; else not finding a root in
			  any place is a refusal */
};

struct service_change {
	const char *name;
	const char *const *others;    /* NULL-terminated, or NULL */
	const char *only_if, *unless; /* as in file_change */
	bool needed;                  /* none of them there is ERR_CONFIG */
	const char *links; /* what is changed; NULL: that depends on the image */
};

struct boot_spec { /* what to boot, as far as it is known before the image is there */
	const char *root_uuid;   /* NULL: as the host's own fstab has it (layout.found) */
	const char *boot_uuid;   /* of the filesystem that holds /boot; NULL: the same */
	const char *boot_prefix; /* "" when that is /boot itself, else "/boot" */
	const char *grub_root;   /* GRUB legacy's name of that filesystem: "(hd0,0)" */
	const char *hypervisor;  /* a name in /boot; NULL: the newest */
	const char *xen_options, *kernel_options;
	const char *kernel_args; /* all of the kernel's, with root=; NULL: root_uuid and
				    kernel_options */
	const char *files;       /* for people: what of an installed host is made anew */
	enum boot_loader loader;
	enum xen_default make_default;
	unsigned timeout_s;
};

struct installer_spec { /* XenServer's or XCP-ng's own, see xenserver/patch.h */
	const struct xenserver *from;
	unsigned attempt;
	/* Its kernel may name disks in another order than this one: it finds each by its
	 * mark, and gives it this name below /dev. The one for root first. */
	const char *const *names;
	const char *const *marks;
	const char *const *serials;
	size_t n_disks;
	uint64_t primary_bytes;
	const char *interface; /* NULL: as in the profile */
	const char *xen_options, *kernel_options;
};

struct menu_edit {
	const char *const *drop;                  /* words of the kernel's arguments */
	const char *xen_options, *kernel_options; /* added where they are not; or NULL */
};

struct action {
	enum action_kind kind;
	const char *step; /* name of the step that asked for it */
	const char *part; /* of that step: an overlay's name; or NULL */
	bool destroys;    /* data on a disk is lost once this has started */
	union {
		struct range_list ranges;        /* ACT_SAVE, ACT_CLEAR */
		struct table_change partition;   /* ACT_PARTITION */
		struct array_change array;       /* ACT_ARRAY; undone by stopping it */
		struct table_entry_change entry; /* ACT_TABLE_ENTRY */
		struct installer_spec installer; /* ACT_INSTALLER */
		struct menu_edit menu;           /* ACT_MENU_EDIT */
		struct {
			const char *const *argv; /* never a shell */
			const char *const *undo; /* run when the plan is over; or NULL */
		} run;
		struct mount mount;
		struct {
			const char *url, *sha256;
			const char *chunks, *chunks_sha256; /* or NULL */
			const char *const *peers;           /* URLs, asked before */
			size_t n_peers;
			enum image_labels labels;
			const char *policy;   /* NULL: as the image's config has it */
			enum relabel relabel; /* why there are no labels */
		} extract;
		struct file_change file; /* ACT_WRITE, ACT_EDIT, ACT_PUT, ACT_CHANGE */
		struct preserve_change preserve;
		struct {
			const struct kerberos *kerberos;
			const char *host;
			bool kept; /* the old one first */
		} host_key;
		struct {
			const char *policy; /* NULL: as the host's config has it */
			const struct selinux_boolean *items;
			size_t n;
			const char *only_if; /* as in file_change */
		} booleans;
		struct {
			/* Alone, with their lost+found; all that is below. NULL-ended. */
			const char *const *mounts, *const *below;
		} label;
		struct {
			const char *const *paths; /* all with the same text */
			const char *text;
		} initrd;
		struct service_change service; /* ACT_SERVICE, ACT_DISABLE */
		const struct overlay *overlay; /* ACT_CHECK */
		struct boot_spec boot;         /* ACT_BOOT_ENTRY, ACT_KEXEC */
		struct {
			const char *disk, *serial;
			enum table_kind table;
			/* ACT_BOOT_RECORD: the one to mark. ACT_BOOT_CODE: the one that
			 * holds /boot. 1… */
			unsigned partition;
			enum boot_loader loader; /* ACT_BOOT_CODE */
			bool once;  /* ACT_BOOT_CODE: extlinux starts the Xen entry at its
				       next boot only */
			bool first; /* ACT_BOOT_CODE: no disk has any yet, so /boot gets
				       the loader's own files before */
			bool efi; /* ACT_BOOT_CODE: onto the EFI system partition that is
				     mounted on /boot/efi, for all disks at once: no disk
				     is named */
		} record;         /* ACT_BOOT_CODE, ACT_BOOT_RECORD */
	};
};

struct plan {
	const struct profile *profile;
	const struct facts *facts;
	struct layout layout;
	const struct convert *convert; /* NULL: mode: install */
	const char *tree;              /* plan_make_on_tree(): the directory; else NULL */
	const struct convert *entries; /* and its boot entries, if they are asked for */
	struct action *actions;
	size_t n;
	struct arena arena; /* owns all that the actions point to */
};

/* Every mdadm argument of an ACT_ARRAY, in the plan's arena: what is printed is what is
 * run. `clean`: with --assume-clean. */
const char *const *plan_array_argv(const struct array_change *change, bool clean,
				   struct arena *arena);

#define auto_plan __attribute__((cleanup(plan_free)))
void plan_free(struct plan *plan);

struct step {
	const char *name;    /* event and log key, also the file's name: step_NAME.c */
	const char *summary; /* imperative, for people: "partition the disks" */
	void (*plan)(struct plan *plan);
	bool on_tree; /* needs no more than the host's files: see plan_make_on_tree() */
};

extern const struct step step_tree; /* of plan_make_on_tree(), not in the list */
extern const struct step step_convert, step_preserve, step_disk, step_array, step_volume,
	step_filesystem, step_image, step_identity, step_kerberos, step_storage_config,
	step_selinux, step_overlays, step_boot_entries, step_boot_loader;
extern const struct step step_xenserver_installer, step_xenserver_storage,
	step_xenserver_boot;

/* In the order of execution, NULL-terminated. */
const struct step *const *plan_steps_of(const struct profile *profile);

/*
 * Check everything that can be checked, then lay out all actions. On failure (see
 * layout_compute()) *plan has no actions. profile and facts must outlive the plan.
 */
must_check int plan_make(const struct profile *profile, const struct facts *facts,
			 struct plan *plan, struct err *err);

/*
 * The plan of chosen steps for a tree that is there already, mounted or unpacked: `steps`
 * is their names with commas; their order is that of an install. ERR_CONFIG for a step
 * that needs more than the tree. No disk is looked at. host: the system in it, for step
 * boot-entries; NULL without that.
 */
must_check int plan_make_on_tree(const struct profile *profile, const char *tree,
				 const char *steps, const struct installed *host,
				 struct plan *plan, struct err *err);

/* Is it one of these names with commas? */
bool plan_names_step(const char *names, const char *name);

/* Append one step's actions, under its name. */
void plan_run_step(const struct step *step, struct plan *plan);

/* The plan's step of this name, which it has. */
const struct step *plan_find_step(const struct plan *plan, const char *name);

void plan_add(struct plan *plan, struct action action);

/* step_preserve.c: reading from a root that this very profile has begun, before its
 * filesystem is made anew; and keeping on the new one what was read. */
void plan_add_begun(struct plan *plan);
void plan_add_stash(struct plan *plan);
bool plan_preserves(struct plan *plan); /* is anything read at all? */

/* How files that are unpacked or written get SELinux labels: see step_selinux.c. */
enum image_labels plan_labels(const struct profile *profile);
void plan_add_labels(struct plan *plan); /* ACT_LABEL, after the host's own tools */

/* ACT_LABEL on a tree: links, which are made without one. An install labels all of /etc
 * later on. */
void plan_add_tree_labels(struct plan *plan);

/* xen.kernel-options, and what selinux.mode needs besides. */
const char *plan_kernel_options(struct plan *plan);

/* What comes after the last action: a finished host is always booted, see STATE_COMPLETE.
 * Not always by kexec: see plan_finish_reason(). */
enum finish plan_finish(const struct plan *plan);

/* Before that: for how long the image's chunks are served to others, as the profile has
 * it; NULL: they are not. */
const char *plan_serves(const struct plan *plan);

/* For people: why that is not what the profile says; NULL when it is. */
const char *plan_finish_reason(const struct plan *plan);

/*
 * Is this filesystem mounted in the plan, is this array or volume group there for one
 * that is? Of a complete host only what kexec has to read is touched at all.
 */
bool plan_mounts(const struct plan *plan, const struct layout_filesystem *fs);
bool plan_needs(const struct plan *plan, const char *array_or_group);

/* step_storage_config.c: mdadm.conf(5) for the arrays; how fast they may resync, where
 * the host has a place for that. */
void plan_write_mdadm_conf(const struct plan *plan, struct text *out);
void plan_add_resync_limits(struct plan *plan);

/* A text that lives as long as the plan; empties *t. */
const char *plan_keep(struct plan *plan, struct text *t);

/* Copies of argument lists and texts that live as long as the plan. */
#define PLAN_ARGV(plan, ...)                                                             \
	plan_copy_argv(plan, (const char *const[]){ __VA_ARGS__, NULL })
const char *const *plan_copy_argv(struct plan *plan, const char *const *argv);

/*
 * The plan for people: the disks it rests on, then one line per action, `!` on those that
 * destroy data. The same plan always gives the same text; no secret is in it.
 */
void plan_print(const struct plan *plan, struct text *out);

/* One action as plan_print() writes it, without the step's name. */
void plan_print_action(const struct action *action, struct text *out);

/* SHA-256 over the printed plan: the actions and the facts they rest on. */
struct digest plan_digest(const struct plan *plan);

#endif
