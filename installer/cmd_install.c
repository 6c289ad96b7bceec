/*
 * plan, install and apply: from a profile to the jump into the host.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "commands.h"
#include "core/event.h"
#include "core/io.h"
#include "core/log.h"
#include "core/proc.h"
#include "exec/exec.h"
#include "exec/kexec_uefi.h"
#include "exec/survey.h"
#include "plan/plan_compare.h"

#define REPORT "/lib/dom0strap/report" /* the boot environment has it */

struct job { /* what `plan` and `install` share */
	struct arena arena;
	struct facts facts;
	struct profile profile;
	struct sources sources;
	struct plan plan;
	char *tree; /* with --step: the whole path of --root */
	char digest[2 * DIGEST_BYTES + 1];
};

static void free_job(struct job *job)
{
	plan_free(&job->plan);
	arena_free(&job->arena);
	free(job->tree);
}
#define auto_job __attribute__((cleanup(free_job)))

static int load_kept_plan(const char *path, struct arena *arena, struct kept_plan *ret,
			  struct err *err)
{
	auto_free char *text = NULL;
	size_t len;

	if (io_read_file(AT_FDCWD, path, YAML_MAX_BYTES, &text, &len, err) < 0) {
		err->code = ERR_CONFIG;
		return err_wrap(err, "--plan");
	}
	return plan_json_parse(path, text, len, arena, ret, err);
}

/*
 * The disks are looked at before there is a plan: with another disk in the slot, or a
 * signature that was not there, there would be none, and what differs be left unsaid.
 */
static int make_kept_plan(const struct options *o, struct job *job, struct err *err)
{
	struct kept_plan kept;

	if (load_kept_plan(o->plan, &job->arena, &kept, err) < 0 ||
	    plan_compare_disks(&kept, &job->facts, err) < 0)
		return -1;
	if (plan_make(&job->profile, &job->facts, &job->plan, err) < 0) {
		err->code = ERR_UNSAFE;
		return err_wrap(err, "%s cannot be carried out any more", o->plan);
	}
	return plan_compare(&kept, &job->plan, err);
}

/* For single steps no machine is looked at, so ${mac} and its like have no value. */
static int make_tree_plan(const struct options *o, struct job *job, struct err *err)
{
	bool entries = plan_names_step(o->steps, "boot-entries");
	struct installed host;

	job->tree = o->root ? realpath(o->root, NULL) : NULL;
	if (!o->root)
		return err_set(err, ERR_CONFIG, 0,
			       "--step goes with --root DIR, the tree");
	if (!job->tree)
		return err_set(err, ERR_SYSTEM, errno, "%s", o->root);
	if (load_profile(o, o->profile, &job->facts, &job->arena, &job->profile,
			 &job->sources, err) < 0)
		return -1;
	if (plan_names_step(o->steps, "overlays") &&
	    load_overlays(o, &job->arena, &job->profile, &job->sources, err) < 0)
		return -1;
	if (check_lists(o, &job->facts, &job->sources, &job->arena, &job->profile, err) <
	    0)
		return -1;
	if (entries && survey_tree(job->tree, &job->arena, &host, err) < 0)
		return -1;
	return plan_make_on_tree(&job->profile, job->tree, o->steps,
				 entries ? &host : NULL, &job->plan, err);
}

static int make_machine_plan(const struct options *o, struct job *job, struct err *err)
{
	if (load_facts(o, &job->arena, &job->facts, err) < 0 ||
	    load_profile(o, o->profile, &job->facts, &job->arena, &job->profile,
			 &job->sources, err) < 0 ||
	    load_image_digest(o, &job->arena, &job->profile, &job->sources, err) < 0 ||
	    load_overlays(o, &job->arena, &job->profile, &job->sources, err) < 0 ||
	    check_lists(o, &job->facts, &job->sources, &job->arena, &job->profile, err) <
		    0)
		return -1;
	/* Facts that were read from a file have their hosts, or none. */
	if (job->profile.mode == MODE_CONVERT && !o->facts &&
	    survey_hosts(&job->facts, &job->arena, err) < 0)
		return -1;
	if (o->plan)
		return make_kept_plan(o, job, err);
	return plan_make(&job->profile, &job->facts, &job->plan, err);
}

static int make_job(const struct options *o, struct job *job, struct err *err)
{
	struct digest digest;

	if (!o->profile)
		return err_set(err, ERR_CONFIG, 0, "--profile FILE|URL is needed");
	if ((o->steps ? make_tree_plan : make_machine_plan)(o, job, err) < 0)
		return -1;
	digest = plan_digest(&job->plan);
	digest_print(&digest, job->digest);
	return 0;
}

int cmd_plan(const struct options *o, char **arguments, struct err *err)
{
	auto_job struct job job = { 0 };
	auto_text struct text t = { 0 };

	(void)arguments;
	if (make_job(o, &job, err) < 0)
		return -1;
	if (o->json) {
		plan_json(&job.plan, &t);
		text_add(&t, "\n");
	} else {
		plan_print(&job.plan, &t);
		text_printf(&t, "digest %s\n", job.digest);
	}
	if (o->consoles)
		log_text(t.s);
	else
		log_print(t.s);
	return 0;
}

static bool confirmed; /* by --yes or --confirm */

static bool may_destroy(const struct plan *plan)
{
	char answer[16] = "";

	if (confirmed)
		return true;
	if (!isatty(STDIN_FILENO))
		return false;
	if (plan->convert)
		log_info("the files above with `!` will be changed");
	for (size_t i = 0; !plan->convert && i < plan->layout.n_disks; i++)
		log_info("%s %s (%s) will be lost",
			 plan->layout.disks[i].kept ? "the storage partition of"
						    : "everything on",
			 plan->layout.disks[i].disk->path,
			 SIZE_TEXT(plan->layout.disks[i].disk->size_bytes));
	log_info("Type yes to go on:");
	return fgets(answer, sizeof(answer), stdin) && str_eq(answer, "yes\n");
}

static void on_signal(int number)
{
	(void)number;
	exec_interrupt();
}

int lock_run(struct err *err)
{
	int fd;

	mkdir(RUN_DIR, 0755);
	fd = open(RUN_DIR "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(err, ERR_SYSTEM, errno, "open " RUN_DIR "/lock");
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		return err_set(err, ERR_UNSAFE, 0,
			       "another dom0strap install is running");
	}
	return fd;
}

/* init reads it after a failure: what is to happen then is the profile's to say. */
static void leave_on_error(const struct profile *profile)
{
	static const char *const words[] = { "shell\n", "reboot\n", "poweroff\n" };
	auto_file FILE *f = fopen(RUN_DIR "/on-error", "we");

	if (f)
		fputs(words[profile->on_error], f);
}

/* After a jump nobody is left to send the report, so it goes out before. */
static void send_report(void)
{
	struct err err = { 0 };

	if (access(REPORT, X_OK) == 0 && RUN(&err, REPORT, "0") < 0)
		log_warning("%s", err.msg);
}

/* What the plan could not know: whether low memory can be written. */
static enum finish prepare_finish(const struct plan *plan)
{
	enum finish finish = plan_finish(plan);
	struct err why = { 0 };

	if (finish != FINISH_KEXEC || kexec_show_acpi(&why) == 0)
		return finish;
	log_warning("rebooting instead: %s", why.msg);
	return FINISH_REBOOT;
}

static int run_job(const struct options *o, struct job *job, struct err *err)
{
	auto_text struct text t = { 0 };
	const char *serves = plan_serves(&job->plan);
	auto_share struct share *share = serves ? share_new() : NULL;
	const struct exec_options options = { .undo = o->undo, .share = share };

	plan_print(&job->plan, &t);
	log_text(t.s);
	log_info("digest %s", job->digest);
	EVENT("info", { "step", "plan" }, { "digest", job->digest });
	if (job->plan.layout.degraded) {
		log_warning("%s", job->plan.layout.degraded);
		EVENT("info", { "step", "plan" },
		      { "message", job->plan.layout.degraded });
	}
	if (o->confirm && !str_eq(o->confirm, job->digest))
		return err_set(
			err, ERR_UNSAFE, 0,
			"the plan's digest is not the confirmed %s: profile, disks or "
			"their contents have changed; nothing has been written",
			o->confirm);
	confirmed = o->yes || o->confirm;
	if (exec_plan(&job->plan, &options, may_destroy, err) < 0)
		return -1;
	log_info("* done: %s", job->profile.host);
	EVENT("finish", { "step", "install" });
	if (o->consoles)
		send_report();
	if (share)
		serve_chunks(share, serves, o->consoles, exec_interrupted);
	return exec_finish(prepare_finish(&job->plan), err);
}

/* For what the host's tools and ours run with, wherever we run. */
static void settle_environment(void)
{
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGPIPE, SIG_IGN);
	setenv("LC_ALL", "C", 1);
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	/* Not a word about the file descriptors that it gets from us. */
	setenv("LVM_SUPPRESS_FD_WARNINGS", "1", 1);
}

/*
 * The tree is mounted on TARGET_DIR in a mount namespace of our own: nobody else sees it,
 * and unmounting what came along with it unmounts nothing of the machine's.
 */
int cmd_apply(const struct options *o, char **arguments, struct err *err)
{
	auto_job struct job job = { 0 };
	auto_text struct text t = { 0 };
	bool made;
	int rc;

	(void)arguments;
	if (!o->steps || !o->root)
		return err_set(err, ERR_CONFIG, 0,
			       "apply: --root DIR and --step NAME,… are needed");
	if (geteuid() != 0)
		return err_set(err, ERR_SYSTEM, EPERM, "apply needs root");
	settle_environment();
	if (lock_run(err) < 0 || make_job(o, &job, err) < 0)
		return -1;
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_set(err, ERR_SYSTEM, errno, "make a mount namespace");
	plan_print(&job.plan, &t);
	log_text(t.s);
	made = access(TARGET_DIR, F_OK) < 0;
	rc = exec_plan(&job.plan, &(struct exec_options){ 0 }, may_destroy, err);
	if (made)
		rmdir(TARGET_DIR);
	if (rc == 0)
		log_info("* done: %s", job.tree);
	return rc;
}

int cmd_install(const struct options *o, char **arguments, struct err *err)
{
	auto_job struct job job = { 0 };

	(void)arguments;
	if (geteuid() != 0)
		return err_set(err, ERR_SYSTEM, EPERM, "install needs root");
	settle_environment();
	EVENT("start", { "step", "install" });
	/* The lock goes with the process. */
	if (lock_run(err) < 0 || make_job(o, &job, err) < 0)
		return -1;
	if (o->consoles)
		leave_on_error(&job.profile);
	if (remember_lists(o, &job.sources, job.profile.host, err) < 0)
		return -1;
	return run_job(o, &job, err);
}
