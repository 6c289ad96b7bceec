#include "exec/rescue_logs.h"

#include <fcntl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <time.h>

#include "config/profile.h"
#include "core/io.h"
#include "core/log.h"
#include "core/url.h"
#include "fetch/fetch.h"
#include "image/cpio.h"

#define FILE_MAX_BYTES (4 * 1024 * 1024)
#define KLOG_READ_ALL  3 /* syslog(2) */
#define KLOG_SIZE      10

static const char *const files[] = {
	"/run/dom0strap/init.log",
	"/run/dom0strap/init.err",
	"/run/dom0strap/log",
	"/run/dom0strap/output",
	"/run/dom0strap/ssh.log",
	"/run/dom0strap/net/lease",
	"/run/dom0strap/net/ntp.log",
	"/proc/mdstat",
	"/proc/mounts",
	"/proc/partitions",
	"/proc/meminfo",
	"/proc/modules",
	"/proc/interrupts",
	"/proc/version",
};

static void add_file(const char *root, const char *path, struct text *archive)
{
	auto_free char *full = xasprintf("%s%s", root, path), *text = NULL;
	struct err ignored = { 0 };
	const char *name = path + 1;
	size_t len;

	if (io_read_file(AT_FDCWD, full, FILE_MAX_BYTES, &text, &len, &ignored) < 0)
		return;
	cpio_add_parents(archive, name);
	cpio_add_file(archive, name, 0644, text, len);
}

/* Line by line, without those that repeat the command line. */
static void add_kernel(const char *messages, struct text *archive)
{
	auto_text struct text kept = { 0 };

	while (*messages) {
		size_t len = strcspn(messages, "\n");
		auto_text struct text line = { 0 };

		len += messages[len] == '\n';
		text_add_bytes(&line, messages, len);
		if (!strstr(line.s, "ommand line"))
			text_add_bytes(&kept, messages, len);
		messages += len;
	}
	cpio_add_file(archive, "kernel.log", 0644, kept.s ? kept.s : "", kept.len);
}

void rescue_pack_logs(const char *root, const char *kernel_messages,
		      const struct facts *facts, struct text *archive)
{
	auto_text struct text json = { 0 };

	schema_json(&facts_schema, facts, SCHEMA_SHOWN, &json);
	text_add(&json, "\n");
	add_kernel(kernel_messages, archive);
	cpio_add_file(archive, "facts.json", 0644, json.s, json.len);
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		add_file(root, files[i], archive);
	cpio_end(archive);
}

static char *read_kernel(void)
{
	int size = klogctl(KLOG_SIZE, NULL, 0), len;
	char *messages = xcalloc(1, (size_t)(size > 0 ? size : 0) + 1);

	len = size > 0 ? klogctl(KLOG_READ_ALL, messages, size) : -1;
	if (len < 0)
		log_warning("the kernel's messages cannot be read: %s", strerror(errno));
	messages[len < 0 ? 0 : len] = '\0';
	return messages;
}

/* "rescue-xen01-20260102T030405Z.cpio" */
static char *name_archive(void)
{
	time_t now = time(NULL);
	auto_free char *host = NULL;
	struct utsname machine;
	char stamp[32];
	struct tm tm;

	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
	host = profile_file_name(uname(&machine) == 0 ? machine.nodename : "");
	return xasprintf("rescue-%s-%s.cpio", host, stamp);
}

int rescue_send_logs(const char *url, const struct facts *facts, struct err *err)
{
	auto_fd int fd = memfd_create("logs", MFD_CLOEXEC);
	auto_free char *messages = read_kernel(), *name = name_archive();
	auto_free char *full = url_below(url, name), *shown = url_public(full);
	auto_text struct text archive = { 0 };

	if (fd < 0)
		return err_set(err, ERR_SYSTEM, errno, "memfd_create");
	rescue_pack_logs("", messages, facts, &archive);
	if (io_write_all(fd, archive.s, archive.len, name, err) < 0 ||
	    fetch_put(full, fd, NULL, err) < 0)
		return -1;
	log_info("%zu bytes sent to %s", archive.len, shown);
	return 0;
}
