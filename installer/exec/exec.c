#include "exec/exec.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>

#include "core/event.h"
#include "core/log.h"
#include "core/proc.h"
#include "exec/health.h"
#include "exec/kept.h"
#include "exec/label.h"
#include "exec/quiesce.h"

static volatile sig_atomic_t interrupted;

struct ops {
	int (*run)(const struct exec *x, const struct action *a, struct err *err);
	int (*undo)(const struct exec *x, const struct action *a,
		    struct err *err); /* NULL: nothing to take back */
};

static int do_run(const struct exec *x, const struct action *a, struct err *err)
{
	(void)x;
	return proc_run(&(struct proc){ .argv = a->run.argv }, err);
}

static int undo_run(const struct exec *x, const struct action *a, struct err *err)
{
	(void)x;
	if (!a->run.undo)
		return 0;
	return proc_run(&(struct proc){ .argv = a->run.undo }, err);
}

/* With its parents: a mount point on /srv is made before the image brings a /srv. */
static int make_directories(const char *path)
{
	auto_free char *copy = xstrdup(path);

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	return mkdir(copy, 0755) < 0 && errno != EEXIST ? -1 : 0;
}

/*
 * GRUB's generator names the root file system by UUID only where udev's link to it is.
 * There is no udev here.
 */
static void link_uuid(const struct mount *m)
{
	auto_free char *link = xasprintf("/dev/disk/by-uuid/%s", m->uuid);

	if (make_directories("/dev/disk/by-uuid") < 0)
		log_warning("/dev/disk/by-uuid: %s", strerror(errno));
	else if (symlink(m->source, link) < 0 && errno != EEXIST)
		log_warning("%s: %s", link, strerror(errno));
}

static unsigned long mount_flags(const struct mount *m)
{
	if (m->bind)
		return m->deep ? MS_BIND | MS_REC : MS_BIND;
	return MS_NOATIME | (m->read_only || m->untouched ? MS_RDONLY : 0);
}

static int do_mount(const struct exec *x, const struct action *a, struct err *err)
{
	const struct mount *m = &a->mount;

	(void)x;
	if (make_directories(m->target) < 0)
		return err_set(err, ERR_SYSTEM, errno, "make the directory %s",
			       m->target);
	if (mount(m->source, m->target, m->type, mount_flags(m),
		  m->untouched ? "noload" : NULL) < 0)
		return err_set(err, ERR_SYSTEM, errno, "mount %s on %s", m->source,
			       m->target);
	if (m->uuid)
		link_uuid(m);
	return 0;
}

static int undo_mount(const struct exec *x, const struct action *a, struct err *err)
{
	(void)x;
	/* What came along with a tree goes with it. */
	if (umount2(a->mount.target, UMOUNT_NOFOLLOW | (a->mount.deep ? MNT_DETACH : 0)) <
	    0)
		return err_set(err, ERR_SYSTEM, errno, "unmount %s", a->mount.target);
	return 0;
}

static const struct ops ops[] = {
	[ACT_SAVE] = { .run = act_save },
	[ACT_CLEAR] = { .run = act_clear },
	[ACT_PARTITION] = { .run = act_partition },
	[ACT_ARRAY] = { .run = act_array, .undo = act_array_undo },
	[ACT_RUN] = { .run = do_run, .undo = undo_run },
	[ACT_MOUNT] = { .run = do_mount, .undo = undo_mount },
	[ACT_EXTRACT] = { .run = act_extract },
	[ACT_WRITE] = { .run = act_write },
	[ACT_EDIT] = { .run = act_edit },
	[ACT_CHECK] = { .run = act_check },
	[ACT_PUT] = { .run = act_put },
	[ACT_PRESERVE] = { .run = act_preserve },
	[ACT_HOST_KEY] = { .run = act_host_key },
	[ACT_CHANGE] = { .run = act_change },
	[ACT_BOOLEANS] = { .run = act_booleans },
	[ACT_LABEL] = { .run = act_label },
	[ACT_INITRD] = { .run = act_initrd },
	[ACT_SERVICE] = { .run = act_service },
	[ACT_DISABLE] = { .run = act_disable },
	[ACT_BOOT_ENTRY] = { .run = act_boot_entry },
	[ACT_BOOT_CODE] = { .run = act_boot_code },
	[ACT_BOOT_RECORD] = { .run = act_boot_record },
	[ACT_KEXEC] = { .run = act_kexec },
	[ACT_TABLE_ENTRY] = { .run = act_table_entry },
	[ACT_INSTALLER] = { .run = act_installer },
	[ACT_MENU_EDIT] = { .run = act_menu_edit },
	[ACT_MENU_KEXEC] = { .run = act_menu_kexec },
};
_Static_assert(ARRAY_LEN(ops) == ACT_KINDS, "a kind has no executor");

void exec_interrupt(void)
{
	interrupted = 1;
}

bool exec_interrupted(void)
{
	return interrupted;
}

/* Undo actions [0, done), last first. Keeps going; -1 if any of them failed. */
static int unwind(const struct exec *x, size_t done)
{
	int rc = 0;

	while (done-- > 0) {
		const struct action *a = &x->plan->actions[done];
		struct err err = { 0 };

		if (!ops[a->kind].undo || ops[a->kind].undo(x, a, &err) == 0)
			continue;
		log_warning("%s: cleaning up: %s", a->step, err.msg);
		rc = -1;
	}
	return rc;
}

/* The first line of what plan_print() says: enough to follow, no file contents. */
static char *headline(const struct action *a)
{
	auto_text struct text t = { 0 };

	plan_print_action(a, &t);
	t.s[strcspn(t.s, "\n")] = '\0';
	return xstrdup(t.s);
}

static int run_action(const struct exec *x, const struct health *health,
		      const struct action *a, bool *ret_ran, struct err *err)
{
	auto_free char *what = headline(a);
	int rc;

	EVENT("start", { "step", a->step }, { "action", what });
	rc = ops[a->kind].run(x, a, err);
	*ret_ran = rc == 0;
	if (rc < 0 && a->part)
		err_wrap(err, "%s", a->part);
	if (rc < 0)
		health_explain(health, x->plan, err);
	else
		rc = health_check(health, x->plan, err);
	if (rc < 0) {
		event_fail(a->step, err);
		return err_wrap(err, "%s", a->step);
	}
	EVENT("finish", { "step", a->step }, { "action", what });
	return 0;
}

static int run_actions(const struct exec *x, bool (*may_destroy)(const struct plan *),
		       size_t *ret_done, struct err *err)
{
	auto_health struct health health = health_begin(x->options->root);
	const char *step = NULL;
	bool asked = false;

	for (size_t i = 0; i < x->plan->n; i++) {
		const struct action *a = &x->plan->actions[i];
		bool ran;
		int rc;

		if (interrupted)
			return err_set(err, ERR_SYSTEM, 0, "interrupted before %s",
				       a->step);
		if (a->destroys && !asked) {
			if (!may_destroy(x->plan))
				return err_set(err, ERR_UNSAFE, 0,
					       "not confirmed; nothing has been written");
			asked = true;
			EVENT("info", { "step", a->step },
			      { "message", "point of no return" });
		}
		if (!str_eq(step, a->step))
			log_info("* %s", plan_find_step(x->plan, a->step)->summary);
		step = a->step;
		rc = run_action(x, &health, a, &ran, err);
		*ret_done = i + ran; /* undone even when a disk has failed over it */
		if (rc < 0)
			return -1;
	}
	return 0;
}

int exec_plan(const struct plan *plan, const struct exec_options *options,
	      bool (*may_destroy)(const struct plan *), struct err *err)
{
	auto_kept struct kept kept = { 0 };
	const struct exec x = { .plan = plan, .options = options, .kept = &kept };
	size_t done = 0;
	int rc;

	if (mkdir(TARGET_DIR, 0755) < 0 && errno != EEXIST)
		return err_set(err, ERR_SYSTEM, errno, "make the directory " TARGET_DIR);
	if (plan->profile) /* else it is a test's */
		label_begin(plan_labels(plan->profile), plan->profile->selinux.type);
	rc = run_actions(&x, may_destroy, &done, err);
	label_end();
	/* A target that stays busy may hold unwritten data: that is not a success. */
	if (unwind(&x, done) < 0 && rc == 0)
		return err_set(err, ERR_SYSTEM, 0, "installed, but cleaning up failed");
	return rc;
}

int exec_finish(enum finish finish, struct err *err)
{
	static const int commands[] = {
		[FINISH_REBOOT] = RB_AUTOBOOT,
		[FINISH_POWEROFF] = RB_POWER_OFF,
	};

	if (finish == FINISH_SHELL)
		return 0;
	sync();
	if (finish == FINISH_KEXEC) {
		signal(SIGHUP, SIG_IGN); /* a console may go with its device */
		quiesce_devices("");
		return RUN(err, "kexec", "--exec");
	}
	if (reboot(commands[finish]) < 0)
		return err_set(err, ERR_SYSTEM, errno, "reboot");
	return 0;
}
