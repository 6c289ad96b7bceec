/*
 * dom0strap: the subcommands. Each one reads its arguments, calls what does the work, and
 * turns an error into a last line and the exit status.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/event.h"
#include "core/io.h"
#include "core/log.h"
#include "core/proc.h"
#include "exec/exec.h"
#include "fetch/fetch.h"
#include "image/image.h"

#define REPORT            "/lib/dom0strap/report" /* the boot environment has it */
#define RUN_DIR           "/run/dom0strap"
#define PROFILE_MAX_BYTES (1024 * 1024)

struct options {
	const char *profile, *facts, *root, *confirm, *sha256;
	bool yes, consoles, json;
	int events;
};

struct command {
	const char *name, *arguments, *summary;
	const char *allowed; /* letters of the options below */
	int n_arguments;
	int (*run)(const struct options *o, char **arguments, struct err *err);
};

static const struct option long_options[] = {
	{ "profile", required_argument, NULL, 'p' },
	{ "facts", required_argument, NULL, 'f' },
	{ "root", required_argument, NULL, 'r' },
	{ "confirm", required_argument, NULL, 'c' },
	{ "sha256", required_argument, NULL, 's' },
	{ "events", required_argument, NULL, 'e' },
	{ "yes", no_argument, NULL, 'y' },
	{ "consoles", no_argument, NULL, 'o' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static const char option_help[] =
	"  --profile FILE|URL  the host's profile; ${mac}, ${uuid} and ${serial} are "
	"filled in\n"
	"  --facts FILE        plan for the machine that `facts --json` described\n"
	"  --root DIR          look at the /sys, /proc and /dev below DIR\n"
	"  --yes               do not ask before the first write\n"
	"  --confirm DIGEST    go on only if this is the plan's digest; nothing is "
	"asked\n"
	"  --events FD         JSON Lines events to this file descriptor\n"
	"  --consoles          write to every console of the kernel\n"
	"  --sha256 HEX        the archive's digest\n"
	"  --json              for programs\n";

/* The machine's value for a name in ${…}, as it stands in file names. */
static char *variable(const char *name, size_t len, const struct facts *facts)
{
	const struct {
		const char *name, *value;
	} table[] = { { "mac", facts->boot_mac },
		      { "uuid", facts->uuid },
		      { "serial", facts->serial } };

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		char *value;

		if (strlen(table[i].name) != len ||
		    memcmp(table[i].name, name, len) != 0 || !table[i].value)
			continue;
		value = xstrdup(table[i].value);
		for (char *c = value; *c; c++)
			if (*c == ':' || *c == '/' || *c == ' ')
				*c = '-';
		return value;
	}
	return NULL;
}

static int expand_url(const char *url, const struct facts *facts, char **ret,
		      struct err *err)
{
	auto_text struct text t = { 0 };

	while (*url) {
		size_t plain = strcspn(url, "$"), len;
		auto_free char *value = NULL;

		text_add_bytes(&t, url, plain);
		url += plain;
		if (!*url)
			break;
		len = str_starts(url, "${") ? strcspn(url, "}") : 0;
		value = len && url[len] ? variable(url + 2, len - 2, facts) : NULL;
		if (!value)
			return err_set(err, ERR_CONFIG, 0,
				       "\"%s\": this machine has no such value; ${mac}, "
				       "${uuid} and ${serial} are known",
				       url);
		text_add(&t, value);
		url += len + 1;
	}
	*ret = text_take(&t);
	return 0;
}

static int load_profile(const char *source, const struct facts *facts,
			struct arena *arena, struct profile *ret, struct err *err)
{
	auto_free char *url = NULL, *text = NULL, *shown = NULL;
	size_t len;

	if (!strstr(source, "://")) {
		if (io_read_file(AT_FDCWD, source, PROFILE_MAX_BYTES, &text, &len, err) <
		    0) {
			err->code = ERR_CONFIG;
			return err_wrap(err, "profile");
		}
		return profile_parse(source, text, len, arena, ret, err);
	}
	if (expand_url(source, facts, &url, err) < 0)
		return err_wrap(err, "profile");
	shown = fetch_public_url(url);
	log_info("profile %s", shown);
	if (fetch_text(url, NULL, PROFILE_MAX_BYTES, &text, &len, err) < 0)
		return err_wrap(err, "profile");
	if (profile_parse(shown, text, len, arena, ret, err) < 0)
		return -1;
	if (str_starts(url, "http://") && !ret->insecure)
		return err_set(
			err, ERR_CONFIG, 0,
			"%s came over plain HTTP, where anybody on the path can change "
			"it; serve it over https, or accept that with `insecure: true`",
			shown);
	return 0;
}

static int load_facts(const struct options *o, struct arena *arena, struct facts *ret,
		      struct err *err)
{
	auto_free char *text = NULL;
	size_t len;

	if (!o->facts) {
		facts_probe(o->root ? o->root : "", arena, ret);
		return 0;
	}
	if (io_read_file(AT_FDCWD, o->facts, PROFILE_MAX_BYTES, &text, &len, err) < 0)
		return err_wrap(err, "facts");
	return facts_parse(o->facts, text, len, arena, ret, err);
}

static int cmd_facts(const struct options *o, char **arguments, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text t = { 0 };
	struct facts facts;

	(void)arguments;
	if (load_facts(o, &arena, &facts, err) < 0)
		return -1;
	if (o->json) {
		schema_json(&facts_schema, &facts, false, &t);
		text_add(&t, "\n");
	} else {
		facts_print(&facts, &t);
	}
	fputs(t.s, stdout);
	return 0;
}

static int cmd_check(const struct options *o, char **arguments, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	struct profile profile;
	struct digest digest;

	(void)o;
	if (load_profile(arguments[0], &(struct facts){ 0 }, &arena, &profile, err) < 0)
		return -1;
	digest = profile_digest(&profile);
	printf("%s: fine, for %s, digest %s\n", arguments[0], profile.host,
	       DIGEST_TEXT(&digest));
	return 0;
}

struct job { /* what `plan` and `install` share */
	struct arena arena;
	struct facts facts;
	struct profile profile;
	struct plan plan;
	char digest[2 * DIGEST_BYTES + 1];
};

static void free_job(struct job *job)
{
	plan_free(&job->plan);
	arena_free(&job->arena);
}
#define auto_job __attribute__((cleanup(free_job)))

static int make_job(const struct options *o, struct job *job, struct err *err)
{
	struct digest digest;

	if (!o->profile)
		return err_set(err, ERR_CONFIG, 0, "--profile FILE|URL is needed");
	if (load_facts(o, &job->arena, &job->facts, err) < 0 ||
	    load_profile(o->profile, &job->facts, &job->arena, &job->profile, err) < 0 ||
	    plan_make(&job->profile, &job->facts, &job->plan, err) < 0)
		return -1;
	digest = plan_digest(&job->plan);
	digest_print(&digest, job->digest);
	return 0;
}

static int cmd_plan(const struct options *o, char **arguments, struct err *err)
{
	auto_job struct job job = { 0 };
	auto_text struct text t = { 0 };

	(void)arguments;
	if (make_job(o, &job, err) < 0)
		return -1;
	plan_print(&job.plan, &t);
	text_printf(&t, "digest %s\n", job.digest);
	if (o->consoles)
		log_text(t.s);
	else
		fputs(t.s, stdout);
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
	for (size_t i = 0; i < plan->layout.n_disks; i++)
		log_info("everything on %s (%s) will be lost",
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

/* Two installs at once would undo each other. The lock goes with the process. */
static int lock(struct err *err)
{
	int fd;

	mkdir(RUN_DIR, 0755);
	fd = open(RUN_DIR "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(err, ERR_SYSTEM, errno, "open " RUN_DIR "/lock");
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(err, ERR_UNSAFE, 0,
			       "another dom0strap install is running");
	return 0;
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

static int run_job(const struct options *o, struct job *job, struct err *err)
{
	auto_text struct text t = { 0 };

	plan_print(&job->plan, &t);
	log_text(t.s);
	log_info("digest %s", job->digest);
	EVENT("info", { "step", "plan" }, { "digest", job->digest });
	if (o->confirm && !str_eq(o->confirm, job->digest))
		return err_set(
			err, ERR_UNSAFE, 0,
			"the plan's digest is not the confirmed %s: profile, disks or "
			"their contents have changed; nothing has been written",
			o->confirm);
	confirmed = o->yes || o->confirm;
	if (exec_plan(&job->plan, may_destroy, err) < 0)
		return -1;
	log_info("* done: %s", job->profile.host);
	EVENT("finish", { "step", "install" });
	if (o->consoles)
		send_report();
	return exec_finish(plan_finish(&job->plan), err);
}

static int cmd_install(const struct options *o, char **arguments, struct err *err)
{
	auto_job struct job job = { 0 };

	(void)arguments;
	if (geteuid() != 0)
		return err_set(err, ERR_SYSTEM, EPERM, "install needs root");
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGPIPE, SIG_IGN);
	/* The host's tools run with the same words wherever we run. */
	setenv("LC_ALL", "C", 1);
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	EVENT("start", { "step", "install" });
	if (lock(err) < 0 || make_job(o, &job, err) < 0)
		return -1;
	if (o->consoles)
		leave_on_error(&job.profile);
	return run_job(o, &job, err);
}

static int cmd_extract(const struct options *o, char **arguments, struct err *err)
{
	struct digest expected;
	struct image_stats stats = { 0 };
	struct image_source source = {
		.url = arguments[0],
		.fetch = { .allow_path = true },
		.progress = isatty(STDERR_FILENO) ? "image" : NULL,
	};
	auto_fd int dir = open(arguments[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return err_set(err, ERR_SYSTEM, errno, "open %s", arguments[1]);
	if (o->sha256) {
		if (!digest_parse(o->sha256, &expected))
			return err_set(err, ERR_CONFIG, 0,
				       "--sha256: 64 hexadecimal digits are needed");
		source.sha256 = &expected;
	}
	if (image_extract(&source, dir, arguments[1], &stats, err) < 0)
		return -1;
	printf("%s\n", DIGEST_TEXT(&stats.sha256));
	return 0;
}

static int cmd_reference(const struct options *o, char **arguments, struct err *err)
{
	auto_text struct text t = { 0 };

	(void)o;
	(void)arguments;
	(void)err;
	text_add(&t, "# Profile reference\n\nPrinted from the key table by "
		     "`dom0strap reference`; do not edit.\n");
	schema_document(&profile_schema, "profile", &t);
	fputs(t.s, stdout);
	return 0;
}

static int cmd_version(const struct options *o, char **arguments, struct err *err)
{
	(void)o;
	(void)arguments;
	(void)err;
	puts("dom0strap " DOM0STRAP_VERSION);
	return 0;
}

static const struct command commands[] = {
	{ "facts", "", "show what this machine is", "rj", 0, cmd_facts },
	{ "check", " PROFILE", "check a profile", "", 1, cmd_check },
	{ "plan", "", "show what install would do, and the plan's digest", "pfro", 0,
	  cmd_plan },
	{ "install", "", "install the host that the profile describes", "pcyoe", 0,
	  cmd_install },
	{ "extract", " SOURCE DIR", "unpack an image as install does", "s", 2,
	  cmd_extract },
	{ "reference", "", "print the reference of all profile keys (Markdown)", "", 0,
	  cmd_reference },
	{ "version", "", "print the version", "", 0, cmd_version },
};

static void usage(FILE *out)
{
	fputs("dom0strap " DOM0STRAP_VERSION ": turns bare servers into Xen hosts\n\n",
	      out);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(out, "  dom0strap %s%-*s%s\n", commands[i].name,
			(int)(22 - strlen(commands[i].name)), commands[i].arguments,
			commands[i].summary);
	fprintf(out, "\n%s", option_help);
	fputs("\nexit status: 0 done, 10 profile, 11 hardware, 12 source, 13 tool, 14 "
	      "system, "
	      "15 refused for safety\n",
	      out);
}

static int bad_usage(struct err *err, const char *command, const char *why)
{
	return err_set(err, ERR_CONFIG, 0, "%s: %s; see dom0strap --help", command, why);
}

static int read_options(int argc, char **argv, const struct command *command,
			struct options *o, struct err *err)
{
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (c == 'h') {
			usage(stdout);
			exit(0);
		}
		if (c == '?' || !strchr(command->allowed, c)) {
			const char *word = argv[optind - 1];
			auto_free char *why = xasprintf("%s is not one of its options",
							word);

			return bad_usage(err, command->name, why);
		}
		switch (c) {
		case 'p':
			o->profile = optarg;
			break;
		case 'f':
			o->facts = optarg;
			break;
		case 'r':
			o->root = optarg;
			break;
		case 'c':
			o->confirm = optarg;
			break;
		case 's':
			o->sha256 = optarg;
			break;
		case 'e':
			o->events = atoi(optarg);
			break;
		case 'y':
			o->yes = true;
			break;
		case 'o':
			o->consoles = true;
			break;
		case 'j':
			o->json = true;
			break;
		}
	}
	if (argc - optind != command->n_arguments)
		return bad_usage(err, command->name, "wrong number of arguments");
	return 0;
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_LEN(commands); i++)
		if (str_eq(commands[i].name, name))
			return &commands[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct command *command = find_command(argc > 1 ? argv[1] : NULL);
	struct options o = { .events = -1 };
	struct err err = { 0 };
	int rc;

	/* Names in archives are UTF-8; everything else stays as in the C locale. */
	setlocale(LC_CTYPE, "C.UTF-8");
	if (!command) {
		bool asked = argc > 1 &&
			     (str_eq(argv[1], "--help") || str_eq(argv[1], "help"));

		usage(asked ? stdout : stderr);
		return asked ? 0 : ERR_CONFIG;
	}
	rc = read_options(argc - 1, argv + 1, command, &o, &err);
	if (rc == 0) {
		if (o.consoles) {
			mkdir(RUN_DIR, 0755);
			log_to_consoles("", RUN_DIR "/log");
		}
		event_to_fd(o.events);
		if (o.events >= 0)
			EVENT("start", { "step", "dom0strap" },
			      { "version", DOM0STRAP_VERSION });
		rc = command->run(&o, argv + 1 + optind, &err);
	}
	if (rc == 0)
		return 0;
	log_error("%s", err.msg);
	event_fail(command->name, &err);
	return (int)err.code;
}
