#include "core/log.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>

#include "core/event.h"
#include "core/mem.h"
#include "core/monotonic.h"
#include "core/text.h"

#define SINKS_MAX 8
#define BAR_WIDTH 30
#define REDRAW_MS 200
/* Less than the narrowest console has: a full line would wrap. */
#define STATUS_COLUMNS  78
#define CLEAR_LINE      "\r\033[K"
#define CONSOLE_WAIT_MS 2000

struct sink {
	FILE *out;   /* NULL: a console */
	int console; /* its descriptor, non-blocking */
	bool terminal;
	bool stuck; /* nobody takes what it is given: no more waiting for it */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sink sinks[SINKS_MAX];
static size_t n_sinks;

static struct {
	const char *what;
	uint64_t total, done;
	uint64_t begun_ms, drawn_ms;
	unsigned tenth; /* the last tenth that was printed where there is no terminal */
	bool drawn;     /* a bar stands on the terminals' last line */
} task;

static void add_sink(FILE *out)
{
	if (n_sinks < SINKS_MAX)
		sinks[n_sinks++] = (struct sink){
			.out = out,
			.console = -1,
			.terminal = isatty(fileno(out)) == 1,
		};
}

void log_to(FILE *out)
{
	n_sinks = 0;
	add_sink(out);
}

static void add_console(const char *path)
{
	int fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && n_sinks < SINKS_MAX)
		sinks[n_sinks++] = (struct sink){ .console = fd, .terminal = true };
}

void log_to_consoles(const char *root, const char *log_path)
{
	auto_free char *list = xasprintf("%s/sys/class/tty/console/active", root);
	auto_file FILE *active = fopen(list, "re");
	FILE *log = log_path ? fopen(log_path, "ae") : NULL;
	auto_free char *screen = xasprintf("%s/dev/tty0", root);
	bool has_screen = false;
	char name[64];

	n_sinks = 0;
	while (active && fscanf(active, "%63s", name) == 1) {
		auto_free char *path = xasprintf("%s/dev/%s", root, name);

		has_screen |= str_eq(name, "tty0");
		add_console(path);
	}
	if (!has_screen) /* somebody with a monitor may stand before it all the same */
		add_console(screen);
	if (log)
		add_sink(log);
	if (n_sinks == 0)
		add_sink(stderr);
}

/*
 * A serial line is slow and is waited for; one that is held by flow control with nobody
 * at the other end must not stop an install, so it is given up after a while.
 */
static void write_console(struct sink *sink, const char *bytes, size_t len)
{
	while (len > 0) {
		struct pollfd ready = { .fd = sink->console, .events = POLLOUT };
		ssize_t n = write(sink->console, bytes, len);

		if (n > 0) {
			sink->stuck = false;
			bytes += n;
			len -= (size_t)n;
		} else if (sink->stuck || poll(&ready, 1, CONSOLE_WAIT_MS) <= 0) {
			sink->stuck = true;
			return;
		}
	}
}

static void flush_to(struct sink *sink, const struct text *t)
{
	if (!sink->out) {
		write_console(sink, t->s, t->len);
		return;
	}
	fwrite(t->s, 1, t->len, sink->out);
	fflush(sink->out);
}

/* What somebody else calls himself must not drive the terminal. */
static void put(const char *s, struct text *out)
{
	while (*s) {
		uint32_t c = 0;
		size_t len = utf8_decode(s, &c);
		bool space = c == '\n' || c == '\t';

		if (len == 0 || (utf8_is_control(c) && !space))
			text_add(out, "?");
		else
			text_add_bytes(out, s, len);
		s += len ? len : 1;
	}
}

static void draw_bar(struct sink *sink)
{
	uint64_t ms = monotonic_ms() - task.begun_ms;
	uint64_t rate = ms > 0 ? task.done * 1000 / ms : 0;
	char bar[BAR_WIDTH + 1] = "", line[STATUS_COLUMNS + 1];
	auto_text struct text t = { 0 };

	if (task.total) {
		double part = (double)task.done / (double)task.total;

		memset(bar, '.', BAR_WIDTH);
		memset(bar, '#', part >= 1 ? BAR_WIDTH : (size_t)(part * BAR_WIDTH));
		bar[BAR_WIDTH] = '\0';
		snprintf(line, sizeof(line), "  %s [%s] %s of %s, %s/s", task.what, bar,
			 SIZE_TEXT(task.done), SIZE_TEXT(task.total), SIZE_TEXT(rate));
	} else {
		snprintf(line, sizeof(line), "  %s %s, %s/s", task.what,
			 SIZE_TEXT(task.done), SIZE_TEXT(rate));
	}
	text_add(&t, CLEAR_LINE);
	put(line, &t);
	flush_to(sink, &t);
}

static void print_line(struct sink *sink, const char *prefix, const char *s)
{
	auto_text struct text t = { 0 };

	if (task.drawn && sink->terminal)
		text_add(&t, CLEAR_LINE);
	put(prefix, &t);
	put(s, &t);
	put("\n", &t);
	flush_to(sink, &t);
}

static void print(const char *prefix, const char *fmt, va_list ap) printf_like(2, 0);

static void print(const char *prefix, const char *fmt, va_list ap)
{
	auto_free char *s = NULL;

	s = xvasprintf(fmt, ap);
	pthread_mutex_lock(&lock);
	if (n_sinks == 0)
		add_sink(stderr);
	for (size_t i = 0; i < n_sinks; i++)
		print_line(&sinks[i], prefix, s);
	task.drawn = false;
	pthread_mutex_unlock(&lock);
}

#define PRINT(prefix, fmt)                                                               \
	do {                                                                             \
		va_list ap;                                                              \
		va_start(ap, fmt);                                                       \
		print(prefix, fmt, ap);                                                  \
		va_end(ap);                                                              \
	} while (0)

void log_info(const char *fmt, ...)
{
	PRINT("", fmt);
}

void log_warning(const char *fmt, ...)
{
	PRINT("warning: ", fmt);
}

void log_error(const char *fmt, ...)
{
	PRINT("error: ", fmt);
}

void log_tool(const char *tool, const char *line)
{
	log_info("  [%s] %s", tool, line);
}

void log_print(const char *text)
{
	auto_text struct text t = { 0 };

	put(text, &t);
	if (t.len)
		fwrite(t.s, 1, t.len, stdout);
}

void log_text(const char *text)
{
	size_t len = strlen(text);

	if (len && text[len - 1] == '\n')
		len--;
	log_info("%.*s", (int)len, text);
}

void progress_begin(const char *what, uint64_t total_bytes)
{
	pthread_mutex_lock(&lock);
	task.what = what;
	task.total = total_bytes;
	task.done = 0;
	task.begun_ms = monotonic_ms();
	task.drawn_ms = 0;
	task.tenth = 0;
	pthread_mutex_unlock(&lock);
}

static void print_tenth(struct sink *sink, unsigned tenth)
{
	auto_free char *line = xasprintf("  %s %u%% of %s", task.what, tenth * 10,
					 SIZE_TEXT(task.total));

	print_line(sink, "", line);
}

void progress_update(uint64_t done_bytes)
{
	uint64_t ms = monotonic_ms();
	unsigned tenth;

	pthread_mutex_lock(&lock);
	task.done = done_bytes;
	tenth = task.total ? (unsigned)(done_bytes * 10 / task.total) : 0;
	if (ms - task.drawn_ms >= REDRAW_MS || (task.total && done_bytes == task.total)) {
		for (size_t i = 0; i < n_sinks; i++)
			if (sinks[i].terminal)
				draw_bar(&sinks[i]);
		task.drawn_ms = ms;
		task.drawn = true;
		event_progress(task.what, task.done, task.total);
	}
	if (tenth != task.tenth)
		for (size_t i = 0; i < n_sinks; i++)
			if (!sinks[i].terminal)
				print_tenth(&sinks[i], tenth);
	task.tenth = tenth;
	pthread_mutex_unlock(&lock);
}

void progress_end(void)
{
	uint64_t ms;

	pthread_mutex_lock(&lock);
	ms = monotonic_ms() - task.begun_ms;
	event_progress(task.what, task.done, task.total);
	pthread_mutex_unlock(&lock);
	log_info("  %s: %s in %" PRIu64 ".%" PRIu64 " s", task.what, SIZE_TEXT(task.done),
		 ms / 1000, ms % 1000 / 100);
}
