/*
 * A profile, as text whose lines the tests count on, and a machine for it. Each test
 * replaces what it is about.
 */
#ifndef TESTS_PROFILE_H
#define TESTS_PROFILE_H

#include "config/profile.h"
#include "facts/facts.h"
#include "tests/support.h"

#define SHA256_OF_NOTHING                                                                \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const char profile_text[] =
	"host: xen01.example.com\n"
	"target: xen-dom0\n"
	"disks:\n"
	"  count: 2\n"
	"  min-size: 8G\n"
	"partitions:\n"
	"  - {name: boot, size: 1G, active: true}\n"
	"  - {name: root, size: 4G}\n"
	"  - {name: storage, size: rest}\n"
	"arrays:\n"
	"  - {name: md0, level: 1, of: boot, metadata: \"1.0\"}\n"
	"  - {name: md1, level: 1, of: root}\n"
	"filesystems:\n"
	"  - {on: md0, type: ext4, mount: /boot}\n"
	"  - {on: md1, type: ext4, mount: /}\n"
	"image:\n"
	"  url: https://boot.example.com/dom0.tar.zst\n"
	"  sha256: " SHA256_OF_NOTHING "\n"
	"identity:\n"
	"  ssh-keys: [\"ssh-ed25519 AAAAC3Nz admin\"]\n"
	"  root-password-hash: \"$6$salt$hashed\"\n"
	"  network:\n"
	"    - {interface: eth0, method: dhcp}\n"
	"xen: {options: \"dom0_mem=1G,max:1G\", kernel-options: console=hvc0}\n";

/* XenServer 6.2 on four disks. */
static const char xenserver_text[] = "host: xen03.example.com\n"
				     "target: xenserver\n"
				     "disks:\n"
				     "  count: 4\n"
				     "  min-size: 100G\n"
				     "xenserver:\n"
				     "  source: https://boot.example.com/xs62\n"
				     "  packages: http://boot.example.com/xs62\n"
				     "  sha256:\n"
				     "    xen: " SHA256_OF_NOTHING "\n"
				     "    vmlinuz: " SHA256_OF_NOTHING "\n"
				     "    install-img: " SHA256_OF_NOTHING "\n"
				     "  root-size: 8G\n"
				     "  storage: {level: 10, metadata: \"0.90\"}\n"
				     "  boot: {verbose: true, serial: com1}\n"
				     "  ntp: [ntp.example.com, 192.0.2.2]\n"
				     "  network-backend: bridge\n"
				     "identity:\n"
				     "  network:\n"
				     "    - {interface: eth0, method: dhcp}\n";

/* One disk, no array. */
static const char single_text[] = "host: xen02\n"
				  "target: xen-dom0\n"
				  "disks: {count: 1}\n"
				  "partitions:\n"
				  "  - {name: root, size: rest}\n"
				  "filesystems:\n"
				  "  - {on: root, type: ext4, mount: /}\n"
				  "image: {url: \"https://boot.example.com/dom0.tar\", "
				  "sha256: " SHA256_OF_NOTHING "}\n";

static inline struct profile parse_profile(struct arena *arena, const char *text)
{
	struct profile profile = { 0 };
	struct err err = { 0 };

	assert_ok(profile_parse("p.yaml", text, strlen(text), arena, &profile, &err));
	return profile;
}

static inline struct disk blank_disk(const char *path, const char *serial,
				     uint64_t size_bytes)
{
	return (struct disk){
		.name = strrchr(path, '/') + 1,
		.path = path,
		.serial = serial,
		.model = "TEST DISK",
		.transport = "sata",
		.size_bytes = size_bytes,
		.sector_bytes = 512,
	};
}

/* A BIOS machine with these disks; they stay the caller's. */
static inline struct facts machine(struct disk *disks, size_t n)
{
	return (struct facts){
		.uuid = "11111111-2222-3333-4444-555555555555",
		.serial = "M1",
		.vendor = "QEMU",
		.product = "Standard PC",
		.firmware = "bios",
		.memory_bytes = 512 * MIB,
		.boot_mac = "52:54:00:aa:bb:cc",
		.disks = disks,
		.n_disks = n,
	};
}

#endif
