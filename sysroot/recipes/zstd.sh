# shellcheck shell=sh
# zstd images. -O3 is what its authors tune for; the Huffman decoder in assembly (ZSTD_ASM) and the
# BMI2 variants, chosen at run time, are on by default with this compiler.
mk -C lib CFLAGS="$CFLAGS -O3" libzstd.a-mt
make -C lib PREFIX="$OUT" install-includes install-pc
install -D -m 644 lib/libzstd.a "$OUT/lib/libzstd.a"
nm lib/libzstd.a | grep -q HUF_decompress4X1_usingDTable_internal_fast_asm_loop
keep_library
