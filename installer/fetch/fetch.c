#include "fetch/fetch.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/text.h"
#include "core/url.h"
#include "fetch/chunks.h"
#include "fetch/http.h"

struct fetch { /* one of them */
	struct http *http;
	struct chunks *chunks;
	int file;
	char *path;
	uint64_t file_bytes;
	atomic_bool cancelled;
};

static int open_file(const char *path, struct fetch **ret, struct err *err)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct fetch *f;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(err, ERR_SOURCE, errno, "open %s", path);
	if (S_ISDIR(st.st_mode))
		return err_set(err, ERR_SOURCE, EISDIR, "open %s", path);
	f = xcalloc(1, sizeof(*f));
	f->file = take_fd(&fd);
	f->path = xstrdup(path);
	f->file_bytes = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	*ret = f;
	return 0;
}

static bool is_http(const char *url)
{
	return strncasecmp(url, "http://", 7) == 0 ||
	       strncasecmp(url, "https://", 8) == 0;
}

static int open_on_medium(const char *path, struct fetch **ret, struct err *err)
{
	auto_free char *file = xasprintf(FETCH_MEDIUM "%s", path);

	if (access(FETCH_MEDIUM, F_OK) < 0)
		return err_set(
			err, ERR_SOURCE, 0,
			"medium:%s: this machine was not started from a stick or disc "
			"that dom0strap.medium= names",
			path);
	return open_file(file, ret, err);
}

int fetch_open(const char *url, const struct fetch_options *options, struct fetch **ret,
	       struct err *err)
{
	struct http *http;

	if (str_starts(url, "medium:/"))
		return open_on_medium(url + strlen("medium:"), ret, err);

	if (options && options->allow_path && !strstr(url, "://"))
		return open_file(url, ret, err);
	if (!is_http(url)) {
		auto_free char *shown = url_public(url);

		return err_set(
			err, ERR_SOURCE, 0,
			"fetch %s: only http://, https:// and medium:/ are possible",
			shown);
	}
	if (http_open(url, options, &http, err) < 0)
		return -1;
	*ret = xcalloc(1, sizeof(**ret));
	(*ret)->http = http;
	(*ret)->file = -1;
	return 0;
}

int fetch_open_chunks(const struct chunk_source *source,
		      const struct fetch_options *options, struct fetch **ret,
		      struct err *err)
{
	struct chunks *chunks;

	if (chunks_open(source, options, &chunks, err) < 0)
		return -1;
	*ret = xcalloc(1, sizeof(**ret));
	(*ret)->chunks = chunks;
	(*ret)->file = -1;
	return 0;
}

static int read_file(struct fetch *f, char *buf, size_t len, size_t *ret_len,
		     struct err *err)
{
	size_t done = 0;

	while (done < len && !atomic_load(&f->cancelled)) {
		ssize_t n = read(f->file, buf + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, ERR_SOURCE, errno, "read %s", f->path);
		if (n == 0)
			break;
		done += (size_t)n;
	}
	if (atomic_load(&f->cancelled))
		return err_set(err, ERR_SOURCE, 0, "read %s: stopped", f->path);
	*ret_len = done;
	return 0;
}

int fetch_read(struct fetch *f, void *buf, size_t len, size_t *ret_len, struct err *err)
{
	if (f->http)
		return http_read(f->http, buf, len, ret_len, err);
	if (f->chunks)
		return chunks_read(f->chunks, buf, len, ret_len, err);
	return read_file(f, buf, len, ret_len, err);
}

uint64_t fetch_total_bytes(const struct fetch *f)
{
	if (f->chunks)
		return chunks_total_bytes(f->chunks);
	return f->http ? http_total_bytes(f->http) : f->file_bytes;
}

void fetch_cancel(struct fetch *f)
{
	atomic_store(&f->cancelled, true);
	if (f->http)
		http_cancel(f->http);
	if (f->chunks)
		chunks_cancel(f->chunks);
}

void fetch_close(struct fetch *f)
{
	if (!f)
		return;
	if (f->http)
		http_close(f->http);
	else if (f->chunks)
		chunks_close(f->chunks);
	else
		close(f->file);
	free(f->path);
	free(f);
}

int fetch_text(const char *url, const struct fetch_options *options, size_t max_bytes,
	       char **ret_text, size_t *ret_len, struct err *err)
{
	auto_free char *buf = NULL;
	auto_free char *shown = url_public(url);
	auto_fetch struct fetch *f = NULL;
	size_t len;

	if (fetch_open(url, options, &f, err) < 0)
		return -1;
	buf = xmalloc(max_bytes + 1);
	if (fetch_read(f, buf, max_bytes + 1, &len, err) < 0)
		return -1;
	if (len > max_bytes)
		return err_set(err, ERR_SOURCE, 0,
			       "fetch %s: larger than %zu bytes, which is too much for "
			       "what it should be",
			       shown, max_bytes);
	if (!ret_len && memchr(buf, '\0', len))
		return err_set(err, ERR_SOURCE, 0, "fetch %s: not a text", shown);
	buf[len] = '\0';
	*ret_text = take_ptr(buf);
	if (ret_len)
		*ret_len = len;
	return 0;
}
