# shellcheck shell=sh
# Kerberos client library: tickets, the change-password protocol, keytabs. Only the library and what
# it rests on is built. --without-netlib would silently remove the look-up of a KDC by DNS.
#
# The cache answers are what configure would find out by running a program.
cd src
krb5_cv_attr_constructor_destructor=yes,yes ac_cv_func_regcomp=yes ac_cv_printf_positional=yes \
	configure --sysconfdir=/etc --localstatedir=/var --disable-rpath --disable-pkinit --disable-nls \
	--disable-thread-support --disable-aesni --without-libedit --without-readline --without-ldap \
	--without-lmdb --without-keyutils --without-system-verto --with-crypto-impl=builtin \
	--with-tls-impl=no --with-spake-openssl=no --with-prng-alg=os
for folder in util include lib/crypto lib/krb5; do
	mk -C "$folder"
done
mkdir -p "$OUT/include/krb5" "$OUT/lib"
cp include/krb5.h include/profile.h include/com_err.h "$OUT/include/"
cp include/krb5/krb5.h "$OUT/include/krb5/"
for name in krb5 k5crypto krb5support com_err; do
	cp -L "lib/lib$name.a" "$OUT/lib/"
done
