#include <dirent.h>

#include "facts/probe.h"

static const struct {
	const char *bus, *driver;
	const char *device; /* how the names of its devices begin */
} drivers[] = {
	/* It goes on writing to its queues while the new kernel boots; resetting every
	 * virtio device in device_shutdown() came with Linux 6.16. */
	{ "virtio", "virtio_console", "virtio" },
	/* The card's firmware keeps what the old kernel gave it, and the new one finds a
	 * card that does not answer (open-power/op-build, issue 538). */
	{ "pci", "mlx5_core", "0" },
};

static int compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

size_t facts_find_restless(const char *root, struct arena *arena, struct restless **ret)
{
	size_t n = 0;

	*ret = NULL;
	for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
		auto_free char *path = xasprintf("%s/sys/bus/%s/drivers/%s", root,
						 drivers[i].bus, drivers[i].driver);
		struct dirent **names = NULL;
		int found = scandir(path, &names, NULL, compare);

		for (int j = 0; j < found; j++) {
			struct restless device = {
				.bus = drivers[i].bus,
				.driver = drivers[i].driver,
				.device = arena_strdup(arena, names[j]->d_name),
			};

			if (str_starts(device.device, drivers[i].device))
				*ret = arena_append(arena, *ret, &n, &device,
						    sizeof(device));
			free(names[j]);
		}
		free(names);
	}
	return n;
}
