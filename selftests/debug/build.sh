#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# build.sh DIR: a debug kernel from Debian's sources, and the module for it:
# DIR/vmlinuz, DIR/lib/modules/VERSION.  Half an hour on two CPUs, 3 GB.
# Under sudo, the user who called it compiles.
dir=$1
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
. "$top/rootfs/deps/lib.sh"
trap 'give_back build' EXIT
trap 'exit 130' INT TERM
package=linux-source-6.1
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
source=$dir/usr/src/$package

"$top/rootfs/deps/packages.sh" only bc flex bison libelf-dev libssl-dev
if [ ! -e "$source/Makefile" ]; then
	echo "  SOURCE  $package"
	(cd "$dir" && apt-get -qq download $package && dpkg -x $package*.deb . &&
		rm $package*.deb && cd usr/src && tar xf $package.tar.xz &&
		rm $package.tar.xz)
fi
give_back "$dir"
echo "  BUILD   debug kernel (log: $dir/log)"
(cd "$source" &&
	as_owner make KCONFIG_ALLCONFIG="$here/config" allnoconfig &&
	as_owner make -j"$(nproc)" bzImage modules) > "$dir/log" 2>&1 ||
	{ tail -n 30 "$dir/log" >&2; exit 1; }
as_owner cp "$source/arch/x86/boot/bzImage" "$dir/vmlinuz"

echo "  KMOD    vbench.ko for it"
rm -rf "$dir/kmod" && as_owner cp -R "$top/kmod" "$dir/kmod"
as_owner make -s -C "$dir/kmod" clean
as_owner make -s -C "$dir/kmod" install KDIR="$source" INSTALL_MOD_PATH="$dir" >> "$dir/log" 2>&1 ||
	{ tail -n 30 "$dir/log" >&2; exit 1; }
