# shellcheck shell=sh
# The rescue mode's SSH server, with dropbearkey and scp in one program. Only keys let anybody in: what
# asks for passwords is not compiled. No forwarding, no old algorithms.
cat >localoptions.h <<'END'
#define DROPBEAR_SVR_PASSWORD_AUTH 0
#define DROPBEAR_SVR_PAM_AUTH 0
#define DROPBEAR_X11FWD 0
#define DROPBEAR_SVR_AGENTFWD 0
#define DROPBEAR_SVR_LOCALTCPFWD 0
#define DROPBEAR_SVR_REMOTETCPFWD 0
#define DROPBEAR_SVR_LOCALSTREAMFWD 0
#define DROPBEAR_SVR_REMOTESTREAMFWD 0
#define INETD_MODE 0
#define DO_MOTD 0
#define DROPBEAR_SFTPSERVER 0
#define DROPBEAR_SMALL_CODE 1
#define DROPBEAR_DSS 0
#define DROPBEAR_3DES 0
#define DROPBEAR_RSA_SHA1 0
#define DROPBEAR_SHA1_HMAC 0
#define DROPBEAR_DH_GROUP14_SHA1 0
#define DROPBEAR_DH_GROUP14_SHA256 0
#define DROPBEAR_DH_GROUP16 0
#define DROPBEAR_SNTRUP761 0
END
configure --enable-bundled-libtom --disable-zlib --disable-pam --disable-shadow --disable-syslog \
	--disable-lastlog --disable-utmp --disable-utmpx --disable-wtmp --disable-wtmpx --disable-loginfunc \
	--disable-pututline --disable-pututxline --disable-harden
mk PROGRAMS="dropbear dropbearkey scp" MULTI=1 STATIC=1 SCPPROGRESS=0
keep_tool dropbearmulti
