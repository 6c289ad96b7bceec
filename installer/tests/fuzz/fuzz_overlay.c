/*
 * An overlay's archive is what the network brought. Whatever it is, it is read or
 * refused; in one that is read every file is listed and has a path of the host.
 */
#include <assert.h>

#include "config/value.h"
#include "core/text.h"
#include "overlay/overlay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_sound(const struct overlay *o)
{
	for (size_t i = 0; i < o->n_files; i++) {
		assert(value_is_host_path(o->files[i].path));
		assert(o->files[i].bytes[o->files[i].len] == '\0');
		assert(overlay_mode(&o->files[i]) <= 07777);
	}
	assert(!o->script || str_starts(o->script, "#!/"));
}

/* With every parameter given. */
static void bind(struct overlay *o, struct arena *arena)
{
	struct overlay_use use = { .name = o->name };
	struct err err = { 0 };

	for (size_t i = 0; i < o->n_parameters; i++) {
		struct overlay_value v = { .name = o->parameters[i].name, .value = "1" };

		use.parameters = arena_append(arena, use.parameters, &use.n_parameters,
					      &v, sizeof(v));
	}
	if (overlay_bind(o, &use, "p", arena, &err) < 0)
		assert(err.code == ERR_CONFIG);
	else
		assert_sound(o);
}

static void read_bundle(const struct bundle *b, struct arena *arena)
{
	struct overlay o = { 0 };
	struct err err = { 0 };

	if (overlay_parse(b, "o", arena, &o, &err) < 0) {
		assert(err.code == ERR_CONFIG);
		return;
	}
	assert_sound(&o);
	bind(&o, arena);
}

/* The input is an archive, and also, with two files beside it, a description. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena arena = { 0 };
	struct bundle archive = { 0 }, described = { .name = "f" };
	struct err err = { 0 };

	if (bundle_read_archive("f", data, size, &arena, &archive, &err) < 0)
		assert(err.code == ERR_SOURCE);
	else
		read_bundle(&archive, &arena);
	err = (struct err){ 0 };
	if (bundle_add(&described, OVERLAY_FILE, data, size, &arena, &err) < 0 ||
	    bundle_add(&described, OVERLAY_FILES "/etc/motd", "@p@", 3, &arena, &err) <
		    0 ||
	    bundle_add(&described, OVERLAY_SCRIPT, "#!/x @p@", 8, &arena, &err) < 0)
		abort();
	read_bundle(&described, &arena);
	return 0;
}
