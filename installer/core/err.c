#include "core/err.h"

#include <assert.h>
#include <stdarg.h>

int err_set(struct err *err, enum err_code code, int sys_errno, const char *fmt, ...)
{
	size_t len;
	va_list ap;

	assert(err->code == ERR_NONE); /* set twice: the first cause would be lost */
	err->code = code;
	err->sys_errno = sys_errno;

	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);

	len = strlen(err->msg);
	if (sys_errno)
		snprintf(err->msg + len, sizeof(err->msg) - len, ": %s",
			 strerror(sys_errno));
	return -1;
}

int err_wrap(struct err *err, const char *fmt, ...)
{
	char inner[sizeof(err->msg)];
	size_t len;
	va_list ap;

	assert(err->code != ERR_NONE);
	memcpy(inner, err->msg, sizeof(inner));

	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);

	len = strlen(err->msg);
	snprintf(err->msg + len, sizeof(err->msg) - len, ": %s", inner);
	return -1;
}

const char *err_code_name(enum err_code code)
{
	switch (code) {
	case ERR_NONE:
		return "done";
	case ERR_CONFIG:
		return "profile";
	case ERR_HARDWARE:
		return "hardware";
	case ERR_SOURCE:
		return "source";
	case ERR_TOOL:
		return "tool";
	case ERR_SYSTEM:
		return "system";
	case ERR_UNSAFE:
		return "refused for safety";
	}
	return "unknown";
}
