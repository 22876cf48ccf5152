#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# qemu.sh DIR: where the installed QEMU's emulated SVM is not reliable, unpacks the one
# of this Debian's backports below DIR, for emulated hosts.
. "${0%/*}/lib.sh"

trap 'give_back build' EXIT
trap 'exit 130' INT TERM

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

fetch_qemu "$1"
