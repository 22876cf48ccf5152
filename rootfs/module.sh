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
mkdir -p "$build"
# Kbuild links every op-*.c there: also one that kmod/ no longer has.
rm -f "$build"/*.[ch]
cp -p kmod/*.[ch] kmod/Kbuild kmod/Makefile kmod/will-load "$build/"
make -s -C "$build" install KDIR="$PWD/$headers/build" \
	INSTALL_MOD_PATH="$PWD/$kernel" > "$build/log" 2>&1 || {
	cat "$build/log" >&2
	exit 1
}
touch "$ko"
