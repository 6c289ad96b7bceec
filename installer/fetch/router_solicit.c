#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "core/io.h"
#include "core/monotonic.h"
#include "fetch/router_advert.h"

#define HOP_LIMIT     255 /* RFC 4861 6.1.2: whatever has less came from elsewhere */
#define RESEND_MS     2000
#define RETRY_MS      100
#define ADDRESS_MS    4000 /* the kernel looks first whether another has it */
#define MESSAGE_BYTES 4096

struct solicitation {
	const char *interface;
	unsigned index;
	int fd;
	struct in6_addr router;
	struct router_advert advert;
};

static int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

static int open_socket(struct solicitation *s, struct err *err)
{
	auto_fd int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	struct icmp6_filter filter;

	/* A bit that is set is not passed on (RFC 3542 3.2); musl's macros mix signs. */
	memset(&filter, 0xff, sizeof(filter));
	filter.icmp6_filt[ND_ROUTER_ADVERT / 32] &= ~(1U << ND_ROUTER_ADVERT % 32);
	if (fd < 0 ||
	    setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, s->interface,
		       (socklen_t)strlen(s->interface) + 1) < 0 ||
	    set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, HOP_LIMIT) < 0 ||
	    set_option(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1) < 0)
		return err_set(err, ERR_SYSTEM, errno, "router solicitation on %s",
			       s->interface);
	s->fd = fd;
	fd = -1;
	return 0;
}

/* False as long as the interface has no address of its own to ask from. */
static bool send_solicitation(const struct solicitation *s)
{
	const struct nd_router_solicit message = { .nd_rs_type = ND_ROUTER_SOLICIT };
	struct sockaddr_in6 routers = { .sin6_family = AF_INET6,
					.sin6_scope_id = s->index };

	inet_pton(AF_INET6, "ff02::2", &routers.sin6_addr);
	return sendto(s->fd, &message, sizeof(message), MSG_DONTWAIT,
		      (const struct sockaddr *)&routers,
		      sizeof(routers)) == sizeof(message);
}

static bool receive_advert(struct solicitation *s)
{
	uint8_t bytes[MESSAGE_BYTES];
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct sockaddr_in6 from;
	struct iovec part = { bytes, sizeof(bytes) };
	struct msghdr message = { .msg_name = &from,
				  .msg_namelen = sizeof(from),
				  .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t len = recvmsg(s->fd, &message, MSG_DONTWAIT);
	const struct cmsghdr *header = len < 0 ? NULL : CMSG_FIRSTHDR(&message);
	int hops = 0;

	if (header && header->cmsg_level == IPPROTO_IPV6 &&
	    header->cmsg_type == IPV6_HOPLIMIT)
		memcpy(&hops, CMSG_DATA(header), sizeof(hops));
	if (hops != HOP_LIMIT || !IN6_IS_ADDR_LINKLOCAL(&from.sin6_addr) ||
	    !router_advert_parse(bytes, (size_t)len, &s->advert))
		return false;
	s->router = from.sin6_addr;
	return true;
}

static bool wait_for_advert(struct solicitation *s, uint64_t end)
{
	uint64_t next = 0;

	for (uint64_t now = monotonic_ms(); now < end; now = monotonic_ms()) {
		struct pollfd readable = { .fd = s->fd, .events = POLLIN };

		if (now >= next)
			next = now +
			       (uint64_t)(send_solicitation(s) ? RESEND_MS : RETRY_MS);
		if (poll(&readable, 1, RETRY_MS) > 0 && receive_advert(s))
			return true;
	}
	return false;
}

static bool find_address(const char *interface, struct text *out)
{
	auto_file FILE *file = fopen("/proc/net/if_inet6", "re");
	char line[128], address_text[INET6_ADDRSTRLEN];
	struct in6_addr address;
	unsigned prefix;

	while (file && fgets(line, sizeof(line), file))
		if (router_address_usable(line, interface, &address, &prefix)) {
			inet_ntop(AF_INET6, &address, address_text, sizeof(address_text));
			text_printf(out, "address=%s/%u\n", address_text, prefix);
			return true;
		}
	return false;
}

static void add_advert(const struct solicitation *s, struct text *out)
{
	const struct router_advert *ra = &s->advert;
	char address[INET6_ADDRSTRLEN];

	text_printf(out, "managed=%s\nother=%s\n", ra->managed ? "yes" : "no",
		    ra->other ? "yes" : "no");
	if (ra->is_default)
		text_printf(out, "router=%s\n",
			    inet_ntop(AF_INET6, &s->router, address, sizeof(address)));
	for (size_t i = 0; i < ra->n_nameservers; i++)
		text_printf(out, "%s%s", i ? " " : "dns=",
			    inet_ntop(AF_INET6, &ra->nameservers[i], address,
				      sizeof(address)));
	if (ra->n_nameservers)
		text_add(out, "\n");
	if (ra->search[0])
		text_printf(out, "domain=%s\n", ra->search);
}

int router_solicit(const char *interface, unsigned seconds, struct text *out,
		   struct err *err)
{
	struct solicitation s = { .interface = interface,
				  .index = if_nametoindex(interface) };
	auto_fd int fd = -1;
	uint64_t end = monotonic_ms() + seconds * UINT64_C(1000);

	if (s.index == 0)
		return err_set(err, ERR_HARDWARE, errno, "interface %s", interface);
	if (open_socket(&s, err) < 0)
		return -1;
	fd = s.fd;
	if (!wait_for_advert(&s, end))
		return err_set(err, ERR_SOURCE, 0, "%s: no router answered in %u s",
			       interface, seconds);
	add_advert(&s, out);
	end = monotonic_ms() + ADDRESS_MS;
	while (s.advert.autonomous && !find_address(interface, out) &&
	       monotonic_ms() < end)
		poll(NULL, 0, RETRY_MS);
	return 0;
}
