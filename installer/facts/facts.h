/*
 * What the machine is. Probing only reads: no device is opened for writing, nothing is
 * assembled, activated or mounted.
 *
 * Facts are data: `dom0strap facts --json` prints them, and `plan --facts FILE` reads
 * them back, so a plan for a machine can be made, and tested, somewhere else.
 */
#ifndef FACTS_FACTS_H
#define FACTS_FACTS_H

#include "config/profile.h"
#include "facts/host.h"

struct partition_fact {
	struct yaml_mark at;
	uint64_t number;
	uint64_t start_bytes, size_bytes;
	const char *type; /* "0x83", or a GUID */
	const char *uuid; /* GPT: its own; else NULL */
	bool active;      /* MBR: the flag 0x80; GPT: "legacy BIOS bootable" */
};

struct signature { /* anything that says that these bytes belong to somebody */
	struct yaml_mark at;
	const char *type;      /* libblkid's name: "dos", "ext4", "linux_raid_member" */
	uint64_t offset_bytes; /* from the disk's beginning */
	uint64_t partition;    /* the partition's number, 0: the disk itself */
	const char *uuid;
	const char *label; /* also an md array's name ("host:0"), an LVM group's */
};

struct disk {
	struct yaml_mark at;
	const char *name;   /* "sda", as in /sys/block */
	const char *path;   /* "/dev/sda" */
	const char *serial; /* NULL where the disk does not tell */
	const char *wwn;
	const char *by_path; /* udev's name for where it is plugged in; NULL: unknown */
	const char *model;
	const char
		*transport; /* sata (any ATA disk), sas, scsi, nvme, usb, virtio, mmc */
	uint64_t size_bytes;
	uint64_t sector_bytes;       /* logical */
	uint64_t write_zeroes_bytes; /* most per command; 0: no such offload */
	uint64_t discard_bytes;      /* the same; what it reads afterwards is not said */
	bool rotational, removable, read_only;
	bool boot_medium;       /* carries the boot environment itself: label DOM0STRAP */
	const char *in_use;     /* why it cannot be opened exclusively; NULL: free */
	const char *unreadable; /* why its contents could not be read; NULL: they could */
	const char *table;      /* "dos", "gpt", …; NULL: none */
	const char *table_id;   /* "0x1a2b3c4d", or a GPT's GUID; else NULL */
	bool boot_code;         /* the boot sector's code area is not empty */
	/* Whose it is: "grub-legacy", "grub2", "extlinux"; NULL: nobody's that is known
	 */
	const char *boot_loader;
	struct partition_fact *partitions;
	size_t n_partitions;
	struct signature *signatures;
	size_t n_signatures;
};

struct nic {
	struct yaml_mark at;
	const char *name, *mac;
	bool link;
};

/*
 * A device that the kernel itself does not bring to rest before a kexec. It calls each
 * driver's shutdown(), and then takes the right to write memory from every PCI device
 * (pci_device_shutdown(), since 3.13); `kexec --exec` takes network interfaces down. What
 * is left are drivers whose shutdown() is known not to be enough in the boot
 * environment's kernel.
 */
struct restless {
	struct yaml_mark at;
	const char *bus, *driver; /* "virtio", "virtio_console" */
	const char *device;       /* "virtio3" */
};

/*
 * How the boot environment reaches its network, as its init has written it down in
 * /run/dom0strap/net/boot; elsewhere nothing is known.
 */
struct boot_network {
	struct yaml_mark at; /* line 0: not known */
	const char *interface, *mac;
	enum net_method method;        /* never NET_BOOT */
	const char *address, *gateway; /* NET_STATIC: with prefix length */
	const char **nameservers;
	size_t n_nameservers;
	uint64_t vlan;            /* the id; 0: none */
	const char *vlan_on;      /* the card or bond below it */
	const char *bond;         /* NULL: none */
	const char *bond_options; /* the kernel's words: "mode=802.3ad miimon=100" */
	struct nic *members; /* the cards below bond or VLAN, by their own addresses */
	size_t n_members;
};

struct facts {
	struct yaml_mark at;
	const char *uuid, *serial, *vendor, *product; /* from DMI */
	const char *firmware;                         /* "bios" or "uefi" */
	bool mem_locked; /* /dev/mem is refused, as with Secure Boot's lockdown: Xen can
			    not be told by it where a UEFI machine's ACPI tables are */
	uint64_t memory_bytes;
	const char *boot_mac; /* of the card that the boot environment came through */
	struct disk *disks;   /* in the order of their names */
	size_t n_disks;
	struct nic *nics;
	size_t n_nics;
	struct restless *restless;
	size_t n_restless;
	struct boot_network boot_network;
	struct installed *hosts; /* installed systems; looked for only to convert one */
	size_t n_hosts;
};

extern const struct schema facts_schema, facts_disk_schema; /* _disk: of one */

/*
 * Look at the machine whose /sys, /proc and /dev stand below `root` ("" for this one).
 * Everything lives in the arena. A disk that cannot be read is listed with the reason.
 */
void facts_probe(const char *root, struct arena *arena, struct facts *ret);

/* Read what schema_json() wrote. ERR_CONFIG with "name:line:column: ". */
must_check int facts_parse(const char *name, const char *text, size_t len,
			   struct arena *arena, struct facts *ret, struct err *err);

/* For people: a few lines per disk. */
void facts_print(const struct facts *facts, struct text *out);

/* restless.c: those that are bound to such a driver now, whoever asks; their number. */
size_t facts_find_restless(const char *root, struct arena *arena, struct restless **ret);

/* "virtio3 (virtio_console), 0000:5e:00.1 (mlx5_core)"; nothing without any. */
void facts_print_restless(const struct restless *devices, size_t n, struct text *out);

/* boot_network.c: what init wrote below `root`; line 0 where there is nothing. */
void facts_probe_boot_network(const char *root, struct arena *arena,
			      struct boot_network *ret);

/* facts_disk.c: fill in what the disk's own bytes tell (table, partitions, signatures).
 */
void facts_probe_contents(const char *root, struct arena *arena, struct disk *disk);

/*
 * boot_code.c: whose code a boot sector holds, NULL for none that is known. Pure. An MBR
 * that only starts the active partition's boot sector is nobody's: ask for that one.
 */
const char *facts_boot_loader(const unsigned char sector[static 512]);

#endif
