/*
 * Actions `write`, `edit` and `change`.
 */
#include <fcntl.h>

#include "core/io.h"
#include "core/text.h"
#include "bootcfg/edit.h"
#include "exec/exec.h"
#include "exec/target.h"

static bool applies(const struct file_change *f)
{
	return (!f->only_if || target_has(f->only_if)) &&
	       (!f->unless || !target_has(f->unless));
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

int act_edit(const struct exec *x, const struct action *a, struct err *err)
{
	const struct file_change *f = &a->file;
	const char *path = path_in_target(f->path);
	auto_free char *old = NULL, *new = NULL;

	(void)x;
	if (!applies(f))
		return 0;
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
