#include "exec/kexec_uefi.h"

#include <endian.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/klog.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/mem.h"
#include "core/text.h"

#define READ_ALL   3 /* syslog(2) */
#define ASK_LENGTH 10

/* The extended BIOS data area, where a RSDP is looked for first: its segment stands at
 * 0x40e, and the base memory below it, in KiB, at 0x413. Linux keeps page 0 free. */
#define RSDP_AT      0x500
#define SEGMENT_AT   0x40e
#define BASE_AT      0x413
#define BASE_KIB     639
#define FIRST_BYTES  20 /* of an ACPI 1.0 RSDP, with a checksum of their own */
#define CHECKSUM_AT  8
#define REVISION_AT  15
#define LENGTH_AT    20
#define XSDT_AT      24
#define CHECKSUM2_AT 32

static unsigned char missing_sum(const unsigned char *bytes, size_t n)
{
	unsigned char sum = 0;

	for (size_t i = 0; i < n; i++)
		sum = (unsigned char)(sum + bytes[i]);
	return (unsigned char)-sum;
}

int kexec_make_rsdp(const char *log, unsigned char ret[RSDP_BYTES], struct err *err)
{
	static const char before[] = "ACPI: XSDT 0x";
	/* Signature, checksum, maker. */
	static const unsigned char head[] = { 'R', 'S', 'D', ' ', 'P', 'T', 'R', ' ',
					      0,   'D', '0', 'S', 'T', 'R', 'P' };
	const char *line = strstr(log, before);
	uint64_t xsdt = line ? strtoull(line + strlen(before), NULL, 16) : 0;
	uint32_t length = htole32(RSDP_BYTES);

	if (!xsdt)
		return err_set(err, ERR_SYSTEM, 0,
			       "the kernel's log does not say where the ACPI tables are");
	xsdt = htole64(xsdt);
	memset(ret, 0, RSDP_BYTES);
	memcpy(ret, head, sizeof(head));
	ret[REVISION_AT] = 2;
	memcpy(ret + LENGTH_AT, &length, sizeof(length));
	memcpy(ret + XSDT_AT, &xsdt, sizeof(xsdt));
	ret[CHECKSUM_AT] = missing_sum(ret, FIRST_BYTES);
	ret[CHECKSUM2_AT] = missing_sum(ret, RSDP_BYTES);
	return 0;
}

static char *read_log(struct err *err)
{
	int size = klogctl(ASK_LENGTH, NULL, 0);
	auto_free char *log = size < 0 ? NULL : xmalloc((size_t)size + 1);
	int n = log ? klogctl(READ_ALL, log, size) : -1;

	if (n < 0) {
		err_set(err, ERR_SYSTEM, errno, "read the kernel's log");
		return NULL;
	}
	log[n] = '\0';
	return take_ptr(log);
}

/* What the kernel does not let through it drops without a word. */
static int put(int mem, off_t at, const void *bytes, size_t n, struct err *err)
{
	unsigned char now[RSDP_BYTES];

	if (pwrite(mem, bytes, n, at) != (ssize_t)n)
		return err_set(err, ERR_SYSTEM, errno, "write to low memory");
	if (pread(mem, now, n, at) != (ssize_t)n || memcmp(now, bytes, n) != 0)
		return err_set(err, ERR_SYSTEM, 0, "low memory cannot be written");
	return 0;
}

static int show_acpi(struct err *err)
{
	const uint16_t segment = htole16(RSDP_AT >> 4), base = htole16(BASE_KIB);
	unsigned char rsdp[RSDP_BYTES];
	auto_free char *log = NULL;
	auto_fd int mem = -1;

	if (access("/sys/firmware/efi", F_OK) < 0)
		return 0;
	log = read_log(err);
	if (!log || kexec_make_rsdp(log, rsdp, err) < 0)
		return -1;
	mem = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
	if (mem < 0)
		return err_set(err, ERR_SYSTEM, errno, "open /dev/mem");
	if (put(mem, RSDP_AT, rsdp, sizeof(rsdp), err) < 0 ||
	    put(mem, SEGMENT_AT, &segment, sizeof(segment), err) < 0)
		return -1;
	return put(mem, BASE_AT, &base, sizeof(base), err);
}

int kexec_show_acpi(struct err *err)
{
	return show_acpi(err) < 0
		       ? err_wrap(err, "Xen would find no ACPI tables after a kexec")
		       : 0;
}
