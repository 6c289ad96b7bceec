/*
 * A real KDC and kadmind (MIT's, from the distribution's packages) in a network namespace
 * of the test program's own, with a database in the current directory.
 */
#ifndef TESTS_KDC_H
#define TESTS_KDC_H

#include <arpa/inet.h>
#include <net/if.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "core/proc.h"
#include "tests/sandbox.h"

#define KDC_REALM "EXAMPLE.COM"
#define KDC_HOST  "xen01.example.com"
#define KDC_NAME  "host/" KDC_HOST

static pid_t kdc_servers[2];

static inline void kdc_put(const char *name, const char *text)
{
	auto_file FILE *f = fopen(name, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
}

/* Called once, before any thread. Only loopback is there, and every port is free. */
static inline void kdc_enter_network(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	auto_fd int fd = -1;

	sandbox_unshare(CLONE_NEWNET);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	sandbox_must(fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &lo) == 0, "loopback");
}

/* Commands of kadmin.local(8). */
static inline void kdc_admin(const char *command)
{
	struct err err = { 0 };

	assert_ok(RUN(&err, "kadmin.local", "-r", KDC_REALM, "-p", "admin/admin", "-q",
		      command));
}

static inline pid_t kdc_start(const char *const *argv)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static inline bool kdc_listens(uint16_t port)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(port),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	auto_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0;
}

static inline void kdc_wait_for(uint16_t port)
{
	for (int i = 0; i < 3000 && !kdc_listens(port); i++)
		usleep(10000);
	assert_true(kdc_listens(port));
}

/* Key types as in kdc.conf(5). */
static inline void kdc_up(const char *enctypes)
{
	static const char *const kdc[] = { "krb5kdc", "-n", NULL };
	static const char *const kadmind[] = { "kadmind", "-nofork", NULL };
	struct err err = { 0 };
	auto_free char *conf = xasprintf("[kdcdefaults]\n"
					 "\tkdc_listen = 127.0.0.1:88\n"
					 "\tkdc_tcp_listen = 127.0.0.1:88\n"
					 "[realms]\n\t" KDC_REALM " = {\n"
					 "\t\tdatabase_name = db\n"
					 "\t\tkey_stash_file = stash\n"
					 "\t\tacl_file = acl\n"
					 "\t\tkadmind_listen = 127.0.0.1:749\n"
					 "\t\tkpasswd_listen = 127.0.0.1:464\n"
					 "\t\tsupported_enctypes = %s\n\t}\n"
					 "[logging]\n\tkdc = FILE:kdc.log\n"
					 "\tadmin_server = FILE:kadmind.log\n",
					 enctypes);

	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("KRB5_CONFIG", "krb5.conf", 1);
	setenv("KRB5_KDC_PROFILE", "kdc.conf", 1);
	kdc_put("kdc.conf", conf);
	kdc_put("acl", "");
	kdc_put("krb5.conf", "[libdefaults]\n\tdefault_realm = " KDC_REALM "\n");
	assert_ok(RUN(&err, "rm", "-f", "db", "db.ok", "db.kadm5", "db.kadm5.lock"));
	assert_ok(RUN(&err, "kdb5_util", "-r", KDC_REALM, "create", "-s", "-P",
		      "a master password"));
	kdc_servers[0] = kdc_start(kdc);
	kdc_servers[1] = kdc_start(kadmind);
	kdc_wait_for(88);
	kdc_wait_for(464);
}

static inline void kdc_down(void)
{
	for (size_t i = 0; i < ARRAY_LEN(kdc_servers); i++) {
		if (kdc_servers[i] <= 0)
			continue;
		kill(kdc_servers[i], SIGTERM);
		waitpid(kdc_servers[i], NULL, 0);
		kdc_servers[i] = 0;
	}
}

#endif
