#include "core/io.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "core/mem.h"
#include "core/text.h"

static int read_all(int fd, const char *path, size_t max_bytes, struct text *ret,
		    struct err *err)
{
	char buf[16384];
	struct stat st;

	/* Only large files: what says its size may be one of sysfs, which has a page. */
	if (fstat(fd, &st) == 0 && st.st_size > (off_t)sizeof(buf) &&
	    (uint64_t)st.st_size <= max_bytes)
		text_reserve(ret, (size_t)st.st_size);
	for (;;) {
		ssize_t n = read(fd, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, ERR_SYSTEM, errno, "read %s", path);
		if (n == 0)
			return 0;
		if (ret->len + (size_t)n > max_bytes)
			return err_set(err, ERR_SYSTEM, EFBIG,
				       "%s has more than %zu bytes", path, max_bytes);
		text_add_bytes(ret, buf, (size_t)n);
	}
}

int io_read_fd(int fd, const char *name, size_t max_bytes, char **ret_text,
	       size_t *ret_len, struct err *err)
{
	auto_text struct text t = { 0 };

	if (read_all(fd, name, max_bytes, &t, err) < 0)
		return -1;
	if (ret_len)
		*ret_len = t.len;
	*ret_text = text_take(&t);
	return 0;
}

int io_read_file(int dirfd, const char *path, size_t max_bytes, char **ret_text,
		 size_t *ret_len, struct err *err)
{
	auto_fd int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(err, ERR_SYSTEM, errno, "open %s", path);
	return io_read_fd(fd, path, max_bytes, ret_text, ret_len, err);
}

DIR *io_take_dir(int fd)
{
	auto_fd int owned = fd;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir)
		take_fd(&owned);
	return dir;
}

void io_close_dir(DIR *const *dir)
{
	int saved = errno;

	if (*dir)
		closedir(*dir);
	errno = saved;
}

int io_open_in_root(int root, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.mode = mode,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

char *io_read_line(int dirfd, const char *path)
{
	struct err ignored = { 0 };
	char *s;
	size_t len;

	if (io_read_file(dirfd, path, 65536, &s, &len, &ignored) < 0)
		return NULL;
	while (len && (s[len - 1] == '\n' || s[len - 1] == ' '))
		s[--len] = '\0';
	return s;
}

int io_write_all(int fd, const void *bytes, size_t len, const char *what, struct err *err)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, (const char *)bytes + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, ERR_SYSTEM, errno, "write %s", what);
		done += (size_t)n;
	}
	return 0;
}

uint64_t io_meminfo_bytes(const char *name)
{
	auto_free char *text = io_read_line(AT_FDCWD, "/proc/meminfo");
	auto_free char *label = xasprintf("%s:", name);
	const char *line = text;

	while (line && !str_starts(line, label)) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return line ? strtoull(line + strlen(label), NULL, 10) * 1024 : 0;
}
