/* What an overlay may be, what its parameters do, and which two cannot go together. */
#include "overlay/overlay.h"
#include "tests/overlay.h"
#include "tests/profile.h"

static struct arena arena;

static int free_all(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

#define HEAD "name: o\nsummary: for tests\n"

static const char whole[] = HEAD
	"needs: [/usr/sbin/httpd, {path: /a, or: /b}]\n"
	"booleans: {http_x: {state: on, or: http_y}}\n"
	"services: {httpd: {state: enabled, or: [apache2]}, x.socket: disabled}\n"
	"files:\n"
	"  /etc/motd: \"0644\"\n"
	"  /etc/x: {mode: \"4750\", owner: \"bin:12\", or: /etc/y, unless: /z}\n"
	"lines: [{file: /etc/f, key: A, line: \"A = @port@\", before: Match, when: /w}]\n"
	"parameters: {port: {help: where, form: number, preset: \"80\"}, who: {help: "
	"x}}\n";

static struct bundle whole_bundle(void)
{
	struct bundle b = overlay_bundle(whole, &arena);

	add_to_bundle(&b, "files/etc/motd", "hello @who@@port@ @ @@ a@b.c\n", &arena);
	add_to_bundle(&b, "files/etc/x", "", &arena);
	add_to_bundle(&b, "first-boot", "#!/bin/sh\necho '@who@' \"${PATH}\"\n", &arena);
	return b;
}

static struct overlay_use use_of(const char *yaml)
{
	const char *text = arena_printf(&arena, "%soverlays: [%s]\n", single_text, yaml);

	return parse_profile(&arena, text).overlays[0];
}

static void test_a_whole_one(void **state)
{
	const struct bundle b = whole_bundle();
	const struct overlay_use use = use_of("{name: o, parameters: {who: me}}");
	struct overlay o = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_ok(overlay_parse(&b, "o", &arena, &o, &err));
	assert_ok(overlay_bind(&o, &use, "p.yaml", &arena, &err));
	assert_string_equal(o.needs[1].others[0], "/b");
	assert_true(o.booleans[0].state);
	assert_int_equal(o.services[0].disabled, 0);
	assert_int_equal(o.services[1].disabled, 1);
	assert_string_equal(o.services[0].others[0], "apache2");
	assert_string_equal(o.files[0].owner, "root:root");
	assert_int_equal(overlay_mode(&o.files[1]), 04750);
	assert_string_equal(o.files[1].unless, "/z");
	assert_string_equal(o.lines[0].line, "A = 80");
	assert_string_equal(o.files[0].bytes, "hello me80 @ @@ a@b.c\n");
	assert_int_equal(o.files[0].len, strlen(o.files[0].bytes));
	assert_string_equal(o.script, "#!/bin/sh\necho 'me' \"${PATH}\"\n");
}

struct wrong {
	const char *description, *message;
};

static void test_descriptions_that_are_refused(void **state)
{
	static const struct wrong cases[] = {
		{ HEAD "file: x\n",
		  "o/overlay.yaml:3:1: unknown key \"file\" in overlay; did you mean "
		  "\"files\"?" },
		{ "summary: x\n", "o/overlay.yaml:1:1: overlay: the key \"name\" is "
				  "missing (as its folder is called)" },
		{ "name: other\nsummary: x\n",
		  "o/overlay.yaml:1:1: this overlay is called other, not o" },
		{ HEAD "files: {/etc/motd: \"0644\", /etc/no: \"0644\"}\n",
		  "o/overlay.yaml:3:28: files: the overlay has no files/etc/no" },
		{ HEAD, "o/overlay.yaml:1:1: files/etc/motd is not listed in `files`, "
			"with its mode" },
		{ HEAD "files: {/etc/motd: \"rw\"}\n",
		  "o/overlay.yaml:3:20: files: \"rw\" is not octal digits like 0644" },
		{ HEAD "files: {/etc/../motd: \"0644\"}\n",
		  "o/overlay.yaml:3:9: files: \"/etc/../motd\" is not an absolute path" },
		{ HEAD "files: {/etc/motd: {mode: \"0644\", owner: root}}\n",
		  "o/overlay.yaml:3:42: owner: \"root\" is not USER:GROUP" },
		{ HEAD "services: {httpd: on}\n",
		  "o/overlay.yaml:3:19: services: \"on\" is not enabled or disabled" },
		{ HEAD "files: {/etc/motd: \"0644\"}\nparameters: {Port: x}\n",
		  "o/overlay.yaml:4:14: parameters: \"Port\" is not lower-case letters, "
		  "digits and hyphens" },
		{ HEAD "files: {/etc/motd: \"0644\"}\n"
		       "parameters: {p: {help: x, form: number, preset: ten}}\n",
		  "o/overlay.yaml:4:14: parameters: preset of p: \"ten\" is no number" },
		{ HEAD "files: {/etc/motd: \"0644\"}\n"
		       "lines: [{file: /f, key: Match, line: Match, before: Match}]\n",
		  "o/overlay.yaml:4:9: lines: `line` itself is one that `before` names" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bundle b = overlay_bundle(cases[i].description, &arena);
		struct overlay o = { 0 };
		struct err err = { 0 };

		add_to_bundle(&b, "files/etc/motd", "hello\n", &arena);
		assert_fails(overlay_parse(&b, "o", &arena, &o, &err), ERR_CONFIG,
			     cases[i].message);
		assert_null(o.name);
	}
}

static void test_bundles_that_are_refused(void **state)
{
	static const char *const paths[] = { "files/../x", "files/",   "files",
					     "/etc/x",     "files//x", "" };
	struct bundle b = { .name = "o" };
	struct overlay o = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_fails(overlay_parse(&b, "o", &arena, &o, &err), ERR_CONFIG,
		     "overlay o: it has no overlay.yaml");
	b = overlay_bundle(HEAD, &arena);
	add_to_bundle(&b, "first-boot", "echo\n", &arena);
	assert_fails(overlay_parse(&b, "o", &arena, &o, &err), ERR_CONFIG,
		     "overlay o: first-boot does not begin with #! and its interpreter");
	assert_fails(bundle_add(&b, "README", "", 0, &arena, &err), ERR_SOURCE,
		     "overlay o: README is no part of an overlay: overlay.yaml, "
		     "first-boot and files below files/ are");
	assert_fails(bundle_add(&b, "first-boot", "", 0, &arena, &err), ERR_SOURCE,
		     "overlay o: first-boot is there twice");
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		assert_int_equal(bundle_add(&b, paths[i], "", 0, &arena, &err), -1);
		assert_contains(err.msg, "is no part of an overlay");
		err = (struct err){ 0 };
	}
}

static void test_parameters_that_are_refused(void **state)
{
	static const struct wrong cases[] = {
		/* here: the use in a profile */
		{ "o", "p.yaml:9:12: overlay o: the parameter \"who\" is missing (x)" },
		{ "{name: o, parameters: {who: me, prt: 1}}",
		  "p.yaml:9:44: overlay o has no parameter \"prt\"; did you mean "
		  "\"port\"?" },
		{ "{name: o, parameters: {who: me, elephant: 1}}",
		  "p.yaml:9:44: overlay o has no parameter \"elephant\"; there are: "
		  "port, who" },
		{ "{name: o, parameters: {who: me, port: 8o}}",
		  "p.yaml:9:44: overlay o: port: \"8o\" is no number without quotes, "
		  "backslashes, $ and backticks" },
		{ "{name: o, parameters: {who: \"$(me)\"}}",
		  "p.yaml:9:35: overlay o: who: \"$(me)\" is no text without quotes, "
		  "backslashes, $ and backticks" },
	};
	const struct bundle b = whole_bundle();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct overlay_use use = use_of(cases[i].description);
		struct overlay o = { 0 };
		struct err err = { 0 };

		assert_ok(overlay_parse(&b, "o", &arena, &o, &err));
		assert_fails(overlay_bind(&o, &use, "p.yaml", &arena, &err), ERR_CONFIG,
			     cases[i].message);
	}
}

static void test_marks(void **state)
{
	struct bundle b = overlay_bundle(HEAD "files: {/etc/a: \"0644\"}\n", &arena);
	struct overlay_use use = { .name = "o" };
	struct overlay o = { 0 };
	struct err err = { 0 };

	(void)state;
	/* Without parameters nothing is looked at. */
	add_to_bundle(&b, "files/etc/a", "@what@\n", &arena);
	assert_string_equal(parse_overlay(&b, "o", &arena)->files[0].bytes, "@what@\n");
	b = overlay_bundle(HEAD "files: {/etc/a: \"0644\", /etc/b: \"0644\"}\n"
				"parameters: {p: {help: x, preset: \"1\"}}\n",
			   &arena);
	assert_ok(bundle_add(&b, "files/etc/b", "\0@what@", 7, &arena, &err));
	add_to_bundle(&b, "files/etc/a", "user@example.com @what@\n", &arena);
	assert_ok(overlay_parse(&b, "o", &arena, &o, &err));
	assert_fails(overlay_bind(&o, &use, "p.yaml", &arena, &err), ERR_CONFIG,
		     "overlay o: /etc/a: @what@ is none of its parameters");
	b = overlay_bundle(HEAD "lines: [{file: /f, key: \"k-@p@\", line: \"k-2 = x\"}]\n"
				"parameters: {p: {help: x, preset: \"1\"}}\n",
			   &arena);
	assert_ok(overlay_parse(&b, "o", &arena, &o, &err));
	assert_fails(overlay_bind(&o, &use, "p.yaml", &arena, &err), ERR_CONFIG,
		     "o/overlay.yaml:3:9: lines: `k-2 = x` does not set its key `k-1`");
}

static void test_uses_that_are_refused(void **state)
{
	static const struct wrong cases[] = {
		{ "o, p, o", "p.yaml:9:18: overlays: o is there twice" },
		{ "{name: o, sha256: " SHA256_OF_NOTHING "}",
		  "p.yaml:9:12: overlays: sha256 is that of the archive at `url`; a "
		  "signed list has its own" },
		{ "{name: o, url: \"http://boot/o.tar\"}",
		  "p.yaml:9:12: overlays: o could be replaced by anybody on its way; "
		  "serve it over https, or give its sha256" },
		{ "{name: o, parameter: {}}",
		  "p.yaml:9:22: unknown key \"parameter\" in overlays; did you mean "
		  "\"parameters\"?" },
		{ "../o", "p.yaml:9:12: overlays: \"../o\" is not an overlay's name" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *text = arena_printf(&arena, "%soverlays: [%s]\n", single_text,
						cases[i].description);
		struct profile p = { 0 };
		struct err err = { 0 };

		assert_fails(
			profile_parse("p.yaml", text, strlen(text), &arena, &p, &err),
			ERR_CONFIG, cases[i].message);
	}
}

/* Two overlays a and b on one host; an empty message: they agree. */
struct two {
	const char *a, *b, *message;
};

static void test_two_that_disagree(void **state)
{
	static const struct two cases[] = {
		{ "files: {/etc/f: \"0644\"}", "files: {/etc/f: \"644\"}", "" },
		{ "files: {/etc/f: \"0644\"}", "files: {/etc/f: \"0600\"}",
		  "overlays a and b both want /etc/f, differently" },
		{ "files: {/etc/f: \"0644\"}",
		  "files: {/etc/f: {mode: \"0644\", owner: \"bin:bin\"}}",
		  "overlays a and b both want /etc/f, differently" },
		{ "files: {/etc/f: {mode: \"0644\", when: /x}}",
		  "files: {/etc/f: {mode: \"0600\", unless: /x}}", "" },
		{ "lines: [{file: /etc/g, or: /etc/f, key: k, line: k}]",
		  "files: {/etc/f: \"0600\"}",
		  "overlays b and a both want /etc/f, differently" },
		{ "lines: [{file: /etc/g, key: k, line: k=1}]",
		  "lines: [{file: /x, or: /etc/g, key: k, line: k=2}]",
		  "overlays a and b both want k in /etc/g, differently" },
		{ "lines: [{file: /etc/g, key: k, line: k=1}]",
		  "lines: [{file: /etc/g, key: k, line: k=1}]", "" },
		{ "lines: [{file: /etc/g, key: k, line: k=1}]",
		  "lines: [{file: /etc/g, key: j, line: j=1}]", "" },
		{ "services: {httpd: enabled}",
		  "services: {apache2: {state: disabled, or: httpd}}",
		  "overlays a and b both want the service httpd, differently" },
		{ "booleans: {x: {state: on, or: y}}", "booleans: {y: off}",
		  "overlays a and b both want the boolean y, differently" },
		{ "booleans: {z: off}", "booleans: {y: off}",
		  "p.yaml:10:12: overlay a wants the boolean z off, selinux.booleans "
		  "the contrary" },
	};
	const char *text = arena_printf(
		&arena, "%sselinux: {booleans: {z: on}}\noverlays: [a, b]\n",
		single_text);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *const sides[] = { cases[i].a, cases[i].b };
		struct profile p = parse_profile(&arena, text);
		struct err err = { 0 };

		for (size_t j = 0; j < 2; j++) {
			const char *name = j ? "b" : "a";
			struct bundle b = overlay_bundle(
				arena_printf(&arena, "name: %s\nsummary: x\n%s\n", name,
					     sides[j]),
				&arena);

			if (strstr(sides[j], "files:"))
				add_to_bundle(&b, "files/etc/f", "same\n", &arena);
			p.overlays[j].overlay = parse_overlay(&b, name, &arena);
		}
		if (!*cases[i].message)
			assert_ok(overlays_check(&p, &err));
		else
			assert_fails(overlays_check(&p, &err), ERR_CONFIG,
				     cases[i].message);
	}
}

static void test_nobody_has_loaded_it(void **state)
{
	const char *text = arena_printf(&arena, "%soverlays: [a]\n", single_text);
	struct profile p = parse_profile(&arena, text);
	struct err err = { 0 };

	(void)state;
	assert_fails(overlays_check(&p, &err), ERR_CONFIG,
		     "p.yaml:9:12: overlay a has not been loaded");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_whole_one),
		cmocka_unit_test(test_descriptions_that_are_refused),
		cmocka_unit_test(test_bundles_that_are_refused),
		cmocka_unit_test(test_parameters_that_are_refused),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_uses_that_are_refused),
		cmocka_unit_test(test_two_that_disagree),
		cmocka_unit_test(test_nobody_has_loaded_it),
	};

	return cmocka_run_group_tests(tests, NULL, free_all);
}
