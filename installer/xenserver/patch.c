#include "xenserver/patch.h"

#include <sys/stat.h>

#include "core/io.h"
#include "image/packer.h"
#include "xenserver/answerfile.h"
#include "xenserver/installer_files.h"
#include "xenserver/repack.h"

#define COPY_BYTES (1024 * 1024)

/* Its fetcher has no HTTPS, and says nothing that could be understood. */
static int check_packages(const struct release *release, const struct xenserver *x,
			  struct err *err)
{
	const char *url = x->packages ? x->packages : x->source;

	if (release->era <= ERA_6 && !str_starts(url, "http://"))
		return err_set(err, ERR_CONFIG, 0,
			       "the installer of %s fetches packages over plain HTTP "
			       "only, not from %s; name such a place as "
			       "xenserver.packages",
			       release_era_name(release->era), url);
	return 0;
}

static const char *kernel_options(const struct release *release,
				  const struct profile *profile, struct arena *arena)
{
	const char *of_release = release_kernel_options(release, profile);
	const char *more = profile->xenserver.installer_options;

	return arena_printf(arena,
			    "install answerfile=file:///" PATCH_ANSWERFILE "%s%s%s%s",
			    *of_release ? " " : "", of_release, *more ? " " : "", more);
}

int patch_constants(const struct patch_request *request, const struct constants *c,
		    const char *install_py, const char *answerfile_py,
		    struct arena *arena, struct text *ret,
		    struct patch_result *ret_result, struct err *err)
{
	const struct profile *profile = request->profile;
	struct patch_result result = { .kernel_options = "" };
	struct patch_setting *settings = NULL;
	size_t n = 0;

	if (release_detect(c, install_py, answerfile_py, &result.release, err) < 0)
		return -1;
	if (profile) {
		uint64_t disk_bytes = request->disk_bytes ? request->disk_bytes
							  : profile->disks.min_bytes;

		if (check_packages(&result.release, &profile->xenserver, err) < 0 ||
		    release_choose(&result.release, c, profile, disk_bytes, arena,
				   &settings, &n, &result.root_bytes, err) < 0)
			return -1;
		result.kernel_options = kernel_options(&result.release, profile, arena);
	}
	for (size_t i = 0; i < request->n_settings; i++)
		settings = arena_append(arena, settings, &n, &request->settings[i],
					sizeof(*settings));
	if (constants_set(c, settings, n, ret, err) < 0)
		return -1;
	*ret_result = result;
	return 0;
}

/* The answerfile and the caller's files, and with them the archive ends. */
static int add_files(const struct patch_request *request, const struct release *release,
		     struct text *segment, struct err *err)
{
	const struct answerfile answers = { .profile = request->profile,
					    .mirror = release->mirror,
					    .disks = request->disks,
					    .interface = request->interface };
	auto_text struct text t = { 0 };

	if (request->profile) {
		if (answerfile_write(&answers, &t, err) < 0)
			return -1;
		cpio_add_parents(segment, PATCH_ANSWERFILE);
		cpio_add_file(segment, PATCH_ANSWERFILE, 0600, t.s, t.len);
	}
	for (size_t i = 0; i < request->n_files; i++) {
		const struct patch_file *file = &request->files[i];

		cpio_add_parents(segment, file->path);
		cpio_add_file(segment, file->path, file->mode, file->text,
			      strlen(file->text));
	}
	cpio_end(segment);
	return 0;
}

/* As the original, in everything but size and links. */
static void add_constants(const struct found_file *file, const struct text *patched,
			  struct text *segment)
{
	struct cpio_entry entry = file->entry;

	entry.name = file->name;
	entry.size = (uint32_t)patched->len;
	entry.nlink = 1;
	entry.ino = entry.dev[0] = entry.dev[1] = 0;
	cpio_add_head(segment, &entry);
	text_add_bytes(segment, patched->s, patched->len);
	cpio_pad(segment);
}

static int copy_slowly(const char *name, int in, off_t at, int out, struct err *err)
{
	auto_free char *buf = xmalloc(COPY_BYTES);

	for (;;) {
		ssize_t n = pread(in, buf, COPY_BYTES, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, ERR_SYSTEM, errno, "read %s", name);
		if (n == 0)
			return 0;
		if (io_write_all(out, buf, (size_t)n, "the patched image", err) < 0)
			return -1;
		at += n;
	}
}

/* The kernel copies, and shares the blocks where the file system can. */
static int copy(const char *name, int in, int out, struct err *err)
{
	off_t at = 0;
	ssize_t n;

	do
		n = copy_file_range(in, &at, out, NULL, 1 << 30, 0);
	while (n > 0 || (n < 0 && errno == EINTR));
	return copy_slowly(name, in, at, out, err); /* what is left, mostly nothing */
}

static int append_packed(int out, const struct text *segment, struct err *err)
{
	auto_packer struct packer *packer = NULL;

	if (packer_open(out, "the patched image", COMPRESSION_GZIP, &packer, err) < 0 ||
	    packer_add(packer, segment->s, segment->len, err) < 0)
		return -1;
	return packer_finish(packer, err);
}

static int append(const char *name, const struct segments_found *found, int in, int out,
		  const struct text *segment, struct err *err)
{
	static const char zeros[CPIO_ALIGN];
	auto_text struct text front = { 0 };
	unsigned char start[4] = { 0 };
	ssize_t n = pread(in, start, sizeof(start), 0);
	bool hidden = n == sizeof(start) &&
		      cpio_is_unpacked_by_kexec(start, sizeof(start));
	size_t padding;

	if (hidden && found->first == COMPRESSION_GZIP) {
		if (!found->gzip_alone)
			return err_set(
				err, ERR_SOURCE, 0,
				"%s begins with gzip and goes on otherwise, which "
				"kexec would drop; --repack makes one archive of it",
				name);
		if (copy(name, in, out, err) < 0)
			return -1;
		return append_packed(out, segment, err);
	}
	if (hidden)
		cpio_end(&front);
	padding = (CPIO_ALIGN - (front.len + found->size_bytes) % CPIO_ALIGN) %
		  CPIO_ALIGN;
	if (io_write_all(out, front.s, front.len, "the patched image", err) < 0 ||
	    copy(name, in, out, err) < 0 ||
	    io_write_all(out, zeros, padding, "the patched image", err) < 0)
		return -1;
	return io_write_all(out, segment->s, segment->len, "the patched image", err);
}

int patch_image(const struct patch_request *request, const char *name, int in, int out,
		struct arena *arena, struct patch_result *ret, struct err *err)
{
	auto_installer_files struct installer_files files = { 0 };
	const struct found_file *original = &files.files[FILE_CONSTANTS];
	auto_text struct text patched = { 0 }, segment = { 0 };
	struct segments_found found;
	struct patch_result result;
	struct constants constants;

	if (installer_files_read(name, in, &files, &found, err) < 0)
		return -1;
	constants_read(original->name, original->content.s, original->content.len, arena,
		       &constants);
	if (patch_constants(request, &constants, files.files[FILE_INSTALL].content.s,
			    files.files[FILE_ANSWERFILE].content.s, arena, &patched,
			    &result, err) < 0)
		return -1;
	if (!request->repack)
		add_constants(original, &patched, &segment);
	if (add_files(request, &result.release, &segment, err) < 0)
		return -1;
	if (request->repack ? repack_image(name, in, found.first, &patched, &segment, out,
					   err) < 0
			    : append(name, &found, in, out, &segment, err) < 0)
		return -1;
	*ret = result;
	return 0;
}

void patch_show(const struct constants *c, const struct release *release,
		struct text *out)
{
	static const char *const mirrors[] = {
		[MIRROR_NONE] = "none", [MIRROR_RAID] = "raid", [MIRROR_SWRAID] = "swraid"
	};

	text_printf(out, "release: %s\nmirror of whole disks: %s\n",
		    release_era_name(release->era), mirrors[release->mirror]);
	for (size_t i = 0; i < c->n; i++)
		if (!c->items[i].conditional)
			text_printf(out, "%5u  %s = %s\n", c->items[i].line,
				    c->items[i].name, c->items[i].value);
}
