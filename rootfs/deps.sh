#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# deps.sh packages [PACKAGE...]: installs what the build, the guests and the tests
# need, and these.
# deps.sh kernel PACKAGE DIR: unpacks PACKAGE's kernel below DIR.  It is never
# installed: that would change what this machine boots.
# deps.sh optional-kernel PACKAGE DIR: likewise, but it may be missing.
# deps.sh headers KERNELDIR|METAPACKAGE DIR: unpacks the headers of the kernel in
# KERNELDIR, or those that METAPACKAGE depends on, below DIR; DIR/build is what
# modules are built with.  Not installed either: those of newer kernels pull in
# the kernel itself.
# deps.sh qemu DIR: where the installed QEMU's emulated SVM is not to be relied on,
# unpacks the one of this Debian's backports below DIR, for emulated hosts.
set -e

packages="gcc gcc-multilib libc6-dev make pkg-config libsmartcols-dev libjansson-dev
libkmod-dev libcmocka-dev e2fsprogs iproute2 kmod qemu-system-x86 xz-utils
zstd perl shellcheck cppcheck
gcc-12 sparse pahole libc6-dev-arm64-cross
clang bpftool libbpf-dev libdw-dev linux-perf"

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

# Drivers of what no virtual machine has: nearly half of a generic kernel's.
unpack() {
	dpkg --fsys-tarfile "$1" | tar -x -C "$2" \
		--exclude='*/kernel/sound' \
		--exclude='*/drivers/gpu' --exclude='*/drivers/media' \
		--exclude='*/drivers/infiniband' --exclude='*/drivers/iio' \
		--exclude='*/drivers/net/wireless' --exclude='*/drivers/hwmon' \
		--exclude='*/drivers/staging' --exclude='*/drivers/comedi'
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
	unpack "$dir.new"/deb/*.deb "$dir.new"
	version=$(basename "$dir.new"/lib/modules/*)
	mv "$dir.new/boot/vmlinuz-$version" "$dir.new/vmlinuz"
	mv "$dir.new/boot/config-$version" "$dir.new/config"
	depmod -b "$dir.new" "$version"
	rm -rf "$dir.new/deb" "$dir.new/boot" "$dir.new/usr" "$dir.new/err"
	rm -rf "$dir"
	mv "$dir.new" "$dir"
}

# The packages that linux-headers-RELEASE is split into.
header_packages() {
	echo "linux-headers-$1"
	apt-cache depends "linux-headers-$1" 2> /dev/null |
		awk '/Depends: linux-(headers|kbuild)-/ { print $2 }'
}

# Whose headers: of a folder with a kernel, else of a metapackage.
header_release() {
	if [ -d "$1" ]; then
		basename "$1"/lib/modules/*
	else
		apt-cache depends "$1" 2> /dev/null |
			sed -n 's/.*Depends: linux-headers-//p'
	fi
}

fetch_headers() {
	release=$(header_release "$1") dir=$2
	[ ! -e "$dir/build/.for-$release" ] || return 0
	echo "  HEADERS linux-headers-$release"
	rm -rf "$dir.new"
	mkdir -p "$dir.new/deb"
	# shellcheck disable=SC2046
	(cd "$dir.new/deb" && apt-get -qq download \
		$(header_packages "$release") 2> ../err) || {
		cat "$dir.new/err" >&2
		echo "no headers of Linux $release: no module can be built for it," \
			"and its guests skip the benchmarks of group kernel" >&2
		rm -rf "$dir.new"
		return 0
	}
	for deb in "$dir.new"/deb/*.deb; do
		dpkg -x "$deb" "$dir.new"
	done
	# What it includes is named by its place on a machine that has installed it.
	sed -i 's,^include /usr/src/,include ../,' \
		"$dir.new/usr/src/linux-headers-$release/Makefile"
	ln -s "usr/src/linux-headers-$release" "$dir.new/build"
	: > "$dir.new/build/.for-$release"
	rm -rf "$dir.new/deb" "$dir.new/err" "$dir"
	mv "$dir.new" "$dir"
}

# Of 7.2 (Debian 12) it is known that emulated hosts hang or die: kernels stay in
# KVM_RUN for minutes, or fault with a guest's GS between VMRUN and VMLOAD.  Of
# 10.0 they seldom do.
GOOD_QEMU=1:10.0

newer_qemu_is_missing() {
	installed=$(dpkg-query -W -f '${Version}' qemu-system-x86 2> /dev/null)
	dpkg --compare-versions "$installed" lt "$GOOD_QEMU"
}

# apt with backports alone, and with lists of its own: what this machine's apt
# knows stays as it is.  Packages are authenticated as ever.
backports() {
	apt-get -qq -o "Dir::Etc::SourceList=$PWD/sources.list" \
		-o Dir::Etc::SourceParts=/dev/null \
		-o "Dir::State::Lists=$PWD/lists" \
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= "$@"
}

# In the current folder.
download_qemu() {
	. /etc/os-release
	# shellcheck disable=SC2016
	mirror=$(apt-get indextargets --format '$(REPO_URI)' "Origin: Debian" \
		"Codename: $VERSION_CODENAME" | head -n 1)
	mirror=${mirror:-http://deb.debian.org/debian}
	mkdir -p lists/partial
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
		"$mirror $VERSION_CODENAME-backports main" > sources.list
	backports update 2> err &&
		backports download qemu-system-x86 qemu-system-data seabios 2> err
}

# The emulator of x86-64 alone, and of its firmware what an emulated host uses.
unpack_qemu() {
	for deb in "$1"/*.deb; do
		dpkg --fsys-tarfile "$deb" | tar -x -C "$2" --wildcards \
			'./usr/bin/qemu-system-x86_64' \
			'./usr/share/seabios/bios-256k.bin' \
			'./usr/share/qemu/linuxboot*.bin' \
			'./usr/share/qemu/kvmvapic.bin' 2> /dev/null || :
	done
	cat > "$2/qemu" << 'END'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec "$here/usr/bin/qemu-system-x86_64" -L "$here/usr/share/qemu" \
	-L "$here/usr/share/seabios" "$@"
END
	chmod 755 "$2/qemu"
}

# Its libraries are those of the installed one; if not, it does not start.
fetch_qemu() {
	dir=$1
	if ! newer_qemu_is_missing; then
		rm -rf "$dir"
		return
	fi
	! "$dir/qemu" --version > /dev/null 2>&1 || return 0
	rm -rf "$dir.new" "$dir"
	mkdir -p "$dir.new/deb"
	if (cd "$dir.new/deb" && download_qemu) &&
		unpack_qemu "$dir.new/deb" "$dir.new" &&
		"$dir.new/qemu" --version > "$dir.new/deb/version" 2> "$dir.new/deb/err"; then
		echo "  QEMU    $(sed -n '1s/.*(\(.*\)).*/\1/p' "$dir.new/deb/version")"
		rm -rf "$dir.new/deb" "$dir"
		mv "$dir.new" "$dir"
		return
	fi
	cat "$dir.new/deb/err" >&2
	rm -rf "$dir.new"
	echo "no newer QEMU: emulated hosts use the installed one ($installed)," \
		"below which they were seen to hang now and then" >&2
}

case $1 in
packages)
	shift
	packages="$packages $*"
	install_packages
	;;
kernel) fetch_kernel "$2" "$3" ;;
optional-kernel)
	"$0" kernel "$2" "$3" || echo "  the tests that want it are skipped" >&2 ;;
headers) fetch_headers "$2" "$3" ;;
qemu) fetch_qemu "$2" ;;
*) echo "usage: deps.sh packages [PACKAGE...] | [optional-]kernel PACKAGE DIR |" \
		"headers KERNELDIR|METAPACKAGE DIR | qemu DIR" >&2
	exit 2 ;;
esac
