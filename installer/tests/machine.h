/*
 * A machine that is a folder: /sys with its links, /proc, and /dev with sparse files for
 * disks.
 */
#ifndef TESTS_MACHINE_H
#define TESTS_MACHINE_H

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "facts/facts.h"
#include "tests/support.h"

static char root[64];
static struct arena arena;

static inline int remove_one(const char *path, const struct stat *st, int kind,
			     struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static inline int make_root(void **state)
{
	(void)state;
	strcpy(root, "/tmp/dom0strap-test-facts.XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static inline int remove_root(void **state)
{
	(void)state;
	arena_free(&arena);
	return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void make_parents(const char *path)
{
	auto_free char *copy = xstrdup(path);

	for (char *slash = strchr(copy + strlen(root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0755) < 0)
			assert_int_equal(errno, EEXIST);
		*slash = '/';
	}
}

static inline void put_bytes(const char *name, const void *bytes, size_t len)
{
	auto_free char *path = xasprintf("%s/%s", root, name);
	auto_file FILE *f = NULL;

	make_parents(path);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
}

static inline void put(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

static inline void put_link(const char *name, const char *to)
{
	auto_free char *path = xasprintf("%s/%s", root, name);

	make_parents(path);
	assert_int_equal(symlink(to, path), 0);
}

/* A disk with its sysfs folder at sys/devices/WHERE, and /dev/NAME as a sparse file. */
static inline void add_disk(const char *where, const char *name, uint64_t size_bytes)
{
	const char *dir = arena_printf(&arena, "sys/devices/%s/block/%s", where, name);
	const char *path = arena_printf(&arena, "%s/dev/%s", root, name);
	int fd;

	put(arena_printf(&arena, "%s/size", dir),
	    arena_printf(&arena, "%llu\n", (unsigned long long)size_bytes / 512));
	put(arena_printf(&arena, "%s/queue/logical_block_size", dir), "512\n");
	put(arena_printf(&arena, "%s/queue/rotational", dir), "1\n");
	put(arena_printf(&arena, "%s/removable", dir), "0\n");
	put(arena_printf(&arena, "%s/ro", dir), "0\n");
	put_link(arena_printf(&arena, "%s/device", dir), "../..");
	put_link(arena_printf(&arena, "%s/subsystem", dir), "../../class/block");
	put_link(arena_printf(&arena, "sys/block/%s", name),
		 arena_printf(&arena, "../devices/%s/block/%s", where, name));
	make_parents(path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size_bytes), 0);
	close(fd);
}

/* Each device that sysfs would show as one of a bus says so in a link. */
static inline void on_bus(const char *bus, const char *device)
{
	put_link(arena_printf(&arena, "sys/devices/%s/subsystem", device),
		 arena_printf(&arena, "../../../bus/%s", bus));
}

static inline void attribute(const char *disk, const char *name, const char *value)
{
	put(arena_printf(&arena, "sys/block/%s/%s", disk, name), value);
}

static inline void write_at(const char *disk, uint64_t offset, const void *bytes,
			    size_t len)
{
	auto_free char *path = xasprintf("%s/dev/%s", root, disk);
	auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, (off_t)offset), len);
}

static inline void le(unsigned char *to, size_t bytes, uint64_t value)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (unsigned char)(value >> (8 * i));
}

static inline struct facts probe(void)
{
	struct facts facts = { 0 };

	facts_probe(root, &arena, &facts);
	return facts;
}

static inline const struct disk *only_disk(void)
{
	struct facts *facts = arena_alloc(&arena, sizeof(*facts));

	*facts = probe();
	assert_int_equal(facts->n_disks, 1);
	return &facts->disks[0];
}

#endif
