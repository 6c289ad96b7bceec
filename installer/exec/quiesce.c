#include "exec/quiesce.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/text.h"

static const struct {
	const char *bus, *driver;
	const char *device; /* how the names of its devices begin */
} troublemakers[] = {
	/* It goes on writing to its queues while the new kernel boots; resetting every
	 * virtio device in device_shutdown() came with Linux 6.16. */
	{ "virtio", "virtio_console", "virtio" },
	/* The card's firmware keeps what the old kernel gave it, and the new one finds a
	 * card that does not answer (open-power/op-build, issue 538). */
	{ "pci", "mlx5_core", "0" },
};

static void unbind(const char *driver, const char *device)
{
	auto_free char *path = xasprintf("%s/unbind", driver);
	auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t len = (ssize_t)strlen(device);

	if (fd < 0 || write(fd, device, (size_t)len) != len)
		log_warning("%s stays with its driver during the jump: %s", device,
			    strerror(errno));
	else
		log_info("  %s was brought to rest", device);
}

void quiesce_devices(const char *root)
{
	for (size_t i = 0; i < ARRAY_LEN(troublemakers); i++) {
		auto_free char *driver = xasprintf("%s/sys/bus/%s/drivers/%s", root,
						   troublemakers[i].bus,
						   troublemakers[i].driver);
		DIR *dir = opendir(driver);

		for (struct dirent *e; dir && (e = readdir(dir));)
			if (str_starts(e->d_name, troublemakers[i].device))
				unbind(driver, e->d_name);
		if (dir)
			closedir(dir);
	}
}
