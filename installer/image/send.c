#include "image/send.h"

#define ALIGN(n)  (((n) + 7) & ~(size_t)7)
#define CHUNK_MIN ((size_t)16 * 1024) /* a smaller rest of a batch is left unused */

/* Whoever has entries of this directory goes on with it; else the one with least to do.
 */
unsigned send_writer(struct extraction *x, struct dir *d)
{
	if (!dir_is_held(d))
		d->writer = spool_idlest(x->spool);
	return d->writer;
}

int send_record_to(struct extraction *x, unsigned writer, const struct sending *s)
{
	const char *name = s->name ? s->name : "", *target = s->target ? s->target : "";
	size_t name_len = strlen(name), target_len = strlen(target), room;
	size_t bytes = ALIGN(sizeof(struct record_entry) + name_len + target_len + 2 +
			     s->attrs_len);
	struct record_entry *e = spool_room(x->spool, writer, bytes, &room);
	char *p;

	if (!e)
		return -1;
	*e = (struct record_entry){ .head = { (uint32_t)bytes, s->kind },
				    .dir = s->dir,
				    .other = s->other,
				    .size = s->size,
				    .rdev = s->rdev,
				    .meta = *s->meta,
				    .name_len = (uint32_t)name_len,
				    .target_len = (uint32_t)target_len,
				    .attr_len = (uint32_t)s->attrs_len };
	p = e->text;
	memcpy(p, name, name_len + 1);
	memcpy(p + name_len + 1, target, target_len + 1);
	if (s->attrs_len)
		memcpy(p + name_len + target_len + 2, s->attrs, s->attrs_len);
	if (s->kind != REC_END) /* which ends what REC_FILE began */
		dir_hold(s->dir);
	if (s->other)
		dir_hold(s->other);
	spool_add(x->spool, writer, bytes);
	return 0;
}

int send_record(struct extraction *x, const struct sending *s)
{
	unsigned writer = send_writer(x, s->dir);

	if (send_record_to(x, writer, s) < 0)
		return -1;
	spool_nudge(x->spool, writer);
	return 0;
}

int send_data(struct extraction *x, unsigned writer, struct record_data **tail,
	      const unsigned char *p, size_t len, uint64_t offset)
{
	while (len > 0) {
		struct record_data *d = *tail;
		size_t room, n, want = len < CHUNK_MIN ? len : CHUNK_MIN;
		size_t head = sizeof(*d);
		unsigned char *at = spool_room(x->spool, writer, head + ALIGN(want),
					       &room);

		if (!at)
			return -1;
		if (d && at == (unsigned char *)d + d->head.bytes &&
		    offset == d->offset + d->len) {
			room += d->head.bytes - head - d->len; /* its padding */
			n = len < room ? len : room;
			memcpy(d->bytes + d->len, p, n);
			head = d->head.bytes;
			d->len += n;
			d->head.bytes = (uint32_t)ALIGN(sizeof(*d) + d->len);
			spool_add(x->spool, writer, d->head.bytes - head);
		} else {
			*tail = d = (void *)at;
			n = len < room - head ? len : room - head;
			d->head.bytes = (uint32_t)ALIGN(head + n);
			d->head.kind = REC_DATA;
			d->offset = offset;
			d->len = n;
			memcpy(d->bytes, p, n);
			spool_add(x->spool, writer, d->head.bytes);
		}
		p += n;
		len -= n;
		offset += n;
	}
	return 0;
}
