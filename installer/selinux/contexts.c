#include "selinux/contexts.h"

#include <fcntl.h>
#include <selinux/label.h>
#include <selinux/selinux.h>
#include <sys/stat.h>

#include "core/io.h"
#include "core/mem.h"
#include "core/text.h"

#define CONFIG_MAX_BYTES   ((size_t)256 * 1024)
#define CONTEXTS_MAX_BYTES ((size_t)32 * 1024 * 1024)

static const char *const suffixes[] = { "", ".homedirs", ".local", ".subs",
					".subs_dist" };

struct contexts {
	struct selabel_handle *handle;
};

/* libselinux has one listener for the process; its first complaint is kept. */
static struct text said;

static int hear(int type, const char *fmt, ...) printf_like(2, 3);
static int hear(int type, const char *fmt, ...)
{
	auto_free char *line = NULL;
	va_list ap;

	if (said.len || type == SELINUX_INFO)
		return 0;
	va_start(ap, fmt);
	line = xvasprintf(fmt, ap);
	va_end(ap);
	line[strcspn(line, "\n")] = '\0';
	str_clean(line);
	text_add(&said, line);
	return 0;
}

/* NULL, with errno, when there is none. */
static char *read_in_root(int root, const char *path, size_t max_bytes, size_t *ret_len)
{
	auto_fd int fd = io_open_in_root(root, path, O_RDONLY | O_NONBLOCK, 0);
	struct err err = { 0 };
	struct stat st;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return NULL;
	}
	if (io_read_fd(fd, path, max_bytes, &text, ret_len, &err) < 0) {
		errno = err.sys_errno;
		return NULL;
	}
	return text;
}

struct selinux_settings selinux_read_settings(int root)
{
	auto_free char *text = read_in_root(root, SELINUX_CONFIG, CONFIG_MAX_BYTES, NULL);

	return selinux_parse_config(text ? text : "");
}

/* One of the host's files into our folder; it may be missing, except the first. */
static int copy_file(int root, const char *type, const char *dir, size_t i,
		     struct err *err)
{
	auto_free char *from = xasprintf("etc/selinux/%s/contexts/files/file_contexts%s",
					 type, suffixes[i]);
	auto_free char *to = xasprintf("%s/file_contexts%s", dir, suffixes[i]);
	size_t len = 0;
	auto_free char *text = read_in_root(root, from, CONTEXTS_MAX_BYTES, &len);
	auto_fd int fd = -1;

	if (!text && errno == ENOENT && i > 0)
		return 0;
	if (!text)
		return err_set(err, ERR_SOURCE, errno, "the host's /%s cannot be read",
			       from);
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(err, ERR_SYSTEM, errno, "create %s", to);
	return io_write_all(fd, text, len, to, err);
}

static int open_copies(int root, const char *type, const char *dir, struct contexts **ret,
		       struct err *err)
{
	auto_free char *path = xasprintf("%s/file_contexts", dir);
	const struct selinux_opt options[] = { { SELABEL_OPT_PATH, path } };
	struct selabel_handle *handle;

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
		if (copy_file(root, type, dir, i, err) < 0)
			return -1;
	text_free(&said);
	selinux_set_callback(SELINUX_CB_LOG,
			     (union selinux_callback){ .func_log = hear });
	handle = selabel_open(SELABEL_CTX_FILE, options, ARRAY_LEN(options));
	if (!handle)
		return err_set(err, ERR_SOURCE, errno,
			       "libselinux refuses the file_contexts of the host's "
			       "policy %s%s%s",
			       type, said.len ? ": " : "", said.len ? said.s : "");
	*ret = xmalloc(sizeof(**ret));
	(*ret)->handle = handle;
	return 0;
}

static void remove_copies(const char *dir)
{
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		auto_free char *path = xasprintf("%s/file_contexts%s", dir, suffixes[i]);

		unlink(path);
	}
	rmdir(dir);
}

int contexts_open(int root, const char *type, struct contexts **ret, struct err *err)
{
	char dir[] = "/tmp/dom0strap.XXXXXX";
	int rc;

	if (!selinux_is_type(type))
		return err_set(err, ERR_SOURCE, 0,
			       "the host's /" SELINUX_CONFIG " names no policy");
	if (!mkdtemp(dir))
		return err_set(err, ERR_SYSTEM, errno, "make the folder %s", dir);
	rc = open_copies(root, type, dir, ret, err);
	remove_copies(dir);
	return rc;
}

void contexts_free(struct contexts *c)
{
	if (!c)
		return;
	selabel_close(c->handle);
	text_free(&said);
	free(c);
}

char *contexts_label(struct contexts *c, const char *path, mode_t mode)
{
	char *label;

	if (selabel_lookup_raw(c->handle, &label, path, (int)(mode & S_IFMT)) < 0)
		return NULL; /* <<none>>, or nothing matches */
	return label;
}

bool contexts_is_source(const char *path)
{
	static const char folder[] = "etc/selinux/", files[] = "/contexts/files/";

	return str_starts(path, folder) &&
	       (str_eq(path, SELINUX_CONFIG) || strstr(path, files));
}
