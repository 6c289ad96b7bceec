#include "exec/quiesce.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/log.h"
#include "facts/facts.h"

static void unbind(const char *root, const struct restless *r)
{
	auto_free char *path = xasprintf("%s/sys/bus/%s/drivers/%s/unbind", root, r->bus,
					 r->driver);
	auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t len = (ssize_t)strlen(r->device);

	if (fd < 0 || write(fd, r->device, (size_t)len) != len)
		log_warning("%s stays with its driver during the jump: %s", r->device,
			    strerror(errno));
	else
		log_info("  %s was brought to rest", r->device);
}

void quiesce_devices(const char *root)
{
	auto_arena struct arena arena = { 0 };
	struct restless *devices;
	size_t n = facts_find_restless(root, &arena, &devices);

	for (size_t i = 0; i < n; i++)
		unbind(root, &devices[i]);
}
