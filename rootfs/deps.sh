#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# deps.sh packages: installs what the build, the guests and the tests need.
# deps.sh kernel PACKAGE DIR: unpacks PACKAGE's kernel below DIR.  It is never
# installed: that would change what this machine boots.
set -e

packages="gcc gcc-multilib libc6-dev make pkg-config libsmartcols-dev libjansson-dev
libkmod-dev libcmocka-dev e2fsprogs iproute2 kmod qemu-system-x86 xz-utils
zstd perl shellcheck cppcheck"

PATH=$PATH:/sbin:/usr/sbin

missing_packages() {
	for p in $packages; do
		dpkg-query -W -f '${Status}\n' "$p" 2> /dev/null |
			grep -q '^install ok installed' || echo "$p"
	done
}

install_packages() {
	missing=$(missing_packages | tr '\n' ' ')
	[ -n "$missing" ] || return 0
	echo "  APT     $missing"
	if [ "$(id -u)" -ne 0 ]; then
		echo "these packages are missing; as root:" \
			"apt-get install $missing" >&2
		exit 1
	fi
	export DEBIAN_FRONTEND=noninteractive
	log=$(mktemp)
	# shellcheck disable=SC2086
	if ! { apt-get -qq update && apt-get -qq install -y \
		--no-install-recommends $missing; } > "$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		exit 1
	fi
	rm -f "$log"
}

# The package that the metapackage depends on: linux-image-VERSION-cloud-amd64.
real_package() {
	apt-cache depends "$1" 2> /dev/null |
		awk '/Depends: linux-image-/ { print $2; exit }'
}

fetch_kernel() {
	meta=$1 dir=$2
	[ ! -e "$dir/vmlinuz" ] || return 0
	package=$(real_package "$meta")
	if [ -z "$package" ] && [ "$(id -u)" -eq 0 ]; then
		apt-get -qq update
		package=$(real_package "$meta")
	fi
	[ -n "$package" ] || {
		echo "apt knows no package $meta: apt-get update (as root)," \
			"or name a kernel of your own with KERNEL= in SETTINGS" >&2
		exit 1
	}
	echo "  KERNEL  $package"
	rm -rf "$dir.new"
	mkdir -p "$dir.new/deb"
	# apt's own user cannot write here; it says so and goes on as root.
	(cd "$dir.new/deb" && apt-get -qq download "$package" 2> ../err) || {
		cat "$dir.new/err" >&2
		exit 1
	}
	dpkg -x "$dir.new"/deb/*.deb "$dir.new"
	version=$(basename "$dir.new"/lib/modules/*)
	mv "$dir.new/boot/vmlinuz-$version" "$dir.new/vmlinuz"
	mv "$dir.new/boot/config-$version" "$dir.new/config"
	depmod -b "$dir.new" "$version"
	rm -rf "$dir.new/deb" "$dir.new/boot" "$dir.new/usr" "$dir.new/err"
	rm -rf "$dir"
	mv "$dir.new" "$dir"
}

case $1 in
packages) install_packages ;;
kernel) fetch_kernel "$2" "$3" ;;
*) echo "usage: deps.sh packages | kernel PACKAGE DIR" >&2; exit 2 ;;
esac
