# shellcheck shell=sh
# The regular expressions of file_contexts: bytes, so no tables of Unicode; no compiler to machine code,
# which would need memory that is writable and executable, for patterns that are used once.
CFLAGS="$CFLAGS -O2" configure --disable-jit --disable-unicode --disable-pcre2grep-libz --disable-pcre2grep-libbz2 \
	--disable-pcre2test-libreadline --disable-pcre2grep-callback
mk libpcre2-8.la
make install-libLTLIBRARIES install-nodist_includeHEADERS install-pkgconfigDATA lib_LTLIBRARIES=libpcre2-8.la
keep_library
