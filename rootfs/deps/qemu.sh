#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# qemu.sh DIR: makes the QEMU of emulated hosts below DIR.  It is built from Debian's
# source, with emulated SVM mended; where that cannot be, it is Debian's own newer
# one, or else there is none and the installed one is used.
. "${0%/*}/lib.sh"
. "${0%/*}/suites.sh"

trap 'give_back build' EXIT
trap 'exit 130' INT TERM

dir=$1

# Below 7.2 (Debian 12) emulated hosts hang or die far more often than below 10.0.
NEWER_QEMU=1:10.0

is_mended() {
	[ "$(cat "$dir/stamp" 2> /dev/null)" = "$("${0%/*}/qemu-build.sh" stamp)" ] &&
		"$dir/qemu" --version > /dev/null 2>&1
}

newer_qemu_is_missing() {
	installed=$(dpkg-query -W -f '${Version}' qemu-system-x86 2> /dev/null)
	dpkg --compare-versions "$installed" lt "$NEWER_QEMU"
}

# In the current folder.
download_qemu() {
	suite_lists "$(own_suite)-backports" &&
		suite_apt get -qq download qemu-system-x86 qemu-system-data seabios 2> err
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
	rm -rf "$dir.new"
	newer_qemu_is_missing || return 0
	mkdir -p "$dir.new/deb"
	if (cd "$dir.new/deb" && download_qemu) &&
		unpack_qemu "$dir.new/deb" "$dir.new" &&
		"$dir.new/qemu" --version > "$dir.new/deb/version" 2> "$dir.new/deb/err"; then
		echo "  QEMU    $(sed -n '1s/.*(\(.*\)).*/\1/p' "$dir.new/deb/version")"
		rm -rf "$dir.new/deb" "$dir"
		mv "$dir.new" "$dir"
		return
	fi
	cat "$dir.new/deb/err" >&2 || :
	rm -rf "$dir.new"
	echo "no newer QEMU: emulated hosts use the installed one ($installed)" >&2 || :
}

! is_mended || exit 0
! "${0%/*}/qemu-build.sh" "$dir" || exit 0
if [ -e "$dir/stamp" ] && "$dir/qemu" --version > /dev/null 2>&1; then
	echo "QEMU cannot be built again: the one built before is kept in $dir" >&2 || :
	exit 0
fi
echo "QEMU cannot be built: guests of emulated hosts hang or die now and then" \
	"(Documentation/emulated-host.rst)" >&2 || :
! "$dir/qemu" --version > /dev/null 2>&1 || exit 0
fetch_qemu
