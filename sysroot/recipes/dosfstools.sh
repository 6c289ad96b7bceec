# shellcheck shell=sh
# mkfs.vfat, for EFI system partitions.
configure --without-iconv
mk -C src mkfs.fat
mv src/mkfs.fat src/mkfs.vfat
keep_tool src/mkfs.vfat
