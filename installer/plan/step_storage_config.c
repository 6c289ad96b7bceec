/*
 * Step `storage-config`: tell the host what it stands on: fstab(5), mdadm.conf(5), and
 * the latter inside its initramfs, which was built before the arrays had names.
 */
#include <inttypes.h>

#include "plan/plan.h"

/* What the host starts without when it is not there: guests' disks, mostly. */
static bool is_optional(const struct layout *l, const struct filesystem *f)
{
	static const char *const needed[] = { "/", "/boot", "/usr", "/var", "/etc" };
	const struct array *array = NULL;

	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		if (str_eq(f->mount, needed[i]))
			return false;
	if (str_eq(f->mount, "/boot/efi") || strchr(f->on, '/'))
		return true;
	for (size_t i = 0; i < l->n_arrays; i++)
		if (str_eq(l->arrays[i].array->name, f->on))
			array = l->arrays[i].array;
	for (size_t i = l->n_system; array && i < l->n_disks; i++)
		if (str_eq(l->disks[i].set->name, array->of))
			return true;
	return false;
}

/* The last field: root is checked first; xfs, swap and FAT are not checked at boot. */
static int check_order(const struct filesystem *f)
{
	if (!str_starts(f->type, "ext"))
		return 0;
	return str_eq(f->mount, "/") ? 1 : 2;
}

static void add_fstab_line(const struct layout *l, const struct layout_filesystem *fs,
			   struct text *out)
{
	const struct filesystem *f = fs->filesystem;
	/* Keys and other secrets of the boot loader are root's alone. */
	const char *usual = str_eq(f->type, "vfat") ? "umask=0077" : "defaults";

	text_printf(out, "UUID=%s %s %s %s", fs->uuid, f->mount ? f->mount : "none",
		    f->type, f->options ? f->options : usual);
	if (!f->options && is_optional(l, f))
		text_add(out, ",nofail");
	text_printf(out, " 0 %d\n", check_order(f));
}

static const char *render_fstab(struct plan *plan)
{
	const struct layout *l = &plan->layout;
	struct text t = { 0 };

	text_add(&t, "# written by dom0strap\n");
	for (size_t i = 0; i < l->n_filesystems; i++)
		add_fstab_line(l, &l->filesystems[i], &t);
	return plan_keep(plan, &t);
}

void plan_write_mdadm_conf(const struct plan *plan, struct text *out)
{
	const struct layout *l = &plan->layout;

	text_printf(out, "# written by dom0strap\nHOMEHOST %s\nMAILADDR root\n",
		    l->homehost);
	for (size_t i = 0; i < l->n_arrays; i++) {
		const struct layout_array *a = &l->arrays[i];
		bool old = str_eq(a->array->metadata, "0.90");

		text_printf(out, "ARRAY %s metadata=%s UUID=%s", a->device,
			    a->array->metadata, a->uuid);
		if (a->n_spares) /* mdadm --monitor tells when there are fewer */
			text_printf(out, " spares=%zu", a->n_spares);
		if (old) /* without a name its device is made from the minor number */
			text_add(out, " auto=yes\n");
		else
			text_printf(out, " name=%s:%s\n", l->homehost, a->array->name);
	}
}

static void add_mdadm_conf(struct plan *plan)
{
	/* Debian keeps the file in a folder of its own, everybody else in /etc. */
	static const struct {
		const char *path, *only_if, *unless;
	} places[] = { { "/etc/mdadm/mdadm.conf", "/etc/mdadm", NULL },
		       { "/etc/mdadm.conf", NULL, "/etc/mdadm" } };
	struct text t = { 0 };
	const char *conf;

	plan_write_mdadm_conf(plan, &t);
	conf = plan_keep(plan, &t);

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		const char *path = arena_printf(&plan->arena, TARGET_DIR "%s",
						places[i].path);

		plan_add(plan, (struct action){ .kind = ACT_WRITE,
						.file = { .path = path,
							  .mode = 0644,
							  .only_if = places[i].only_if,
							  .unless = places[i].unless,
							  .text = conf } });
	}
	plan_add(plan,
		 (struct action){ .kind = ACT_INITRD,
				  .initrd = { .paths = PLAN_ARGV(plan, "etc/mdadm.conf",
								 "etc/mdadm/mdadm.conf"),
					      .text = conf } });
}

/* How fast md may resync in dom0. A host without sysctl.d keeps the kernel's own limits:
 * its one sysctl.conf is not ours to write. */
void plan_add_resync_limits(struct plan *plan)
{
	const struct resync *r = &plan->profile->resync;
	struct text t = { 0 };

	if (!r->min_kib && !r->max_kib)
		return;
	text_add(&t, "# written by dom0strap: KiB/s for each array\n");
	if (r->min_kib)
		text_printf(&t, "dev.raid.speed_limit_min = %" PRIu64 "\n", r->min_kib);
	if (r->max_kib)
		text_printf(&t, "dev.raid.speed_limit_max = %" PRIu64 "\n", r->max_kib);
	plan_add(plan, (struct action){ .kind = ACT_WRITE,
					.file = { .path = TARGET_DIR
						  "/etc/sysctl.d/90-dom0strap-raid.conf",
						  .mode = 0644,
						  .only_if = "/etc/sysctl.d",
						  .text = plan_keep(plan, &t) } });
}

static void plan_storage_config(struct plan *plan)
{
	if (plan->layout.state == STATE_COMPLETE)
		return;
	plan_add(plan, (struct action){ .kind = ACT_WRITE,
					.file = { .path = TARGET_DIR "/etc/fstab",
						  .mode = 0644,
						  .text = render_fstab(plan) } });
	if (plan->layout.n_arrays == 0)
		return;
	add_mdadm_conf(plan);
	plan_add_resync_limits(plan);
}

const struct step step_storage_config = {
	.name = "storage-config",
	.summary = "write fstab and mdadm.conf",
	.plan = plan_storage_config,
};
