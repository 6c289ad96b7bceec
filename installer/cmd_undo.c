/*
 * undo: put back what an install has overwritten, as long as it has made no filesystem.
 */
#include <fcntl.h>
#include <inttypes.h>

#include "commands.h"
#include "core/log.h"
#include "exec/undo.h"

#define LOST_PER_LINE 6

static const struct disk *find_disk(const struct facts *facts, const char *id)
{
	for (size_t i = 0; i < facts->n_disks; i++)
		if (str_eq(layout_disk_id(&facts->disks[i]), id))
			return &facts->disks[i];
	return NULL;
}

static void print_loss(const struct undo_disk *d, const struct undo_loss *loss)
{
	auto_text struct text t = { 0 };

	if (loss->n == 0) {
		log_info("    nothing else has changed, by %zu samples of %d bytes",
			 d->n_samples, UNDO_SAMPLE_BYTES);
		return;
	}
	for (size_t i = 0; i < loss->n; i++)
		text_printf(&t, "%s%" PRIu64,
			    i == 0                   ? ""
			    : i % LOST_PER_LINE == 0 ? "\n      "
						     : " ",
			    loss->offsets[i]);
	log_warning("what the install has overwritten elsewhere is lost: %zu of %zu "
		    "samples of %d bytes differ, at bytes\n      %s",
		    loss->n, d->n_samples, UNDO_SAMPLE_BYTES, t.s);
}

static void print(const struct undo *u, const struct undo_seen *seen,
		  const struct undo_decision *decision)
{
	log_info("undo of the install of %s at %s, plan %s", u->host, u->time, u->digest);
	for (size_t i = 0; i < u->n_disks; i++) {
		const struct undo_disk *d = &u->disks[i];
		uint64_t bytes = 0;

		for (size_t j = 0; j < d->n_ranges; j++)
			bytes += d->ranges[j].size_bytes;
		log_info("  %s (serial %s): %zu places, %s", seen[i].disk->path, d->id,
			 d->n_ranges, SIZE_TEXT(bytes));
		print_loss(d, &decision->losses[i]);
	}
}

static bool confirm(const struct options *o)
{
	char answer[16] = "";

	if (o->yes)
		return true;
	if (!isatty(STDIN_FILENO))
		return false;
	log_info("Type yes to put this back:");
	return fgets(answer, sizeof(answer), stdin) && str_eq(answer, "yes\n");
}

static int undo(const struct options *o, const struct undo *u, const struct facts *facts,
		struct arena *arena, struct err *err)
{
	struct undo_seen *seen = arena_alloc(arena, u->n_disks * sizeof(*seen));
	struct undo_decision decision;

	for (size_t i = 0; i < u->n_disks; i++)
		undo_look(&u->disks[i], find_disk(facts, u->disks[i].id), arena,
			  &seen[i]);
	if (undo_decide(u, seen, arena, &decision, err) < 0)
		return -1;
	print(u, seen, &decision);
	if (!confirm(o))
		return err_set(err, ERR_UNSAFE, 0,
			       "not confirmed; nothing has been written");
	for (size_t i = 0; i < u->n_disks; i++)
		if (undo_restore(&u->disks[i], seen[i].disk->path, err) < 0)
			return -1;
	log_info("put back on %zu disks", u->n_disks);
	return 0;
}

int cmd_undo(const struct options *o, char **arguments, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	auto_fd int fd = open(arguments[0], O_RDONLY | O_CLOEXEC);
	auto_fd int locked = -1;
	struct facts facts;
	struct undo u;

	if (fd < 0)
		return err_set(err, ERR_SOURCE, errno, "open %s", arguments[0]);
	if (undo_read(fd, arguments[0], &arena, &u, err) < 0)
		return -1;
	locked = lock_run(err);
	if (locked < 0 || load_facts(o, &arena, &facts, err) < 0)
		return -1;
	return undo(o, &u, &facts, &arena, err);
}
