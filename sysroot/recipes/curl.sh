# shellcheck shell=sh
# HTTP and HTTPS, nothing else. No CA bundle is compiled in: the profile or the initramfs names one.
configure --with-mbedtls="$SYSROOT" --without-ca-bundle --without-ca-path --disable-threaded-resolver \
	--enable-http --disable-ftp --disable-file --disable-ldap --disable-ldaps --disable-rtsp --disable-dict \
	--disable-telnet --disable-tftp --disable-pop3 --disable-imap --disable-smb --disable-smtp --disable-gopher \
	--disable-mqtt --disable-ipfs --disable-websockets --disable-manual --disable-docs --disable-unix-sockets \
	--disable-ntlm --disable-negotiate-auth --disable-aws --disable-tls-srp --disable-cookies \
	--disable-alt-svc --disable-hsts --disable-netrc --disable-doh --disable-ares --disable-libcurl-option \
	--without-zlib --without-brotli --without-zstd --without-libpsl --without-libidn2 --without-librtmp \
	--without-nghttp2 --without-nghttp3 --without-ngtcp2 --without-libssh2 --without-libgsasl
mk
make install
keep_library
