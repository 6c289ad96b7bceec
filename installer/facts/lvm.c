/*
 * The label ("LABELONE", in one of the first four sectors) is followed by the header of
 * the physical volume: its UUID and size, then two lists of places, data and metadata,
 * each ended by zeros. A metadata area begins with a header that says where in it the
 * current text begins, and that text begins with the group's name. The area is a ring:
 * the text may start at its very end.
 */
#include "core/le.h"
#include "facts/probe.h"

#define SECTOR         512
#define PV_HEADER      32 /* where the label says otherwise, that */
#define PV_PLACES      40 /* behind the UUID (32 letters) and the size */
#define PLACE_BYTES    16
#define MDA_MAGIC      " LVM2 x[5A%r0N*>"
#define MDA_MAGIC_AT   4
#define MDA_SIZE       32
#define MDA_TEXT       40 /* offset in the area, 0: none; 8 bytes of size follow */
#define NAME_MAX_BYTES 128

static bool is_name_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("+_.-", c));
}

/* "VG_XenStorage-1234 {": the name alone, or NULL where that is no name. */
static const char *cut_name(char *text, size_t len, struct arena *arena)
{
	size_t n = 0;

	while (n < len && is_name_letter(text[n]))
		n++;
	if (n == 0 || n == len || n >= NAME_MAX_BYTES ||
	    (text[n] != ' ' && text[n] != '{'))
		return NULL;
	return arena_strndup(arena, text, n);
}

static const char *read_metadata(int fd, const struct area *area, uint64_t at,
				 struct arena *arena)
{
	unsigned char header[SECTOR];
	char text[NAME_MAX_BYTES + 2];
	uint64_t size, offset, head;

	if (!area_read(fd, area, at, header, sizeof(header)) ||
	    memcmp(header + MDA_MAGIC_AT, MDA_MAGIC, strlen(MDA_MAGIC)) != 0)
		return NULL;
	size = read_le(header + MDA_SIZE, 8);
	offset = read_le(header + MDA_TEXT, 8);
	if (offset < SECTOR || offset >= size || size > area->end - at)
		return NULL;
	head = size - offset < sizeof(text) ? size - offset : sizeof(text);
	if (size - SECTOR < sizeof(text) ||
	    !area_read(fd, area, at + offset, text, head) ||
	    !area_read(fd, area, at + SECTOR, text + head, sizeof(text) - head))
		return NULL;
	return cut_name(text, sizeof(text), arena);
}

/* The first zero entry ends the list of data areas, the second that of metadata. */
const char *lvm_group_name(int fd, const struct area *area, uint64_t label_at,
			   struct arena *arena)
{
	unsigned char label[SECTOR];
	bool metadata = false;
	uint64_t first;

	if (!area_read(fd, area, label_at, label, sizeof(label)) ||
	    memcmp(label, "LABELONE", 8) != 0)
		return NULL;
	first = read_le(label + 20, 4);
	if (first < PV_HEADER)
		return NULL;
	for (uint64_t i = first + PV_PLACES; i + PLACE_BYTES <= SECTOR;
	     i += PLACE_BYTES) {
		uint64_t offset = read_le(label + i, 8);
		const char *name;

		if (!offset && metadata)
			break;
		metadata |= !offset;
		if (!offset || !metadata || offset >= area->end - area->start)
			continue;
		name = read_metadata(fd, area, area->start + offset, arena);
		if (name)
			return name;
	}
	return NULL;
}
