#include "core/event.h"

#include <time.h>

#include "core/json.h"

static int event_fd = -1;

void event_to_fd(int fd)
{
	event_fd = fd;
}

static void begin(struct json *j, const char *event)
{
	struct timespec now;
	char seconds[32];

	clock_gettime(CLOCK_BOOTTIME, &now);
	snprintf(seconds, sizeof(seconds), "%lld.%03ld", (long long)now.tv_sec,
		 now.tv_nsec / 1000000);
	json_open(j, NULL, '{');
	json_raw(j, "time", seconds);
	json_string(j, "event", event);
}

/* One write per line, so that lines of several writers never mix. */
static void end(struct json *j)
{
	size_t done = 0;

	json_close(j, '}');
	text_add(j->out, "\n");
	while (done < j->out->len) {
		ssize_t n = write(event_fd, j->out->s + done, j->out->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			event_fd = -1; /* nobody listens any more: not a reason to fail */
			return;
		}
		done += (size_t)n;
	}
}

void event_emit(const char *event, const char *const kv[][2], size_t n)
{
	auto_text struct text line = { 0 };
	struct json j = { .out = &line };

	if (event_fd < 0)
		return;
	begin(&j, event);
	for (size_t i = 0; i < n; i++)
		json_string(&j, kv[i][0], kv[i][1]);
	end(&j);
}

void event_fail(const char *step, const struct err *err)
{
	auto_text struct text line = { 0 };
	struct json j = { .out = &line };

	if (event_fd < 0)
		return;
	begin(&j, "fail");
	json_string(&j, "step", step);
	json_uint(&j, "code", (uint64_t)err->code);
	json_string(&j, "message", err->msg);
	end(&j);
}

void event_progress(const char *action, uint64_t done, uint64_t total)
{
	auto_text struct text line = { 0 };
	struct json j = { .out = &line };

	if (event_fd < 0)
		return;
	begin(&j, "progress");
	json_string(&j, "action", action);
	json_uint(&j, "done", done);
	if (total)
		json_uint(&j, "total", total);
	end(&j);
}
