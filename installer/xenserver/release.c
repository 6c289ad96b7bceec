#include "xenserver/release.h"

const char *release_era_name(enum release_era era)
{
	static const char *const names[] = {
		[ERA_5] = "5.6 and earlier",
		[ERA_6] = "6.0 to 6.5",
		[ERA_7] = "7.0 to 8.2",
		[ERA_8] = "8.3 and later",
	};

	return names[era];
}

/* Up to 6.x the kernel finds members by their partition type, which 0.90 alone allows. */
const char *release_metadata(enum release_era era)
{
	return era <= ERA_6 ? "0.90" : "1.2";
}
