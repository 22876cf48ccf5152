#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# module.sh KERNELDIR HEADERS BUILD: builds kmod/ for the kernel that deps/ has
# unpacked, in BUILD, for kbuild writes beside its sources, and installs it below
# KERNELDIR.  Without headers the guests do without.
set -e

kernel=$1 headers=$2 build=$3
[ -e "$kernel/vmlinuz" ] || exit 0
[ -e "$headers/build/Makefile" ] || {
	echo "  KMOD    none: no headers for the guests' kernel (make deps)"
	exit 0
}
release=$(basename "$kernel"/lib/modules/*)
ko=$kernel/lib/modules/$release/updates/vbench.ko
[ ! -e "$ko" ] || [ -n "$(find kmod -newer "$ko")" ] || exit 0

echo "  KMOD    vbench.ko for $release"
rm -rf "$build"
mkdir -p "$build"
sources=$(cd kmod && echo *.[ch] Kbuild Makefile will-load)

# build_in SOURCES HEADERS: the module goes below SOURCES/root.
build_in() {
	# shellcheck disable=SC2086
	(cd kmod && cp -p $sources "$1/") &&
		make -s -C "$1" install KDIR="$2/build" INSTALL_MOD_PATH="$1/root"
}

# kbuild refuses every path with a blank (top Makefile of the kernel: "source
# directory cannot contain spaces or colons").
build_elsewhere() {
	case $TMPDIR in
	*[[:blank:]:]*) TMPDIR=/tmp ;;
	esac
	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 130' INT TERM
	mkdir "$tmp/kmod" && cp -R "$headers" "$tmp/headers" &&
		build_in "$tmp/kmod" "$tmp/headers" && cp -R "$tmp/kmod/root" "$build/"
}

build_module() {
	case $PWD in
	*[[:blank:]:]*) build_elsewhere ;;
	*) build_in "$PWD/$build" "$PWD/$headers" ;;
	esac
}

build_module > "$build/log" 2>&1 || {
	cat "$build/log" >&2
	exit 1
}
mkdir -p "${ko%/*}"
cp "$build/root/lib/modules/$release/updates/vbench.ko" "$ko"
PATH=$PATH:/sbin:/usr/sbin depmod -b "$kernel" "$release"
