/*
 * facts, router, extract, reference and version: each answers one question.
 */
#include <fcntl.h>

#include "commands.h"
#include "config/profile.h"
#include "config/value.h"
#include "core/io.h"
#include "core/log.h"
#include "fetch/router_advert.h"
#include "image/image.h"

#define ROUTER_SECONDS 6

int load_facts(const struct options *o, struct arena *arena, struct facts *ret,
	       struct err *err)
{
	auto_free char *text = NULL;
	size_t len;

	if (!o->facts) {
		facts_probe(o->root ? o->root : "", arena, ret);
		return 0;
	}
	if (io_read_file(AT_FDCWD, o->facts, PROFILE_MAX_BYTES, &text, &len, err) < 0)
		return err_wrap(err, "facts");
	return facts_parse(o->facts, text, len, arena, ret, err);
}

int cmd_facts(const struct options *o, char **arguments, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text t = { 0 };
	struct facts facts;

	(void)arguments;
	if (load_facts(o, &arena, &facts, err) < 0)
		return -1;
	if (o->json) {
		schema_json(&facts_schema, &facts, SCHEMA_SHOWN, &t);
		text_add(&t, "\n");
	} else {
		facts_print(&facts, &t);
	}
	log_print(t.s);
	return 0;
}

int cmd_extract(const struct options *o, char **arguments, struct err *err)
{
	struct digest expected;
	struct image_stats stats = { 0 };
	auto_share struct share *share = o->serve ? share_new() : NULL;
	const struct chunk_source chunks = {
		.list = o->chunks,
		.peers = o->peers,
		.n_peers = o->n_peers,
		.share = share,
	};
	struct image_source source = {
		.url = arguments[0],
		.chunks = o->chunks ? &chunks : NULL,
		.fetch = { .allow_path = true },
		.progress = isatty(STDERR_FILENO) ? "image" : NULL,
		.labels = IMAGE_LABELS_IF_ENABLED,
	};
	auto_fd int dir = open(arguments[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return err_set(err, ERR_SYSTEM, errno, "open %s", arguments[1]);
	if (o->serve && !value_is_duration(o->serve))
		return err_set(err, ERR_CONFIG, 0,
			       "--serve-chunks: a time such as 90s, 10m or 1h");
	if (!o->chunks && (o->serve || o->n_peers))
		return err_set(err, ERR_CONFIG, 0,
			       "--serve-chunks and --chunk-peer go with --chunks");
	if (o->sha256) {
		if (!digest_parse(o->sha256, &expected))
			return err_set(err, ERR_CONFIG, 0,
				       "--sha256: 64 hexadecimal digits are needed");
		source.sha256 = &expected;
	}
	if (image_extract(&source, dir, arguments[1], &stats, err) < 0)
		return -1;
	if (stats.unlabelled.code)
		log_warning("labels: %s", stats.unlabelled.msg);
	printf("%s\n", DIGEST_TEXT(&stats.sha256));
	fflush(stdout);
	if (share)
		serve_chunks(share, o->serve, false, NULL);
	return 0;
}

int cmd_router(const struct options *o, char **arguments, struct err *err)
{
	auto_text struct text t = { 0 };

	(void)o;
	if (router_solicit(arguments[0], ROUTER_SECONDS, &t, err) < 0)
		return -1;
	fputs(t.s, stdout);
	return 0;
}

int cmd_reference(const struct options *o, char **arguments, struct err *err)
{
	auto_text struct text t = { 0 };

	(void)o;
	(void)arguments;
	(void)err;
	text_add(&t, "# Profile reference\n\nPrinted from the key table by "
		     "`dom0strap reference`; do not edit.\n");
	schema_document(&profile_schema, "profile", &t);
	log_print(t.s);
	return 0;
}

int cmd_version(const struct options *o, char **arguments, struct err *err)
{
	(void)o;
	(void)arguments;
	(void)err;
	puts("dom0strap " DOM0STRAP_VERSION);
	return 0;
}
