#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# headers.sh KERNELDIR|METAPACKAGE DIR: unpacks the headers of the kernel in KERNELDIR,
# or those that METAPACKAGE depends on, below DIR; DIR/build is what modules are built
# with.  They are not installed: those of newer kernels pull in the kernel itself.
. "${0%/*}/lib.sh"

of=$1 dir=$2
trap 'rm -rf "$dir.new"; give_back build' EXIT
trap 'exit 130' INT TERM

release_of() {
	if [ -d "$1" ]; then
		basename "$1"/lib/modules/*
	else
		closure '^linux-headers-[0-9]' "$1" | tr ' ' '\n' |
			sed -n 's/^linux-headers-\([0-9]*\.[0-9]*\.[0-9].*\)/\1/p' | head -n 1
	fi
}

# The headers' own Makefile asks for the compiler that built the kernel.
install_compiler() {
	compiler=$(closure '^linux-compiler-gcc-|^gcc-[0-9]+(-for-host)?$' \
		"linux-headers-$release" | tr ' ' '\n' |
		sed -n 's/^\(linux-compiler-\)\{0,1\}\(gcc-[0-9]*\).*/\2/p' | head -n 1)
	[ -z "$compiler" ] || command -v "$compiler" > /dev/null ||
		"${0%/*}/packages.sh" only "$compiler"
}

fetch() {
	rm -rf "$dir.new"
	mkdir -p "$dir.new/deb"
	# shellcheck disable=SC2046
	(cd "$dir.new/deb" && download \
		$(closure '^linux-(headers|kbuild)-.*[0-9]\.[0-9]' "linux-headers-$release")) ||
		return
	for deb in "$dir.new"/deb/*.deb; do
		dpkg -x "$deb" "$dir.new" || return
	done
	# The Makefile includes another by its place in an installed system.
	sed -i 's,^include /usr/src/,include ../,' \
		"$dir.new/usr/src/linux-headers-$release/Makefile" || return
	ln -s "usr/src/linux-headers-$release" "$dir.new/build"
	: > "$dir.new/build/.for-$release"
	echo "  HEADERS Linux $release"
	rm -rf "$dir.new/deb" "$dir"
	mv "$dir.new" "$dir"
}

release=$(release_of "$of")
[ -n "$release" ] && [ -e "$dir/build/.for-$release" ] && exit
[ -n "$release" ] && install_compiler && fetch || {
	echo "no headers of Linux ${release:-of package $of}: no module can be built for" \
		"it, and its guests skip the benchmarks of group kernel" >&2 || :
}
