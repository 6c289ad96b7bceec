# shellcheck shell=sh
# The profile's reader. Debian's source package has no generated configure.
number() { sed -n "s/^m4_define(\[YAML_$1\], \([0-9]*\))\$/\1/p" configure.ac; }
major=$(number MAJOR) minor=$(number MINOR) patch=$(number PATCH)
version=$major.$minor.$patch

mkdir -p "$OUT/lib/pkgconfig" "$OUT/include"
for file in src/*.c; do
	# shellcheck disable=SC2086 # flags
	"$CC" $CFLAGS -DYAML_VERSION_STRING="\"$version\"" -DYAML_VERSION_MAJOR="$major" \
		-DYAML_VERSION_MINOR="$minor" -DYAML_VERSION_PATCH="$patch" -Iinclude -c "$file" -o "${file%.c}.o"
done
ar rcsD "$OUT/lib/libyaml.a" src/*.o
cp include/yaml.h "$OUT/include/"
cat >"$OUT/lib/pkgconfig/yaml-0.1.pc" <<EOF
prefix=$OUT
Name: LibYAML
Description: YAML parser and emitter
Version: $version
Libs: -L\${prefix}/lib -lyaml
Cflags: -I\${prefix}/include
EOF
