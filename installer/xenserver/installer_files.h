/*
 * The files of an image that tell what its installer is: found while it streams by.
 */
#ifndef XENSERVER_INSTALLER_FILES_H
#define XENSERVER_INSTALLER_FILES_H

#include "image/segments.h"

enum installer_file { FILE_CONSTANTS, FILE_INSTALL, FILE_ANSWERFILE, INSTALLER_FILES };

struct found_file {
	bool complete;
	char *name;              /* as the image spells it: ./opt/… */
	struct cpio_entry entry; /* its .name is not kept */
	struct text content;
};

struct installer_files {
	struct found_file files[INSTALLER_FILES]; /* of each the last one */
	struct found_file *current;
};
#define auto_installer_files __attribute__((cleanup(installer_files_free)))

/* Which of them has this path, with or without ./ in front; INSTALLER_FILES: none. */
enum installer_file installer_file_find(const char *path);

/* ERR_SOURCE where it is no installer's image, truncated or damaged. */
must_check int installer_files_read(const char *name, int fd, struct installer_files *ret,
				    struct segments_found *ret_found, struct err *err);

void installer_files_free(struct installer_files *files);

#endif
