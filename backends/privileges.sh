# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# QEMU without the rights that it does not need, for it works on what its guest
# gives it: another user than root, no capabilities, and system calls that it never
# makes forbidden.  To be sourced by qemu.sh.

# spawn=deny is last: a template is saved by a program that QEMU starts.
deny=obsolete=deny,elevateprivileges=deny,resourcecontrol=deny,spawn=deny
no_rights="--no-new-privs --bounding-set=-all --inh-caps=-all"

# In place of root: the user who called sudo, or nobody.
set_other_user() {
	case ${SUDO_UID:-0},${SUDO_GID:-0} in
	0,* | *[!0-9,]*) uid=$(id -u nobody) gid=$(id -g nobody) || return ;;
	*) uid=$SUDO_UID gid=$SUDO_GID ;;
	esac
	owner=$uid:$gid groups=--clear-groups
	# Often root's and the group kvm's; but not the group root's.
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

# A QEMU that ends at once.
runs_qemu() {
	# shellcheck disable=SC2086
	echo quit | $drop "$QEMU" $sandbox -machine none -nodefaults -no-user-config \
		-display none -monitor stdio > privileges.log 2>&1
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
	# Where it runs in no way, that shows when it is to boot a guest.
	[ -n "$chosen" ] || { set_rights all && sandbox=; }
	[ "$UNPRIVILEGED" = no ] || explain_privileges
	printf "drop='%s'\nsandbox='%s'\nowner=%s\n" "$drop" "$sandbox" "$owner" \
		> privileges
}

# In a user namespace a user without rights is called root (user_namespaces(7)).
is_root() {
	[ "$(id -u)" -eq 0 ] && ! grep -qs '^ *0 *[1-9]' /proc/self/uid_map
}

# Where no space is left for its words, QEMU is started all the same.
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

# A folder that QEMU may enter, unlike the run's own, but not change: a process of
# its user could else put links to other files there, which root would follow.
make_folder() {
	mkdir -m 711 vm
}

# The files named, in that folder, become QEMU's.
give_files() {
	chown -h "$owner" "$@"
}
