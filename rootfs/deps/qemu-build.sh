#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# qemu-build.sh DIR: builds the QEMU of an emulated host below DIR: Debian's source
# with the patches of rootfs/qemu/, the emulator of x86-64 alone.
# qemu-build.sh stamp: prints what DIR/stamp says of one that is up to date.
# Under sudo, only its packages are installed as root: the QEMU itself is built by
# the user who called sudo (qemu-build.sh compile FOLDER).
. "${0%/*}/lib.sh"
. "${0%/*}/suites.sh"

patches=$PWD/rootfs/qemu
# The fourth patch fits 10.0.4 to 10.2, between two changes of QEMU's own.
OLDEST=1:10.0.4
packages="gcc libc6-dev make pkg-config dpkg-dev patch python3-venv ninja-build
libglib2.0-dev libattr1-dev libcap-ng-dev libseccomp-dev"

stamp() { cat "$patches"/*.patch "$patches/devices" "$0" | sha256sum | cut -d ' ' -f 1; }

# The source of the newest version in SUITE's lists, if it is new enough.
fetch_from() {
	suite_lists "$1" || return
	version=$(suite_apt cache showsrc --only-source qemu 2> /dev/null |
		sed -n 's/^Version: //p' | sort -V | tail -n 1)
	[ -n "$version" ] && dpkg --compare-versions "$version" ge "$OLDEST" || return
	# apt's own user cannot write here; apt-get says so and continues as root.
	suite_apt get -qq source --download-only "qemu=$version" 2> err
}

# The patches were made for trixie's, 10.0.13.  A mirror may lack files that its lists name.
fetch_source() {
	for suite in trixie "$(own_suite)" "$(own_suite)-backports"; do
		rm -f ./*.dsc ./*.tar.*
		! fetch_from "$suite" || return 0
	done
	echo "no Debian suite has the source of a QEMU from ${OLDEST#*:} on" >> err
	return 1
}

# QEMU wants a newer meson than Debian 12 has; it is Python, and needs no installing.
fetch_meson() {
	suite_apt get -qq download meson 2> err && dpkg -x meson_*.deb meson
}

unpack() {
	dpkg-source --no-check --no-copy -x ./*.dsc source > err 2>&1 &&
		cp "$patches/devices" source/configs/devices/x86_64-softmmu/vbench.mak &&
		for p in "$patches"/*.patch; do
			patch -d source -p 1 -s < "$p" > err 2>&1 || return
		done
}

compile() {
	PYTHONPATH=$PWD/meson/usr/lib/python3/dist-packages
	PATH=$PWD/meson/usr/bin:$PATH
	export PYTHONPATH
	mkdir source/build && cd source/build &&
		../configure --prefix=/usr --target-list=x86_64-softmmu \
			--without-default-features --without-default-devices \
			--with-devices-x86_64=vbench \
			--with-pkgversion="Debian $version, patched for vbench" \
			--disable-download --disable-install-blobs --disable-docs \
			--disable-debug-info --disable-werror --enable-system \
			--enable-tcg --enable-virtfs --enable-attr --enable-cap-ng \
			--enable-seccomp &&
		nice ninja -j "$(nproc)" qemu-system-x86_64 && strip qemu-system-x86_64
}

# The firmware is the installed QEMU's: the source package has none.
collect() {
	mkdir -p "$1/usr/bin" "$1/usr/share/qemu" &&
		cp source/build/qemu-system-x86_64 "$1/usr/bin" &&
		cp /usr/share/seabios/bios-256k.bin /usr/share/qemu/linuxboot*.bin \
			/usr/share/qemu/kvmvapic.bin "$1/usr/share/qemu" || return
	cat > "$1/qemu" << 'END'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec "$here/usr/bin/qemu-system-x86_64" -L "$here/usr/share/qemu" "$@"
END
	chmod 755 "$1/qemu"
}

say_how_long() {
	echo "  QEMU    building $version with the patches of rootfs/qemu:" \
		"about 4 minutes on two idle CPUs"
}

# In the folder of the build.
build() {
	fetch_source && fetch_meson && unpack && say_how_long &&
		(compile) > err 2>&1 && collect "$1" 2> err &&
		"$1/qemu" --version > /dev/null 2> err
}

case $1 in
stamp)
	stamp
	exit
	;;
compile)
	# The caller's may be root's.
	export HOME="$2"
	cd "$2" && build "$2/result"
	exit
	;;
esac

work=$PWD/$1.build dir=$PWD/$1 wanted=$(stamp)
"${0%/*}/packages.sh" only $packages || exit
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
# QEMU's configure refuses such a folder.
case $work in
*[[:blank:]:]*) work=$(TMPDIR=/var/tmp mktemp -d) ;;
*) rm -rf "$work" && mkdir -p "$work" ;;
esac
give_back "$work"
if ! as_owner "$0" compile "$work"; then
	tail -n 20 "$work/err" >&2
	exit 1
fi
echo "$wanted" > "$work/result/stamp"
rm -rf "$dir"
mv "$work/result" "$dir"
