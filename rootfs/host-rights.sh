#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# host-rights.sh UNPRIVILEGED QEMU FOLDER...: chooses the rights that an emulated host's
# QEMU runs with, which shares "/" read-only and each FOLDER.  Prints two lines: the
# words before its name and those after it.
. "$VBENCH_DIR/backends/privileges.sh"

UNPRIVILEGED=$1 QEMU=$2
shift 2

# To read all files, as the user who runs vbench can, and to change them.
reader=-all,+dac_read_search
writer=$reader,+dac_override,+fowner,+chown,+fsetid

set_host_rights() {
	case $1,$(id -u) in
	other,0)
		set_other_user || return
		drop="setpriv --reuid=$uid --regid=$gid --clear-groups --inh-caps=$reader
			--ambient-caps=$reader --bounding-set=$reader"
		;;
	root,0) drop="setpriv --inh-caps=-all --bounding-set=$writer" ;;
	user,[1-9]*) drop=setpriv ;;
	*) return 1 ;;
	esac
	# It ends with vbench.
	drop="$drop --no-new-privs --pdeathsig KILL --"
}

# The run's own folder is given to QEMU's user instead.
may_write() {
	for folder in "$@"; do
		case $folder in
		"$VBENCH_RUN"/*) continue ;;
		esac
		$drop test -w "$folder" && $drop test -x "$folder" || return
	done
}

choose_host_rights() {
	for rights in other root user; do
		set_host_rights $rights && may_write "$@" || continue
		for sandbox in "-sandbox on,$deny" ""; do
			! runs_qemu || return 0
		done
	done
	drop='' sandbox=''
	echo "QEMU keeps all rights of this user: it does not run under setpriv" >&2
}

drop='' sandbox='' rights=''
case $UNPRIVILEGED in
yes) choose_host_rights "$@" ;;
no) ;;
*)
	echo "UNPRIVILEGED=$UNPRIVILEGED in SETTINGS: yes or no" >&2
	exit 1
	;;
esac
[ "$rights,${drop:+set}" != other,set ] || for folder in "$@"; do
	case $folder in
	"$VBENCH_RUN"/*) chown -h "$uid:$gid" "$folder" || exit ;;
	esac
done
[ -z "$drop" ] || [ -n "$sandbox" ] ||
	echo "QEMU's system calls are not filtered: $QEMU does not take -sandbox" >&2
# Of words, with one blank between.
# shellcheck disable=SC2086
echo $drop
echo "$sandbox"
