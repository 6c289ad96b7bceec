/*
 * `selinux` and what dom0's kernel is told about it must agree: a kernel that starts with
 * selinux=0 enforces nothing, whatever the host's config says.
 */
#include "config/profile_parts.h"

#define fail(p, at, err, ...) yaml_error((p)->name, at, err, __VA_ARGS__)

/* The last of the arguments that begins so wins: its value, up to a blank, or NULL. */
static const char *argument(const char *arguments, const char *prefix)
{
	const char *value = NULL;

	for (const char *word = arguments; *word; word += strspn(word, " ")) {
		if (str_starts(word, prefix))
			value = word + strlen(prefix);
		word += strcspn(word, " ");
	}
	return value;
}

static bool word_is(const char *value, const char *word)
{
	size_t len = strlen(word);

	return value && strncmp(value, word, len) == 0 &&
	       (value[len] == ' ' || value[len] == '\0');
}

bool profile_has_argument(const char *arguments, const char *argument_and_value)
{
	for (const char *word = arguments; *word; word += strspn(word, " ")) {
		if (word_is(word, argument_and_value))
			return true;
		word += strcspn(word, " ");
	}
	return false;
}

int profile_validate_selinux(const struct profile *p, struct err *err)
{
	static const struct {
		enum selinux_choice mode;
		const char *prefix, *value;
	} contradictions[] = {
		{ SELINUX_CHOICE_ENFORCING, "selinux=", "0" },
		{ SELINUX_CHOICE_ENFORCING, "enforcing=", "0" },
		{ SELINUX_CHOICE_PERMISSIVE, "selinux=", "0" },
		{ SELINUX_CHOICE_PERMISSIVE, "enforcing=", "1" },
		{ SELINUX_CHOICE_DISABLED, "selinux=", "1" },
		{ SELINUX_CHOICE_DISABLED, "security=", "selinux" },
		{ SELINUX_CHOICE_DISABLED, "enforcing=", "1" },
	};
	const char *options = p->xen.kernel_options;

	for (size_t i = 0; i < ARRAY_LEN(contradictions); i++)
		if (p->selinux.mode == contradictions[i].mode &&
		    word_is(argument(options, contradictions[i].prefix),
			    contradictions[i].value))
			return fail(p, p->selinux.at, err,
				    "selinux.mode contradicts \"%s%s\" in "
				    "xen.kernel-options",
				    contradictions[i].prefix, contradictions[i].value);
	return 0;
}
