#include "core/proc.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "core/log.h"
#include "core/mem.h"

/* A memfd never fills up the way a pipe does, so feeding stdin needs no poll loop. */
static int open_stdin(const char *input, struct err *err)
{
	auto_fd int fd = memfd_create("stdin", MFD_CLOEXEC);
	size_t len = input ? strlen(input) : 0;

	if (fd < 0)
		return err_set(err, ERR_SYSTEM, errno, "memfd_create");
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, input + done, len - done);

		if (n < 0)
			return err_set(err, ERR_SYSTEM, errno, "write stdin");
		done += (size_t)n;
	}
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_set(err, ERR_SYSTEM, errno, "rewind stdin");
	return take_fd(&fd);
}

static int spawn(const struct proc *proc, int in, int out, pid_t *ret_pid)
{
	posix_spawn_file_actions_t fa;
	int rc;

	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&fa, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&fa, out, STDERR_FILENO);
	rc = posix_spawnp(ret_pid, proc->argv[0], &fa, NULL,
			  (char *const *)(const void *)proc->argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	return rc;
}

/* Log every line until EOF; *last keeps the final one for the error message. */
static void drain(int fd, const char *tool, char **last)
{
	auto_file FILE *f = fdopen(fd, "r");
	auto_free char *line = NULL; /* at EOF getline() leaves it undefined */
	size_t cap = 0;
	ssize_t n;

	if (!f) {
		close(fd);
		return;
	}
	while ((n = getline(&line, &cap, f)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		log_tool(tool, line);
		free(*last);
		*last = xstrdup(line);
	}
}

static int reap(pid_t pid, const char *tool, const char *last, struct err *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(err, ERR_SYSTEM, errno, "wait for %s", tool);
	if (WIFSIGNALED(status))
		return err_set(err, ERR_TOOL, 0, "%s killed by signal %d", tool,
			       WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return err_set(err, ERR_TOOL, 0, "%s exited with %d (%s)", tool,
			       WEXITSTATUS(status), last ? last : "no output");
	return 0;
}

int proc_run(const struct proc *proc, struct err *err)
{
	auto_free char *last = NULL;
	auto_fd int in = open_stdin(proc->input, err);
	auto_fd int rd = -1;
	auto_fd int wr = -1;
	const char *tool = proc->name ? proc->name : proc->argv[0];
	int fds[2], rc;
	pid_t pid;

	if (in < 0)
		return -1;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(err, ERR_SYSTEM, errno, "pipe");
	rd = fds[0];
	wr = fds[1];

	rc = spawn(proc, in, wr, &pid);
	if (rc != 0)
		return err_set(err, ERR_TOOL, rc, "cannot start %s", tool);
	close(take_fd(&wr)); /* ours must go, or drain() never sees EOF */
	drain(take_fd(&rd), tool, &last);
	return reap(pid, tool, last, err);
}
