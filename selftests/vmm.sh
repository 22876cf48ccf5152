#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What the backends ask of QEMU and of the host.  A script stands in for QEMU,
# writes down its arguments and ends, so no guest boots.
. "$(dirname "$0")/lib.sh"

prerequisites() {
	[ "$(id -u)" -eq 0 ] || { echo "not root"; return 1; }
	[ -c /dev/net/tun ] || { echo "no /dev/net/tun"; return 1; }
	[ -e "$top/build/kernel/vmlinuz" ] || { echo "no kernel: make deps"; return 1; }
}
if ! why=$(prerequisites); then
	skip "what the backends ask of QEMU" "$why"
	tests_done
	exit 0
fi
export BOOT_LIMIT=20

cat > "$tmp/qemu" << EOF
#!/bin/sh
printf '%s\n' "\$*" >> "$tmp/args"
echo "this is not QEMU" >&2
exit 1
EOF
chmod 755 "$tmp/qemu"

# in_dev COMMAND: a shell command with a /dev of its own, where /dev/kvm can be
# opened but is no KVM.
in_dev() {
	: > "$tmp/args"
	QEMU=$tmp/qemu timeout 60 unshare -m sh -c 'mkdir "$1/dev" 2> /dev/null
		mount -t tmpfs none "$1/dev" && mkdir "$1/dev/net" && cd "$1/dev" &&
		mknod null c 1 3 && mknod urandom c 1 9 && mknod kvm c 1 3 &&
		mknod net/tun c 10 200 && chmod 666 null && cd / &&
		mount --move "$1/dev" /dev &&
		eval "$2"' sh "$tmp" "$1" > "$tmp/out" 2> "$tmp/err"
}
kvm="'$vbench' kvm --machines=1 micro/pipe"

vhost_missing() {
	in_dev "$kvm"'; ls -l /dev/vhost-net; ls /dev'
	grep -q 'ifname=' "$tmp/args" && ! grep -q vhost= "$tmp/args" &&
		! out_has vhost-net
}
vhost_file() {
	in_dev ': > /dev/vhost-net; '"$kvm"
	grep -q 'ifname=' "$tmp/args" && ! grep -q vhost= "$tmp/args" &&
		err_has '/dev/vhost-net is not a device'
}
vhost_device() {
	in_dev "mknod /dev/vhost-net c 1 3; $kvm"
	grep -q 'ifname=.*,vhost=on' "$tmp/args"
}
kvm_file() {
	in_dev 'rm /dev/kvm; : > /dev/kvm; '"$kvm"
	err_has '/dev/kvm is missing' && [ ! -s "$tmp/args" ]
}

test_that "a missing /dev/vhost-net is not created, and QEMU does without" vhost_missing
test_that "a file /dev/vhost-net: QEMU does without, and it is said" vhost_file
test_that "a device /dev/vhost-net is used" vhost_device
test_that "a file /dev/kvm is no KVM" kvm_file
test_that "nothing is left behind" nothing_left
tests_done
