# shellcheck shell=sh
# The boot environment's commands: nothing but what initramfs/busybox.config names.
export KCONFIG_NOTIMESTAMP=1 # in the binary, otherwise
oldconfig() { yes '' | make oldconfig HOSTCC=gcc; }

# This kconfig ignores KCONFIG_ALLCONFIG for allnoconfig, lets the first of two assignments win, and
# oldconfig answers new questions with their defaults, mostly yes. So: the wanted options above all
# others, the defaults for what they bring into sight, then off with what was not wanted.
make allnoconfig HOSTCC=gcc
cat "$RECIPE_INPUT" .config >.config.wanted
mv .config.wanted .config
oldconfig
awk 'NR == FNR { wanted[$0]; next }
	/=y$/ && !($0 in wanted) { sub(/=y$/, ""); print "# " $0 " is not set"; next }
	{ print }' "$RECIPE_INPUT" .config >.config.wanted
mv .config.wanted .config
oldconfig

# A name that this version does not know, or whose needs are off, was dropped without a word.
grep '^CONFIG_' "$RECIPE_INPUT" | sort >wanted
sort .config | comm -23 wanted - >dropped
if [ -s dropped ]; then
	sed 's/^/busybox.config: not taken: /' dropped >&2
	exit 1
fi
mk busybox CC="$CC" HOSTCC=gcc CONFIG_EXTRA_CFLAGS="$CFLAGS" SKIP_STRIP=y
keep_tool busybox
make -s busybox.links CC="$CC" HOSTCC=gcc
cp busybox.links "$OUT/"
