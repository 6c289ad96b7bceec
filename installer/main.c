/*
 * dom0strap: the subcommands. Each one reads its arguments, calls what does the work, and
 * turns an error into a last line and the exit status.
 */
#include <getopt.h>
#include <locale.h>
#include <sys/stat.h>

#include "commands.h"
#include "core/event.h"
#include "core/log.h"
#include "core/text.h"
#include "fetch/fetch.h"

struct command {
	const char *name, *arguments, *summary;
	const char *allowed; /* letters of the options below */
	int n_arguments;     /* ANY_NUMBER: the command looks itself */
	int (*run)(const struct options *o, char **arguments, struct err *err);
};

static const struct option long_options[] = {
	{ "profile", required_argument, NULL, 'p' },
	{ "facts", required_argument, NULL, 'f' },
	{ "root", required_argument, NULL, 'r' },
	{ "confirm", required_argument, NULL, 'c' },
	{ "sha256", required_argument, NULL, 's' },
	{ "chunks", required_argument, NULL, 'H' },
	{ "chunk-peer", required_argument, NULL, 'Q' },
	{ "serve-chunks", required_argument, NULL, 'q' },
	{ "plan", required_argument, NULL, 'P' },
	{ "undo", required_argument, NULL, 'u' },
	{ "manifest", required_argument, NULL, 'm' },
	{ "key", required_argument, NULL, 'k' },
	{ "seen", required_argument, NULL, 'S' },
	{ "allow-older", required_argument, NULL, 'A' },
	{ "pin-sha256", required_argument, NULL, 'I' },
	{ "defaults", required_argument, NULL, 'd' },
	{ "out", required_argument, NULL, 'o' },
	{ "step", required_argument, NULL, 't' },
	{ "overlays", required_argument, NULL, 'O' },
	{ "events", required_argument, NULL, 'e' },
	{ "entry", required_argument, NULL, 'E' },
	{ "list", no_argument, NULL, 'l' },
	{ "menu", no_argument, NULL, 'M' },
	{ "yes", no_argument, NULL, 'y' },
	{ "set", required_argument, NULL, 'V' },
	{ "constants", required_argument, NULL, 'K' },
	{ "show", no_argument, NULL, 'w' },
	{ "repack", no_argument, NULL, 'R' },
	{ "ssh-key", required_argument, NULL, 'B' },
	{ "write", no_argument, NULL, 'W' },
	{ "consoles", no_argument, NULL, 'C' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static const char option_help[] =
	"  --profile FILE|URL  the host's profile; ${mac}, ${uuid} and ${serial} are "
	"filled in\n"
	"  --facts FILE        plan for the machine that `facts --json` described\n"
	"  --root DIR          look at the /sys, /proc and /dev below DIR; boot: at the "
	"host's tree;\n"
	"                      with --step: the tree\n"
	"  --step NAME,…       these steps alone, on the tree at --root\n"
	"  --overlays DIR      the profile's overlays, but for those with a URL, are the "
	"folders DIR/NAME\n"
	"  --entry NAME        the entry with this number, title or id\n"
	"  --list              only say what could be booted\n"
	"  --menu              let somebody at the console choose\n"
	"  --yes               do not ask before the first write\n"
	"  --confirm DIGEST    go on only if this is the plan's digest; nothing is "
	"asked\n"
	"  --plan FILE         go on only if this is still the plan that `plan --json` "
	"printed\n"
	"  --undo DIR|URL      where what is about to be overwritten is kept\n"
	"  --manifest URL      the signed list of digests that the profile must be in\n"
	"  --key FILE          minisign's public key to check such lists with, not the "
	"one built in\n"
	"  --seen DIR          refuse lists that are older than one that was seen "
	"before\n"
	"  --allow-older NUMBER  but not the one with this serial number\n"
	"  --pin-sha256 BASE64  what https servers must show: the SHA-256 of their "
	"public key;\n"
	"                      no certificate authority, no clock is needed then\n"
	"  --defaults FILE     what holds where the profile says nothing\n"
	"  -o, --out DIR|FILE  check: put the profile there under the names that its "
	"machine asks for; patch-xenserver: the image that is written\n"
	"  --events FD         JSON Lines events to this file descriptor\n"
	"  --consoles          write to every console of the kernel\n"
	"  --set NAME=VALUE    another value for this constant; may be given repeatedly\n"
	"  --constants FILE    only the installer's constants.py, with install.py beside "
	"it\n"
	"  --show              list the constants, change nothing\n"
	"  --repack            write one archive instead of appending a segment\n"
	"  --ssh-key KEY|URL   rescue keys: who may log in, beside the profile's; may be "
	"given repeatedly\n"
	"  --write             rescue: arrays and filesystems may be written to\n"
	"  --sha256 HEX        the archive's digest\n"
	"  --chunks URL        the list of the archive's chunks, which are fetched "
	"instead\n"
	"  --chunk-peer URL    a machine that may be serving them, asked first; may be "
	"given repeatedly\n"
	"  --serve-chunks TIME  serve them afterwards, for 90s, 10m or 1h\n"
	"  --json              for programs\n";

static const struct command commands[] = {
	{ "facts", "", "show what this machine is", "rj", 0, cmd_facts },
	{ "check", " PROFILE", "check a profile", "doO", 1, cmd_check },
	{ "plan", "", "show what install would do, and the plan's digest", "pfrCjmkStAIO",
	  0, cmd_plan },
	{ "install", "", "install the host that the profile describes", "pcyCePumkSAIO",
	  0, cmd_install },
	{ "boot", "", "jump into the system on this machine's disks", "rjlMEpCemkSAI", 0,
	  cmd_boot },
	{ "rescue", " [WORD]", "look after this machine's disks by hand; see rescue help",
	  "pmkBWAI", ANY_NUMBER, cmd_rescue },
	{ "apply", "", "run single steps on a mounted or unpacked tree", "prteCmkSAIO", 0,
	  cmd_apply },
	{ "router", " INTERFACE", "ask an interface's IPv6 routers what holds there", "",
	  1, cmd_router },
	{ "extract", " SOURCE DIR", "unpack an image as install does", "sHIQq", 2,
	  cmd_extract },
	{ "undo", " FILE", "put back what an install has overwritten", "yfrCe", 1,
	  cmd_undo },
	{ "patch-xenserver", " [IMAGE]", "prepare the installer of XenServer or XCP-ng",
	  "poVKwR", ANY_NUMBER, cmd_patch_xenserver },
	{ "answerfile", "", "print the answerfile that this profile makes", "p", 0,
	  cmd_answerfile },
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
			(int)(24 - strlen(commands[i].name)), commands[i].arguments,
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
	while ((c = getopt_long(argc, argv, "o:", long_options, NULL)) != -1) {
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
		case 'H':
			o->chunks = optarg;
			break;
		case 'Q':
			o->peers = arena_append(&o->arena, (void *)o->peers, &o->n_peers,
						(void *)&optarg, sizeof(optarg));
			break;
		case 'q':
			o->serve = optarg;
			break;
		case 'P':
			o->plan = optarg;
			break;
		case 'u':
			o->undo = optarg;
			break;
		case 'm':
			o->manifest = optarg;
			break;
		case 'k':
			o->key = optarg;
			break;
		case 'S':
			o->seen = optarg;
			break;
		case 'I':
			if (fetch_pin(optarg, err) < 0)
				return -1;
			break;
		case 'A':
			o->allow_older = optarg;
			break;
		case 'd':
			o->defaults = optarg;
			break;
		case 't':
			o->steps = optarg;
			break;
		case 'O':
			o->overlays = optarg;
			break;
		case 'e':
			o->events = atoi(optarg);
			break;
		case 'E':
			o->entry = optarg;
			break;
		case 'l':
			o->list = true;
			break;
		case 'M':
			o->menu = true;
			break;
		case 'y':
			o->yes = true;
			break;
		case 'C':
			o->consoles = true;
			break;
		case 'o':
			o->out = optarg;
			break;
		case 'V':
			o->set = arena_append(&o->arena, (void *)o->set, &o->n_set,
					      (void *)&optarg, sizeof(optarg));
			break;
		case 'B':
			o->ssh_keys = arena_append(&o->arena, (void *)o->ssh_keys,
						   &o->n_ssh_keys, (void *)&optarg,
						   sizeof(optarg));
			break;
		case 'W':
			o->write = true;
			break;
		case 'K':
			o->constants = optarg;
			break;
		case 'w':
			o->show = true;
			break;
		case 'R':
			o->repack = true;
			break;
		case 'j':
			o->json = true;
			break;
		}
	}
	if (command->n_arguments != ANY_NUMBER && argc - optind != command->n_arguments)
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
	arena_free(&o.arena);
	if (rc == 0)
		return 0;
	log_error("%s", err.msg);
	event_fail(command->name, &err);
	return (int)err.code;
}
