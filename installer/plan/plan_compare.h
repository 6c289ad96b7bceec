/*
 * Does the machine still match a plan that somebody kept, and read, and agreed to?
 */
#ifndef PLAN_PLAN_COMPARE_H
#define PLAN_PLAN_COMPARE_H

#include "plan/plan_json.h"

/*
 * The disks of the kept plan as they are now, before anything is planned: ERR_UNSAFE
 * with each disk that is gone, of another size or at another path, and each signature
 * that came or went.
 */
must_check int plan_compare_disks(const struct kept_plan *kept, const struct facts *facts,
				  struct err *err);

/* The whole plan, made anew: ERR_UNSAFE with the differences, disks first. */
must_check int plan_compare(const struct kept_plan *kept, const struct plan *plan,
			    struct err *err);

#endif
