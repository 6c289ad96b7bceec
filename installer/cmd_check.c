/*
 * check: a profile, alone or over the defaults of its boot server, and under which names
 * that server hands it out.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "commands.h"
#include "config/value.h"
#include "core/io.h"
#include "core/log.h"

static int read_tree(const char *path, struct arena *arena, char **ret_text,
		     struct yaml_node **ret_root, struct err *err)
{
	size_t len;

	if (io_read_file(AT_FDCWD, path, PROFILE_MAX_BYTES, ret_text, &len, err) < 0) {
		err->code = ERR_CONFIG;
		return err_wrap(err, "profile");
	}
	return yaml_parse(path, *ret_text, len, arena, ret_root, err);
}

/* The profile, and its text as a machine is to get it: as typed, if nothing is below. */
static int read_files(const struct options *o, const char *path, struct arena *arena,
		      struct profile *ret, struct text *ret_text, struct err *err)
{
	auto_free char *text = NULL, *below = NULL;
	struct yaml_node *root, *defaults;

	if (o->defaults && read_tree(o->defaults, arena, &below, &defaults, err) < 0)
		return -1;
	if (read_tree(path, arena, &text, &root, err) < 0)
		return -1;
	if (o->defaults)
		yaml_merge(defaults, o->defaults, root);
	if (profile_read(path, root, arena, ret, err) < 0)
		return -1;
	if (o->defaults)
		yaml_write(root, ret_text);
	else
		text_add(ret_text, text);
	return 0;
}

/* Without `match` it is for the machine that the file is called after. */
static struct match match_of(const struct profile *profile, const char *path,
			     struct arena *arena)
{
	const char *slash = strrchr(path, '/');
	char *name = arena_strdup(arena, slash ? slash + 1 : path);
	struct match match = profile->match;

	if (match.mac || match.uuid || match.serial || !str_ends(name, ".yaml"))
		return match;
	name[strlen(name) - strlen(".yaml")] = '\0';
	if (value_is_guid(name))
		match.uuid = arena_strdup(arena, name);
	for (char *c = name; *c; c++)
		if (*c == '-')
			*c = ':';
	if (value_is_mac(name))
		match.mac = name;
	return match;
}

static int put_file(const char *path, const char *text, struct err *err)
{
	auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			      0644);

	if (fd < 0 && errno == EEXIST)
		return err_set(
			err, ERR_CONFIG, 0,
			"%s is there already: another profile is for that machine, "
			"too",
			path);
	if (fd < 0)
		return err_set(err, ERR_SYSTEM, errno, "create %s", path);
	return io_write_all(fd, text, strlen(text), path, err);
}

/* DIR/mac/…, DIR/uuid/…, DIR/serial/…; each is told, with the value as it was typed. */
static int put_profile(const char *dir, const char *path, const struct match *match,
		       const char *text, struct err *err)
{
	const struct {
		const char *kind, *value;
	} names[] = { { "mac", match->mac },
		      { "uuid", match->uuid },
		      { "serial", match->serial } };
	bool any = false;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		auto_free char *name = NULL, *folder = NULL, *file = NULL, *line = NULL;

		if (!names[i].value)
			continue;
		any = true;
		name = profile_file_name(names[i].value);
		folder = xasprintf("%s/%s", dir, names[i].kind);
		file = xasprintf("%s/%s.yaml", folder, name);
		if (mkdir(folder, 0755) < 0 && errno != EEXIST)
			return err_set(err, ERR_SYSTEM, errno, "create %s", folder);
		if (put_file(file, text, err) < 0)
			return err_wrap(err, "%s", path);
		line = xasprintf("%s\t%s\t%s\n", names[i].kind, name, names[i].value);
		log_print(line);
	}
	if (!any)
		return err_set(
			err, ERR_CONFIG, 0,
			"%s: no machine would ask for it: give it `match` with mac, "
			"uuid or serial, or call the file after the MAC address "
			"(52-54-00-aa-bb-cc.yaml) or the UUID",
			path);
	return 0;
}

int cmd_check(const struct options *o, char **arguments, struct err *err)
{
	const char *source = arguments[0];
	auto_arena struct arena arena = { 0 };
	auto_text struct text text = { 0 };
	auto_free char *line = NULL;
	struct profile profile;
	struct digest digest;
	struct match match;

	if (strstr(source, "://")) {
		if (o->defaults || o->out)
			return err_set(err, ERR_CONFIG, 0,
				       "check: --defaults and --out are for files");
		if (load_profile(o, source, &(struct facts){ 0 }, &arena, &profile,
				 &(struct sources){ 0 }, err) < 0)
			return -1;
	} else if (read_files(o, source, &arena, &profile, &text, err) < 0) {
		return -1;
	}
	if (o->overlays && check_overlays(o, &arena, &profile, err) < 0)
		return -1;
	if (o->out) {
		match = match_of(&profile, source, &arena);
		return put_profile(o->out, source, &match, text.s, err);
	}
	digest = profile_digest(&profile);
	line = xasprintf("%s: fine, for %s, digest %s\n", source, profile.host,
			 DIGEST_TEXT(&digest));
	log_print(line);
	return 0;
}
