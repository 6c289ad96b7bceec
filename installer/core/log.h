/*
 * Prose for people: lines and progress bars, to standard error and to every console.
 *
 * Where a sink is a terminal a running task draws a bar that is redrawn in place;
 * elsewhere it is a plain line every ten percent. Control characters in what is printed
 * are replaced, so a disk's model or a server's words cannot drive the terminal. All
 * functions may be called from any thread.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <stdint.h>
#include <stdio.h>

#include "core/cleanup.h"

/* Replace all sinks by this one (default: stderr). Tests pass an open_memstream(). */
void log_to(FILE *out);

/*
 * Write to the screen and every console that the kernel writes to
 * (ROOT/sys/class/tty/console/active: each serial line named on the command line), and to
 * `log_path`, instead of to standard error. What cannot be opened is left out.
 */
void log_to_consoles(const char *root, const char *log_path);

void log_info(const char *fmt, ...) printf_like(1, 2);
void log_warning(const char *fmt, ...) printf_like(1, 2); /* "warning: …" */
void log_error(const char *fmt, ...) printf_like(1, 2);   /* "error: …" */
void log_tool(const char *tool, const char *line);        /* "  [mdadm] line" */
void log_text(const char *text);                          /* as it is, many lines */

/* What a command was asked for: to standard output, control characters replaced. */
void log_print(const char *text);

/*
 * One task with a bar. `what` stays valid until progress_end(). total_bytes 0: unknown,
 * the bar shows only what has been done. Also emits progress events.
 */
void progress_begin(const char *what, uint64_t total_bytes);
void progress_update(uint64_t done_bytes);
void progress_end(void);

#endif
