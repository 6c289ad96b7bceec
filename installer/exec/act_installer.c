/*
 * Action `installer`: XenServer's own installer, fetched, prepared for this host and
 * loaded. Nothing on a disk changes.
 */
#include <fcntl.h>

#include "core/io.h"
#include "core/log.h"
#include "core/text.h"
#include "core/url.h"
#include "exec/exec.h"
#include "exec/kexec.h"
#include "fetch/fetch.h"
#include "xenserver/disk_names.h"
#include "xenserver/patch.h"

#define WORK_DIR   "/run/dom0strap"
#define COPY_BYTES 65536

struct part { /* of its medium */
	const char *path, *sha256;
	const char *file; /* here */
};

static int copy_stream(struct fetch *f, int fd, const struct part *part,
		       struct digest *ret, struct err *err)
{
	auto_free char *buf = xmalloc(COPY_BYTES);
	struct digest_state *state = digest_new();
	size_t len;
	int rc;

	do {
		rc = fetch_read(f, buf, COPY_BYTES, &len, err);
		if (rc == 0)
			digest_add(state, buf, len);
		if (rc == 0)
			rc = io_write_all(fd, buf, len, part->file, err);
	} while (rc == 0 && len == COPY_BYTES);
	*ret = digest_end(state);
	return rc;
}

static int fetch_part(const char *source, const struct part *part, struct err *err)
{
	const char *slash = source[strlen(source) - 1] == '/' ? "" : "/";
	auto_free char *url = xasprintf("%s%s%s", source, slash, part->path);
	auto_free char *shown = url_public(url);
	auto_fd int fd = open(part->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	auto_fetch struct fetch *f = NULL;
	struct digest is, want;

	if (fd < 0)
		return err_set(err, ERR_SYSTEM, errno, "create %s", part->file);
	log_info("  %s", shown);
	if (fetch_open(url, &(struct fetch_options){ .stop = exec_interrupted }, &f,
		       err) < 0 ||
	    copy_stream(f, fd, part, &is, err) < 0)
		return -1;
	if (!part->sha256)
		return 0;
	if (!digest_parse(part->sha256, &want))
		return err_set(err, ERR_CONFIG, 0, "xenserver.sha256 is not a SHA-256");
	if (memcmp(&is, &want, sizeof(is)) != 0)
		return err_set(err, ERR_SOURCE, 0,
			       "%s has SHA-256 %s; the profile says %s", shown,
			       DIGEST_TEXT(&is), part->sha256);
	return 0;
}

static int prepare_image(const struct exec *x, const struct installer_spec *s,
			 const char *from, const char *to, struct arena *arena,
			 struct patch_result *ret, struct err *err)
{
	auto_text struct text rules = { 0 }, program = { 0 };
	auto_fd int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
	struct patch_request request = {
		.profile = x->plan->profile,
		.disks = s->names,
		.interface = s->interface,
		.disk_bytes = s->primary_bytes,
	};

	out = open(to, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (in < 0 || out < 0)
		return err_set(err, ERR_SYSTEM, errno, "open %s", in < 0 ? from : to);
	disk_names_write_rules(&rules);
	disk_names_write_program(s->names, s->marks, s->n_disks, &program);
	request.files = (const struct patch_file[]){
		{ DISK_NAMES_RULES, 0644, rules.s },
		{ DISK_NAMES_PROGRAM, 0755, program.s },
	};
	request.n_files = 2;
	return patch_image(&request, "install.img", in, out, arena, ret, err);
}

static int load(const struct installer_spec *s, const char *xen, const char *kernel,
		const char *image, const struct patch_result *patched,
		struct arena *arena, struct err *err)
{
	const char *const initrds[] = { image, NULL };
	const char *options = arena_printf(arena, "%s %s %s", s->kernel_options,
					   patched->kernel_options,
					   s->from->installer_options);

	log_info("  releases %s: %s", release_era_name(patched->release.era), options);
	return kexec_load_xen(&(struct kexec_xen){ .xen = xen,
						   .kernel = kernel,
						   .initrds = initrds,
						   .xen_options = s->xen_options,
						   .kernel_options = options },
			      err);
}

int act_installer(const struct exec *x, const struct action *a, struct err *err)
{
	static const char patched_file[] = WORK_DIR "/installer.img";
	const struct installer_spec *s = &a->installer;
	const struct source_digests *d = &s->from->sha256;
	const struct part parts[] = {
		{ "boot/xen.gz", d->xen, WORK_DIR "/xen.gz" },
		{ "boot/vmlinuz", d->vmlinuz, WORK_DIR "/vmlinuz" },
		{ "install.img", d->install_img, WORK_DIR "/install.img" },
	};
	auto_arena struct arena arena = { 0 };
	struct patch_result patched = { 0 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(parts); i++)
		rc = fetch_part(s->from->source, &parts[i], err);
	if (rc == 0)
		rc = prepare_image(x, s, parts[2].file, patched_file, &arena, &patched,
				   err);
	if (rc == 0)
		rc = load(s, parts[0].file, parts[1].file, patched_file, &patched, &arena,
			  err);
	/* All of it is in memory twice until then. */
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		unlink(parts[i].file);
	unlink(patched_file);
	return rc;
}
