#include "exec/device.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "core/mem.h"

#define DEVICE_WAIT_MS 5000
#define REREAD_TRIES   50
#define ZEROS_BYTES    65536

int device_open(const char *path, int flags, struct err *err)
{
	int fd = open(path, flags | O_EXCL | O_CLOEXEC);

	return fd < 0 ? err_set(err, ERR_SYSTEM, errno, "open %s", path) : fd;
}

int device_size(int fd, const char *path, uint64_t *ret_bytes, struct err *err)
{
	off_t end = lseek(fd, 0, SEEK_END); /* of a block device as well */

	if (end < 0)
		return err_set(err, ERR_SYSTEM, errno, "ask for the size of %s", path);
	*ret_bytes = (uint64_t)end;
	return 0;
}

int device_read(int fd, const char *path, void *buf, uint64_t offset, size_t len,
		struct err *err)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = pread(fd, (char *)buf + done, len - done,
				  (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(err, ERR_SYSTEM, n < 0 ? errno : EIO,
				       "read %s at byte %" PRIu64, path, offset + done);
		done += (size_t)n;
	}
	return 0;
}

int device_write(int fd, const char *path, const void *buf, uint64_t offset, size_t len,
		 struct err *err)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = pwrite(fd, (const char *)buf + done, len - done,
				   (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(err, ERR_SYSTEM, n < 0 ? errno : EIO,
				       "write %s at byte %" PRIu64, path, offset + done);
		done += (size_t)n;
	}
	return 0;
}

int device_zero(int fd, const char *path, uint64_t offset, uint64_t size, struct err *err)
{
	static const char zeros[ZEROS_BYTES];

	if (size == 0 || fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
				   (off_t)offset, (off_t)size) == 0)
		return 0;
	if (errno != EOPNOTSUPP) /* not every filesystem of an image file can */
		return err_set(err, ERR_SYSTEM, errno, "clear %s from byte %llu", path,
			       (unsigned long long)offset);
	for (uint64_t done = 0; done < size;) {
		uint64_t left = size - done;
		size_t n = left < sizeof(zeros) ? (size_t)left : sizeof(zeros);

		if (device_write(fd, path, zeros, offset + done, n, err) < 0)
			return -1;
		done += n;
	}
	return 0;
}

/* Whoever else looks at a new device (a probe of the kernel's own) is soon done. */
int device_reread(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return 0;
	for (int i = 0; ioctl(fd, BLKRRPART) < 0; i++) {
		if (errno == EINVAL) /* this kind of disk has no partitions */
			return 0;
		if (errno != EBUSY || i == REREAD_TRIES)
			return err_set(err, ERR_SYSTEM, errno,
				       "let the kernel read the table of %s", path);
		usleep(100 * 1000);
	}
	return 0;
}

int device_flush(int fd, const char *path, struct err *err)
{
	if (fsync(fd) < 0)
		return err_set(err, ERR_SYSTEM, errno, "flush the cache of %s", path);
	return 0;
}

int device_wait(const char *path, struct err *err)
{
	for (int ms = 0; ms < DEVICE_WAIT_MS; ms += 10) {
		if (access(path, F_OK) == 0)
			return 0;
		usleep(10 * 1000);
	}
	return err_set(err, ERR_SYSTEM, 0, "%s has not appeared after %d s", path,
		       DEVICE_WAIT_MS / 1000);
}
