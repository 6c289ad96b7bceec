#include "image/failure.h"

#include <stdarg.h>

int failure_note(struct failure *f, const struct err *err)
{
	pthread_mutex_lock(&f->lock);
	if (!atomic_load(&f->set)) {
		f->err = *err;
		atomic_store(&f->set, true);
	}
	pthread_mutex_unlock(&f->lock);
	return -1;
}

int failure_set(struct failure *f, enum err_code code, int sys_errno, const char *fmt,
		...)
{
	struct err err = { 0 };
	char msg[sizeof(err.msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	err_set(&err, code, sys_errno, "%s", msg);
	return failure_note(f, &err);
}
