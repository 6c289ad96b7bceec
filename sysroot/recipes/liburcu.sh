# shellcheck shell=sh
# xfsprogs takes its atomic operations and the registration of its threads from here.
configure --disable-rpath
mk -C include install
mk -C src install
keep_library
