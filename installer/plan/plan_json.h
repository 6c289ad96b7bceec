/*
 * The plan as one line of JSON, and read back: what `plan --json` prints for programs,
 * and what `install --plan FILE` holds the machine against.
 */
#ifndef PLAN_PLAN_JSON_H
#define PLAN_PLAN_JSON_H

#include "plan/plan.h"

#define PLAN_VERSION 1

struct kept_action {
	struct yaml_mark at;
	const char *step;
	bool destroys;
	const char *text; /* as plan_print_action() writes it */
};

struct kept_plan {
	struct yaml_mark at;
	const char *name; /* the file's, for messages */
	uint64_t version;
	const char *host;
	const char *digest;   /* 64 hexadecimal digits */
	const char *state;    /* "blank", "started" or "complete" */
	const char *degraded; /* which disks are missing; NULL: none */
	struct disk *disks;   /* those that the plan chose, as facts */
	size_t n_disks;
	struct kept_action *actions;
	size_t n_actions;
};

const char *plan_state_name(enum layout_state state);

void plan_json(const struct plan *plan, struct text *out);

/* ERR_CONFIG with "name:line:column: ". Everything lives in the arena. */
must_check int plan_json_parse(const char *name, const char *text, size_t len,
			       struct arena *arena, struct kept_plan *ret,
			       struct err *err);

#endif
