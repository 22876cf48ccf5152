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
# Its own user may be another than root.
chmod 711 "$tmp"

# Ends well where it is only tried, unless it is to know no -sandbox.
cat > "$tmp/qemu" << 'EOF'
#!/bin/sh
case $SANDBOX,$* in
no,*-sandbox*) echo "-sandbox is not supported" >&2; exit 1 ;;
*"-machine none"*) exit 0 ;;
esac
echo "args $*"
# In its working folder, links to a file of root's.
if [ -n "$VICTIM" ]; then
	for f in template.state identity-0 identity-1 kernel monitor.in; do
		ln -sf "$VICTIM" $f || echo "no link $f"
	done
	ln -s "$VICTIM.d" virtbench-root-0
	touch file || echo "no file"
	mv kernel other || echo "no other name"
fi
(exec 3<> /dev/net/tun) && echo "opens tun"
cat /proc/self/status
EOF
chmod 755 "$tmp/qemu"

# in_dev COMMAND: a shell command with a /dev of its own, where /dev/kvm can be
# opened but is no KVM.  QEMU's arguments and rights are in console-0 then.
in_dev() {
	rm -f "$tmp/console-0"
	QEMU=$tmp/qemu LOGFILES=$tmp/console timeout --foreground 60 unshare -m sh -c '
		mkdir "$1/dev" 2> /dev/null
		mount -t tmpfs none "$1/dev" && mkdir "$1/dev/net" && cd "$1/dev" &&
		mknod -m 666 null c 1 3 && mknod -m 666 urandom c 1 9 &&
		mknod -m 660 kvm c 1 3 && chgrp 77 kvm &&
		mknod -m 666 net/tun c 10 200 && cd / && mount --move "$1/dev" /dev &&
		eval "$2"' sh "$tmp" "$1" > "$tmp/out" 2> "$tmp/err"
}
kvm="'$vbench' kvm --machines=1 micro/pipe"
qemu_has() {
	grep -q -e "$1" "$tmp/console-0" && return
	echo "QEMU has not: $1"
	cat "$tmp/console-0" "$tmp/err"
	return 1
}

vhost_missing() {
	in_dev "$kvm"'; ls -l /dev/vhost-net; ls /dev'
	qemu_has 'ifname=' && ! grep -q vhost= "$tmp/console-0" &&
		! out_has vhost-net
}
vhost_file() {
	in_dev ': > /dev/vhost-net; '"$kvm"
	qemu_has 'ifname=' && ! grep -q vhost= "$tmp/console-0" &&
		err_has '/dev/vhost-net is not a device'
}
vhost_device() {
	in_dev "mknod /dev/vhost-net c 1 3; $kvm"
	qemu_has 'ifname=.*,vhost=on'
}
kvm_file() {
	in_dev 'rm /dev/kvm; : > /dev/kvm; '"$kvm"
	err_has '/dev/kvm is missing' && [ ! -e "$tmp/console-0" ]
}
# The rights of a process, in /proc/PID/status.
no_rights() {
	qemu_has '^CapEff:.0*$' && qemu_has '^CapBnd:.0*$' && qemu_has '^CapInh:.0*$' &&
		qemu_has '^NoNewPrivs:.1$'
}
of_sudo() {
	SUDO_UID=65533 SUDO_GID=65532 in_dev "$kvm"
	no_rights && qemu_has '^args.* -sandbox on,.*spawn=deny' &&
		qemu_has '^Uid:.65533.65533.65533.65533$' &&
		qemu_has '^Gid:.65532.65532' && qemu_has '^Groups:.77 *$'
}
of_nobody() {
	SUDO_UID=0 in_dev "$kvm"
	no_rights && qemu_has "^Uid:.$(id -u nobody)"
}
# The template's QEMU plants them, before root makes the machines' files.
planted() {
	echo secret > "$tmp/victim" && chmod 600 "$tmp/victim" && mkdir "$tmp/victim.d"
	VICTIM=$tmp/victim SUDO_UID=65533 SUDO_GID=65532 \
		in_dev "'$vbench' qemu --machines=2 micro/pipe"
	qemu_has '^Uid:.65533' || return
	[ "$(stat -c '%u %g %a' "$tmp/victim") $(cat "$tmp/victim")" = "0 0 600 secret" ] &&
		[ -z "$(ls "$tmp/victim.d")" ] || {
		echo "a file of root's was changed"
		ls -l "$tmp/victim" "$tmp/victim.d"
		return 1
	}
	for f in "link template.state" "link identity-0" "link kernel" file "other name"; do
		grep -qx "no $f" "$tmp/console-template" && continue
		echo "QEMU's user could make: $f"
		return 1
	done
}
# Where only root may open the devices.
of_root() {
	in_dev "chmod 600 /dev/net/tun; $kvm"
	no_rights && qemu_has '^Uid:.0.0.0.0$' && qemu_has -sandbox || return
	in_dev "chmod 600 /dev/kvm; $kvm"
	no_rights && qemu_has '^Uid:.0.0.0.0$'
}
no_sandbox() {
	SANDBOX=no in_dev "$kvm"
	no_rights && ! grep -q -e -sandbox "$tmp/console-0" &&
		[ "$(grep -c 'system calls are not filtered' "$tmp/err")" -eq 1 ]
}
privileged() {
	UNPRIVILEGED=no in_dev "$kvm"
	qemu_has '^Uid:.0.0.0.0$' && ! grep -q '^CapEff:.0*$\|-sandbox' "$tmp/console-0"
}
# Where every user may open the device, as udev makes it, no root is needed for taps;
# for KVM only its group.
by_user() {
	chmod 1777 "$TMPDIR"
	in_dev "$1; LOGFILES='$TMPDIR/console' setpriv --reuid=65534 --regid=65534 \
		--groups=77 '$vbench' $2 --machines=1 -v micro/pipe"
	mv "$TMPDIR/console-0" "$tmp/" 2> /dev/null || :
}
of_user() {
	for backend in qemu kvm; do
		by_user : $backend
		no_rights && qemu_has 'opens tun' && qemu_has "^args.* -sandbox" &&
			! grep 'runs as root' "$tmp/err" || return
	done
	by_user 'chmod 600 /dev/net/tun' qemu
	err_has '/dev/net/tun may not be opened by this user' &&
		[ ! -e "$tmp/console-0" ] || return
	by_user 'chgrp 78 /dev/kvm' kvm
	err_has '/dev/kvm may not be opened by this user' && [ ! -e "$tmp/console-0" ]
}
privileged_maybe() {
	UNPRIVILEGED=maybe in_dev "$kvm"
	err_has 'UNPRIVILEGED=maybe in SETTINGS must be yes or no'
}

# with_caller COMMAND: as the backends' scripts do, in a shell that ends at failures.
with_scripts() {
	mkdir -p "$tmp/scripts" && (cd "$tmp/scripts" && VBENCH_DIR=$top \
		VBENCH_RUN=$tmp/scripts PATH="$tmp/scripts:$PATH" sh -e -c '
		. "$VBENCH_DIR/backends/qemu.sh"
		. "$VBENCH_DIR/backends/qemu/template.sh"
		'"$1"'
		echo went on') > "$tmp/out" 2> "$tmp/err"
	grep -qx 'went on' "$tmp/out" || { cat "$tmp/out" "$tmp/err"; return 1; }
}
no_words() {
	with_scripts 'chosen=all sandbox= QEMU=x UNPRIVILEGED=yes
		explain_privileges 2> /dev/full
		no_template "why" /dev/null 2> /dev/full'
}
template_pid_lost() {
	with_scripts 'sleep 1000 & child=$!
		: > template.pid
		template_end
		! grep -qs "^State:.[RS]" "/proc/$child/status" || { kill $child; exit 1; }'
}
tap_gone() {
	mkdir -p "$tmp/scripts" && cat > "$tmp/scripts/ip" << 'END'
#!/bin/sh
case "$*" in
*show)
	echo "4: vbpts0: <UP> mtu 1500 qdisc noop alias scripts"
	echo "5: vbpts1: <UP> mtu 1500 qdisc noop alias scripts"
	;;
*) echo "$*" >> deleted; exit 1 ;;
esac
END
	chmod 755 "$tmp/scripts/ip" && with_scripts qemu_stop &&
		[ "$(grep -c '^link delete vbpts[01]$' "$tmp/scripts/deleted")" -eq 2 ]
}
# Without the capability to raise it.
limited_files() {
	in_dev "ulimit -f 200000; setpriv --inh-caps=-sys_resource \
		--bounding-set=-sys_resource $kvm"
	qemu_has '^args'
}

test_that "a missing /dev/vhost-net is not created, and QEMU works without it" vhost_missing
test_that "a regular file /dev/vhost-net is reported, and QEMU works without it" vhost_file
test_that "a device /dev/vhost-net is used" vhost_device
test_that "a regular file /dev/kvm does not count as KVM" kvm_file
test_that "QEMU runs as the user who called sudo, without privileges" of_sudo
test_that "QEMU runs as nobody if root calls vbench" of_nobody
test_that "QEMU's user can plant no links for root in QEMU's folder" planted
test_that "QEMU runs as root without capabilities if only root may open the devices" of_root
if setpriv --reuid=65534 --regid=65534 --clear-groups unshare -U true 2> /dev/null; then
	test_that "a user who may open the devices needs no root" of_user
else
	skip "a user who may open the devices needs no root" "no user namespaces here"
fi
test_that "a QEMU without -sandbox is reported once" no_sandbox
test_that "UNPRIVILEGED=no keeps root's rights" privileged
test_that "UNPRIVILEGED= is refused unless it is yes or no" privileged_maybe
test_that "messages that find no room do not end the backend" no_words
test_that "a template whose pid found no room is stopped" template_pid_lost
test_that "a tap that is gone does not keep the others" tap_gone
test_that "a lower limit on the size of files is kept" limited_files
test_that "nothing is left behind" nothing_left
tests_done
