/*
 * boot: find what is installed on this machine's disks and jump into it.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>

#include "commands.h"
#include "config/profile.h"
#include "core/event.h"
#include "core/io.h"
#include "core/log.h"
#include "exec/exec.h"
#include "exec/host_menu.h"
#include "exec/kexec_uefi.h"

#define COUNTDOWN_S 10

struct boot_job {
	struct arena arena;
	struct host host;
	struct host_menus menus;
	struct host_choice choice;
	bool by_hand; /* somebody is there and has chosen */
	bool uefi;
};

static void free_job(struct boot_job *job)
{
	struct err ignored = { 0 };

	if (host_release(&job->host, &ignored) < 0)
		log_warning("%s", ignored.msg);
	arena_free(&job->arena);
}
#define auto_boot_job __attribute__((cleanup(free_job)))

/* Machines that a kexec'ed hypervisor or kernel is known to leave hanging. */
static const struct {
	const char *vendor, *product;
} denied[] = {
	{ "Xen", "HVM domU" }, /* a guest: Xen's own devices are gone after the jump */
};

static const char *find_denied(struct arena *arena)
{
	auto_free char *vendor = io_read_line(AT_FDCWD, "/sys/class/dmi/id/sys_vendor");
	auto_free char *product = io_read_line(AT_FDCWD,
					       "/sys/class/dmi/id/product_name");

	for (size_t i = 0; i < ARRAY_LEN(denied); i++)
		if (str_eq(vendor, denied[i].vendor) &&
		    str_eq(product, denied[i].product))
			return arena_printf(arena, "kexec is known to fail on %s %s",
					    vendor, product);
	return NULL;
}

static const struct boot_entry *chosen(const struct boot_job *job)
{
	return &job->choice.menu->menu.entries[job->choice.entry];
}

/* NULL: it may be jumped into. */
static const char *find_reason_to_reboot(struct boot_job *job,
					 const struct profile *profile,
					 const struct host_mark *mark)
{
	const char *why = find_denied(&job->arena);

	if (profile && profile->kexec == KEXEC_NEVER)
		why = "the profile says kexec: never";
	else if (!why && !job->by_hand && mark->failed)
		why = "what was booted by kexec the last time did not come up";
	else if (!why && !job->by_hand && !mark->device)
		why = "the system's root is not among the filesystems here, so there is "
		      "no place for the marker that keeps a machine from hanging twice";
	return why;
}

static int leave(struct boot_job *job, enum finish finish, struct err *err)
{
	EVENT("finish", { "step", "boot" });
	if (host_stop(&job->host, err) < 0)
		return -1;
	return exec_finish(finish, err);
}

static int restart(struct boot_job *job, const char *why, struct err *err)
{
	log_info("rebooting into the disk's own loader: %s", why);
	EVENT("info", { "step", "boot" }, { "message", why });
	if (host_unmount(&job->host, err) < 0)
		return -1;
	return leave(job, FINISH_REBOOT, err);
}

static int jump(struct boot_job *job, const struct host_mark *mark, struct err *err)
{
	struct err failed = { 0 };
	struct host_once once;
	bool armed;

	if (chosen(job)->hypervisor.path && kexec_show_acpi(&failed) < 0)
		return restart(job, arena_strdup(&job->arena, failed.msg), err);
	if (host_load(&job->choice, &job->arena, err) < 0)
		return -1;
	armed = host_find_once(&job->choice, &once, &failed) < 0;
	if (host_unmount(&job->host, err) < 0)
		return -1;
	armed = armed || host_write_once(&job->host, &once, &failed) < 0;
	if (armed)
		return restart(job, arena_strdup(&job->arena, failed.msg), err);
	if (mark->device && host_write_mark(&job->host, mark, &failed) < 0) {
		log_warning("no marker: %s", failed.msg);
		if (!job->by_hand)
			return restart(job,
				       "without a marker a system that hangs would be "
				       "booted again and again",
				       err);
	}
	log_info("starting %s", chosen(job)->title);
	return leave(job, FINISH_KEXEC, err);
}

static void log_restless(struct boot_job *job)
{
	auto_text struct text t = { 0 };
	struct restless *devices;
	size_t n = facts_find_restless("", &job->arena, &devices);

	facts_print_restless(devices, n, &t);
	if (n)
		log_info("  brought to rest before the jump: %s", t.s);
}

static int boot_it(struct boot_job *job, const struct profile *profile, struct err *err)
{
	const struct boot_entry *e = chosen(job);
	struct host_mark mark;
	const char *why;

	host_look_at_mark(&job->choice, &job->arena, &mark);
	log_info("%s: %s (%s:%zu)", job->choice.menu->systems[job->choice.entry].name,
		 e->title, e->file, e->line);
	if (e->hypervisor.path)
		log_info("  %s %s", e->hypervisor.path, e->hypervisor.args);
	log_info("  %s %s", e->kernel.path, e->kernel.args);
	why = find_reason_to_reboot(job, profile, &mark);
	if (!why)
		log_restless(job);
	return why ? restart(job, why, err) : jump(job, &mark, err);
}

struct console { /* standard input, letter by letter */
	struct termios saved;
	bool is_raw;
};

static void restore(struct console *c)
{
	if (c->is_raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &c->saved);
}

/* True: a key was pressed before the time was over. */
static bool count_down(const char *what)
{
	__attribute__((cleanup(restore))) struct console console = { 0 };
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	struct termios raw;
	char key;

	if (tcgetattr(STDIN_FILENO, &console.saved) == 0) {
		raw = console.saved;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		console.is_raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
	}
	for (int left = COUNTDOWN_S; left > 0; left--) {
		if (left == COUNTDOWN_S || left <= 3)
			log_info("starting %s in %d s; any key for a choice", what, left);
		if (poll(&in, 1, 1000) > 0 && (in.revents & POLLIN))
			return read(STDIN_FILENO, &key, 1) == 1;
	}
	return false;
}

/* ret_done: a shell is wanted instead. */
static int choose_by_menu(struct boot_job *job, bool *ret_done, struct err *err)
{
	struct host_choice choice = { 0 };
	auto_text struct text t = { 0 };
	struct err why = { 0 };
	char line[256];
	bool preset = host_choose(&job->menus, NULL, &choice, &why) == 0;

	if (!preset && !job->menus.n) {
		*err = why;
		return -1;
	}
	host_print_menus(&job->host, &job->menus, &t);
	log_text(t.s);
	if (preset && !count_down(choice.menu->menu.entries[choice.entry].title)) {
		job->choice = choice;
		return 0;
	}
	job->by_hand = true;
	for (;;) {
		struct err wrong = { 0 };

		log_info("Number of the entry, Enter for the default, s for a shell:");
		if (!fgets(line, sizeof(line), stdin) || str_eq(line, "s\n")) {
			*ret_done = true;
			return 0;
		}
		line[strcspn(line, "\n")] = '\0';
		if (host_choose(&job->menus, *line ? line : NULL, &job->choice, &wrong) ==
		    0)
			return 0;
		log_error("%s", wrong.msg);
		if (feof(stdin))
			return err_set(err, ERR_CONFIG, 0, "nothing was chosen");
	}
}

static void print_list(const struct options *o, const struct boot_job *job)
{
	auto_text struct text t = { 0 };

	if (o->json)
		host_json_menus(&job->host, &job->menus, &t);
	else
		host_print_menus(&job->host, &job->menus, &t);
	log_print(t.s);
}

static int look(const struct options *o, struct boot_job *job, struct err *err)
{
	job->uefi = access("/sys/firmware/efi", F_OK) == 0;
	if (o->root) {
		if (host_find_in(o->root, &job->arena, &job->host, err) < 0)
			return -1;
	} else {
		if (geteuid() != 0)
			return err_set(err, ERR_SYSTEM, EPERM, "boot needs root");
		host_find(&job->arena, &job->host);
	}
	host_read_menus(&job->host, job->uefi, &job->arena, &job->menus);
	return 0;
}

int cmd_boot(const struct options *o, char **arguments, struct err *err)
{
	auto_boot_job struct boot_job job = { 0 };
	struct profile profile;
	bool done = false, has_profile = o->profile;

	(void)arguments;
	signal(SIGPIPE, SIG_IGN);
	if (has_profile) {
		struct sources sources = { 0 };
		struct facts facts;

		/* No disk is written by its word, so none is asked what it has seen. */
		if (load_facts(o, &job.arena, &facts, err) < 0 ||
		    load_profile(o, o->profile, &facts, &job.arena, &profile, &sources,
				 err) < 0 ||
		    check_lists(o, &(struct facts){ 0 }, &sources, &job.arena, &profile,
				err) < 0)
			return -1;
	}
	if (!o->root && lock_run(err) < 0)
		return -1;
	if (look(o, &job, err) < 0)
		return -1;
	if (o->list || o->json || o->root) {
		print_list(o, &job);
		return 0;
	}
	if (o->menu) {
		if (choose_by_menu(&job, &done, err) < 0)
			return -1;
	} else {
		job.by_hand = o->entry;
		if (host_choose(&job.menus, o->entry, &job.choice, err) < 0)
			return -1;
	}
	return done ? 0 : boot_it(&job, has_profile ? &profile : NULL, err);
}
