# shellcheck shell=sh
# Which label a path gets, by a host's file_contexts. Without Android's contexts, RPM's execution
# and regular expressions that somebody else has compiled.
# fts(3), which musl lacks; libsepol, for what loads a policy into the running kernel.
rm src/selinux_restorecon.c src/load_policy.c
mk -C src libselinux.a DISABLE_SHARED=y DISABLE_RPM=y FTS_LDLIBS= PCRE_LDLIBS= CC="$CC" \
	PCRE_CFLAGS="-DUSE_PCRE2 -DPCRE2_CODE_UNIT_WIDTH=8 -I$SYSROOT/include" \
	CFLAGS="$CFLAGS -O2 -DNO_ANDROID_BACKEND -DNO_X_BACKEND -DNO_DB_BACKEND -DNO_MEDIA_BACKEND -DNO_PERSISTENTLY_STORED_PATTERNS"
mkdir -p "$OUT/lib" "$OUT/include"
cp src/libselinux.a "$OUT/lib/"
cp -r include/selinux "$OUT/include/"
