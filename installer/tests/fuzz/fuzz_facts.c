/*
 * Facts from a file, and a plan from them: any facts give a plan or a refusal, and a plan
 * prints the same twice.
 */
#include <assert.h>

#include "plan/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char profile_text[] =
	"{host: h, target: xen-dom0, disks: {count: 1}, partitions: [{name: a, size: 1G},"
	"{name: b, size: rest}], filesystems: [{on: b, type: ext4, mount: /}],"
	"image: {url: \"https://x.example\", sha256: "
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855}}";

static void plan_for(const struct facts *facts, struct arena *arena)
{
	auto_plan struct plan plan = { 0 };
	auto_text struct text once = { 0 }, twice = { 0 };
	struct profile profile;
	struct err err = { 0 };

	if (profile_parse("p", profile_text, strlen(profile_text), arena, &profile,
			  &err) < 0)
		abort();
	if (plan_make(&profile, facts, &plan, &err) < 0) {
		assert(err.code == ERR_HARDWARE || err.code == ERR_UNSAFE);
		assert(plan.n == 0);
		return;
	}
	plan_print(&plan, &once);
	plan_print(&plan, &twice);
	assert(str_eq(once.s, twice.s));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text json = { 0 }, again = { 0 }, prose = { 0 };
	struct facts facts = { 0 }, reread = { 0 };
	struct err err = { 0 };

	if (facts_parse("f", (const char *)data, size, &arena, &facts, &err) < 0) {
		assert(err.code == ERR_CONFIG);
		return 0;
	}
	schema_json(&facts_schema, &facts, SCHEMA_SHOWN, &json);
	if (facts_parse("f", json.s, json.len, &arena, &reread, &err) < 0) {
		fprintf(stderr, "%s\n%s\n", err.msg, json.s);
		abort();
	}
	schema_json(&facts_schema, &reread, SCHEMA_SHOWN, &again);
	assert(str_eq(json.s, again.s));
	facts_print(&facts, &prose);
	plan_for(&facts, &arena);
	return 0;
}
