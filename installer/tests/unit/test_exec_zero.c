/*
 * Zeroing members before an array is made: the rules, and files as members.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "core/log.h"
#include "core/proc.h"
#include "exec/device.h"
#include "exec/zero.h"
#include "tests/scratch.h"

#define GIB_S UINT64_C(1000)

static int set_up(void **state)
{
	log_to(fopen("/dev/null", "we"));
	return scratch_enter(state);
}

static void test_pieces(void **state)
{
	(void)state;
	assert_int_equal(zero_next_piece(0, 0), 64 * MIB); /* to measure by */
	assert_int_equal(zero_next_piece(64 * MIB, 0), GIB);
	assert_int_equal(zero_next_piece(64 * MIB, 5), GIB);
	assert_int_equal(zero_next_piece(64 * MIB, 320), 200 * MIB); /* 200 MiB/s */
	assert_int_equal(zero_next_piece(64 * MIB, 60000), 64 * MIB);
	assert_int_equal(zero_next_piece(UINT64_MAX / 2, 1), GIB);
}

static void test_too_slow(void **state)
{
	(void)state;
	/* 1 GiB/s: 300 GiB are the limit. */
	assert_false(zero_is_too_slow(2 * GIB, 300 * GIB, 2 * GIB_S, 300));
	assert_true(zero_is_too_slow(2 * GIB, 301 * GIB, 2 * GIB_S, 300));
	assert_false(zero_is_too_slow(64 * MIB, 9000 * GIB, 999, 300)); /* too early */
	assert_true(zero_is_too_slow(64 * MIB, 9000 * GIB, 1000, 300));
	assert_false(zero_is_too_slow(GIB, GIB, 999999, 1)); /* it is done */
	assert_true(zero_is_too_slow(1, UINT64_MAX, 1000, UINT64_C(1) << 40));
}

static void check_places(uint64_t total, size_t expected)
{
	struct zero_place places[ZERO_PLACES], again[ZERO_PLACES];
	size_t n = zero_choose_places(total, "seed", places);

	assert_int_equal(n, expected);
	assert_int_equal(zero_choose_places(total, "seed", again), n);
	for (size_t i = 0; i < n; i++) {
		assert_true(places[i].offset_bytes + places[i].size_bytes <= total);
		assert_true(places[i].size_bytes > 0);
		assert_true(places[i].size_bytes <= ZERO_END_BYTES);
		assert_int_equal(places[i].offset_bytes % 512, 0); /* for O_DIRECT */
		assert_int_equal(places[i].offset_bytes, again[i].offset_bytes);
	}
	if (n == 0)
		return;
	assert_int_equal(places[0].offset_bytes, 0);
	assert_int_equal(places[1].offset_bytes + places[1].size_bytes, total);
}

static void test_places(void **state)
{
	struct zero_place a[ZERO_PLACES], b[ZERO_PLACES];
	size_t differ = 0;

	(void)state;
	check_places(0, 0);
	check_places(512, 2);
	check_places(MIB, 2);
	check_places(5 * MIB, ZERO_PLACES);
	check_places(10000 * GIB + 512, ZERO_PLACES);
	zero_choose_places(GIB, "one", a);
	zero_choose_places(GIB, "two", b);
	for (size_t i = 2; i < ZERO_PLACES; i++)
		differ += a[i].offset_bytes != b[i].offset_bytes;
	assert_true(differ > 50);
}

static void make_member(const char *path, uint64_t bytes)
{
	auto_fd int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	auto_free char *dirt = xmalloc(MIB);
	struct err err = { 0 };

	assert_true(fd >= 0);
	memset(dirt, 'x', MIB);
	for (uint64_t at = 0; at < bytes; at += MIB)
		assert_ok(device_write(fd, path, dirt, at, MIB, &err));
}

static bool never(void)
{
	return false;
}

static bool always(void)
{
	return true;
}

static const struct zero_member members[] = {
	{ .path = "a", .disk = "/dev/sda", .serial = "SN1" },
	{ .path = "b", .disk = "/dev/sdb", .serial = "SN2" },
};

static void test_files_are_zeroed(void **state)
{
	auto_arena struct arena arena = { 0 };
	auto_free unsigned char *bytes = xmalloc(8 * MIB);
	const char *why = "";
	struct err err = { 0 };

	(void)state;
	make_member("a", 8 * MIB);
	make_member("b", 8 * MIB);
	assert_ok(zero_members("zeroing", members, 2, "seed", 300, never, &arena, &why,
			       &err));
	if (why)
		fail_msg("%s", why);
	for (size_t m = 0; m < 2; m++) {
		auto_fd int fd = open(members[m].path, O_RDONLY | O_CLOEXEC);

		assert_ok(device_read(fd, members[m].path, bytes, 0, 8 * MIB, &err));
		for (size_t i = 0; i < 8 * MIB; i++)
			assert_int_equal(bytes[i], 0);
	}
}

/* What a filesystem, or a disk, refuses is a reason to resync, not an error. */
static void test_one_that_cannot(void **state)
{
	auto_arena struct arena arena = { 0 };
	auto_fd int fd = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	auto_free char *path = xasprintf("/proc/self/fd/%d", fd);
	auto_free char *expected = xasprintf("/dev/sdb (serial unknown): it does not "
					     "zero %s: Operation not permitted (at byte "
					     "0)",
					     path);
	const struct zero_member pair[] = { members[0],
					    { .path = path, .disk = "/dev/sdb" } };
	const char *why = NULL;
	struct err err = { 0 };

	(void)state;
	make_member("a", MIB);
	assert_int_equal(ftruncate(fd, (off_t)MIB), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	assert_ok(
		zero_members("zeroing", pair, 2, "seed", 300, never, &arena, &why, &err));
	assert_string_equal(why, expected);
}

static void test_what_is_not_there(void **state)
{
	auto_arena struct arena arena = { 0 };
	const char *why = NULL;
	struct err err = { 0 };

	(void)state;
	assert_fails(zero_members("zeroing", &(struct zero_member){ .path = "nothing" },
				  1, "seed", 300, never, &arena, &why, &err),
		     ERR_SYSTEM, "open nothing: No such file or directory");
}

/* A disk that only says so. */
static void test_read_back(void **state)
{
	auto_fd int fd = open("c", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct err err = { 0 };

	(void)state;
	assert_int_equal(ftruncate(fd, 64 * (off_t)MIB), 0);
	assert_ok(zero_read_back("c", 64 * MIB, "seed", never, &err));
	assert_ok(device_write(fd, "c", "x", 64 * MIB - 1, 1, &err));
	assert_fails(zero_read_back("c", 64 * MIB, "seed", never, &err), ERR_HARDWARE,
		     "it says that c is zeroed, but byte 67108863 of it is not zero");
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(ftruncate(fd, 64 * (off_t)MIB), 0);
	for (uint64_t at = 4 * MIB; at < 5 * MIB; at += 4096) /* one of 64 equal parts */
		assert_ok(device_write(fd, "c", "x", at, 1, &err));
	assert_int_equal(zero_read_back("c", 64 * MIB, "seed", never, &err), -1);
	assert_contains(err.msg, "it says that c is zeroed, but byte ");
	err = (struct err){ 0 };
	assert_fails(zero_read_back("c", 65 * MIB, "seed", never, &err), ERR_SYSTEM,
		     "read c at byte 67108864: Input/output error");
}

static void test_interrupt(void **state)
{
	auto_arena struct arena arena = { 0 };
	const char *why = NULL;
	struct err err = { 0 };
	auto_fd int fd = -1;
	char byte = 0;

	(void)state;
	make_member("a", MIB);
	make_member("b", MIB);
	assert_fails(zero_members("zeroing", members, 2, "seed", 300, always, &arena,
				  &why, &err),
		     ERR_SYSTEM, "interrupted while zeroing");
	fd = open("a", O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(fd, &byte, 1, 0), 1);
	assert_int_equal(byte, 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_too_slow),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_files_are_zeroed),
		cmocka_unit_test(test_one_that_cannot),
		cmocka_unit_test(test_what_is_not_there),
		cmocka_unit_test(test_read_back),
		cmocka_unit_test(test_interrupt),
	};

	return cmocka_run_group_tests(tests, set_up, scratch_leave);
}
