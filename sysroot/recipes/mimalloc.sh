# shellcheck shell=sh
# musl's allocator has one lock and crawls as soon as two threads allocate. One object, linked
# first, replaces malloc everywhere.
mkdir -p "$OUT/lib"
# shellcheck disable=SC2086 # flags
"$CC" $CFLAGS -O2 -std=gnu11 -DNDEBUG -DMI_MALLOC_OVERRIDE -DMI_LIBC_MUSL=1 -DMI_STATIC_LIB \
	-fno-builtin-malloc -ftls-model=local-exec -fvisibility=hidden -Iinclude -c src/static.c -o "$OUT/lib/mimalloc.o"
