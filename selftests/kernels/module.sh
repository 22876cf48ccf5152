#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# module.sh DIR FLAVOUR [RELEASE]: builds the module with the suite's compiler, without a
# warning, for the kernel that suite.sh has unpacked in DIR/FLAVOUR, and installs it
# there.  With RELEASE, it builds for the headers of that release, and installs nothing.
set -e

dir=$1 flavour=$2
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
release=${3:-$(basename "$dir/$flavour"/lib/modules/*)}
build=$dir/root/build/$flavour
log=$dir/module-$flavour.log

rm -rf "$build"
mkdir -p "$build"
cp -p "$top"/kmod/*.[ch] "$top/kmod/Kbuild" "$top/kmod/Makefile" "$build/"
"$here/suite.sh" enter "$dir" make -C "/build/$flavour" -j"$(nproc)" W=1 V=1 \
	KDIR="/usr/src/linux-headers-$release" > "$log" 2>&1 || {
	cat "$log" >&2
	exit 1
}
if grep -E 'warning: |error: ' "$log" >&2; then
	exit 1
fi
[ -z "$3" ] || exit 0
modules=$dir/$flavour/lib/modules/$release
mkdir -p "$modules/updates"
cp "$build/vbench.ko" "$modules/updates/"
PATH=$PATH:/sbin:/usr/sbin depmod -b "$dir/$flavour" "$release"
