#include "plan/plan_json.h"

#include "core/digest.h"
#include "core/json.h"

static const char *const states[] = { [STATE_BLANK] = "blank",
				      [STATE_STARTED] = "started",
				      [STATE_CONVERT] = "convert",
				      [STATE_CONVERTED] = "converted",
				      [STATE_COMPLETE] = "complete" };

const char *plan_state_name(enum layout_state state)
{
	return states[state];
}

static bool is_state(const char *s)
{
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (str_eq(states[i], s))
			return true;
	return false;
}

static bool is_digest(const char *s)
{
	struct digest ignored;

	return digest_parse(s, &ignored);
}

static const struct key action_keys[] = {
	{ "step", KEY_STRING, KEY_FIELD(kept_action, step), .required = true },
	{ "destroys", KEY_BOOL, KEY_FIELD(kept_action, destroys), .required = true },
	{ "text", KEY_STRING, KEY_FIELD(kept_action, text), .required = true },
};
static const struct schema action_schema = SCHEMA("actions", kept_action, action_keys);

static const struct key plan_keys[] = {
	{ "version", KEY_UINT, KEY_FIELD(kept_plan, version), .required = true,
	  .min = PLAN_VERSION, .max = PLAN_VERSION },
	{ "host", KEY_STRING, KEY_FIELD(kept_plan, host), .required = true },
	{ "digest", KEY_STRING, KEY_FIELD(kept_plan, digest), .required = true,
	  .valid = is_digest, .form = "a SHA-256 in 64 hexadecimal digits" },
	{ "state", KEY_STRING, KEY_FIELD(kept_plan, state), .required = true,
	  .valid = is_state, .form = "blank, started, convert, converted or complete" },
	{ "degraded", KEY_STRING, KEY_FIELD(kept_plan, degraded) },
	{ "disks", KEY_LIST, KEY_COUNTED(kept_plan, disks), .required = true,
	  .of = &facts_disk_schema },
	{ "actions", KEY_LIST, KEY_COUNTED(kept_plan, actions), .required = true,
	  .of = &action_schema },
};
static const struct schema plan_schema = SCHEMA("the plan", kept_plan, plan_keys);

/* Through the schema's own writer, so that a key cannot be written and not read. */
void plan_json(const struct plan *plan, struct text *out)
{
	auto_arena struct arena arena = { 0 };
	struct digest digest = plan_digest(plan);
	struct kept_plan kept = { .version = PLAN_VERSION,
				  .host = plan->profile->host,
				  .state = plan_state_name(plan->layout.state),
				  .degraded = plan->layout.degraded,
				  .digest = DIGEST_TEXT(&digest) };

	for (size_t i = 0; i < plan->layout.n_disks; i++)
		kept.disks = arena_append(&arena, kept.disks, &kept.n_disks,
					  plan->layout.disks[i].disk,
					  sizeof(*kept.disks));
	for (size_t i = 0; i < plan->n; i++) {
		const struct action *a = &plan->actions[i];
		auto_text struct text t = { 0 };
		struct kept_action action = { .step = a->step, .destroys = a->destroys };

		plan_print_action(a, &t);
		action.text = arena_strdup(&arena, t.s);
		kept.actions = arena_append(&arena, kept.actions, &kept.n_actions,
					    &action, sizeof(action));
	}
	schema_json(&plan_schema, &kept, SCHEMA_SHOWN, out);
}

int plan_json_parse(const char *name, const char *text, size_t len, struct arena *arena,
		    struct kept_plan *ret, struct err *err)
{
	struct kept_plan kept = { .name = name };
	struct yaml_node *root;

	if (yaml_parse(name, text, len, arena, &root, err) < 0 ||
	    schema_read(&plan_schema, name, root, arena, &kept, err) < 0)
		return -1;
	*ret = kept;
	return 0;
}
