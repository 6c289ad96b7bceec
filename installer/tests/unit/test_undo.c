/*
 * The undo archive, there and back again, on image files: saved, overwritten by the
 * actions of an install, judged, put back.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "core/io.h"
#include "core/log.h"
#include "core/proc.h"
#include "exec/device.h"
#include "exec/exec.h"
#include "exec/undo.h"
#include "tests/scratch.h"

#define DISK_BYTES (64 * MIB)
#define PLANNED_ID "0x1a2b3c4d"
#define FS_UUID    "aaaaaaaa-bbbb-8ccc-8ddd-eeeeeeeeeeee"
#define MD_UUID    "11223344:55667788:99aabbcc:ddeeff00"
#define MD_HYPHENS "11223344-5566-7788-99aa-bbccddeeff00"

static char *logged;
static size_t logged_len;
static FILE *log_file;

static int set_up(void **state)
{
	log_file = open_memstream(&logged, &logged_len);
	log_to(log_file);
	return scratch_enter(state);
}

static int tear_down(void **state)
{
	log_to(stderr);
	fclose(log_file);
	free(logged);
	return scratch_leave(state);
}

static void shell(const char *script)
{
	struct err err = { 0 };

	assert_ok(RUN(&err, "sh", "-euc", script));
}

/* Two disks: one has somebody's GPT with a filesystem, the other nothing at all. */
static void make_disks(void)
{
	shell("PATH=/usr/sbin:$PATH; rm -f a b *.cpio; truncate -s 64M a b;"
	      "printf 'label: gpt\\nstart=2048, size=32768\\n' | sfdisk -q a;"
	      "mkfs.ext4 -q -E offset=1048576 a 16M >out 2>&1;"
	      "printf 'far away' | dd of=a bs=1 seek=40000000 conv=notrunc status=none;"
	      "cp a a.before; cp b b.before");
}

static bool same_files(const char *x, const char *y)
{
	const char *const argv[] = { "cmp", "-s", x, y, NULL };
	struct err err = { 0 };

	return proc_run(&(struct proc){ .argv = argv }, &err) == 0;
}

static struct disk probe(const char *path, const char *serial)
{
	static struct arena arenas[8]; /* freed by nobody: facts outlive each test */
	static size_t n;
	struct disk d = { .name = path,
			  .path = path,
			  .serial = serial,
			  .size_bytes = DISK_BYTES,
			  .sector_bytes = 512 };

	n = (n + 1) % ARRAY_LEN(arenas);
	arena_free(&arenas[n]);
	facts_probe_contents("", &arenas[n], &d);
	return d;
}

static struct layout_range ranges[] = {
	{ .disk = "a", .offset_bytes = 0, .size_bytes = 3 * MIB },
	{ .disk = "a", .offset_bytes = 16 * MIB, .size_bytes = 65536 },
	{ .disk = "a", .offset_bytes = 63 * MIB, .size_bytes = MIB },
	{ .disk = "b", .offset_bytes = 0, .size_bytes = 3 * MIB },
	{ .disk = "b", .offset_bytes = 63 * MIB, .size_bytes = MIB },
};

struct install { /* a plan for both disks */
	struct disk facts[2];
	struct layout_disk disks[2];
	struct layout_array array;
	struct layout_filesystem fs;
	struct profile profile;
	struct plan plan;
};

static void make_plan(struct install *p)
{
	*p = (struct install){ .facts = { probe("a", "SN-A"), probe("b", "SN-B") },
			       .profile = { .host = "xen01", .finish = FINISH_REBOOT } };
	for (size_t i = 0; i < 2; i++)
		p->disks[i] = (struct layout_disk){ .disk = &p->facts[i],
						    .table_id = PLANNED_ID };
	p->array = (struct layout_array){ .device = "/dev/md1", .uuid = MD_UUID };
	p->fs = (struct layout_filesystem){ .device = "/dev/md1", .uuid = FS_UUID };
	p->plan = (struct plan){ .profile = &p->profile,
				 .layout = { .disks = p->disks,
					     .n_disks = 2,
					     .arrays = &p->array,
					     .n_arrays = 1,
					     .filesystems = &p->fs,
					     .n_filesystems = 1 } };
}

static int save_to(const char *dest, struct err *err)
{
	struct exec_options options = { .undo = dest };
	struct action a = { .kind = ACT_SAVE,
			    .step = "disk",
			    .ranges = { ranges, ARRAY_LEN(ranges) } };
	struct install p;

	make_plan(&p);
	return act_save(&(struct exec){ .plan = &p.plan, .options = &options }, &a, err);
}

/* What an install does to the disks before it makes a filesystem. */
static void overwrite(bool with_table)
{
	struct err err = { 0 };
	struct action clears[] = {
		{ .kind = ACT_CLEAR, .ranges = { ranges, 3 } },
		{ .kind = ACT_CLEAR, .ranges = { ranges + 3, 2 } },
	};

	for (size_t i = 0; i < 2; i++)
		assert_ok(act_clear(NULL, &clears[i], &err));
	if (with_table)
		shell("for d in a b; do printf 'label: dos\\nlabel-id: " PLANNED_ID
		      "\\nstart=4096, size=65536, type=83\\n' | "
		      "/usr/sbin/sfdisk -q $d; done");
}

static int open_archive(void)
{
	int fd;

	shell("mv undo-xen01-*Z.cpio undo.cpio");
	fd = open("undo.cpio", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

struct judged {
	struct arena arena;
	struct undo undo;
	struct disk facts[2];
	struct undo_seen seen[2];
	struct undo_decision decision;
};

static int judge(struct judged *j, struct err *err)
{
	auto_fd int fd = open("undo.cpio", O_RDONLY | O_CLOEXEC);

	*j = (struct judged){ .facts = { probe("a", "SN-A"), probe("b", "SN-B") } };
	assert_int_equal(undo_read(fd, "undo.cpio", &j->arena, &j->undo, err), 0);
	assert_int_equal(j->undo.n_disks, 2);
	for (size_t i = 0; i < 2; i++)
		undo_look(&j->undo.disks[i], &j->facts[i], &j->arena, &j->seen[i]);
	return undo_decide(&j->undo, j->seen, &j->arena, &j->decision, err);
}

static void restore(const struct judged *j)
{
	struct err err = { 0 };

	for (size_t i = 0; i < 2; i++)
		assert_ok(undo_restore(&j->undo.disks[i], j->facts[i].path, &err));
}

static void save(void)
{
	struct err err = { 0 };

	make_disks();
	assert_ok(save_to(scratch, &err));
	close(open_archive());
}

static void test_there_and_back(void **state)
{
	struct err err = { 0 };
	struct judged j;

	(void)state;
	for (int with_table = 0; with_table < 2; with_table++) {
		struct stat st;

		save();
		assert_int_equal(stat("undo.cpio", &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		assert_true(st.st_size < 6 * (off_t)MIB); /* zeros are not kept */
		overwrite(with_table);
		assert_false(same_files("a", "a.before"));
		assert_ok(judge(&j, &err));
		assert_int_equal(j.decision.losses[0].n, 0);
		assert_int_equal(j.decision.losses[1].n, 0);
		assert_string_equal(j.undo.host, "xen01");
		assert_int_equal(strlen(j.undo.digest), 64);
		restore(&j);
		assert_true(same_files("a", "a.before"));
		assert_true(same_files("b", "b.before"));
		arena_free(&j.arena);
		assert_ok(judge(&j, &err)); /* twice does no harm */
		restore(&j);
		assert_true(same_files("a", "a.before"));
		arena_free(&j.arena);
	}
}

static void test_says_what_is_lost(void **state)
{
	struct err err = { 0 };
	struct judged j;
	uint64_t at;
	auto_fd int fd = -1;

	(void)state;
	save();
	overwrite(true);
	assert_ok(judge(&j, &err));
	assert_true(j.undo.disks[1].n_samples > 50);
	at = j.undo.disks[1].samples[7].offset_bytes;
	arena_free(&j.arena);
	fd = open("b", O_RDWR | O_CLOEXEC);
	assert_ok(device_write(fd, "b", "x", at + 100, 1, &err));
	assert_ok(judge(&j, &err));
	assert_int_equal(j.decision.losses[0].n, 0);
	assert_int_equal(j.decision.losses[1].n, 1);
	assert_int_equal(j.decision.losses[1].offsets[0], at);
	arena_free(&j.arena);
}

static void assert_refused(const char *findings)
{
	auto_free char *msg = xasprintf("nothing is put back:%s", findings);
	struct err err = { 0 };
	struct judged j;

	assert_fails(judge(&j, &err), ERR_UNSAFE, msg);
	arena_free(&j.arena);
}

static void test_refuses_after_a_filesystem(void **state)
{
	(void)state;
	save();
	overwrite(true);
	shell("/usr/sbin/mkfs.ext4 -q -U " FS_UUID
	      " -E offset=2097152 b 32M >out 2>&1; cp b b.now");
	assert_refused(
		"\n  b (serial SN-B): the install has made its filesystem /dev/md1 "
		"(ext4 at byte 2098232)");
	assert_true(same_files("b", "b.now"));
}

static void put_le(unsigned char *p, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)(value >> (8 * i));
}

/* A version 1.2 superblock at the partition's byte 4096, as far as anybody looks. */
static void write_md(const char *path, uint64_t start, uint64_t data, const char *uuid)
{
	unsigned char sb[256] = { 0 };
	struct err err = { 0 };
	auto_fd int fd = open(path, O_RDWR | O_CLOEXEC);
	uint64_t sum = 0;

	put_le(sb, 0xa92b4efc, 4);
	put_le(sb + 4, 1, 4);
	for (size_t i = 0, n = 0; uuid[i]; i++) {
		unsigned byte;

		if (uuid[i] == ':')
			continue;
		assert_int_equal(sscanf(uuid + i++, "%2x", &byte), 1);
		sb[16 + n++] = (unsigned char)byte;
	}
	put_le(sb + 128, data / 512, 8);
	put_le(sb + 144, 8, 8); /* super_offset */
	for (size_t i = 0; i < sizeof(sb); i += 4)
		sum += (uint64_t)sb[i] | (uint64_t)sb[i + 1] << 8 |
		       (uint64_t)sb[i + 2] << 16 | (uint64_t)sb[i + 3] << 24;
	put_le(sb + 216, (sum & 0xffffffff) + (sum >> 32), 4);
	assert_ok(device_write(fd, path, sb, start + 4096, sizeof(sb), &err));
}

/* The superblock of an array hides what stands further inside. */
static void test_refuses_a_filesystem_in_an_array(void **state)
{
	struct err err = { 0 };
	struct judged j;

	(void)state;
	save();
	overwrite(true);
	write_md("b", 2 * MIB, 8 * MIB, MD_UUID);
	assert_ok(judge(&j, &err)); /* the array alone is no filesystem */
	assert_int_equal(j.facts[1].n_signatures, 2);
	assert_string_equal(j.facts[1].signatures[1].uuid, MD_HYPHENS);
	arena_free(&j.arena);
	shell("/usr/sbin/mkfs.ext4 -q -U " FS_UUID " -E offset=10485760 b 20M >out 2>&1");
	assert_refused("\n  b (serial SN-B): the install has made its filesystem "
		       "/dev/md1, inside an array");
}

static void test_refuses_what_others_wrote(void **state)
{
	(void)state;
	save();
	overwrite(true);
	write_md("b", 2 * MIB, 8 * MIB, "99999999:55667788:99aabbcc:ddeeff00");
	shell("printf 'label: dos\\nlabel-id: 0x99999999\\n' | /usr/sbin/sfdisk -q a");
	assert_refused("\n  a (serial SN-A): its partition table (0x99999999) is neither "
		       "the saved one nor the install's"
		       "\n  b (serial SN-B): linux_raid_member at byte 2101248 was "
		       "neither there nor is it the install's");
}

static void test_refuses_other_disks(void **state)
{
	struct err err = { 0 };
	struct judged j;

	(void)state;
	save();
	overwrite(true);
	assert_ok(judge(&j, &err));
	j.seen[1].disk = NULL;
	assert_fails(undo_decide(&j.undo, j.seen, &j.arena, &j.decision, &err),
		     ERR_HARDWARE, "disk SN-B (it was b) is not in this machine");
	j.facts[1].size_bytes--;
	j.facts[1].in_use = "mounted on /mnt";
	j.seen[1].disk = &j.facts[1];
	assert_fails(undo_decide(&j.undo, j.seen, &j.arena, &j.decision, &err),
		     ERR_UNSAFE,
		     "nothing is put back:\n  b (serial SN-B): it has 67108863 bytes, "
		     "the saved one had 67108864"
		     "\n  b (serial SN-B): it is in use: mounted on /mnt");
	arena_free(&j.arena);
}

/* Zeros are nothing to put back; one byte in the last of the places is. */
static void test_blank_disks_have_none(void **state)
{
	struct err err = { 0 };

	(void)state;
	make_disks();
	shell("rm a; truncate -s 64M a; cp a a.before");
	assert_ok(save_to(".", &err));
	shell("! ls *.cpio .*.part >out 2>&1");
	fflush(log_file);
	assert_non_null(strstr(logged, "no undo archive is needed"));
	shell("printf x | dd of=b bs=1 seek=67108863 conv=notrunc status=none");
	assert_ok(save_to(".", &err));
	shell("ls *.cpio >out");
}

static void test_nowhere_to_save(void **state)
{
	struct err err = { 0 };

	(void)state;
	make_disks();
	assert_fails(save_to("/no/such/folder", &err), ERR_SYSTEM,
		     "nothing has been written to the disks: open /no/such/folder: No "
		     "such file or directory");
	assert_int_equal(save_to("gopher://x.example/", &err), -1);
	assert_int_equal(err.code, ERR_SOURCE);
	assert_contains(err.msg, "put gopher://x.example/undo-xen01-");
	assert_contains(err.msg, "only http:// and https:// are possible");
}

static int reread(const char *path, struct arena *arena, struct undo *ret,
		  struct err *err)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	*err = (struct err){ 0 };
	return undo_read(fd, path, arena, ret, err);
}

/* However it is cut, it is not taken for whole. */
static void test_truncated(void **state)
{
	struct err err = { 0 };
	auto_free char *bytes = NULL;
	size_t len, refused = 0;

	(void)state;
	save();
	assert_ok(io_read_file(AT_FDCWD, "undo.cpio", 64 * MIB, &bytes, &len, &err));
	for (size_t cut = 0; cut < len;
	     cut += cut < 1000 || len - cut < 1000 ? 7 : 40009) {
		auto_arena struct arena arena = { 0 };
		auto_fd int fd = open("cut", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
				      0600);
		struct undo u = { 0 };

		assert_ok(io_write_all(fd, bytes, cut, "cut", &err));
		assert_int_equal(reread("cut", &arena, &u, &err), -1);
		assert_int_equal(err.code, ERR_SOURCE);
		assert_null(u.host);
		err = (struct err){ 0 };
		refused++;
	}
	assert_true(refused > 200);
}

/* Whatever bit flips: refused, or the bytes for the disks are the right ones. */
static void test_damaged(void **state)
{
	struct err err = { 0 };
	auto_free char *bytes = NULL;
	size_t len, refused = 0;

	(void)state;
	save();
	assert_ok(io_read_file(AT_FDCWD, "undo.cpio", 64 * MIB, &bytes, &len, &err));
	for (size_t at = 0; at < len; at += at < 200 ? 3 : 50021) {
		auto_arena struct arena arena = { 0 };
		auto_fd int fd = open("bad", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
				      0600);
		struct undo u = { 0 };

		bytes[at] ^= 1;
		assert_ok(io_write_all(fd, bytes, len, "bad", &err));
		bytes[at] ^= 1;
		if (reread("bad", &arena, &u, &err) < 0) {
			assert_int_equal(err.code, ERR_SOURCE);
			err = (struct err){ 0 };
			refused++;
			continue;
		}
		for (size_t i = 0; i < u.disks[0].n_ranges; i++) {
			const struct undo_range *r = &u.disks[0].ranges[i];
			struct digest d;

			if (!r->bytes)
				continue;
			d = digest_of(r->bytes, r->size_bytes);
			assert_string_equal(DIGEST_TEXT(&d), r->sha256);
		}
	}
	assert_true(refused > 20);
}

/* undo.json says what goes where: places outside a disk never get that far. */
static void test_nonsense(void **state)
{
#define RANGE(from, n)                                                                   \
	"{\"offset\":" from ",\"size\":" n ",\"sha256\":\"" SHA "\",\"file\":null}"
#define DISK(ranges)                                                                     \
	"{\"id\":\"SN\",\"path\":\"/dev/sda\",\"size\":1048576,\"ranges\":[" ranges      \
	"],\"samples\":[]}"
#define UNDO(version, disks)                                                             \
	"{\"version\":" version ",\"host\":\"h\",\"time\":\"t\",\"digest\":\"d\","       \
	"\"disks\":[" disks "],\"made\":[]}"
#define SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	static const struct {
		const char *json, *msg;
	} cases[] = {
		{ UNDO("1", DISK(RANGE("0", "512"))), NULL },
		{ UNDO("2", DISK(RANGE("0", "512"))),
		  "undo.json: version 2 is not known here" },
		{ UNDO("1", ""), "undo.json: no disk in it" },
		{ UNDO("1", DISK(RANGE("1048576", "512"))),
		  "undo.json: disk SN, byte 1048576: not on the disk; the archive is "
		  "damaged" },
		{ UNDO("1", DISK(RANGE("512", "18446744073709551104"))),
		  "undo.json: disk SN, byte 512: not on the disk; the archive is "
		  "damaged" },
		{ UNDO("1", DISK(RANGE("0", "0"))),
		  "undo.json: disk SN, byte 0: not on the disk; the archive is "
		  "damaged" },
		{ UNDO("1", DISK(RANGE("0", "1024") "," RANGE("512", "512"))),
		  "undo.json: disk SN, byte 512: places overlap, or are not in order; "
		  "the archive is damaged" },
		{ UNDO("1", DISK("") "," DISK("")),
		  "undo.json: disk SN, byte 0: the disk is listed twice; the archive is "
		  "damaged" },
		{ "[]", "undo.json:1:1: undo must be a map of keys, not a list" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_arena struct arena arena = { 0 };
		struct yaml_node *root;
		struct undo u = { 0 };
		struct err err = { 0 };
		int rc = yaml_parse("undo.json", cases[i].json, strlen(cases[i].json),
				    &arena, &root, &err);

		assert_int_equal(rc, 0);
		rc = schema_read(&undo_schema, "undo.json", root, &arena, &u, &err);
		if (rc == 0)
			rc = undo_validate(&u, &err);
		assert_int_equal(rc, cases[i].msg ? -1 : 0);
		assert_string_equal(err.msg, cases[i].msg ? cases[i].msg : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_says_what_is_lost),
		cmocka_unit_test(test_refuses_after_a_filesystem),
		cmocka_unit_test(test_refuses_a_filesystem_in_an_array),
		cmocka_unit_test(test_refuses_what_others_wrote),
		cmocka_unit_test(test_refuses_other_disks),
		cmocka_unit_test(test_blank_disks_have_none),
		cmocka_unit_test(test_nowhere_to_save),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
