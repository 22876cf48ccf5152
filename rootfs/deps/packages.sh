#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# packages.sh run: installs the packages that the build and the guests need.
# packages.sh check: installs what the tests need in addition.
# packages.sh only PACKAGE...: installs these.
# A|B names one package of several releases.
. "${0%/*}/lib.sh"

run="gcc libc6-dev make pkg-config libjansson-dev libkmod-dev
e2fsprogs iproute2 kmod qemu-system-x86 xz-utils zstd"
# Without these vbench works, but cannot attribute exits.
trace="clang bpftool|linux-tools-common libbpf-dev libdw-dev"
# Without one of these its tests are skipped, or fail and name it.
check="perl gcc-multilib libcmocka-dev sparse shellcheck cppcheck pahole|dwarves
libc6-dev-arm64-cross linux-perf|linux-tools-generic"

is_installed() {
	dpkg-query -W -f '${Status}\n' "$1" 2> /dev/null |
		grep -q '^install ok installed'
}

any_is_installed() {
	for alternative in $(echo "$1" | tr '|' ' '); do
		! is_installed "$alternative" || return 0
	done
	return 1
}

# missing ENTRY...
missing() {
	for entry in "$@"; do
		any_is_installed "$entry" || echo "$entry"
	done
}

# available ENTRY...: prints their names here; what apt lacks goes to stderr.
available() {
	for entry in "$@"; do
		name=$(choose_package "$entry")
		if apt_knows "$name"; then
			echo "$name"
		else
			echo "apt knows no package $(echo "$entry" | sed 's/|/ or /g')" >&2
		fi
	done
}

# APT_CONFIG= may point apt at another release's lists.  To install from these
# would upgrade this machine's own libc to that release's.
install() {
	[ -z "$APT_CONFIG" ] || {
		echo "$* would be installed from the lists of APT_CONFIG=$APT_CONFIG:" \
			"install them yourself if that is wanted" >&2
		return 1
	}
	export DEBIAN_FRONTEND=noninteractive
	log=$(mktemp)
	if ! apt-get -qq install -y --no-install-recommends "$@" > "$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}

# ensure ENTRY...: fails where one cannot be had.
ensure() {
	# shellcheck disable=SC2046
	set -- $(missing "$@")
	[ $# -gt 0 ] || return 0
	for entry in "$@"; do
		update_for "$entry"
	done
	names=$(available "$@" | tr '\n' ' ')
	if [ "$(id -u)" -ne 0 ]; then
		echo "these packages are missing; as root: apt-get install $names" >&2
		return 1
	fi
	echo "  APT     $names"
	# shellcheck disable=SC2086
	[ -z "$names" ] || install $names || return
	# shellcheck disable=SC2046
	[ $(echo "$names" | wc -w) -eq $# ]
}

# The lists are split into words.
# shellcheck disable=SC2086
case $1 in
run)
	ensure $run
	ensure $trace || echo "vbench is built without --trace" >&2 || :
	;;
check) ensure $check || echo "the tests that need them are skipped or fail" >&2 || : ;;
only)
	shift
	ensure "$@"
	;;
*)
	echo "usage: packages.sh run | check | only PACKAGE..." >&2
	exit 2
	;;
esac
