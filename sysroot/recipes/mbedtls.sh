# shellcheck shell=sh
# TLS for curl.
#
# 3.6 offers rsa_pss_rsae_* (0x0804–0x0806) also for TLS 1.2 and then hangs up on a server that
# picks one (upstream issue 10668): let it accept what it offered.
edit library/ssl_misc.h \
	's/return mbedtls_ssl_tls12_sig_alg_is_supported(sig_alg);/return (sig_alg >= 0x0804 \&\& sig_alg <= 0x0806) || &/;s/|| return /|| /'

# GEN_FILES= : the release has its generated files; the rules would want Python modules.
mk -C library static GEN_FILES= CC="$CC" CFLAGS="$CFLAGS -O2"
mkdir -p "$OUT/include" "$OUT/lib/pkgconfig"
cp -R include/mbedtls include/psa "$OUT/include/"
cp library/libmbedtls.a library/libmbedx509.a library/libmbedcrypto.a "$OUT/lib/"
cat >"$OUT/lib/pkgconfig/mbedtls.pc" <<EOF
prefix=$OUT
Name: mbedtls
Description: TLS
Version: 3.6
Libs: -L\${prefix}/lib -lmbedtls -lmbedx509 -lmbedcrypto
Cflags: -I\${prefix}/include
EOF
