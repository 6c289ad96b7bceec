#include "facts/facts.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>

#include "core/io.h"
#include "facts/probe.h"

struct probe { /* what every helper here needs */
	const char *root;
	struct arena *arena;
};

static char *read_attr(const struct probe *p, const char *fmt, ...) printf_like(2, 3);

/*
 * One sysfs or procfs attribute below the root, trimmed, as one line: a disk's model is
 * foreign text. NULL when absent or empty.
 */
static char *read_attr(const struct probe *p, const char *fmt, ...)
{
	auto_free char *name = NULL, *path = NULL, *value = NULL;
	char *start;
	va_list ap;

	va_start(ap, fmt);
	name = xvasprintf(fmt, ap);
	va_end(ap);
	path = xasprintf("%s/%s", p->root, name);
	value = io_read_line(AT_FDCWD, path);
	if (!value)
		return NULL;
	start = value + strspn(value, " \t");
	for (size_t len = strlen(start); len && isspace((unsigned char)start[len - 1]);)
		start[--len] = '\0';
	str_clean(start);
	return *start ? arena_strdup(p->arena, start) : NULL;
}

static uint64_t read_uint(const struct probe *p, const char *disk, const char *attr)
{
	const char *s = read_attr(p, "sys/block/%s/%s", disk, attr);

	return s ? strtoull(s, NULL, 10) : 0;
}

/* A unit serial number page (SPC-4 7.8.15): four bytes of header, then the number. */
static const char *read_vpd_serial(const struct probe *p, const char *disk)
{
	auto_free char *path = xasprintf("%s/sys/block/%s/device/vpd_pg80", p->root,
					 disk);
	struct err ignored = { 0 };
	auto_free char *page = NULL;
	char *serial;
	size_t len, first = 4;

	if (io_read_file(AT_FDCWD, path, 4096, &page, &len, &ignored) < 0 || len <= first)
		return NULL;
	while (first < len && isspace((unsigned char)page[first]))
		first++;
	while (len > first && (isspace((unsigned char)page[len - 1]) || !page[len - 1]))
		len--;
	if (len == first)
		return NULL;
	serial = arena_strndup(p->arena, page + first, len - first);
	str_clean(serial);
	return serial;
}

/* Few sticks answer for themselves; the USB device does: four levels above the disk, past
 * target, host and interface. */
static const char *read_usb_serial(const struct probe *p, const char *disk)
{
	static const char above[] = "sys/block/%s/device/../../../../%s";

	return read_attr(p, above, disk, "idVendor") ? read_attr(p, above, disk, "serial")
						     : NULL;
}

static const char *find_serial(const struct probe *p, const char *disk)
{
	const char *serial = read_attr(p, "sys/block/%s/serial", disk); /* virtio-blk */

	if (!serial)
		serial = read_attr(p, "sys/block/%s/device/serial", disk); /* nvme, mmc */
	if (!serial)
		serial = read_vpd_serial(p, disk);
	return serial ? serial : read_usb_serial(p, disk);
}

static const char *find_transport(const struct probe *p, const char *disk)
{
	static const struct {
		const char *in_path, *transport;
	} table[] = {
		{ "/usb", "usb" },       { "/nvme", "nvme" },       { "/mmc", "mmc" },
		{ "/virtio", "virtio" }, { "/end_device-", "sas" }, { "/ata", "sata" },
	};
	auto_free char *link = xasprintf("%s/sys/block/%s", p->root, disk);
	auto_free char *path = realpath(link, NULL);

	for (size_t i = 0; path && i < ARRAY_LEN(table); i++) {
		if (strstr(path, table[i].in_path))
			return table[i].transport;
	}
	return "scsi";
}

/* Names of what stands on the disk or on one of its partitions: md0, dm-3. */
static void add_holders(const struct probe *p, const char *dir, struct text *out)
{
	auto_free char *path = xasprintf("%s/sys/block/%s/holders", p->root, dir);
	DIR *d = opendir(path);

	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] != '.')
			text_printf(out, "%s%s", out->len ? ", " : "used by ", e->d_name);
	if (d)
		closedir(d);
}

/* Behind "/dev/sda": nothing or a partition's number, and not another disk's letter. */
static bool is_disk_or_part(const char *line, size_t len)
{
	const char *rest = line + len;
	bool ends_in_digit = isdigit((unsigned char)rest[-1]);

	if (!*rest || isspace((unsigned char)*rest))
		return true;
	if (ends_in_digit && *rest++ != 'p')
		return false;
	return isdigit((unsigned char)*rest);
}

/* /proc/mounts and /proc/swaps begin each line with the device. */
static void add_users(const struct probe *p, const char *file, const char *how,
		      const char *disk, struct text *out)
{
	auto_free char *path = xasprintf("%s/proc/%s", p->root, file);
	auto_file FILE *f = fopen(path, "re");
	auto_free char *prefix = xasprintf("/dev/%s", disk);
	auto_free char *line = NULL;
	size_t cap = 0;

	while (f && getline(&line, &cap, f) > 0)
		if (str_starts(line, prefix) && is_disk_or_part(line, strlen(prefix))) {
			line[strcspn(line, " \t")] = '\0';
			text_printf(out, "%s%s %s", out->len ? ", " : "", line, how);
		}
}

static const char *find_use(const struct probe *p, const char *disk)
{
	auto_free char *path = xasprintf("%s/sys/block/%s", p->root, disk);
	auto_text struct text use = { 0 };
	DIR *d = opendir(path);

	add_holders(p, disk, &use);
	for (struct dirent *e; d && (e = readdir(d));)
		if (str_starts(e->d_name, disk)) {
			auto_free char *part = xasprintf("%s/%s", disk, e->d_name);

			add_holders(p, part, &use);
		}
	if (d)
		closedir(d);
	add_users(p, "mounts", "mounted", disk, &use);
	add_users(p, "swaps", "used as swap", disk, &use);
	return use.len ? arena_strdup(p->arena, use.s) : NULL;
}

/* Real disks: they have a device behind them; CD drives and floppies are not disks. */
static bool is_disk(const struct probe *p, const char *name)
{
	static const char *const others[] = { "sr", "fd",  "loop", "ram",
					      "md", "dm-", "zram" };
	auto_free char *device = xasprintf("%s/sys/block/%s/device", p->root, name);

	if (name[0] == '.' || access(device, F_OK) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (str_starts(name, others[i]))
			return false;
	/* An mmc boot area is not for partitions; an nvme path is not the namespace. */
	if (strstr(name, "boot") || strstr(name, "rpmb") || read_uint(p, name, "hidden"))
		return false;
	return read_uint(p, name, "size") > 0;
}

static struct disk probe_disk(const struct probe *p, const char *name)
{
	struct disk disk = { .name = arena_strdup(p->arena, name) };
	const char *wwn = read_attr(p, "sys/block/%s/wwid", name);

	disk.path = arena_printf(p->arena, "/dev/%s", name);
	disk.serial = find_serial(p, name);
	disk.wwn = wwn ? wwn : read_attr(p, "sys/block/%s/device/wwid", name);
	disk.model = read_attr(p, "sys/block/%s/device/model", name);
	disk.transport = find_transport(p, name);
	disk.by_path = facts_by_path(p->root, name, p->arena);
	disk.size_bytes = read_uint(p, name, "size") * 512; /* sysfs counts so always */
	disk.sector_bytes = read_uint(p, name, "queue/logical_block_size");
	if (disk.sector_bytes == 0)
		disk.sector_bytes = 512;
	disk.write_zeroes_bytes = read_uint(p, name, "queue/write_zeroes_max_bytes");
	disk.discard_bytes = read_uint(p, name, "queue/discard_max_bytes");
	disk.rotational = read_uint(p, name, "queue/rotational");
	disk.removable = read_uint(p, name, "removable");
	disk.read_only = read_uint(p, name, "ro");
	disk.in_use = find_use(p, name);
	facts_probe_contents(p->root, p->arena, &disk);
	return disk;
}

/* sda before sdb before sdaa: by length, then by text, as the kernel counts. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
	size_t la = strlen((*a)->d_name), lb = strlen((*b)->d_name);

	return la != lb ? (la < lb ? -1 : 1) : strcmp((*a)->d_name, (*b)->d_name);
}

static void probe_disks(const struct probe *p, struct facts *facts)
{
	auto_free char *path = xasprintf("%s/sys/block", p->root);
	struct dirent **names;
	int n = scandir(path, &names, NULL, compare_names);

	for (int i = 0; i < n; i++) {
		if (is_disk(p, names[i]->d_name)) {
			struct disk disk = probe_disk(p, names[i]->d_name);

			facts->disks = arena_append(p->arena, facts->disks,
						    &facts->n_disks, &disk, sizeof(disk));
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static void probe_nics(const struct probe *p, struct facts *facts)
{
	auto_free char *path = xasprintf("%s/sys/class/net", p->root);
	struct dirent **names;
	int n = scandir(path, &names, NULL, compare_names);

	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		auto_free char *device = xasprintf("%s/sys/class/net/%s/device", p->root,
						   name);

		if (name[0] != '.' && access(device, F_OK) == 0) {
			struct nic nic = {
				.name = arena_strdup(p->arena, name),
				.mac = read_attr(p, "sys/class/net/%s/address", name),
				.link = str_eq(
					read_attr(p, "sys/class/net/%s/carrier", name),
					"1"),
			};

			facts->nics = arena_append(p->arena, facts->nics, &facts->n_nics,
						   &nic, sizeof(nic));
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

/*
 * pxelinux and dracut: BOOTIF=01-aa-bb-cc-dd-ee-ff, the hardware type in front. Without
 * it the card that init came through with, then the first with a link, then the first.
 */
static const char *find_boot_mac(const struct probe *p, const struct facts *facts)
{
	const char *cmdline = read_attr(p, "proc/cmdline");
	const char *bootif = cmdline ? strstr(cmdline, "BOOTIF=") : NULL;

	while (bootif && bootif != cmdline && bootif[-1] != ' ')
		bootif = strstr(bootif + 1, "BOOTIF=");
	if (bootif) {
		size_t len = strcspn(bootif + 7, " ");

		if (len == 20) {
			char *mac = arena_strndup(p->arena, bootif + 10, 17);

			for (char *c = mac; *c; c++)
				*c = *c == '-' ? ':' : (char)tolower((unsigned char)*c);
			return mac;
		}
	}
	if (getenv("DOM0STRAP_MAC"))
		return arena_strdup(p->arena, getenv("DOM0STRAP_MAC"));
	for (size_t i = 0; i < facts->n_nics; i++)
		if (facts->nics[i].link)
			return facts->nics[i].mac;
	return facts->n_nics ? facts->nics[0].mac : NULL;
}

static uint64_t probe_memory(const struct probe *p)
{
	const char *meminfo = read_attr(
		p, "proc/meminfo"); /* begins with "MemTotal:  N kB" */

	return meminfo && str_starts(meminfo, "MemTotal:")
		       ? strtoull(meminfo + strlen("MemTotal:"), NULL, 10) * 1024
		       : 0;
}

static bool is_mem_locked(const struct probe *p)
{
	auto_free char *path = xasprintf("%s/dev/mem", p->root);
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 && errno == EPERM;
}

void facts_probe(const char *root, struct arena *arena, struct facts *ret)
{
	const struct probe p = { root, arena };
	auto_free char *efi = xasprintf("%s/sys/firmware/efi", root);
	struct facts facts = {
		.uuid = read_attr(&p, "sys/class/dmi/id/product_uuid"),
		.serial = read_attr(&p, "sys/class/dmi/id/product_serial"),
		.vendor = read_attr(&p, "sys/class/dmi/id/sys_vendor"),
		.product = read_attr(&p, "sys/class/dmi/id/product_name"),
		.firmware = access(efi, F_OK) == 0 ? "uefi" : "bios",
		.mem_locked = is_mem_locked(&p),
		.memory_bytes = probe_memory(&p),
	};

	probe_disks(&p, &facts);
	probe_nics(&p, &facts);
	facts.n_restless = facts_find_restless(root, arena, &facts.restless);
	facts.boot_mac = find_boot_mac(&p, &facts);
	facts_probe_boot_network(root, arena, &facts.boot_network);
	*ret = facts;
}

int facts_parse(const char *name, const char *text, size_t len, struct arena *arena,
		struct facts *ret, struct err *err)
{
	struct facts facts = { 0 };
	struct yaml_node *root;

	if (yaml_parse(name, text, len, arena, &root, err) < 0 ||
	    schema_read(&facts_schema, name, root, arena, &facts, err) < 0)
		return -1;
	*ret = facts;
	return 0;
}
