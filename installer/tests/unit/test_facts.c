/*
 * Probing a machine that is a folder: what sysfs and procfs say, and facts as data.
 */
#include "facts/probe.h"
#include "tests/machine.h"

#define ATA         "pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0"
#define SAS         "pci0000:00/0000:00:03.0/host1/port-1:0/end_device-1:0/target1:0:0/1:0:0:0"
#define SCSI        "pci0000:00/0000:00:05.0/host2/target2:0:0/2:0:0:0"
#define VIRTIO      "pci0000:00/0000:00:04.0/virtio1"
#define VIRTIO_SCSI "pci0000:00/0000:00:06.0/virtio2/host3/target3:0:0/3:0:0:0"
#define NVME        "pci0000:00/0000:00:07.0/nvme/nvme0"
#define USB         "pci0000:00/0000:00:1d.7/usb1/1-1/1-1:1.0/host4/target4:0:0/4:0:0:0"
#define MMC         "platform/sdhci/mmc_host/mmc0/mmc0:0001"

static void test_machine(void **state)
{
	struct facts facts;

	(void)state;
	put("sys/class/dmi/id/product_uuid", "11111111-2222-3333-4444-555555555555\n");
	put("sys/class/dmi/id/product_serial", "  S1 \n");
	put("sys/class/dmi/id/sys_vendor", "QEMU\n");
	put("sys/class/dmi/id/product_name", "Standard PC\n");
	put("proc/meminfo", "MemTotal:         500000 kB\nMemFree: 1 kB\n");
	facts = probe();
	assert_string_equal(facts.uuid, "11111111-2222-3333-4444-555555555555");
	assert_string_equal(facts.serial, "S1");
	assert_string_equal(facts.vendor, "QEMU");
	assert_string_equal(facts.product, "Standard PC");
	assert_string_equal(facts.firmware, "bios");
	assert_int_equal(facts.memory_bytes, 500000 * 1024);
	assert_int_equal(facts.n_disks, 0);
	assert_int_equal(facts.n_nics, 0);
	assert_null(facts.boot_mac);
	put("sys/firmware/efi/systab", "");
	assert_string_equal(probe().firmware, "uefi");
}

static void test_empty_machine(void **state)
{
	struct facts facts = probe();

	(void)state;
	assert_null(facts.uuid);
	assert_int_equal(facts.memory_bytes, 0);
	assert_int_equal(facts.n_disks, 0);
}

static void test_disks_and_what_is_none(void **state)
{
	static const struct {
		const char *name, *transport;
	} expected[] = {
		{ "sda", "sata" },     { "sdb", "sas" },   { "sdc", "scsi" },
		{ "sdd", "virtio" },   { "sde", "usb" },   { "sdf", "sata" },
		{ "vda", "virtio" },   { "sdaa", "scsi" }, { "mmcblk0", "mmc" },
		{ "nvme0n1", "nvme" },
	};
	struct facts facts;

	(void)state;
	add_disk(ATA, "sda", MIB);
	attribute("sda", "device/vendor", "ATA     \n");
	add_disk(SAS, "sdb", MIB);
	add_disk(SCSI, "sdc", MIB);
	attribute("sdc", "device/vendor", "ATA     \n");
	add_disk(VIRTIO_SCSI, "sdd", MIB);
	add_disk(USB, "sde", MIB);
	add_disk("pci0000:00/0000:00:01.1/ata3/host5/target5:0:0/5:0:0:0", "sdf", MIB);
	add_disk(SCSI "1", "sdaa", MIB);
	add_disk(VIRTIO, "vda", MIB);
	add_disk(NVME, "nvme0n1", MIB);
	add_disk(MMC, "mmcblk0", MIB);
	/* None of these is a disk to install on. */
	add_disk(MMC, "mmcblk0boot0", MIB);
	add_disk(MMC, "mmcblk0rpmb", MIB);
	add_disk(ATA "2", "sr0", MIB);
	add_disk("platform/floppy.0", "fd0", MIB);
	add_disk("pci0000:00/0000:00:07.0/nvme/nvme0c", "nvme0c0n1", MIB);
	attribute("nvme0c0n1", "hidden", "1\n");
	add_disk(USB "2", "sdz", 0); /* a card reader without a card */
	put("sys/devices/virtual/block/loop0/size", "2048\n");
	put_link("sys/block/loop0", "../devices/virtual/block/loop0");
	put("sys/devices/virtual/block/md0/size", "2048\n");
	put_link("sys/block/md0", "../devices/virtual/block/md0");

	facts = probe();
	for (size_t i = 0; i < ARRAY_LEN(expected) && i < facts.n_disks; i++) {
		assert_string_equal(facts.disks[i].name, expected[i].name);
		assert_string_equal(facts.disks[i].path,
				    arena_printf(&arena, "/dev/%s", expected[i].name));
		assert_string_equal(facts.disks[i].transport, expected[i].transport);
	}
	assert_int_equal(facts.n_disks, ARRAY_LEN(expected));
}

static void test_what_a_disk_says_of_itself(void **state)
{
	const struct disk *d;

	(void)state;
	add_disk(NVME, "nvme0n1", 8 * GIB);
	attribute("nvme0n1", "device/serial", "NV1                 \n");
	attribute("nvme0n1", "device/model", "Fast One   \n");
	attribute("nvme0n1", "wwid", "eui.0025385b71b0aaaa\n");
	attribute("nvme0n1", "queue/logical_block_size", "4096\n");
	attribute("nvme0n1", "queue/rotational", "0\n");
	attribute("nvme0n1", "queue/write_zeroes_max_bytes", "131072\n");
	attribute("nvme0n1", "queue/discard_max_bytes", "2199023255040\n");
	attribute("nvme0n1", "removable", "1\n");
	attribute("nvme0n1", "ro", "1\n");
	d = only_disk();
	assert_string_equal(d->serial, "NV1");
	assert_string_equal(d->model, "Fast One");
	assert_string_equal(d->wwn, "eui.0025385b71b0aaaa");
	assert_int_equal(d->size_bytes, 8 * GIB);
	assert_int_equal(d->sector_bytes, 4096);
	assert_int_equal(d->write_zeroes_bytes, 131072);
	assert_int_equal(d->discard_bytes, 2199023255040);
	assert_false(d->rotational);
	assert_true(d->removable);
	assert_true(d->read_only);
	assert_null(d->in_use);
	assert_null(d->unreadable);
	assert_null(d->table);
	assert_null(d->table_id);
	assert_false(d->boot_code);
	assert_int_equal(d->n_signatures, 0);
	assert_int_equal(d->n_partitions, 0);
}

static void test_serial_numbers(void **state)
{
	static const char page[] = "\0\x80\0\x0c    QM00001 \0";
	static const char empty[] = "\0\x80\0\x04    ";
	static const char hostile[] = "\0\x80\0\x08S\n- disk";
	struct facts facts;

	(void)state;
	add_disk(ATA, "sda", MIB);
	put_bytes("sys/block/sda/device/vpd_pg80", page, sizeof(page) - 1);
	attribute("sda", "device/wwid", "naa.5000c500a0b1c2d3\n");
	add_disk(SAS, "sdb", MIB);
	put_bytes("sys/block/sdb/device/vpd_pg80", empty, sizeof(empty) - 1);
	add_disk(SCSI, "sdc", MIB);
	put_bytes("sys/block/sdc/device/vpd_pg80", hostile, sizeof(hostile) - 1);
	attribute("sdc", "device/model", "ev\x1b[2Jil\xff");
	add_disk(VIRTIO, "vda", MIB);
	attribute("vda", "serial", "disk-a\n");
	attribute("vda", "device/serial", "not this\n");
	/* A stick's is the USB device's, wherever there is one above the disk. */
	add_disk(USB, "sdd", MIB);
	put("sys/devices/pci0000:00/0000:00:1d.7/usb1/1-1/idVendor", "46f4\n");
	put("sys/devices/pci0000:00/0000:00:1d.7/usb1/1-1/serial", "STICK1\n");
	put("sys/devices/pci0000:00/serial", "not this\n");
	facts = probe();
	assert_string_equal(facts.disks[0].serial, "QM00001");
	assert_string_equal(facts.disks[0].wwn, "naa.5000c500a0b1c2d3");
	assert_null(facts.disks[1].serial);
	/* Foreign text stays in its line. */
	assert_string_equal(facts.disks[2].serial, "S?- disk");
	assert_string_equal(facts.disks[2].model, "ev?[2Jil?");
	assert_string_equal(facts.disks[3].serial, "STICK1");
	assert_string_equal(facts.disks[4].serial, "disk-a");
}

static const char *place_of(const char *disk)
{
	return facts_by_path(root, disk, &arena);
}

/* Paths as systemd's and the kernel's own documentation and bug reports show them. */
static void test_places_of_ata_disks(void **state)
{
	static const char host[] = "pci0000:00/0000:00:1f.2/ata7/host6";

	(void)state;
	on_bus("pci", "pci0000:00/0000:00:1f.2");
	put("sys/devices/pci0000:00/0000:00:1f.2/ata7/ata_port/ata7/port_no", "1\n");
	on_bus("scsi", host);
	for (int i = 0; i < 4; i++) {
		static const char *const addresses[] = { "6:0:0:0", "6:0:1:0", "6:2:0:0",
							 "6:0:0:0:1" };
		const char *device = arena_printf(&arena, "%s/target6:0:%d/%s", host, i,
						  addresses[i]);

		add_disk(device, arena_printf(&arena, "sd%c", 'a' + i), MIB);
		on_bus("scsi", device);
	}
	assert_string_equal(place_of("sda"), "pci-0000:00:1f.2-ata-1");
	assert_string_equal(place_of("sdb"), "pci-0000:00:1f.2-ata-1.1");
	assert_string_equal(place_of("sdc"), "pci-0000:00:1f.2-ata-1.2.0");
	assert_null(place_of("sdd"));
	assert_null(place_of("sde"));
	assert_string_equal(probe().disks[0].by_path, "pci-0000:00:1f.2-ata-1");

	assert_int_equal(unlink(arena_printf(&arena,
					     "%s/sys/devices/pci0000:00/0000:00:1f.2/"
					     "ata7/ata_port/ata7/port_no",
					     root)),
			 0);
	assert_null(place_of("sda"));
}

static void test_places_of_virtio_and_scsi_disks(void **state)
{
	(void)state;
	on_bus("pci", "pci0000:00/0000:00:04.0");
	on_bus("virtio", VIRTIO);
	add_disk(VIRTIO, "vda", MIB);
	on_bus("pci", "pci0000:00/0000:00:06.0");
	on_bus("virtio", "pci0000:00/0000:00:06.0/virtio2");
	on_bus("scsi", "pci0000:00/0000:00:06.0/virtio2/host3");
	on_bus("scsi", VIRTIO_SCSI);
	add_disk(VIRTIO_SCSI, "sda", MIB);
	/* Behind a bridge, the second host of its controller, logical unit 1. */
	on_bus("pci", "pci0000:00/0000:00:1c.0");
	on_bus("pci", "pci0000:00/0000:00:1c.0/0000:02:00.0");
	put("sys/devices/pci0000:00/0000:00:1c.0/0000:02:00.0/host4/uevent", "");
	on_bus("scsi", "pci0000:00/0000:00:1c.0/0000:02:00.0/host5/target5:0:9/5:0:9:1");
	add_disk("pci0000:00/0000:00:1c.0/0000:02:00.0/host5/target5:0:9/5:0:9:1", "sdb",
		 MIB);
	add_disk("pci0000:00/0000:00:1c.0/0000:02:00.0/host5/target5:0:9/5:0:9:2", "sdc",
		 MIB);
	assert_string_equal(place_of("vda"), "pci-0000:00:04.0");
	assert_string_equal(place_of("sda"), "pci-0000:00:06.0-scsi-0:0:0:0");
	assert_string_equal(place_of("sdb"), "pci-0000:02:00.0-scsi-1:0:9:1");
	assert_null(place_of("sdc")); /* of no known bus: on a PCI device, but where? */
}

static void test_places_of_sas_disks(void **state)
{
	static const char hba[] = "pci0000:00/0000:00:03.0/host1";
	static const char expander[] = "port-1:1/expander-1:0";

	(void)state;
	on_bus("pci", "pci0000:00/0000:00:03.0");
	on_bus("scsi", SAS);
	add_disk(SAS, "sda", MIB);
	put(arena_printf(&arena, "sys/devices/%s/port-1:0/sas_port/port-1:0/num_phys",
			 hba),
	    "1\n");
	put(arena_printf(&arena,
			 "sys/devices/%s/port-1:0/end_device-1:0/sas_device/"
			 "end_device-1:0/phy_identifier",
			 hba),
	    "3\n");
	put(arena_printf(&arena,
			 "sys/devices/%s/port-1:0/end_device-1:0/sas_device/"
			 "end_device-1:0/sas_address",
			 hba),
	    "0x5000c500a0b1c2d1\n");
	assert_string_equal(place_of("sda"), "pci-0000:00:03.0-sas-phy3-lun-0");
	put(arena_printf(&arena, "sys/devices/%s/port-1:0/sas_port/port-1:0/num_phys",
			 hba),
	    "2\n");
	assert_string_equal(place_of("sda"),
			    "pci-0000:00:03.0-sas-0x5000c500a0b1c2d1-lun-0");

	on_bus("scsi", arena_printf(&arena,
				    "%s/%s/port-1:0:4/end_device-1:0:4/target1:0:4/"
				    "1:0:4:0",
				    hba, expander));
	add_disk(arena_printf(&arena,
			      "%s/%s/port-1:0:4/end_device-1:0:4/target1:0:4/1:0:4:0",
			      hba, expander),
		 "sdb", MIB);
	assert_null(place_of("sdb")); /* nothing is known of its port */
	put(arena_printf(&arena,
			 "sys/devices/%s/%s/port-1:0:4/sas_port/port-1:0:4/num_phys", hba,
			 expander),
	    "1\n");
	put(arena_printf(&arena,
			 "sys/devices/%s/%s/port-1:0:4/end_device-1:0:4/sas_device/"
			 "end_device-1:0:4/phy_identifier",
			 hba, expander),
	    "4\n");
	put(arena_printf(&arena, "sys/devices/%s/%s/sas_device/expander-1:0/sas_address",
			 hba, expander),
	    "0x500056b31234abff\n");
	assert_string_equal(place_of("sdb"),
			    "pci-0000:00:03.0-sas-exp0x500056b31234abff-phy4-lun-0");
}

static void test_places_of_remote_disks(void **state)
{
	static const char fc[] = "pci0000:00/0000:00:08.0/host7/rport-7:0-0/target7:0:0";
	static const char iscsi[] = "platform/host8/session1";

	(void)state;
	on_bus("pci", "pci0000:00/0000:00:08.0");
	on_bus("scsi", arena_printf(&arena, "%s/7:0:0:300", fc));
	add_disk(arena_printf(&arena, "%s/7:0:0:300", fc), "sda", MIB);
	put(arena_printf(&arena, "sys/devices/%s/fc_transport/target7:0:0/port_name", fc),
	    "0x50060e8005bd4f00\n");
	assert_string_equal(place_of("sda"), "pci-0000:00:08.0-fc-0x50060e8005bd4f00-"
					     "lun-0x012c000000000000");
	on_bus("scsi", arena_printf(&arena, "%s/target8:0:0/8:0:0:1", iscsi));
	add_disk(arena_printf(&arena, "%s/target8:0:0/8:0:0:1", iscsi), "sdb", MIB);
	assert_null(place_of("sdb"));
	put(arena_printf(&arena, "sys/devices/%s/iscsi_session/session1/targetname",
			 iscsi),
	    "iqn.2001-04.com.example:x\n");
	put(arena_printf(&arena,
			 "sys/devices/%s/connection1:0/iscsi_connection/connection1:0/"
			 "persistent_address",
			 iscsi),
	    "192.0.2.1\n");
	put(arena_printf(&arena,
			 "sys/devices/%s/connection1:0/iscsi_connection/connection1:0/"
			 "persistent_port",
			 iscsi),
	    "3260\n");
	assert_string_equal(place_of("sdb"),
			    "ip-192.0.2.1:3260-iscsi-iqn.2001-04.com.example:x-lun-1");
}

static void test_places_of_nvme_usb_and_mmc(void **state)
{
	static const char ehci[] = "pci0000:00/0000:00:1d.7";
	static const char stick[] = "pci0000:00/0000:00:1d.7/usb1/1-1/1-1.2/1-1.2:1.0";
	static const char vmd[] = "pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:1d.0";
	const char *unit = arena_printf(&arena, "%s/host4/target4:0:0/4:0:0:0", stick);

	(void)state;
	on_bus("pci", "pci0000:00/0000:00:07.0");
	on_bus("nvme", NVME);
	add_disk(NVME, "nvme0n1", MIB);
	assert_null(place_of("nvme0n1"));
	attribute("nvme0n1", "nsid", "1\n");
	assert_string_equal(place_of("nvme0n1"), "pci-0000:00:07.0-nvme-1");
	/* A namespace of several paths hangs on no controller. */
	on_bus("nvme-subsystem", "virtual/nvme-subsystem/nvme-subsys1");
	add_disk("virtual/nvme-subsystem/nvme-subsys1", "nvme1n2", MIB);
	attribute("nvme1n2", "nsid", "2\n");
	assert_null(place_of("nvme1n2"));
	on_bus("pci", "pci0000:00/0000:00:0e.0");
	on_bus("pci", vmd);
	on_bus("nvme", arena_printf(&arena, "%s/nvme/nvme1", vmd));
	put_link("sys/class/nvme/nvme1",
		 arena_printf(&arena, "../../devices/%s/nvme/nvme1", vmd));
	assert_string_equal(place_of("nvme1n2"),
			    "pci-0000:00:0e.0-pci-10000:e0:1d.0-nvme-2");

	on_bus("pci", ehci);
	on_bus("usb", arena_printf(&arena, "%s/usb1", ehci));
	on_bus("usb", arena_printf(&arena, "%s/usb1/1-1", ehci));
	on_bus("usb", arena_printf(&arena, "%s/usb1/1-1/1-1.2", ehci));
	on_bus("usb", stick);
	on_bus("scsi", unit);
	add_disk(unit, "sda", MIB);
	assert_string_equal(place_of("sda"),
			    "pci-0000:00:1d.7-usb-0:1.2:1.0-scsi-0:0:0:0");

	on_bus("pci", "pci0000:00/0000:00:1a.0");
	add_disk("pci0000:00/0000:00:1a.0/mmc_host/mmc0/mmc0:0001", "mmcblk0", MIB);
	assert_null(place_of("mmcblk0")); /* udev knows it no better */
	on_bus("platform", "pci0000:00/0000:00:1b.0/rtsx_pci_sdmmc.0");
	on_bus("pci", "pci0000:00/0000:00:1b.0");
	add_disk("pci0000:00/0000:00:1b.0/rtsx_pci_sdmmc.0/mmc_host/mmc1/mmc1:0001",
		 "mmcblk1", MIB);
	assert_string_equal(place_of("mmcblk1"),
			    "pci-0000:00:1b.0-platform-rtsx_pci_sdmmc.0");
}

/* Facts of an older version: what they do not say is nothing. */
static void test_facts_of_older_versions(void **state)
{
	static const char old[] =
		"{\"disks\":[{\"name\":\"sda\",\"path\":\"/dev/sda\",\"partitions\":"
		"[{\"number\":1}]}]}";
	struct facts facts;
	struct err err = { 0 };

	(void)state;
	assert_ok(facts_parse("f", old, strlen(old), &arena, &facts, &err));
	assert_null(facts.disks[0].by_path);
	assert_int_equal(facts.disks[0].write_zeroes_bytes, 0);
	assert_int_equal(facts.disks[0].discard_bytes, 0);
	assert_false(facts.disks[0].boot_medium);
	assert_null(facts.disks[0].partitions[0].uuid);
}

static void test_all_that_selectors_can_use_is_shown(void **state)
{
	static const char text[] =
		"{\"disks\":[{\"name\":\"sda\",\"path\":\"/dev/sda\",\"serial\":\"S1\","
		"\"wwn\":\"naa.5000\",\"by-path\":\"pci-0000:00:1f.2-ata-1\",\"model\":"
		"\"M1\",\"transport\":\"sata\",\"size\":4096,\"sector\":512,"
		"\"write-zeroes\":65536,\"discard\":65536,\"rotational\":true,"
		"\"removable\":true,\"boot-medium\":true}]}";
	auto_text struct text json = { 0 }, prose = { 0 };
	struct facts facts;
	struct err err = { 0 };

	(void)state;
	assert_ok(facts_parse("f", text, strlen(text), &arena, &facts, &err));
	facts_print(&facts, &prose);
	assert_contains(prose.s, "disk /dev/sda: 4 KiB, sata, M1, serial S1, 512-byte "
				 "sectors, rotational, removable\n"
				 "  wwn naa.5000, by-path pci-0000:00:1f.2-ata-1, "
				 "write-zeroes, discard\n"
				 "  carries the boot environment");
	schema_json(&facts_schema, &facts, SCHEMA_SHOWN, &json);
	assert_contains(json.s, "\"by-path\":\"pci-0000:00:1f.2-ata-1\"");
	assert_contains(json.s, "\"write-zeroes\":65536");
	assert_contains(json.s, "\"boot-medium\":true");
}

static void test_use(void **state)
{
	struct facts facts;

	(void)state;
	add_disk(ATA, "sda", MIB);
	put("sys/block/sda/sda1/holders/md0", "");
	put("sys/block/sda/sda2/holders/dm-3", "");
	add_disk(SAS, "sdb", MIB);
	put("sys/block/sdb/holders/md1", "");
	add_disk(SCSI, "sdc", MIB);
	add_disk(VIRTIO, "vda", MIB);
	add_disk(NVME, "nvme0n1", MIB);
	add_disk(USB, "sdaa", MIB);
	put("proc/mounts", "proc /proc proc rw 0 0\n"
			   "/dev/vda1 / ext4 rw 0 0\n"
			   "/dev/nvme0n1p2 /srv ext4 rw 0 0\n"
			   "/dev/sdcx1 /other ext4 rw 0 0\n"
			   "/dev/nvme0n10 /other ext4 rw 0 0\n");
	put("proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n"
			  "/dev/sdaa                  partition\t1\t0\t-2\n"
			  "/dev/vda2                  partition\t1\t0\t-2\n");
	facts = probe();
	assert_int_equal(facts.n_disks, 6);
	assert_string_equal(facts.disks[0].in_use, "used by md0, dm-3");
	assert_string_equal(facts.disks[1].in_use, "used by md1");
	assert_null(facts.disks[2].in_use);
	assert_string_equal(facts.disks[3].in_use,
			    "/dev/vda1 mounted, /dev/vda2 used as swap");
	assert_string_equal(facts.disks[4].in_use, "/dev/sdaa used as swap");
	assert_string_equal(facts.disks[5].in_use, "/dev/nvme0n1p2 mounted");
}

/* sda is not in use because sdaa1 is mounted. */
static void test_use_of_a_disk_with_a_longer_name(void **state)
{
	struct facts facts;

	(void)state;
	add_disk(ATA, "sda", MIB);
	add_disk(USB, "sdaa", MIB);
	add_disk(NVME, "nvme0n1", MIB);
	put("proc/mounts", "/dev/sdaa1 /srv ext4 rw 0 0\n/dev/nvme0n1p1 /a ext4 rw 0 0\n"
			   "/dev/nvme0n10p1 /b ext4 rw 0 0\n/dev/sda\\040b /c x rw\n");
	facts = probe();
	assert_null(facts.disks[0].in_use);
	assert_string_equal(facts.disks[1].in_use, "/dev/sdaa1 mounted");
	assert_string_equal(facts.disks[2].in_use, "/dev/nvme0n1p1 mounted");
}

/* Nothing is found where nothing can be read: that is not a blank disk. */
static void test_disk_that_cannot_be_read_to_its_end(void **state)
{
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", 8 * MIB);
	assert_int_equal(truncate(arena_printf(&arena, "%s/dev/sda", root), 7 * MIB), 0);
	d = only_disk();
	assert_string_equal(d->unreadable,
			    "it ends before its size, at byte 8126464 or after");
	assert_int_equal(d->n_signatures, 0);
}

static void test_disk_that_cannot_be_opened(void **state)
{
	const struct disk *d;

	(void)state;
	add_disk(ATA, "sda", MIB);
	assert_int_equal(unlink(arena_printf(&arena, "%s/dev/sda", root)), 0);
	d = only_disk();
	assert_string_equal(d->unreadable, "No such file or directory");
}

static void test_nics_and_where_it_booted_from(void **state)
{
	struct facts facts;

	(void)state;
	put("sys/class/net/lo/address", "00:00:00:00:00:00\n");
	put("sys/class/net/eth0/address", "52:54:00:00:00:01\n");
	put("sys/class/net/eth0/carrier", "0\n");
	put("sys/class/net/eth0/device/vendor", "x\n");
	put("sys/class/net/eth1/address", "52:54:00:00:00:02\n");
	put("sys/class/net/eth1/carrier", "1\n");
	put("sys/class/net/eth1/device/vendor", "x\n");
	facts = probe();
	assert_int_equal(facts.n_nics, 2);
	assert_string_equal(facts.nics[0].name, "eth0");
	assert_false(facts.nics[0].link);
	assert_string_equal(facts.nics[1].mac, "52:54:00:00:00:02");
	assert_true(facts.nics[1].link);
	assert_string_equal(facts.boot_mac, "52:54:00:00:00:02"); /* it has a link */

	put("sys/class/net/eth1/carrier", "0\n");
	assert_string_equal(probe().boot_mac, "52:54:00:00:00:01"); /* the first */

	put("proc/cmdline", "quiet BOOTIF=01-52-54-00-AA-BB-CC console=ttyS0\n");
	assert_string_equal(probe().boot_mac, "52:54:00:aa:bb:cc");
	put("proc/cmdline", "BOOTIF=01-52-54-00-aa-bb-cd\n");
	assert_string_equal(probe().boot_mac, "52:54:00:aa:bb:cd");
	put("proc/cmdline",
	    "NOBOOTIF=01-52-54-00-aa-bb-cc BOOTIF=01-52-54-00-aa-bb-ce\n");
	assert_string_equal(probe().boot_mac, "52:54:00:aa:bb:ce");
	put("proc/cmdline", "NOBOOTIF=01-52-54-00-aa-bb-cc\n");
	assert_string_equal(probe().boot_mac, "52:54:00:00:00:01");
	put("proc/cmdline", "BOOTIF=01-52-54-00-aa-bb\n");
	assert_string_equal(probe().boot_mac, "52:54:00:00:00:01");
}

static void test_boot_network(void **state)
{
	struct boot_network net;

	(void)state;
	assert_int_equal(probe().boot_network.at.line, 0);
	put("run/dom0strap/net/boot",
	    "interface=vlan7\nmac=52:54:00:00:00:01\nmethod=static\n"
	    "address=192.0.2.10/24\ngateway=192.0.2.1\n"
	    "nameservers=192.0.2.2 $(id) 2001:db8::53\n"
	    "bond=bond0 mode=802.3ad miimon=100\nmember=eth0 52:54:00:00:00:01\n"
	    "member=../x 52:54:00:00:00:02\nmember=eth1 52:54:00:00:00:02\n"
	    "vlan=7 bond0\nelse\nelse=what\n");
	net = probe().boot_network;
	assert_int_not_equal(net.at.line, 0);
	assert_string_equal(net.interface, "vlan7");
	assert_string_equal(net.mac, "52:54:00:00:00:01");
	assert_int_equal(net.method, NET_STATIC);
	assert_string_equal(net.address, "192.0.2.10/24");
	assert_string_equal(net.gateway, "192.0.2.1");
	assert_int_equal(net.n_nameservers, 2);
	assert_string_equal(net.nameservers[1], "2001:db8::53");
	assert_string_equal(net.bond, "bond0");
	assert_string_equal(net.bond_options, "mode=802.3ad miimon=100");
	assert_int_equal(net.n_members, 2);
	assert_string_equal(net.members[1].mac, "52:54:00:00:00:02");
	assert_int_equal(net.vlan, 7);
	assert_string_equal(net.vlan_on, "bond0");
}

static void test_boot_network_that_is_none(void **state)
{
	struct boot_network net;

	(void)state;
	put("run/dom0strap/net/boot", "interface=eth0\nmethod=dhcp\n");
	assert_int_equal(probe().boot_network.at.line, 0);
	put("run/dom0strap/net/boot",
	    "interface=eth0\nmac=52:54:00:00:00:01\nmethod=boot\naddress=x\n"
	    "vlan=4095 eth0\nbond=bond0 mode=\"x\"\nmember=eth0\n");
	net = probe().boot_network;
	assert_int_equal(net.method, NET_DHCP);
	assert_null(net.address);
	assert_int_equal(net.vlan, 0);
	assert_null(net.bond);
	assert_int_equal(net.n_members, 0);
}

static void test_facts_that_are_none(void **state)
{
	struct facts facts = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_fails(
		facts_parse("f.json", "{\"disks\":[{\"sise\":1}]}", 22, &arena, &facts,
			    &err),
		ERR_CONFIG,
		"f.json:1:12: unknown key \"sise\" in disks; did you mean \"size\"?");
	assert_fails(
		facts_parse("f.json", "{\"memory\":\"x\"}", 14, &arena, &facts, &err),
		ERR_CONFIG,
		"f.json:1:11: memory: \"x\" is not a size such as 20G or 512M");
	static const char *const paths[] = { "", "sda", "/dev/", "/dev/s d",
					     "/dev/a\\n" };

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		const char *text = arena_printf(
			&arena, "{\"disks\":[{\"name\":\"a\",\"path\":\"%s\"}]}",
			paths[i]);

		assert_int_equal(
			facts_parse("f", text, strlen(text), &arena, &facts, &err), -1);
		assert_int_equal(err.code, ERR_CONFIG);
		assert_contains(err.msg, "a device like /dev/sda");
		err = (struct err){ 0 };
	}
	assert_fails(facts_parse("f.json", "{\"disks\":[{\"name\":\"sda\"}]}", 26, &arena,
				 &facts, &err),
		     ERR_CONFIG, "f.json:1:11: disks: the key \"path\" is missing");
	assert_int_equal(facts.n_disks, 0);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)
	const struct CMUnitTest tests[] = {
		test(test_machine),
		test(test_empty_machine),
		test(test_disks_and_what_is_none),
		test(test_what_a_disk_says_of_itself),
		test(test_serial_numbers),
		test(test_places_of_ata_disks),
		test(test_places_of_virtio_and_scsi_disks),
		test(test_places_of_sas_disks),
		test(test_places_of_remote_disks),
		test(test_places_of_nvme_usb_and_mmc),
		test(test_facts_of_older_versions),
		test(test_all_that_selectors_can_use_is_shown),
		test(test_use),
		test(test_use_of_a_disk_with_a_longer_name),
		test(test_disk_that_cannot_be_opened),
		test(test_disk_that_cannot_be_read_to_its_end),
		test(test_nics_and_where_it_booted_from),
		test(test_boot_network),
		test(test_boot_network_that_is_none),
		test(test_facts_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
