# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Takes from QEMU the rights that it does not need, because the guest controls much of
# its input: QEMU runs as another user than root, without capabilities, and with system
# calls forbidden that it never makes.  qemu.sh sources this file.

# spawn=deny is last: a template is saved by a program that QEMU starts.
deny=obsolete=deny,elevateprivileges=deny,resourcecontrol=deny,spawn=deny
no_rights="--no-new-privs --bounding-set=-all --inh-caps=-all"

# QEMU runs as the user who called sudo, or as nobody.
set_other_user() {
	case ${SUDO_UID:-0},${SUDO_GID:-0} in
	0,* | *[!0-9,]*) uid=$(id -u nobody) gid=$(id -g nobody) || return ;;
	*) uid=$SUDO_UID gid=$SUDO_GID ;;
	esac
	owner=$uid:$gid groups=--clear-groups
	# /dev/kvm often belongs to the group kvm; the group root is not granted.
	[ "$accel" = kvm ] && kvm=$(stat -c %g /dev/kvm) && [ "$kvm" -gt 0 ] &&
		groups=--groups=$kvm
	drop="setpriv --reuid=$uid --regid=$gid $groups $no_rights"
}

set_rights() {
	owner=$(id -u):$(id -g)
	case $1 in
	other) [ "$(id -u)" -eq 0 ] && set_other_user ;;
	same) drop="setpriv $no_rights" ;;
	all) drop='' ;;
	esac
}

may_open() {
	$drop test -r "$1" && $drop test -w "$1"
}

opens_devices() {
	may_open /dev/net/tun || return
	[ "$accel" != kvm ] || may_open /dev/kvm
}

# Starts a QEMU that ends at once.  A wrapper that does not end is killed, with its
# children.
runs_qemu() {
	# shellcheck disable=SC2086
	echo quit | timeout -s KILL 20 $drop "$QEMU" $sandbox -machine none -nodefaults \
		-no-user-config -display none -monitor stdio > privileges.log 2>&1
}

# Sets $drop, $sandbox and $owner, for the other scripts in the file "privileges".
choose_privileges() {
	case $UNPRIVILEGED in
	yes) all="other same all" ;;
	no) all= ;;
	*) give_up "UNPRIVILEGED=$UNPRIVILEGED in SETTINGS must be yes or no" ;;
	esac
	chosen=
	for rights in $all; do
		set_rights "$rights" && opens_devices 2> /dev/null || continue
		sandbox="-sandbox on,$deny"
		runs_qemu && chosen=$rights && break
		# This QEMU may be unable to filter its system calls.
		sandbox=
		runs_qemu && chosen=$rights && break
	done
	# If QEMU does not start at all, the boot of a guest reports it.
	[ -n "$chosen" ] || { set_rights all && sandbox=; }
	[ "$UNPRIVILEGED" = no ] || explain_privileges
	printf "drop='%s'\nsandbox='%s'\nowner=%s\n" "$drop" "$sandbox" "$owner" \
		> privileges
}

# In a user namespace a user without rights is called root (user_namespaces(7)).
is_root() {
	[ "$(id -u)" -eq 0 ] && ! grep -qs '^ *0 *[1-9]' /proc/self/uid_map
}

# If no space is left for the file, QEMU starts all the same.
explain_privileges() {
	case $chosen in
	same) [ -z "$VBENCH_VERBOSE" ] || ! is_root ||
		echo "QEMU runs as root, without its capabilities: another user" \
			"cannot run $QEMU or open /dev/net/tun or /dev/kvm" >&2 || : ;;
	all) echo "QEMU keeps all rights of this user: it does not run under" \
		"\"setpriv $no_rights\"" >&2 || : ;;
	esac
	[ -z "$chosen" ] || [ -n "$sandbox" ] ||
		echo "QEMU's system calls are not filtered: $QEMU does not accept" \
			"-sandbox here" >&2 || :
}

# A folder that QEMU may enter, unlike the run's own, but not change: otherwise a process
# of its user could make links to other files there, which root would follow.
make_folder() {
	mkdir -m 711 vm
}

# Gives the named files in that folder to QEMU's user.
give_files() {
	chown -h "$owner" "$@"
}
