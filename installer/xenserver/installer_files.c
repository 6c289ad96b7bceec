#include "xenserver/installer_files.h"

#include <sys/stat.h>

#include "core/mem.h"

#define FILE_MAX_BYTES (4 * 1024 * 1024) /* the largest ever was 0.1 MB */

#define FOLDER         "opt/xensource/installer"

static const char *const paths[] = {
	[FILE_CONSTANTS] = FOLDER "/constants.py",
	[FILE_INSTALL] = FOLDER "/install.py",
	[FILE_ANSWERFILE] = FOLDER "/answerfile.py",
};

void installer_files_free(struct installer_files *f)
{
	for (size_t i = 0; i < INSTALLER_FILES; i++) {
		free(f->files[i].name);
		text_free(&f->files[i].content);
	}
}

enum installer_file installer_file_find(const char *path)
{
	size_t i = 0;

	if (str_starts(path, "./"))
		path += 2;
	while (*path == '/')
		path++;
	while (i < INSTALLER_FILES && !str_eq(path, paths[i]))
		i++;
	return (enum installer_file)i;
}

static int take_entry(void *arg, const struct cpio_entry *entry, struct err *err)
{
	struct installer_files *f = arg;
	enum installer_file which = installer_file_find(entry->name);

	f->current = NULL;
	if (which == INSTALLER_FILES || !S_ISREG(entry->mode))
		return 0;
	if (entry->size > FILE_MAX_BYTES)
		return err_set(err, ERR_SOURCE, 0, "%s has %u bytes: no installer's",
			       entry->name, (unsigned)entry->size);
	f->current = &f->files[which];
	free(f->current->name);
	text_free(&f->current->content);
	*f->current = (struct found_file){ .name = xstrdup(entry->name),
					   .entry = *entry };
	f->current->entry.name = NULL;
	return 0;
}

static int take_data(void *arg, const void *bytes, size_t len, struct err *err)
{
	struct installer_files *f = arg;

	(void)err;
	if (f->current)
		text_add_bytes(&f->current->content, bytes, len);
	return 0;
}

static int take_end(void *arg, struct err *err)
{
	struct installer_files *f = arg;

	(void)err;
	if (f->current) {
		text_add(&f->current->content, "");
		f->current->complete = true;
	}
	return 0;
}

static bool is_enough(const void *arg)
{
	const struct installer_files *f = arg;

	for (size_t i = 0; i < INSTALLER_FILES; i++)
		if (!f->files[i].complete)
			return false;
	return true;
}

static int read_once(const char *name, int fd, const char *folder,
		     struct installer_files *files, struct segments_found *ret_found,
		     struct err *err)
{
	const struct segments_wanted wanted = { folder, is_enough, files };
	struct cpio_reader reader = {
		.name = name, .sink = { files, take_entry, take_data, take_end }
	};
	int rc = segments_read(fd, &reader, &wanted, ret_found, err);

	cpio_reader_free(&reader);
	return rc;
}

int installer_files_read(const char *name, int fd, struct installer_files *files,
			 struct segments_found *ret_found, struct err *err)
{
	struct err ignored = { 0 };

	/* What was not all found where it ought to be is looked for everywhere. */
	if (read_once(name, fd, FOLDER, files, ret_found, &ignored) < 0 ||
	    !is_enough(files)) {
		installer_files_free(files);
		*files = (struct installer_files){ 0 };
		if (read_once(name, fd, NULL, files, ret_found, err) < 0)
			return -1;
	}
	if (!files->files[FILE_CONSTANTS].complete)
		return err_set(err, ERR_SOURCE, 0,
			       "%s is no installer's image of XenServer: %s is not in it",
			       name, paths[FILE_CONSTANTS]);
	return 0;
}
