/*
 * Which devices are unbound before a kexec, told from a tree that looks like /sys.
 */
#include <fcntl.h>

#include "core/io.h"
#include "exec/quiesce.h"
#include "facts/facts.h"
#include "tests/scratch.h"

static void shell(const char *script)
{
	struct err err = { 0 };

	assert_ok(RUN(&err, "sh", "-euc", script));
}

static char *read_unbind(const char *bus, const char *driver)
{
	auto_free char *path = xasprintf("r/sys/bus/%s/drivers/%s/unbind", bus, driver);
	struct err err = { 0 };
	char *text;

	assert_ok(io_read_file(AT_FDCWD, path, 4096, &text, NULL, &err));
	return text;
}

static void test_troublemakers_alone(void **state)
{
	auto_free char *console = NULL, *card = NULL, *disk = NULL;
	auto_arena struct arena arena = { 0 };
	auto_text struct text t = { 0 };
	struct restless *found;

	(void)state;
	shell("for d in virtio/drivers/virtio_console virtio/drivers/virtio_blk "
	      "    pci/drivers/mlx5_core; do"
	      "  mkdir -p r/sys/bus/$d; : >r/sys/bus/$d/unbind; : >r/sys/bus/$d/bind;"
	      "  ln -s /sys/module/x r/sys/bus/$d/module; done;"
	      "ln -s x r/sys/bus/virtio/drivers/virtio_console/virtio3;"
	      "ln -s x r/sys/bus/virtio/drivers/virtio_blk/virtio0;"
	      "ln -s x r/sys/bus/pci/drivers/mlx5_core/0000:5e:00.1");
	assert_int_equal(facts_find_restless("r", &arena, &found), 2);
	facts_print_restless(found, 2, &t);
	assert_string_equal(t.s, "virtio3 (virtio_console), 0000:5e:00.1 (mlx5_core)");
	quiesce_devices("r");
	console = read_unbind("virtio", "virtio_console");
	card = read_unbind("pci", "mlx5_core");
	disk = read_unbind("virtio", "virtio_blk");
	assert_string_equal(console, "virtio3");
	assert_string_equal(card, "0000:5e:00.1");
	assert_string_equal(disk, "");
}

/* A machine without them, and one on which it cannot be done. */
static void test_nothing_to_do(void **state)
{
	(void)state;
	quiesce_devices("nowhere");
	shell("rm -rf r; mkdir -p r/sys/bus/pci/drivers/mlx5_core;"
	      "ln -s x r/sys/bus/pci/drivers/mlx5_core/0000:5e:00.1");
	quiesce_devices("r");
	shell("test ! -e r/sys/bus/pci/drivers/mlx5_core/unbind");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_troublemakers_alone),
		cmocka_unit_test(test_nothing_to_do),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
