#include "exec/health.h"

#include <fcntl.h>

#include "core/io.h"

#define KMSG_RECORD 8192
#define REMEDY      "replace it, then install again"

struct health health_begin(const char *root)
{
	struct health h = { .root = root ? root : "" };
	auto_free char *path = xasprintf("%s/dev/kmsg", h.root);

	h.kmsg = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (h.kmsg >= 0)
		lseek(h.kmsg, 0, SEEK_END);
	return h;
}

void health_end(struct health *h)
{
	if (h->kmsg >= 0)
		close(h->kmsg);
	h->kmsg = -1;
}

static bool is_on(const struct layout *l, const struct layout_disk *disk,
		  const char *member)
{
	const char *path = disk->disk->path;
	auto_arena struct arena arena = { 0 };

	if (str_eq(path, member))
		return true;
	if (!str_starts(member, path)) /* of most disks: this is asked very often */
		return false;
	for (size_t i = 0; i < l->n_partitions; i++)
		if (str_eq(layout_partition_path(&arena, path, l->partitions[i].number),
			   member))
			return true;
	return false;
}

const struct layout_disk *health_find_disk(const struct layout *l, const char *member)
{
	for (size_t i = 0; i < l->n_disks; i++)
		if (is_on(l, &l->disks[i], member))
			return &l->disks[i];
	return NULL;
}

static bool is_gone(const struct health *h, const struct disk *d)
{
	auto_free char *dir = xasprintf("%s/sys/block/%s", h->root, d->name);
	auto_free char *file = xasprintf("%s/device/state", dir);
	auto_free char *state = io_read_line(AT_FDCWD, file);

	if (access(dir, F_OK) < 0)
		return true;
	return str_eq(state, "offline") || str_eq(state, "transport-offline") ||
	       str_eq(state, "dead");
}

enum member_state { MEMBER_FINE, MEMBER_FAULTY, MEMBER_LEFT_OUT };

static enum member_state look_at_member(const struct health *h,
					const struct layout_array *a, const char *member)
{
	auto_free char *md = xasprintf("%s/sys/block/%s/md", h->root, a->array->name);
	auto_free char *dev = xasprintf("%s/dev-%s", md, strrchr(member, '/') + 1);
	auto_free char *file = xasprintf("%s/state", dev);
	auto_free char *state = io_read_line(AT_FDCWD, file);

	if (access(md, F_OK) < 0)
		return MEMBER_FINE;
	if (!state)
		return MEMBER_LEFT_OUT;
	return strstr(state, "faulty") ? MEMBER_FAULTY : MEMBER_FINE;
}

/* The arrays that do without this disk: "md0, md1 go on without it; ", or "". */
static void add_arrays(const struct health *h, const struct layout *l,
		       const struct layout_disk *disk, struct text *out)
{
	auto_text struct text running = { 0 }, lost = { 0 };
	size_t n_running = 0, n_lost = 0;

	for (size_t i = 0; i < l->n_arrays; i++)
		for (size_t j = 0; j < l->arrays[i].n_members; j++) {
			const struct layout_array *a = &l->arrays[i];
			bool goes_on = profile_is_redundant(a->array->level);
			size_t *n = goes_on ? &n_running : &n_lost;

			if (!is_on(l, disk, a->members[j]) ||
			    look_at_member(h, a, a->members[j]) == MEMBER_FINE)
				continue;
			text_printf(goes_on ? &running : &lost, "%s%s",
				    (*n)++ ? ", " : "", a->array->name);
		}
	if (n_running)
		text_printf(out, "%s %s on without it; ", running.s,
			    n_running > 1 ? "go" : "goes");
	if (n_lost)
		text_printf(out, "%s %s lost with it; ", lost.s,
			    n_lost > 1 ? "are" : "is");
}

static void describe(const struct health *h, const struct layout *l,
		     const struct layout_disk *disk, const char *what, struct text *out)
{
	const struct disk *d = disk->disk;

	text_printf(out, "disk %s (serial %s) %s; ", d->path,
		    d->serial ? d->serial : "unknown", what);
	add_arrays(h, l, disk, out);
	text_add(out, REMEDY);
}

/* What is wrong with the disk, by what sysfs says of it and of the arrays; NULL: none. */
static const char *find_fault(const struct health *h, const struct plan *plan,
			      const struct layout_disk *disk)
{
	const struct layout *l = &plan->layout;
	bool left_out = false;

	if (is_gone(h, disk->disk))
		return "is gone";
	for (size_t i = 0; i < l->n_arrays; i++)
		for (size_t j = 0; j < l->arrays[i].n_members; j++) {
			const struct layout_array *a = &l->arrays[i];
			enum member_state state;

			if (!is_on(l, disk, a->members[j]))
				continue;
			state = look_at_member(h, a, a->members[j]);
			if (state == MEMBER_FAULTY)
				return "has failed: write error";
			left_out |= state == MEMBER_LEFT_OUT;
		}
	return left_out && l->state != STATE_COMPLETE ? "has been dropped by md" : NULL;
}

static bool find_failed(const struct health *h, const struct plan *plan, struct text *out)
{
	const struct layout *l = &plan->layout;

	for (size_t i = 0; i < l->n_disks; i++) {
		const char *fault = find_fault(h, plan, &l->disks[i]);

		if (!fault)
			continue;
		describe(h, l, &l->disks[i], fault, out);
		return true;
	}
	return false;
}

int health_check(const struct health *h, const struct plan *plan, struct err *err)
{
	auto_text struct text why = { 0 };

	if (plan->layout.state == STATE_COMPLETE || !find_failed(h, plan, &why))
		return 0;
	return err_set(err, ERR_HARDWARE, 0, "%s", why.s);
}

/* "… error, dev sda, sector 8 …", "Buffer I/O error on dev sda1, …" */
static bool names_disk(const char *line, const char *name)
{
	const char *at = strstr(line, "error");

	for (at = at ? strstr(at, "dev ") : NULL; at; at = strstr(at + 1, "dev ")) {
		const char *rest = at + strlen("dev ");

		if (!str_starts(rest, name))
			continue;
		rest += strlen(name);
		if (*rest == 'p')
			rest++;
		rest += strspn(rest, "0123456789");
		if (!*rest || strchr(", :\n", *rest))
			return true;
	}
	return false;
}

/* A record is one read of the device; of a file it may be many lines. */
static const struct layout_disk *find_in_log(const struct health *h,
					     const struct layout *l)
{
	char record[KMSG_RECORD];

	while (h->kmsg >= 0) {
		ssize_t n = read(h->kmsg, record, sizeof(record) - 1);

		if (n < 0 && errno == EPIPE) /* the oldest were overwritten */
			continue;
		if (n <= 0)
			break;
		record[n] = '\0';
		for (size_t i = 0; i < l->n_disks; i++)
			if (names_disk(record, l->disks[i].disk->name))
				return &l->disks[i];
	}
	return NULL;
}

/* Does the failure look like a disk's? A download that breaks off does not. */
static bool may_be_disk(const struct err *err)
{
	return err->sys_errno == EIO || err->sys_errno == EROFS ||
	       err->sys_errno == ENXIO || err->sys_errno == ENODEV ||
	       err->code == ERR_TOOL;
}

void health_explain(const struct health *h, const struct plan *plan, struct err *err)
{
	const struct layout *l = &plan->layout;
	const struct layout_disk *disk = NULL;
	auto_text struct text why = { 0 };

	if (!find_failed(h, plan, &why)) {
		if (may_be_disk(err))
			disk = find_in_log(h, l);
		if (!disk && err->sys_errno == EIO && l->n_disks == 1)
			disk = &l->disks[0];
		if (disk)
			describe(h, l, disk, "has failed: I/O error", &why);
	}
	if (!why.s)
		return;
	err->code = ERR_HARDWARE;
	err_wrap(err, "%s", why.s);
}
