#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# suite.sh fetch SUITE DIR [FLAVOUR...]: unpacks a Debian suite's newest kernels below
# DIR, and a root with their headers and the tools that these headers need.
#	DIR/FLAVOUR	a kernel, in the layout of rootfs/deps/kernel.sh
#	DIR/root	compiler, make and headers of the suite, and EXTRA_TOOLS
# suite.sh fetch-root SUITE DIR [FLAVOUR...]: only the root.
# suite.sh enter DIR COMMAND...: executes COMMAND in DIR/root.
#
# The exit status is 3 if the mirror has no such suite.
#
# Nothing is installed: apt has its own state below DIR and no dpkg that it could
# call, and the packages are unpacked, not configured.  The suite's metapackages name its
# newest kernels.
set -e

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
tools="base-files dash bash coreutils diffutils findutils grep sed mawk tar make
binutils kmod perl xz-utils"

die() {
	echo "suite.sh: $*" >&2
	exit 1
}

# Backports need the suite that they belong to, and Debian's stable and older suites have
# their newest kernels in their security suites.
sources() {
	# shellcheck disable=SC2016
	mirror=$(LC_ALL=C apt-get indextargets --format '$(REPO_URI)' \
		"Origin: Debian" 2> /dev/null | grep '/debian/$' | head -n 1)
	mirror=${mirror:-http://deb.debian.org/debian/}
	echo "deb [signed-by=$keyring] $mirror $1 main"
	case $1 in
	*-backports) echo "deb [signed-by=$keyring] $mirror ${1%-backports} main" ;;
	stable | bullseye)
		echo "deb [signed-by=$keyring] ${mirror%/}-security $1-security main" ;;
	esac
}

# apt knows only this suite, believes that nothing is installed, and could not install
# anything, because it has no dpkg.  A mirror that is older than the suite's Valid-Until
# is good enough here; signatures are checked in any case.
prepare_apt() {
	suite=$1 apt=$2/apt
	[ -e "$keyring" ] || die "no $keyring: install debian-archive-keyring"
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
	: > "$apt/status"
	sources "$suite" > "$apt/sources.list"
	cat > "$apt/apt.conf" << END
Dir::State "$apt";
Dir::State::status "$apt/status";
Dir::State::Lists "$apt/lists";
Dir::Cache "$apt/cache";
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Bin::dpkg "/bin/false";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Get::Download-Only "true";
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
END
	case $suite in
	*-backports) echo "APT::Default-Release \"$suite\";" >> "$apt/apt.conf" ;;
	esac
	export APT_CONFIG="$apt/apt.conf" LC_ALL=C
	apt-get -qq update 2> "$apt/errors" && return
	cat "$apt/errors" >&2
	! grep -q 'does not have a Release file' "$apt/errors" || exit 3
	exit 1
}

# newest FLAVOUR: prints its newest kernel's release: 7.2.13+deb14-cloud-amd64.
newest() {
	apt-cache depends "linux-image-$1" 2> /dev/null |
		sed -n 's/^ *Depends: linux-image-\([0-9]\)/\1/p' | head -n 1
}

is_known() {
	apt-cache show "$1" 2> /dev/null | grep -q '^Package:'
}

# download_kernel RELEASE: downloads its packages, one to four, to the current folder.
download_kernel() {
	for part in linux-image linux-binary linux-modules linux-base; do
		! is_known "$part-$1" || echo "$part-$1"
	done > packages
	# shellcheck disable=SC2046
	apt-get -qq download $(cat packages)
}

# Leaves out drivers of devices that no virtual machine has, as rootfs/deps/kernel.sh
# does.
unpack_kernel() {
	for deb in "$1"/*.deb; do
		dpkg --fsys-tarfile "$deb" | tar -x -C "$2" \
			--exclude='*/kernel/sound' --exclude='*/drivers/gpu' \
			--exclude='*/drivers/media' --exclude='*/drivers/infiniband' \
			--exclude='*/drivers/iio' --exclude='*/net/wireless' \
			--exclude='*/drivers/hwmon' --exclude='*/drivers/staging'
	done
}

# The kernel is /boot/vmlinuz-RELEASE or /usr/lib/modules/RELEASE/vmlinuz.
lay_out_kernel() {
	new=$1 release=$2
	if [ -d "$new/usr/lib/modules" ]; then
		mkdir -p "$new/lib"
		mv "$new/usr/lib/modules" "$new/lib/modules"
	fi
	for f in vmlinuz config; do
		for at in "$new/boot/$f-$release" "$new/lib/modules/$release/$f"; do
			[ ! -f "$at" ] || mv "$at" "$new/$f"
		done
	done
	rm -rf "${new:?}/usr" "${new:?}/boot" "${new:?}/etc"
	PATH=$PATH:/sbin:/usr/sbin depmod -b "$new" "$release"
}

# fetch_kernel DIR FLAVOUR
fetch_kernel() {
	release=$(newest "$2")
	[ -n "$release" ] || die "$suite has no linux-image-$2"
	[ ! -d "$1/$2/lib/modules/$release" ] || return 0
	echo "  KERNEL  $release ($suite)"
	rm -rf "${1:?}/$2" "${1:?}/$2.new"
	mkdir -p "$1/$2.new" "$1/deb"
	(cd "$1/deb" && download_kernel "$release")
	unpack_kernel "$1/deb" "$1/$2.new"
	rm -rf "$1/deb"
	lay_out_kernel "$1/$2.new" "$release"
	mv "$1/$2.new" "$1/$2"
}

header_packages() {
	for flavour; do
		echo "linux-headers-$(newest "$flavour")"
	done
}

# fetch_root DIR FLAVOUR...: makes the root again if a kernel is newer.
fetch_root() {
	dir=$1
	shift
	wanted="$tools $EXTRA_TOOLS $(header_packages "$@" | tr '\n' ' ')"
	[ "$wanted" != "$(cat "$dir/root/.packages" 2> /dev/null)" ] || return 0
	echo "  ROOT    $suite"
	rm -rf "$dir/root" "$dir/root.new"
	mkdir -p "$dir/root.new"
	# shellcheck disable=SC2086
	apt-get -qq install -y --download-only $wanted
	for deb in "$dir"/apt/cache/archives/*.deb; do
		dpkg --fsys-tarfile "$deb" | tar -x -C "$dir/root.new" --keep-directory-symlink
	done
	rm -f "$dir"/apt/cache/archives/*.deb
	# The package's configuration would have made this link.
	ln -s mawk "$dir/root.new/usr/bin/awk"
	echo "$wanted" > "$dir/root.new/.packages"
	mv "$dir/root.new" "$dir/root"
}

# fetch root|kernels SUITE DIR FLAVOUR...
fetch() {
	wants=$1 suite=$2
	mkdir -p "$3"
	dir=$(cd "$3" && pwd)
	shift 3
	prepare_apt "$suite" "$dir"
	fetch_root "$dir" "$@"
	[ "$wants" = kernels ] || return 0
	for f; do
		fetch_kernel "$dir" "$f"
	done
}

# enter DIR COMMAND...: uses a new mount namespace, so nothing stays mounted.
enter() {
	root=$(cd "$1/root" && pwd)
	shift
	user=
	[ "$(id -u)" -eq 0 ] || user=-r
	# The caller's TMPDIR and locale may be missing in the root.
	# shellcheck disable=SC2016
	exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C \
		unshare $user -m sh -c 'mount --rbind /dev "$0/dev" &&
		mount --rbind /proc "$0/proc" && exec chroot "$0" "$@"' "$root" "$@"
}

case $1 in
fetch) shift; fetch kernels "$@" ;;
fetch-root) shift; fetch root "$@" ;;
enter) shift; enter "$@" ;;
*) sed -n '3,9s/^# //p' "$0" >&2; exit 2 ;;
esac
