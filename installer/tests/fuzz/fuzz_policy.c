/*
 * A kernel's policy: whatever is read as one, a boolean that is set is set, all that it
 * depends on is inside the file, and setting it back gives the bytes of before, as soon
 * as every condition has been brought up to date.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "core/mem.h"
#include "selinux/policy.h"

#define NAME "xen_use_nfs"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { NAME, NULL };
	auto_policy struct policy *p = NULL;
	auto_free void *before = NULL;
	void *bytes = memcpy(xmalloc(size ? size : 1), data, size);
	struct err err = { 0 };
	bool state;
	size_t len;

	if (policy_read(bytes, size, &p, &err) < 0) {
		assert(err.code == ERR_SOURCE);
		return 0;
	}
	(void)policy_near_boolean(p, "xen_use_nfz");
	if (!policy_find_boolean(p, names))
		return 0;
	state = policy_boolean(p, NAME);
	policy_set_boolean(p, NAME, !state);
	policy_set_boolean(p, NAME, state);
	before = xmalloc(size);
	memcpy(before, policy_image(p, &len), size);
	assert(len == size);
	policy_set_boolean(p, NAME, !state);
	assert(policy_boolean(p, NAME) == !state);
	policy_set_boolean(p, NAME, state);
	assert(memcmp(policy_image(p, &len), before, len) == 0);
	return 0;
}
