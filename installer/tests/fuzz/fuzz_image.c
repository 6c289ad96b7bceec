/*
 * Foreign bytes as an image: nothing may crash, hang or leak, and nothing may appear,
 * change or vanish outside the target. Two bytes choose: a digest to expect or not, and
 * one writer or two; the rest is the archive. Hand-made hostile archives are made anew by
 * every run as its first inputs, so there is no corpus to keep.
 *
 * Each input gets its own tmpfs, mounted in this process's own namespace, with a file
 * beside the target that all "outside" would hit first. Needs root.
 */
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <locale.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "core/log.h"
#include "core/mem.h"
#include "image/image.h"

#define TOP      "/tmp/fuzz-image"
#define SENTINEL "untouched"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed);

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

/* libFuzzer's own limit of 4096 bytes holds no archive worth its name. */
static void allow_larger_inputs(int *argc, char ***argv)
{
	static char max_len[] = "-max_len=65536";
	char **longer = xcalloc((size_t)*argc + 2, sizeof(*longer));

	longer[0] = (*argv)[0];
	longer[1] = max_len; /* one on the command line comes later and wins */
	for (int i = 1; i < *argc; i++)
		longer[i + 1] = (*argv)[i];
	*argv = longer;
	++*argc;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	allow_larger_inputs(argc, argv);
	setlocale(LC_CTYPE, "C.UTF-8");
	log_to(fopen("/dev/null", "we"));
	must(unshare(CLONE_NEWNS) == 0, "unshare");
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "private mounts");
	mkdir(TOP, 0700);
	must(mount("tmpfs", TOP, "tmpfs", 0, "size=64M,nr_inodes=4096") == 0, "tmpfs");
	return 0;
}

static void write_file(const char *path, const void *bytes, size_t len)
{
	auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0 && write(fd, bytes, len) == (ssize_t)len, path);
}

/* What an attacker would write to first: beside the target, and one link away from it. */
static void set_up(void)
{
	must(mkdir(TOP "/box", 0700) == 0, "box");
	must(mount("tmpfs", TOP "/box", "tmpfs", 0, "size=16M,nr_inodes=2048") == 0,
	     "box");
	must(mkdir(TOP "/box/target", 0755) == 0, "target");
	write_file(TOP "/box/file", SENTINEL, strlen(SENTINEL));
	must(symlink("../file", TOP "/box/target/out") == 0, "out");
	must(symlink("..", TOP "/box/target/up") == 0, "up");
}

static void check(void)
{
	char text[sizeof(SENTINEL)] = "";
	auto_fd int fd = open(TOP "/box/file", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st, top;

	must(fd >= 0 && read(fd, text, sizeof(text)) == (ssize_t)strlen(SENTINEL) &&
		     strcmp(text, SENTINEL) == 0,
	     "the file outside was changed");
	must(fstat(fd, &st) == 0 && st.st_nlink == 1 && st.st_mode == (S_IFREG | 0600) &&
		     st.st_uid == 0,
	     "the file outside was touched");
	/* One directory and one file: nothing else appeared there. */
	must(stat(TOP "/box", &top) == 0 && top.st_nlink == 3 && top.st_size == 80,
	     "something appeared outside");
	must(rmdir(TOP "/made") < 0 && access("/tmp/fuzz-image-escaped", F_OK) < 0,
	     "something appeared further outside");
}

static void extract(const uint8_t *data, size_t size, unsigned choice)
{
	auto_free char *path = NULL;
	auto_fd int image = memfd_create("image", MFD_CLOEXEC);
	auto_fd int target = open(TOP "/box/target", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct digest right = digest_of(data, size);
	struct image_source source = { .fetch = { .allow_path = true },
				       .writers = 1 + (choice & 1) };
	struct err err = { 0 };
	int rc;

	must(image >= 0 && target >= 0, "open");
	must(write(image, data, size) == (ssize_t)size, "write");
	path = xasprintf("/proc/self/fd/%d", image);
	source.url = path;
	if (choice & 2)
		source.sha256 = &right;
	if (choice & 4)
		right.bytes[0] ^= 1;
	rc = image_extract(&source, target, "target", NULL, &err);
	must((rc == 0) == (err.code == ERR_NONE), "an error without a code");
	must(rc < 0 || (choice & 6) != 6, "a wrong digest went through");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	set_up();
	extract(data + 1, size - 1, data[0]);
	check();
	must(umount2(TOP "/box", MNT_DETACH) == 0 && rmdir(TOP "/box") == 0, "clean up");
	return 0;
}

static void put(struct archive *a, const char *name, mode_t type, const char *target)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_mode(e, type | 0644);
	archive_entry_set_size(e, type == S_IFREG ? 4 : 0);
	if (type == S_IFLNK)
		archive_entry_set_symlink(e, target);
	else if (target)
		archive_entry_set_hardlink(e, target);
	archive_entry_xattr_add_entry(e, "user.x", "value", 5);
	archive_write_header(a, e);
	if (type == S_IFREG && !target)
		archive_write_data(a, "data", 4);
	archive_entry_free(e);
}

/* An archive of a few entries whose names and kinds are drawn from what hurts. */
static size_t make_hostile(uint8_t *data, size_t max_size, unsigned int seed)
{
	static const char *const names[] = {
		"a",
		"a/b",
		"a/b/c",
		"out",
		"up",
		"up/file",
		"up/made",
		"out/x",
		"../file",
		"/tmp/fuzz-image-escaped",
		"a/../../made",
		".",
		"lib",
		"lib/x",
		"usr/lib",
		"up/target/x",
		"./a//b/",
		"a/up",
		"a/up/file",
		"etc/group",
	};
	static const char *const targets[] = {
		"..",  "a",       "../..",           "/",
		"a/b", "up/file", "../file",         "usr/lib",
		".",   "out",     "/tmp/fuzz-image", "lib/../.."
	};
	static const mode_t types[] = { S_IFREG, S_IFREG, S_IFDIR,
					S_IFLNK, S_IFLNK, S_IFIFO };
	struct archive *a = archive_write_new();
	size_t used = 0;

	if (seed & 1)
		archive_write_set_format_pax(a);
	else
		archive_write_set_format_gnutar(a);
	if ((seed & 6) == 6)
		archive_write_add_filter_gzip(a);
	archive_write_set_bytes_in_last_block(a, 1);
	archive_write_open_memory(a, data + 1, max_size - 1, &used);
	for (unsigned n = 2 + seed % 7; n > 0; n--) {
		mode_t type;
		bool hard;

		seed = seed * 1664525 + 1013904223;
		type = types[(seed >> 8) % ARRAY_LEN(types)];
		hard = type == S_IFREG && (seed >> 30) == 0;
		put(a, names[(seed >> 12) % ARRAY_LEN(names)], type,
		    hard || type == S_IFLNK ? targets[(seed >> 20) % ARRAY_LEN(targets)]
					    : NULL);
	}
	archive_write_close(a);
	archive_write_free(a);
	data[0] = (uint8_t)(seed >> 4);
	return used + 1;
}

/* Random flips only break a tar's checksum: half of the inputs are made, half mutated. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed)
{
	if (seed % 2 || max_size < 4096)
		return LLVMFuzzerMutate(data, size, max_size);
	return make_hostile(data, max_size, seed / 2);
}
