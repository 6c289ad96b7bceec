/*
 * The boot menus of installed systems: read, chosen from, loaded for kexec.
 */
#ifndef EXEC_HOST_MENU_H
#define EXEC_HOST_MENU_H

#include "bootcfg/system.h"
#include "core/text.h"
#include "exec/host.h"

struct host_menu { /* one configuration file */
	const struct boot_reader *reader;
	const char *path;      /* on its filesystem */
	struct host_view view; /* .self: its filesystem */
	struct boot_menu menu;
	struct system_name *systems; /* of each entry */
};

struct host_menus {
	struct host_menu *menus; /* in the order of the filesystems */
	size_t n;
};

struct host_choice {            /* one entry of one of them */
	struct host_menu *menu; /* NULL: none */
	size_t entry;
};

/* Every menu on every filesystem, each file once. efi: the machine was started by UEFI.
 */
void host_read_menus(const struct host *host, bool efi, struct arena *arena,
		     struct host_menus *ret);

/*
 * The entry by its number in the list (from 1), title, id, or as its own loader counts
 * it; `name` NULL: what the first menu's own loader would start. Fails with ERR_SOURCE,
 * saying what there is.
 */
must_check int host_choose(const struct host_menus *menus, const char *name,
			   struct host_choice *ret, struct err *err);

/* For people, and for programs (one JSON object). */
void host_print_menus(const struct host *host, const struct host_menus *menus,
		      struct text *out);
void host_json_menus(const struct host *host, const struct host_menus *menus,
		     struct text *out);

/* Load kernel, initrds and hypervisor for kexec. Nothing of the filesystems is needed
 * afterwards. */
must_check int host_load(const struct host_choice *choice, struct arena *arena,
			 struct err *err);

/*
 * What the host's own loader writes before it starts this entry: an entry for the next
 * boot only is so no longer. Before host_unmount(); n 0: nothing.
 */
struct host_once {
	const char *device, *type;
	const struct boot_write *writes; /* all there */
	size_t n;
};
must_check int host_find_once(const struct host_choice *choice, struct host_once *ret,
			      struct err *err);

/* After host_unmount(), before host_stop(): mounts that filesystem for writing. */
must_check int host_write_once(const struct host *host, const struct host_once *once,
			       struct err *err);

/*
 * A machine on which the kexec'ed system did not come up must not try it again. The
 * marker, a file in the system's root, says what its filesystem was like when the jump
 * was made: /var/log/wtmp and its like, which every start changes. The same state at
 * the next look means that it never got as far.
 */
#define HOST_MARKER "/var/lib/dom0strap/kexec"

struct host_mark {
	const char *device, *type; /* of the system's root; NULL: not found */
	char state[2 * 32 + 1];    /* what a marker written now would say */
	bool failed;               /* the one that is there says the same */
};
void host_look_at_mark(const struct host_choice *choice, struct arena *arena,
		       struct host_mark *ret);

/* After host_unmount(), before host_stop(): mounts the root for writing. */
must_check int host_write_mark(const struct host *host, const struct host_mark *mark,
			       struct err *err);

#endif
