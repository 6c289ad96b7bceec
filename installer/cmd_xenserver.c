/*
 * patch-xenserver and answerfile: what the installer of XenServer and XCP-ng is told.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "commands.h"
#include "core/io.h"
#include "core/log.h"
#include "xenserver/answerfile.h"
#include "xenserver/installer_files.h"
#include "xenserver/patch.h"

#define SOURCE_MAX_BYTES (4 * 1024 * 1024)

static int load_xenserver_profile(const struct options *o, struct arena *arena,
				  struct profile *ret, struct err *err)
{
	struct sources sources = { 0 };

	if (load_profile(o, o->profile, &(struct facts){ 0 }, arena, ret, &sources, err) <
	    0)
		return -1;
	if (ret->target != TARGET_XENSERVER)
		return err_set(err, ERR_CONFIG, 0, "%s: its target is not xenserver",
			       o->profile);
	return 0;
}

/* NAME=VALUE in two. */
static int split_settings(const struct options *o, struct arena *arena,
			  struct patch_request *request, struct err *err)
{
	struct patch_setting *settings = NULL;

	for (size_t i = 0; i < o->n_set; i++) {
		const char *equals = strchr(o->set[i], '=');
		struct patch_setting setting;

		if (!equals || equals == o->set[i])
			return err_set(err, ERR_CONFIG, 0,
				       "--set %s: NAME=VALUE is needed", o->set[i]);
		setting.name = arena_strndup(arena, o->set[i],
					     (size_t)(equals - o->set[i]));
		setting.value = equals + 1;
		settings = arena_append(arena, settings, &request->n_settings, &setting,
					sizeof(setting));
	}
	request->settings = settings;
	return 0;
}

static int check_usage(const struct options *o, char **arguments, struct err *err)
{
	size_t n = 0;

	while (arguments[n])
		n++;
	if (n != (o->constants ? 0 : 1))
		return err_set(err, ERR_CONFIG, 0,
			       "patch-xenserver takes an image, or --constants FILE");
	if (o->show)
		return 0;
	if (!o->profile && o->n_set == 0)
		return err_set(err, ERR_CONFIG, 0,
			       "patch-xenserver needs --profile, --set or --show");
	if (!o->out && !o->constants)
		return err_set(err, ERR_CONFIG, 0, "patch-xenserver needs -o FILE");
	return 0;
}

/* A file beside the constants; NULL where there is none. */
static char *read_beside(const char *constants, const char *name)
{
	const char *slash = strrchr(constants, '/');
	auto_free char *path = xasprintf(
		"%.*s%s", slash ? (int)(slash + 1 - constants) : 0, constants, name);
	struct err err = { 0 };
	char *text = NULL;
	size_t len;

	if (io_read_file(AT_FDCWD, path, SOURCE_MAX_BYTES, &text, &len, &err) < 0)
		return NULL;
	return text;
}

/* Into a file beside it first: a cut-off one never stands under the name, and the
 * original may be replaced. */
struct output {
	const char *path;
	char *part;
	int fd;
};

static int open_output(const char *path, mode_t mode, struct output *out, struct err *err)
{
	out->path = path;
	out->part = xasprintf("%s.part", path);
	unlink(out->part); /* left over, it would keep its own mode */
	out->fd = open(out->part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	return out->fd < 0 ? err_set(err, ERR_SYSTEM, errno, "create %s", out->part) : 0;
}

static int close_output(struct output *out, int rc, struct err *err)
{
	if (out->fd >= 0 && close(out->fd) < 0 && rc == 0)
		rc = err_set(err, ERR_SYSTEM, errno, "write %s", out->part);
	if (out->fd >= 0 && rc == 0 && rename(out->part, out->path) < 0)
		rc = err_set(err, ERR_SYSTEM, errno, "rename %s", out->part);
	if (out->fd >= 0 && rc < 0)
		unlink(out->part);
	free(out->part);
	return rc;
}

static int write_text(const char *path, const struct text *t, struct err *err)
{
	struct output out = { .fd = -1 };
	int rc;

	if (!path)
		return io_write_all(STDOUT_FILENO, t->s, t->len, "standard output", err);
	rc = open_output(path, 0644, &out, err);
	if (rc == 0)
		rc = io_write_all(out.fd, t->s, t->len, path, err);
	return close_output(&out, rc, err);
}

static void show(const struct constants *constants, const struct release *release)
{
	auto_text struct text t = { 0 };

	patch_show(constants, release, &t);
	log_print(t.s);
}

static void say_result(const struct patch_result *result)
{
	auto_text struct text t = { 0 };

	text_printf(&t, "release: %s\n", release_era_name(result->release.era));
	if (*result->kernel_options)
		text_printf(&t, "kernel arguments: %s\n", result->kernel_options);
	log_print(t.s);
}

static int patch_bare(const struct options *o, const struct patch_request *request,
		      struct arena *arena, struct err *err)
{
	auto_free char *text = NULL, *install = NULL, *answers = NULL;
	auto_text struct text patched = { 0 };
	struct patch_result result;
	struct constants constants;
	struct release release;
	size_t len;

	if (io_read_file(AT_FDCWD, o->constants, SOURCE_MAX_BYTES, &text, &len, err) < 0)
		return -1;
	install = read_beside(o->constants, "install.py");
	answers = read_beside(o->constants, "answerfile.py");
	constants_read(o->constants, text, len, arena, &constants);
	if (o->show) {
		if (release_detect(&constants, install, answers, &release, err) < 0)
			return -1;
		show(&constants, &release);
		return 0;
	}
	if (patch_constants(request, &constants, install, answers, arena, &patched,
			    &result, err) < 0)
		return -1;
	if (write_text(o->out, &patched, err) < 0)
		return -1;
	if (o->out)
		say_result(&result);
	return 0;
}

static int show_image(const char *name, int in, struct arena *arena, struct err *err)
{
	auto_installer_files struct installer_files files = { 0 };
	const struct found_file *file = &files.files[FILE_CONSTANTS];
	struct segments_found found;
	struct constants constants;
	struct release release;

	if (installer_files_read(name, in, &files, &found, err) < 0)
		return -1;
	constants_read(file->name, file->content.s, file->content.len, arena, &constants);
	if (release_detect(&constants, files.files[FILE_INSTALL].content.s,
			   files.files[FILE_ANSWERFILE].content.s, &release, err) < 0)
		return -1;
	show(&constants, &release);
	return 0;
}

static int patch_file_of(const char *name, const struct options *o,
			 const struct patch_request *request, struct arena *arena,
			 struct err *err)
{
	auto_fd int in = open(name, O_RDONLY | O_CLOEXEC);
	struct output out = { .fd = -1 };
	struct patch_result result;
	int rc;

	if (in < 0)
		return err_set(err, ERR_SOURCE, errno, "open %s", name);
	if (o->show)
		return show_image(name, in, arena, err);
	/* The answerfile in it has the root password's hash. */
	rc = open_output(o->out, request->profile ? 0600 : 0644, &out, err);
	if (rc == 0)
		rc = patch_image(request, name, in, out.fd, arena, &result, err);
	if (close_output(&out, rc, err) < 0)
		return -1;
	say_result(&result);
	if (request->profile)
		printf("mode: 0600, since the root password's hash is in %s\n", o->out);
	return 0;
}

int cmd_patch_xenserver(const struct options *o, char **arguments, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	struct patch_request request = { .repack = o->repack };
	struct profile profile;

	if (check_usage(o, arguments, err) < 0 ||
	    split_settings(o, &arena, &request, err) < 0)
		return -1;
	if (o->profile) {
		if (load_xenserver_profile(o, &arena, &profile, err) < 0)
			return -1;
		request.profile = &profile;
	}
	if (o->constants)
		return patch_bare(o, &request, &arena, err);
	return patch_file_of(arguments[0], o, &request, &arena, err);
}

int cmd_answerfile(const struct options *o, char **arguments, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text t = { 0 };
	struct profile profile;
	/* Which spelling a mirror needs is the image's to say; XCP-ng's is shown. */
	struct answerfile answers = { .profile = &profile, .mirror = MIRROR_RAID };

	(void)arguments;
	if (!o->profile)
		return err_set(err, ERR_CONFIG, 0, "answerfile needs --profile FILE");
	if (load_xenserver_profile(o, &arena, &profile, err) < 0 ||
	    answerfile_write(&answers, &t, err) < 0)
		return -1;
	log_print(t.s);
	return 0;
}
