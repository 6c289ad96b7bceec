#include "bootcfg/system.h"

#include "bootcfg/menu.h"
#include "core/text.h"

/* KEY=value, KEY='value' or KEY="value": of shell assignments, the value. */
static const char *find_value(const char *text, const char *key, struct arena *arena)
{
	struct slice line;
	size_t len = strlen(key);

	while (slice_line(&text, &line)) {
		const char *value = line.s + len + 1;
		size_t n;

		if (line.len <= len + 1 || memcmp(line.s, key, len) != 0 ||
		    line.s[len] != '=')
			continue;
		n = line.len - len - 1;
		if (n >= 2 && strchr("'\"", *value) && value[n - 1] == *value) {
			value++;
			n -= 2;
		}
		return arena_strndup(arena, value, n);
	}
	return NULL;
}

static const char *get_text(const struct boot_files *files, const char *root,
			    const char *path, struct arena *arena)
{
	return files->read(files->context, root, path, arena);
}

/* Foreign text for one line of a terminal. */
static const char *clean(const char *text, struct arena *arena)
{
	char *copy;

	if (!text)
		return NULL;
	copy = arena_printf(arena, "%.200s", text);
	str_clean(copy);
	return copy;
}

static bool from_os_release(const char *text, struct arena *arena,
			    struct system_name *ret)
{
	const char *pretty = find_value(text, "PRETTY_NAME", arena);
	const char *name = find_value(text, "NAME", arena);

	ret->name = clean(pretty ? pretty : name, arena);
	ret->version = clean(find_value(text, "VERSION_ID", arena), arena);
	return ret->name;
}

static bool from_inventory(const char *text, struct arena *arena, struct system_name *ret)
{
	const char *brand = find_value(text, "PRODUCT_BRAND", arena);

	ret->version = clean(find_value(text, "PRODUCT_VERSION", arena), arena);
	if (brand)
		ret->name = clean(arena_printf(arena, "%s %s", brand,
					       ret->version ? ret->version : ""),
				  arena);
	return brand;
}

static bool from_line(const char *text, struct arena *arena, struct system_name *ret)
{
	struct slice line;

	if (!slice_line(&text, &line) || !line.len)
		return false;
	ret->name = clean(slice_dup(arena, line), arena);
	for (const char *c = ret->name; *c && !ret->version; c++)
		if (*c >= '0' && *c <= '9')
			ret->version = arena_strndup(arena, c, strspn(c, "0123456789."));
	return true;
}

struct system_name system_find_name(const struct boot_files *files, const char *root,
				    struct arena *arena)
{
	static const struct {
		const char *path;
		bool (*read)(const char *text, struct arena *arena,
			     struct system_name *ret);
	} sources[] = {
		{ "/etc/xensource-inventory", from_inventory },
		{ "/etc/os-release", from_os_release },
		{ "/usr/lib/os-release", from_os_release },
		{ "/etc/fedora-release", from_line },
		{ "/etc/redhat-release", from_line },
		{ "/etc/SuSE-release", from_line },
		{ "/etc/system-release", from_line },
		{ "/etc/arch-release", from_line },
		{ "/etc/debian_version", from_line },
	};

	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		struct system_name name = { 0 };
		const char *text = get_text(files, root, sources[i].path, arena);

		if (text && sources[i].read(text, arena, &name))
			return name;
	}
	return (struct system_name){ .name = "a system without a name" };
}

const char *system_find_root(const char *args, struct arena *arena)
{
	static const char key[] = "root=";
	struct slice rest = { args, strlen(args) };
	const char *found = NULL;

	while (rest.len) {
		struct slice word = slice_word(&rest, "");

		if (word.len > strlen(key) && memcmp(word.s, key, strlen(key)) == 0)
			found = arena_strndup(arena, word.s + strlen(key),
					      word.len - strlen(key));
	}
	return found;
}

unsigned system_partition(const char *root, bool from_zero)
{
	const char *comma;
	int number;

	if (!str_starts(root, "hd"))
		return 0;
	comma = strrchr(root, ',');
	if (!comma)
		return 0;
	comma += 1 + strcspn(comma + 1, "0123456789");
	number = slice_number((struct slice){ comma, strlen(comma) });
	return number < 0 ? 0 : (unsigned)number + from_zero;
}
