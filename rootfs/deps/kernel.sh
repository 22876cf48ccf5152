#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# kernel.sh [--optional] PACKAGE[|PACKAGE...] DIR: unpacks the kernel that the first
# PACKAGE known to apt depends on below DIR: vmlinuz, config, lib/modules/VERSION.
# It is never installed: that would change what this machine boots.
. "${0%/*}/lib.sh"

optional=
[ "$1" != --optional ] || { optional=yes; shift; }
packages=$1 dir=$2
trap 'rm -rf "$dir.new"; give_back build' EXIT
trap 'exit 130' INT TERM

# Guests have no devices that these drivers are for: nearly half of a generic
# kernel's size.
unpack() {
	dpkg --fsys-tarfile "$1" | tar -x -C "$2" \
		--exclude='*/kernel/sound' \
		--exclude='*/drivers/gpu' --exclude='*/drivers/media' \
		--exclude='*/drivers/infiniband' --exclude='*/drivers/iio' \
		--exclude='*/drivers/net/wireless' --exclude='*/drivers/hwmon' \
		--exclude='*/drivers/staging' --exclude='*/drivers/comedi'
}

# first_of DESTINATION FILE...: moves the first that exists there.
first_of() {
	destination=$1
	shift
	for file in "$@"; do
		[ -e "$file" ] || continue
		[ "$file" = "$destination" ] || mv "$file" "$destination"
		return
	done
	echo "the packages of $packages contain no ${destination##*/}" >&2
	return 1
}

# Each release has its own places for the same files.
arrange() {
	[ ! -d "$1/usr/lib/modules" ] || {
		mkdir -p "$1/lib"
		mv "$1/usr/lib/modules" "$1/lib/"
	}
	version=$(basename "$1"/lib/modules/*)
	first_of "$1/vmlinuz" "$1/boot/vmlinuz-$version" \
		"$1/lib/modules/$version/vmlinuz" &&
		first_of "$1/config" "$1/boot/config-$version" \
			"$1/lib/modules/$version/config" &&
		depmod -b "$1" "$version"
}

fetch() {
	update_for "$packages"
	meta=$(choose_package "$packages")
	names=$(closure '^linux-(image|binary|modules|modules-extra|base)-.*[0-9]\.[0-9]' \
		"$meta" | tr ' ' '\n' | grep -E '[0-9]\.[0-9]+\.[0-9]') || {
		echo "apt knows no kernel package $(echo "$packages" | sed 's/|/ or /g'):" \
			"apt-get update (as root), or name a kernel of your own with" \
			"KERNEL= in SETTINGS" >&2
		return 1
	}
	rm -rf "$dir.new"
	mkdir -p "$dir.new/deb"
	# shellcheck disable=SC2086
	(cd "$dir.new/deb" && download $names) || return
	for deb in "$dir.new"/deb/*.deb; do
		unpack "$deb" "$dir.new" || return
	done
	arrange "$dir.new" || return
	echo "  KERNEL  Linux $version"
	rm -rf "$dir.new/deb" "$dir.new/boot" "$dir.new/usr" "$dir"
	mv "$dir.new" "$dir"
}

[ ! -e "$dir/vmlinuz" ] || exit 0
fetch && exit
[ -n "$optional" ] || exit 1
echo "  the tests that need it are skipped" >&2 || :
