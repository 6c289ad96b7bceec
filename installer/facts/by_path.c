/*
 * udev is not there to ask: the boot environment has none, and a profile may be written
 * for a machine that has never run. sysfs holds all that its name is made of.
 *
 * From the disk upwards each device of a known bus puts its own word in front. A name
 * without a bus that numbers its slots (pci, platform, …), or without a known transport,
 * would not be unique: then there is none.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>

#include "core/io.h"
#include "facts/probe.h"

struct walk {
	char *dir; /* the device whose turn it is; cut shorter with each step */
	size_t top_len;
	const char *root, *disk;
	struct text name;
	bool slot, transport; /* seen: what makes the name unique */
};

static void prepend(struct walk *w, const char *fmt, ...) printf_like(2, 3);

static void prepend(struct walk *w, const char *fmt, ...)
{
	auto_free char *word = NULL;
	auto_text struct text longer = { 0 };
	va_list ap;

	va_start(ap, fmt);
	word = xvasprintf(fmt, ap);
	va_end(ap);
	text_printf(&longer, "%s%s%s", word, w->name.len ? "-" : "",
		    w->name.len ? w->name.s : "");
	text_free(&w->name);
	w->name = longer;
	longer = (struct text){ 0 };
}

static char *attribute(const char *dir, const char *fmt, ...) printf_like(2, 3);

static char *attribute(const char *dir, const char *fmt, ...)
{
	auto_free char *name = NULL, *path = NULL, *value = NULL;
	va_list ap;

	va_start(ap, fmt);
	name = xvasprintf(fmt, ap);
	va_end(ap);
	path = xasprintf("%s/%s", dir, name);
	value = io_read_line(AT_FDCWD, path);
	return str_empty(value) ? NULL : take_ptr(value);
}

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool climb(struct walk *w)
{
	char *slash = strrchr(w->dir, '/');

	if (!slash || (size_t)(slash - w->dir) <= w->top_len)
		return false;
	*slash = '\0';
	return true;
}

static bool is_of(const char *dir, const char *subsystem)
{
	auto_free char *link = xasprintf("%s/subsystem", dir);
	char target[PATH_MAX];
	ssize_t n = readlink(link, target, sizeof(target) - 1);

	if (n <= 0)
		return false;
	target[n] = '\0';
	return str_eq(last_name(target), subsystem);
}

/* On to the last device of an unbroken row: of bridges, of hubs. */
static void skip_subsystem(struct walk *w, const char *subsystem)
{
	for (;;) {
		auto_free char *above = xstrdup(w->dir);
		char *slash = strrchr(above, '/');

		if (!slash)
			return;
		*slash = '\0';
		if (!is_of(above, subsystem) || !climb(w))
			return;
	}
}

/* The device's folder or the nearest above whose name begins so; the caller frees it. */
static char *find_above(const char *dir, const char *prefix)
{
	auto_free char *path = xstrdup(dir);

	for (char *slash; (slash = strrchr(path, '/')); *slash = '\0')
		if (str_starts(slash + 1, prefix))
			return take_ptr(path);
	return NULL;
}

static char *parent_of(const char *dir)
{
	const char *slash = strrchr(dir, '/');
	char *parent = xstrdup(dir);

	parent[slash ? slash - dir : 0] = '\0';
	return parent;
}

struct scsi_address {
	unsigned host, bus, target, lun;
};

static bool read_address(const char *dir, struct scsi_address *ret)
{
	char end;

	return sscanf(last_name(dir), "%u:%u:%u:%u%c", &ret->host, &ret->bus,
		      &ret->target, &ret->lun, &end) == 4;
}

/* Linux knows logical units of 32 bits; all but the plain ones are written as in SAM. */
static char *lun_word(const struct scsi_address *a)
{
	if (a->lun < 256)
		return xasprintf("lun-%u", a->lun);
	return xasprintf("lun-0x%04x%04x00000000", a->lun & 0xffff, a->lun >> 16);
}

static bool name_ata(struct walk *w, const struct scsi_address *a)
{
	auto_free char *port = find_above(w->dir, "ata");
	auto_free char *number = attribute(port, "ata_port/%s/port_no", last_name(port));

	if (!number)
		return false;
	if (a->bus) /* behind a port multiplier */
		prepend(w, "ata-%s.%u.0", number, a->bus);
	else if (a->target) /* the second on a parallel cable */
		prepend(w, "ata-%s.%u", number, a->target);
	else
		prepend(w, "ata-%s", number);
	return true;
}

static bool name_sas(struct walk *w, const struct scsi_address *a)
{
	auto_free char *device = find_above(w->dir, "end_device-");
	auto_free char *port = parent_of(device), *above = parent_of(port);
	auto_free char *phys = attribute(port, "sas_port/%s/num_phys", last_name(port));
	auto_free char *expander = attribute(above, "sas_device/%s/sas_address",
					     last_name(above));
	auto_free char *lun = lun_word(a), *word = NULL;
	bool wide = !str_eq(phys, "1"); /* more than one line: the disk's own address */

	word = attribute(device, "sas_device/%s/%s", last_name(device),
			 wide ? "sas_address" : "phy_identifier");
	if (!phys || !word)
		return false;
	if (wide)
		prepend(w, "sas-%s-%s", word, lun);
	else if (expander)
		prepend(w, "sas-exp%s-phy%s-%s", expander, word, lun);
	else
		prepend(w, "sas-phy%s-%s", word, lun);
	return true;
}

static bool name_fibre_channel(struct walk *w, const struct scsi_address *a)
{
	auto_free char *target = find_above(w->dir, "target");
	auto_free char *lun = lun_word(a), *port = NULL;

	if (target)
		port = attribute(target, "fc_transport/%s/port_name", last_name(target));
	if (port)
		prepend(w, "fc-%s-%s", port, lun);
	return port != NULL;
}

static bool name_iscsi(struct walk *w, const struct scsi_address *a)
{
	auto_free char *session = find_above(w->dir, "session");
	const char *number = last_name(session) + strlen("session");
	auto_free char *connection = xasprintf(
		"%s/connection%s:0/iscsi_connection/connection%s:0", session, number,
		number);
	auto_free char *target = attribute(session, "iscsi_session/session%s/targetname",
					   number);
	auto_free char *address = attribute(connection, "persistent_address");
	auto_free char *port = attribute(connection, "persistent_port");
	auto_free char *lun = lun_word(a);

	if (target && address && port)
		prepend(w, "ip-%s:%s-iscsi-%s-%s", address, port, target, lun);
	return target && address && port;
}

/* Hosts are numbered over the whole machine: count from this controller's first. */
static bool name_any_scsi(struct walk *w, const struct scsi_address *a)
{
	auto_free char *host = find_above(w->dir, "host");
	auto_free char *controller = host ? parent_of(host) : NULL;
	DIR *d = controller ? opendir(controller) : NULL;
	unsigned first = a->host;

	if (!d)
		return false;
	for (struct dirent *e; (e = readdir(d));) {
		unsigned number;
		char end;

		if (sscanf(e->d_name, "host%u%c", &number, &end) == 1 && number < first)
			first = number;
	}
	closedir(d);
	prepend(w, "scsi-%u:%u:%u:%u", a->host - first, a->bus, a->target, a->lun);
	w->dir[strlen(host)] = '\0';
	return true;
}

static bool name_scsi(struct walk *w)
{
	/* SCSI's transports show in the path only; the first that is there counts. */
	static const struct {
		const char *above;
		bool slot; /* unique by itself, without a bus above */
		bool (*name)(struct walk *w, const struct scsi_address *a);
	} transports[] = {
		{ "rport-", true, name_fibre_channel },
		{ "end_device-", true, name_sas },
		{ "session", true, name_iscsi },
		{ "ata", false, name_ata },
	};
	struct scsi_address a;

	if (!read_address(w->dir, &a))
		return true; /* a target or a host on the way up */
	w->transport = true;
	for (size_t i = 0; i < ARRAY_LEN(transports); i++) {
		auto_free char *above = find_above(w->dir, transports[i].above);

		if (!above)
			continue;
		w->slot |= transports[i].slot;
		return transports[i].name(w, &a);
	}
	return name_any_scsi(w, &a);
}

/* "2-1.4:1.0": bus 2, port 1 of the root hub, port 4 of the hub there, interface 1.0. */
static bool name_usb(struct walk *w)
{
	const char *ports = strchr(last_name(w->dir), '-');

	w->transport = true;
	if (ports) {
		prepend(w, "usb-0:%s", ports + 1);
		skip_subsystem(w, "usb");
	}
	return true;
}

static bool name_nvme(struct walk *w)
{
	auto_free char *nsid = attribute(w->root, "sys/block/%s/nsid", w->disk);

	if (nsid) {
		prepend(w, "nvme-%s", nsid);
		w->slot = w->transport = true;
	}
	return true;
}

/* A namespace that several controllers may share stands apart from them: nvme0n1's is
 * nvme0. */
static bool name_shared_nvme(struct walk *w)
{
	size_t len = strlen("nvme") + strspn(w->disk + strlen("nvme"), "0123456789");
	auto_free char *link = xasprintf("%s/sys/class/nvme/%.*s", w->root, (int)len,
					 w->disk);
	char *controller = realpath(link, NULL);

	if (!controller)
		return false;
	free(w->dir);
	w->dir = controller;
	return name_nvme(w);
}

static bool name_device(struct walk *w)
{
	static const struct {
		const char *subsystem, *word;
		bool slot, transport;
		bool (*name)(struct walk *w);
	} buses[] = {
		{ .subsystem = "scsi", .name = name_scsi },
		{ .subsystem = "usb", .name = name_usb },
		{ .subsystem = "nvme", .name = name_nvme },
		{ .subsystem = "nvme-subsystem", .name = name_shared_nvme },
		{ .subsystem = "virtio", .transport = true },
		{ .subsystem = "pci", .word = "pci", .slot = true },
		{ .subsystem = "acpi", .word = "acpi", .slot = true },
		{ .subsystem = "xen", .word = "xen", .slot = true },
		{ "platform", .word = "platform", .slot = true, .transport = true },
	};

	for (size_t i = 0; i < ARRAY_LEN(buses); i++) {
		if (!is_of(w->dir, buses[i].subsystem))
			continue;
		if (buses[i].name)
			return buses[i].name(w);
		if (buses[i].word)
			prepend(w, "%s-%s", buses[i].word, last_name(w->dir));
		w->slot |= buses[i].slot;
		w->transport |= buses[i].transport;
		skip_subsystem(w, buses[i].subsystem);
		return true;
	}
	return true; /* nothing that belongs in the name */
}

const char *facts_by_path(const char *root, const char *name, struct arena *arena)
{
	auto_free char *link = xasprintf("%s/sys/block/%s", root, name);
	auto_free char *top_link = xasprintf("%s/sys/devices", root);
	auto_free char *top = realpath(top_link, NULL);
	struct walk w = { .dir = realpath(link, NULL), .root = root, .disk = name };
	bool known = top && w.dir && str_starts(w.dir, top);
	const char *found = NULL;

	w.top_len = top ? strlen(top) : 0;
	while (known && (known = name_device(&w)) && climb(&w))
		;
	if (known && w.name.len && w.slot && w.transport) {
		str_clean(w.name.s);
		found = arena_strdup(arena, w.name.s);
	}
	text_free(&w.name);
	free(w.dir);
	return found;
}
