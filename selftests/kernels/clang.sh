#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# clang.sh DIR: Debian has no kernel that was built by clang.  So this script configures
# sid's sources for clang in DIR, builds the module for them without LLVM=, and writes the
# kernel's release and the compiler's version to DIR/built.  The kernel itself is not
# built, so modpost knows no symbols and warns; no other warning is allowed.
set -e

dir=$1
here=$(cd "$(dirname "$0")" && pwd)
root=$dir/root
source=/usr/src/linux
log=$dir/module.log

EXTRA_TOOLS="clang lld llvm libc6-dev libelf-dev flex bison bc linux-source" \
	"$here/suite.sh" fetch sid "$dir"
if [ ! -e "$root$source/.config" ]; then
	echo "  TAR     the kernel's sources"
	mkdir -p "$root$source"
	tar -x -C "$root$source" --strip-components=1 -f "$root"/usr/src/linux-source-*.tar.xz
fi
inside() { "$here/suite.sh" enter "$dir" "$@" >> "$log" 2>&1; }
complain() {
	cat "$log" >&2
	exit 1
}

: > "$log"
echo "  CONFIG  the kernel by clang, and its tools"
inside make -C $source -j"$(nproc)" LLVM=1 defconfig modules_prepare || complain
echo "  KMOD    for that kernel"
rm -rf "$root/build"
mkdir "$root/build"
cp -p "$here"/../../kmod/*.[ch] "$here/../../kmod/Kbuild" "$here/../../kmod/Makefile" \
	"$root/build/"
inside make -C /build -j"$(nproc)" KDIR=$source W=1 V=1 KBUILD_MODPOST_WARN=1 || complain
! grep 'warning: ' "$log" > "$dir/warnings" || complain
{
	sed -n 's/^.*UTS_RELEASE "\(.*\)"/\1/p' "$root$source/include/generated/utsrelease.h" |
		tr '\n' ' '
	sed -n 's/^CONFIG_CC_VERSION_TEXT=".*\(clang\) version \([0-9.]*\).*/\1 \2/p' \
		"$root$source/.config"
} > "$dir/built"
