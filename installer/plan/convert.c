#include "plan/convert.h"

#include "bootcfg/edit.h"
#include "bootcfg/service.h"
#include "core/text.h"

void convert_add(struct convert *c, struct arena *arena, const char *path, unsigned mode,
		 const char *new)
{
	const struct host_file *file = host_find_file(c->host, path);
	struct convert_change change = {
		.path = file && file->real ? file->real : path,
		.old = file ? file->text : NULL,
		.new = new,
		.mode = mode,
	};

	if (!str_eq(change.old, new))
		c->changes = arena_append(arena, c->changes, &c->n_changes, &change,
					  sizeof(change));
}

/* "/dev/sda2" is on sda, and an array is where its members are. */
static bool stands_on(const struct installed *h, const char *device,
		      const struct disk *disk, unsigned *ret_partition)
{
	struct arena scratch = { 0 };
	bool found = false;

	for (size_t i = 0; !found && i < disk->n_partitions; i++) {
		unsigned number = (unsigned)disk->partitions[i].number;

		found = str_eq(device,
			       layout_partition_path(&scratch, disk->path, number));
		if (found && ret_partition)
			*ret_partition = number;
	}
	for (size_t i = 0; !found && i < h->n_arrays; i++)
		for (size_t j = 0; !found && str_eq(h->arrays[i].device, device) &&
				   j < h->arrays[i].n_members;
		     j++)
			found = stands_on(h, h->arrays[i].members[j], disk,
					  ret_partition);
	arena_free(&scratch);
	return found;
}

static const struct host_mount *boot_mount(const struct installed *h)
{
	const struct host_mount *boot = host_find_mount(h, "/boot");

	return boot ? boot : &h->mounts[0];
}

static bool is_used(const struct installed *h, const struct disk *disk)
{
	for (size_t i = 0; i < h->n_mounts; i++)
		if (stands_on(h, h->mounts[i].device, disk, NULL))
			return true;
	for (size_t i = 0; i < h->n_volume_devices; i++)
		if (stands_on(h, h->volume_devices[i], disk, NULL))
			return true;
	return false;
}

static bool is_meant(const struct profile *p, const struct facts *facts,
		     const struct installed *h)
{
	const struct convert_selector *which = &p->convert;

	if (which->root && !str_same_id(which->root, h->mounts[0].uuid))
		return false;
	for (size_t i = 0; which->serial && i < facts->n_disks; i++)
		if (str_eq(facts->disks[i].serial, which->serial) &&
		    is_used(h, &facts->disks[i]))
			return true;
	return !which->serial;
}

static void list_host(const struct facts *facts, const struct installed *h,
		      struct text *out)
{
	text_printf(out, "\n  %s (root: %s)", h->mounts[0].device, h->mounts[0].uuid);
	for (size_t i = 0; i < facts->n_disks; i++)
		if (is_used(h, &facts->disks[i]))
			text_printf(out, ", %s (serial: %s)", facts->disks[i].path,
				    facts->disks[i].serial ? facts->disks[i].serial
							   : "none");
}

static int find_host(const struct profile *p, const struct facts *facts,
		     const struct installed **ret, struct err *err)
{
	auto_text struct text list = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < facts->n_hosts; i++) {
		list_host(facts, &facts->hosts[i], &list);
		if (!is_meant(p, facts, &facts->hosts[i]))
			continue;
		*ret = &facts->hosts[i];
		n++;
	}
	if (n == 1)
		return 0;
	if (!facts->n_hosts)
		return err_set(err, ERR_HARDWARE, 0,
			       "%s: mode: convert, but no installed system was found: no "
			       "filesystem on a partition, array or logical volume has "
			       "/etc/fstab",
			       p->name);
	if (!n)
		return err_set(err, ERR_HARDWARE, 0,
			       "%s: mode: convert, but no installed system has the root "
			       "and the serial that `convert` names:%s",
			       p->name, list.s);
	return err_set(err, ERR_HARDWARE, 0,
		       "%s: mode: convert, but %zu of this machine's installed systems "
		       "could be meant; `convert: {root: …, serial: …}` says which:%s",
		       p->name, n, list.s);
}

static const struct {
	const char *fact, *title;
	enum boot_loader loader;
} loaders[] = {
	{ "grub-legacy", "GRUB legacy", LOADER_GRUB_LEGACY },
	{ "grub2", "GRUB 2", LOADER_GRUB2 },
	{ "extlinux", "extlinux", LOADER_EXTLINUX },
};

/* What starts the host's disks, by the code in their boot sectors: a host may well have
 * another loader's files, too. */
static int find_loader(const struct profile *p, const struct facts *facts,
		       const struct layout *l, struct convert *c, struct err *err)
{
	const struct disk *first = NULL;

	if (str_eq(facts->firmware, "uefi")) {
		c->boot.loader = LOADER_GRUB2;
		return 0;
	}
	for (size_t i = 0; i < l->n_disks; i++) {
		const struct disk *d = l->disks[i].disk;

		if (first && d->boot_loader &&
		    !str_eq(first->boot_loader, d->boot_loader))
			return err_set(err, ERR_HARDWARE, 0,
				       "%s is started by %s and %s by %s: which of them "
				       "this host uses cannot be told",
				       first->path, first->boot_loader, d->path,
				       d->boot_loader);
		if (d->boot_loader)
			first = d;
	}
	for (size_t i = 0; first && i < ARRAY_LEN(loaders); i++) {
		if (!str_eq(first->boot_loader, loaders[i].fact))
			continue;
		c->boot.loader = loaders[i].loader;
		if (p->boot_loader == LOADER_KEEP || p->boot_loader == LOADER_GRUB2 ||
		    p->boot_loader == c->boot.loader)
			return 0;
		return err_set(err, ERR_HARDWARE, 0,
			       "%s: the profile names another boot loader than %s, which "
			       "starts %s; a conversion installs none: say `boot-loader: "
			       "keep`",
			       p->name, loaders[i].title, first->path);
	}
	return err_set(
		err, ERR_HARDWARE, 0,
		"no disk of this host begins with boot code of GRUB legacy, GRUB 2 "
		"or extlinux");
}

static void adopt_disks(const struct facts *facts, const struct installed *h,
			struct arena *arena, struct layout *l)
{
	for (size_t i = 0; i < facts->n_disks; i++) {
		struct layout_disk disk = { .disk = &facts->disks[i] };

		if (is_used(h, disk.disk))
			l->disks = arena_append(arena, l->disks, &l->n_disks, &disk,
						sizeof(disk));
	}
}

static bool can_be_dom0(const char *version, void *context)
{
	const struct installed *h = context;

	for (size_t i = 0; i < h->n_dom0_kernels; i++)
		if (str_eq(h->dom0_kernels[i], version))
			return true;
	return false;
}

static int select_files(const struct profile *p, struct convert *c, struct err *err)
{
	struct installed copy = *c->host;
	const struct boot_listing listing = { .names = c->host->boot,
					      .n = c->host->n_boot,
					      .hypervisor = p->xen.hypervisor,
					      .can_be_dom0 = can_be_dom0,
					      .context = &copy };

	return boot_select(&listing, &c->choice, err);
}

/* GRUB legacy's name of the partition with /boot, by its number on the disk that starts
 * the host. */
static void name_boot(const struct layout *l, struct arena *arena, struct convert *c)
{
	const struct host_mount *boot = boot_mount(c->host);
	unsigned partition = 0;

	for (size_t i = 0; i < l->n_disks; i++)
		if (l->disks[i].disk->boot_loader &&
		    stands_on(c->host, boot->device, l->disks[i].disk, &partition))
			break;
	c->boot.root_uuid = c->host->mounts[0].uuid;
	c->boot.boot_uuid = boot->uuid;
	c->boot.boot_prefix = boot == &c->host->mounts[0] ? "/boot" : "";
	if (partition)
		c->boot.grub_root = arena_printf(arena, "(hd0,%u)", partition - 1);
}

/* Fedora's kernel packages would make each new kernel the default, without Xen. */
static void keep_default(struct convert *c, struct arena *arena)
{
	static const char path[] = "/etc/sysconfig/kernel";
	const char *text = host_text(c->host, path);
	auto_free char *new = NULL;

	if (!text || c->boot.make_default != XEN_DEFAULT_TRUE ||
	    edit_shell_is(text, "UPDATEDEFAULT", "no"))
		return;
	new = edit_shell_variable(text, "UPDATEDEFAULT", "no");
	convert_add(c, arena, path, 0644, arena_strdup(arena, new));
}

static const char *find_service_file(const struct installed *h, const char *const *places,
				     const char *name, struct arena *arena,
				     const char **ret_path)
{
	for (; *places; places++) {
		const char *path = arena_printf(arena, "%s%s", *places, name);

		if (host_text(h, path)) {
			*ret_path = path;
			return host_text(h, path);
		}
	}
	return NULL;
}

/* Links that the survey has seen are there already. */
static void enable_libvirtd(struct convert *c, struct arena *arena)
{
	struct service_files files = { 0 };
	struct service_link *links;
	struct text t = { 0 };
	size_t n;

	files.unit = find_service_file(c->host, service_unit_paths, "libvirtd.service",
				       arena, &files.unit_path);
	files.script = find_service_file(c->host, service_script_paths, "libvirtd", arena,
					 &files.script_path);
	n = service_links("libvirtd", &files, arena, &links);
	for (size_t i = 0; i < n; i++)
		if (!host_find_file(c->host, links[i].path))
			text_printf(&t, "%s%s -> %s", t.len ? "\n" : "", links[i].path,
				    links[i].to);
	if (t.len)
		c->links = arena_strdup(arena, t.s);
	text_free(&t);
}

static struct boot_spec boot_spec_of(const struct profile *p)
{
	return (struct boot_spec){ .hypervisor = p->xen.hypervisor,
				   .xen_options = p->xen.options,
				   .kernel_options = p->xen.kernel_options,
				   .make_default = p->xen.make_default,
				   .timeout_s = (unsigned)p->xen.timeout };
}

int convert_tree(const struct profile *p, const struct installed *host,
		 const char *kernel_options, struct arena *arena, struct convert *ret,
		 struct err *err)
{
	struct convert c = { .host = host, .tree = true, .boot = boot_spec_of(p) };
	const struct layout no_disks = { 0 };

	if (p->xen.make_default == XEN_DEFAULT_ONCE)
		return err_set(err, ERR_CONFIG, 0,
			       "%s: xen: default: once is about a machine's next boot; a "
			       "tree has none",
			       p->name);
	c.boot.kernel_options = kernel_options;
	c.boot.loader = p->boot_loader;
	name_boot(&no_disks, arena, &c);
	if (select_files(p, &c, err) < 0 || convert_menu(p, arena, &c, err) < 0)
		return -1;
	keep_default(&c, arena);
	if (p->xen.libvirtd)
		enable_libvirtd(&c, arena);
	*ret = c;
	return 0;
}

int convert_compute(const struct profile *p, const struct facts *facts,
		    struct arena *arena, struct layout *layout, struct convert *ret,
		    struct err *err)
{
	struct layout l = { .state = STATE_CONVERT };
	struct convert c = { .boot = boot_spec_of(p) };

	if (find_host(p, facts, &c.host, err) < 0)
		return -1;
	adopt_disks(facts, c.host, arena, &l);
	if (find_loader(p, facts, &l, &c, err) < 0 || select_files(p, &c, err) < 0)
		return -1;
	name_boot(&l, arena, &c);
	if (convert_menu(p, arena, &c, err) < 0)
		return -1;
	if (c.fallback) { /* the host's word, which must not look like ours */
		char *clean = arena_strdup(arena, c.fallback);

		str_clean(clean);
		c.fallback = clean;
	}
	keep_default(&c, arena);
	if (p->xen.libvirtd)
		enable_libvirtd(&c, arena);
	if (!c.n_changes && !c.generate && !c.links && !c.arm_extlinux)
		l.state = STATE_CONVERTED;
	*layout = l;
	*ret = c;
	return 0;
}
