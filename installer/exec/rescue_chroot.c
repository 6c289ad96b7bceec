/*
 * A command in the mounted system, with the kernel's file systems. They are mounted in a
 * namespace of the command's own, so they are gone with it however it ends.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/log.h"
#include "core/text.h"
#include "exec/rescue.h"
#include "exec/target.h"
#include "plan/plan.h"

static const struct {
	const char *source, *where, *type;
	unsigned long flags;
} mounts[] = {
	{ "/dev", "/dev", NULL, MS_BIND | MS_REC },
	{ "/proc", "/proc", NULL, MS_BIND | MS_REC },
	{ "/sys", "/sys", NULL, MS_BIND | MS_REC },
	{ "tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV },
};

static bool is_mounted(void)
{
	struct stat inside, outside;

	return stat(TARGET_DIR, &inside) == 0 && stat("/", &outside) == 0 &&
	       inside.st_dev != outside.st_dev;
}

/* What /etc/passwd (passwd(5)) says of root, if it is there. */
static const char *find_shell(struct arena *arena)
{
	auto_free char *passwd = target_read("/etc/passwd");
	const char *line = passwd && !str_starts(passwd, "root:")
				   ? strstr(passwd, "\nroot:")
				   : passwd;
	const char *shell = NULL;

	if (line) {
		line += *line == '\n';
		line = arena_strndup(arena, line, strcspn(line, "\n"));
		shell = strrchr(line, ':');
	}
	if (shell && shell[1] == '/' && target_has(shell + 1))
		return shell + 1;
	return target_has("/bin/bash") ? "/bin/bash" : "/bin/sh";
}

static int enter(struct err *err)
{
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_set(err, ERR_SYSTEM, errno, "make a mount namespace");
	for (size_t i = 0; i < ARRAY_LEN(mounts); i++)
		if (target_mount(mounts[i].source, mounts[i].where, mounts[i].type,
				 mounts[i].flags, NULL) < 0)
			return err_set(err, ERR_SYSTEM, errno,
				       "mount %s on " TARGET_DIR "%s", mounts[i].source,
				       mounts[i].where);
	if (chroot(TARGET_DIR) < 0 || chdir("/") < 0)
		return err_set(err, ERR_SYSTEM, errno, "change the root to " TARGET_DIR);
	return 0;
}

/* Never returns. */
static void be_child(const char *program, char **argv)
{
	struct err err = { 0 };

	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	unsetenv("ENV");
	setenv("HOME", "/root", 1);
	setenv("SHELL", program, 1);
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	if (enter(&err) == 0) {
		execvp(program, argv);
		err_set(&err, ERR_TOOL, errno, "start %s in " TARGET_DIR, program);
	}
	log_error("%s", err.msg);
	_exit(ERR_SYSTEM);
}

int rescue_chroot(char **argv, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	bool is_shell = !argv[0];
	const char *program;
	char *shell[2] = { 0 };
	int status;
	pid_t pid;

	if (!is_mounted())
		return err_set(err, ERR_CONFIG, 0,
			       "no system is mounted on " TARGET_DIR ": rescue mount");
	program = is_shell ? find_shell(&arena) : argv[0];
	/* A login shell, by its first letter. */
	shell[0] = arena_printf(&arena, "-%s",
				strrchr(program, '/') ? strrchr(program, '/') + 1
						      : program);
	fflush(NULL);
	/* Keys that stop what runs inside are not meant for us. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	pid = fork();
	if (pid == 0)
		be_child(program, is_shell ? shell : argv);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return err_set(err, ERR_SYSTEM, errno, "run %s", program);
	if (is_shell && WIFEXITED(status) && WEXITSTATUS(status) != ERR_SYSTEM)
		return 0; /* the code of what was typed last */
	if (WIFSIGNALED(status))
		return err_set(err, ERR_TOOL, 0, "%s was killed by signal %d", program,
			       WTERMSIG(status));
	return WEXITSTATUS(status) ? err_set(err, ERR_TOOL, 0, "%s: exit %d", program,
					     WEXITSTATUS(status))
				   : 0;
}
