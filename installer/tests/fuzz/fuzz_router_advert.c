/* Anybody on the network may send a router advertisement. */
#include <assert.h>
#include <string.h>

#include "fetch/router_advert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct router_advert ra;

	if (!router_advert_parse(data, size, &ra))
		return 0;
	assert(ra.n_nameservers <= ROUTER_NAMESERVERS);
	assert(memchr(ra.search, '\0', sizeof(ra.search)));
	assert(strspn(ra.search, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789-_.") == strlen(ra.search));
	return 0;
}
