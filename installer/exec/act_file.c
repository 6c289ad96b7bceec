/*
 * Actions `write`, `edit`, `change` and `put`.
 */
#include <fcntl.h>

#include "core/io.h"
#include "core/text.h"
#include "bootcfg/edit.h"
#include "exec/exec.h"
#include "image/attrs.h"
#include "exec/target.h"

static bool applies(const struct file_change *f)
{
	return target_meets(f->only_if, f->unless);
}

/* The part below TARGET_DIR, NULL for a file of the boot environment (sysfs). */
static const char *path_in_target(const char *path)
{
	return str_starts(path, TARGET_DIR "/") ? path + strlen(TARGET_DIR) : NULL;
}

static int write_attribute(const char *path, const char *text, struct err *err)
{
	auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(err, ERR_SYSTEM, errno, "open %s", path);
	return io_write_all(fd, text, strlen(text), path, err);
}

int act_write(const struct exec *x, const struct action *a, struct err *err)
{
	const char *path = path_in_target(a->file.path);

	(void)x;
	if (!path)
		return write_attribute(a->file.path, a->file.text, err);
	if (!applies(&a->file))
		return 0;
	return target_write(path, a->file.mode, a->file.text, err);
}

static bool has_file(const char *path)
{
	return target_has(path);
}

static bool has_directory(const char *path)
{
	auto_free char *directory = xstrdup(path);

	*strrchr(directory, '/') = '\0';
	return target_has(*directory ? directory : "/");
}

/* The first of its places that will do. Without alternatives it is the one. */
static int choose_place(const struct file_change *f, bool (*will_do)(const char *path),
			const char **ret, struct err *err)
{
	auto_text struct text all = { 0 };

	*ret = path_in_target(f->path);
	if (!f->others || will_do(*ret))
		return 0;
	text_add(&all, *ret);
	for (const char *const *other = f->others; *other; other++) {
		*ret = path_in_target(*other);
		if (will_do(*ret))
			return 0;
		text_printf(&all, " or %s", *ret);
	}
	return err_set(err, ERR_CONFIG, 0, "the host has no place for %s", all.s);
}

static int edit_line_of(const struct file_change *f, struct err *err)
{
	auto_free char *old = NULL, *new = NULL;
	const char *path;

	if (choose_place(f, has_file, &path, err) < 0)
		return -1;
	old = target_read(path);
	if (!old && errno == ENOENT)
		return err_set(err, ERR_CONFIG, 0, "the host has no %s", path);
	if (!old)
		return err_set(err, ERR_SYSTEM, errno, "read %s of the host", path);
	new = edit_line(old, f->key, f->value, f->before);
	return str_eq(old, new) ? 0 : target_write(path, 0644, new, err);
}

int act_edit(const struct exec *x, const struct action *a, struct err *err)
{
	const struct file_change *f = &a->file;
	const char *path = path_in_target(f->path);
	auto_free char *old = NULL, *new = NULL;

	(void)x;
	if (!applies(f))
		return 0;
	if (f->edit == EDIT_LINE)
		return edit_line_of(f, err);
	old = target_read(path);
	if (!old && errno != ENOENT)
		return err_set(err, ERR_SYSTEM, errno, "read %s of the host", path);
	if (f->edit == EDIT_SHELL_VARIABLE)
		new = edit_shell_variable(old ? old : "", f->key, f->value);
	else if (f->edit == EDIT_KRB5_CONF)
		new = krb5_conf_edit(old ? old : "", f->krb5);
	else if (f->edit == EDIT_PLAIN_VARIABLE)
		new = old ? edit_plain_variable(old, f->key, f->value) : NULL;
	else
		new = old ? edit_shadow_password(old, f->key, f->value) : NULL;
	if (!new)
		return err_set(
			err, ERR_SOURCE, 0,
			"%s of the host has no line for %s; is the image complete?", path,
			f->key);
	return str_eq(old, new) ? 0 : target_write(path, 0644, new, err);
}

int act_change(const struct exec *x, const struct action *a, struct err *err)
{
	const char *path = path_in_target(a->file.path);
	auto_free char *now = target_read(path);

	(void)x;
	if (!now && errno != ENOENT)
		return err_set(err, ERR_SYSTEM, errno, "read %s of the host", path);
	if (str_eq(now, a->file.text))
		return 0;
	if (!str_eq(now, a->file.old))
		return err_set(err, ERR_UNSAFE, 0,
			       "%s of the host has changed since it was looked at; it is "
			       "left as it is",
			       path);
	return target_write(path, a->file.mode, a->file.text, err);
}

/* A name in the host's own table, or a number. */
static int find_id(const char *table, const char *name, uint32_t *ret, struct err *err)
{
	auto_free char *text = NULL;

	if (name[strspn(name, "0123456789")] == '\0') {
		*ret = (uint32_t)strtoul(name, NULL, 10);
		return 0;
	}
	text = target_read(table);
	if (text && attrs_look_up(text, name, ret))
		return 0;
	*ret = 0;
	if (str_eq(name, "root"))
		return 0;
	return err_set(err, ERR_CONFIG, 0, "%s of the host knows no %s", table, name);
}

static int find_owner(const char *owner, struct target_owner *ret, struct err *err)
{
	auto_free char *user = xstrdup(owner);
	char *group = strchr(user, ':');

	*group++ = '\0';
	return find_id("/etc/passwd", user, &ret->uid, err) < 0 ||
			       find_id("/etc/group", group, &ret->gid, err) < 0
		       ? -1
		       : 0;
}

int act_put(const struct exec *x, const struct action *a, struct err *err)
{
	const struct file_change *f = &a->file;
	struct target_owner owner;
	const char *path;

	(void)x;
	if (!applies(f))
		return 0;
	if (choose_place(f, has_directory, &path, err) < 0 ||
	    find_owner(f->owner, &owner, err) < 0)
		return -1;
	return target_put(path, f->mode, &owner, f->text, f->len, err);
}
