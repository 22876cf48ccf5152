#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vbench looks for backends in the current folder, also for root, so it refuses
# backends that other users own or could write.
# shellcheck disable=SC2030,SC2031
. "$(dirname "$0")/lib.sh"

unset SUDO_UID SUDO_USER
own="$tmp/own"
export VBENCH_BACKENDS="$own"

# A backend "mine", a copy of local.
mine() {
	rm -rf "$own" && mkdir -m 755 "$own" && cp -RL "$top/backends/local" "$own/mine" &&
		chmod -R u=rwX,go=rX "$own/mine"
}
works() {
	run 0 "$@" --quick --machines=1 libc-syscall && out_has '^1 ok'
}
refused() {
	run 129 "$@" libc-syscall && [ ! -s "$tmp/out" ]
}
writable() {
	mine && works "$vbench" mine && chmod o+w "$own/mine/start" &&
		refused "$vbench" mine &&
		err_has "$own/mine/start of .* can be written by other users.*: chmod go-w $own/mine/start" &&
		chmod o-w "$own/mine/start" && echo : > "$own/mine/SETTINGS" &&
		chmod 666 "$own/mine/SETTINGS" && refused "$vbench" mine &&
		err_has "chmod go-w $own/mine/SETTINGS" && chmod 644 "$own/mine/SETTINGS" &&
		chmod 777 "$own/mine" && refused "$vbench" mine &&
		err_has "chmod go-w $own/mine$"
}
# Users who can write the folder around a backend can replace it, unless the folder is
# sticky.
around() {
	mine && chmod 777 "$own" && refused "$vbench" mine && err_has "chmod go-w $own$" &&
		chmod 1777 "$own" && works "$vbench" mine
}
# The same backend is named by its path, by its name in the current folder, and through
# a link.
everywhere() {
	mine && chmod 777 "$own/mine/stop" && refused "$vbench" "$own/mine" &&
		(cd "$own" && VBENCH_BACKENDS='' refused "$vbench" mine) &&
		mkdir "$tmp/links" && ln -s "$own/mine" "$tmp/links/linked" &&
		VBENCH_BACKENDS=$tmp/links refused "$vbench" linked &&
		err_has "chmod go-w $own/mine/stop" && mine && mkdir -m 777 "$tmp/open" &&
		mv "$own/mine/stop" "$tmp/open/stop" && ln -s "$tmp/open/stop" "$own/mine/stop" &&
		refused "$vbench" mine && err_has "chmod go-w $tmp/open$"
}
foreign() {
	mine && chown -R 65534 "$own/mine" && refused "$vbench" mine &&
		err_has "$own/mine belongs to nobody: .*chown -R 0 $own/mine" &&
		chown 0 "$own/mine" && refused "$vbench" mine && err_has ' belongs to nobody' &&
		mine && chown 65534 "$own" && refused "$vbench" mine &&
		err_has "$own belongs to nobody"
}
called_sudo() {
	mine && chown -R 4711 "$own" && refused "$vbench" mine &&
		err_has 'belongs to user 4711' && SUDO_UID=4711 works "$vbench" mine &&
		SUDO_UID=65534 refused "$vbench" mine && SUDO_UID=4711x refused "$vbench" mine
}
# User nobody may run root's files and its own, but no third user's, even if SUDO_UID
# names that user.
unprivileged() {
	chmod 711 "$tmp" && chmod 1777 "$TMPDIR" && mine || return
	set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$vbench" mine
	works "$@" && chown -R 65534 "$own" && works "$@" &&
		chown -R 4711 "$own" && refused "$@" && err_has 'belongs to user 4711' &&
		chown 65534 "$own" && refused "$@" && err_has 'chown -R 65534' &&
		SUDO_UID=4711 refused "$@"
}
# The files' group has no other member, as on systems with umask 002 and a group for
# each user.
private_group() {
	mine && chgrp -R "$(id -g)" "$own" && chmod -R g+w "$own" && works "$vbench" mine &&
		chgrp -R 65534 "$own" && refused "$vbench" mine && err_has 'chmod go-w'
}
# root_group MEMBERS: vbench, in a mount namespace where group root has them.
root_group() {
	sed "s/^\(root:.*:\).*/\1$1/" /etc/group > "$tmp/group" && shift &&
		"$@" unshare -m sh -c 'mount --bind "$1" /etc/group && shift && exec "$@"' \
			sh "$tmp/group" "$vbench" mine
}
# Some systems list a group's owner as its member, such as root:x:0:root.
owner_as_member() {
	mine && chgrp -R 0 "$own" && chmod -R g+w "$own" && root_group root works &&
		root_group root,nobody refused && err_has 'chmod go-w'
}

# Users who can write a folder further above can replace what is in it.
above() {
	mkdir "$tmp/up" && mkdir "$tmp/up/mid" && mine && mv "$own" "$tmp/up/mid/own" &&
		deep=$tmp/up/mid/own/mine && works "$vbench" "$deep" &&
		chmod 777 "$tmp/up" && refused "$vbench" "$deep" &&
		err_has "chmod go-w $tmp/up$" && chmod 1777 "$tmp/up" &&
		works "$vbench" "$deep"
}
# A folder below a sticky one must belong to root or to the caller.
above_foreign() {
	chown 4711 "$tmp/up/mid" && refused "$vbench" "$deep" &&
		err_has "$tmp/up/mid belongs to user 4711, who could" &&
		SUDO_UID=4711 works "$vbench" "$deep" && chown 0 "$tmp/up/mid" &&
		chown 4711 "$tmp/up" && refused "$vbench" "$deep" && err_has "$tmp/up belongs"
}
# The owner of a link could change it between the check and the run.
through_links() {
	mine && mv "$own/mine/stop" "$own/mine/real" && mkdir -m 1777 "$tmp/hops" &&
		ln -s "$own/mine/real" "$tmp/hops/stop" &&
		ln -s ../../hops/stop "$own/mine/stop" && works "$vbench" mine &&
		chown -h 4711 "$tmp/hops/stop" && refused "$vbench" mine &&
		err_has "$tmp/hops/stop is a link that belongs to user 4711" || return
	# The way leaves a closed folder by "..".
	mkdir "$tmp/hops/closed" && ln -sfn "$tmp/hops/closed/../stop" "$own/mine/stop" &&
		refused "$vbench" mine &&
		err_has "$tmp/hops/stop is a link that belongs to user 4711"
}
subfolder() {
	mine && mkdir -p "$own/mine/lib/x" && : > "$own/mine/lib/x/functions" &&
		works "$vbench" mine && chmod 666 "$own/mine/lib/x/functions" &&
		refused "$vbench" mine && err_has "chmod go-w $own/mine/lib/x/functions"
}
linked_folder() {
	mine && mkdir -p "$tmp/shared/x" && : > "$tmp/shared/x/functions" &&
		ln -s "$tmp/shared" "$own/mine/lib" && ln -s missing "$own/mine/dangling" &&
		works "$vbench" mine && chmod 666 "$tmp/shared/x/functions" &&
		refused "$vbench" mine && err_has "chmod go-w $tmp/shared/x/functions" &&
		chmod 644 "$tmp/shared/x/functions" && ln -s . "$tmp/shared/loop" &&
		refused "$vbench" mine &&
		err_has "cannot check the scripts in $own/mine: Too many levels"
}
# In a user namespace without root, folders of root seem to belong to nobody.
in_namespace() {
	mine && chown -R 65534:65534 "$own" && chmod 711 "$tmp" && chmod 1777 "$TMPDIR" &&
		works setpriv --reuid=65534 --regid=65534 --clear-groups \
			unshare -U --map-user=1000 "$vbench" mine --ifname=lo
}

# Leaves the folder of a killed run with backend "mine", whose stop script makes
# $tmp/stopped.
leave_run() {
	mine && left=$(mktemp -d "$TMPDIR/vbench-XXXXXX") &&
		echo "vbench run folder ${left##*/} inode $(stat -c %i "$left")" \
			> "$left/lock" && echo "backend $own/mine" > "$left/state" &&
		: > "$left/SETTINGS" && rm -f "$tmp/stopped" &&
		printf '#!/bin/sh\n: > "%s"\n%s\n' "$tmp/stopped" "$1" > "$own/mine/stop"
}
sweeps() {
	run 0 "$vbench" local --quick --machines=1 libc-syscall && err_has 'cleaning up after'
}
undone() {
	leave_run && sweeps && [ -e "$tmp/stopped" ] && [ ! -e "$left" ] || return
	leave_run && chmod o+w "$own/mine/stop" && sweeps && [ ! -e "$tmp/stopped" ] &&
		err_has "the machines of $left must be stopped by hand: $own/mine/stop" &&
		[ ! -e "$left" ] || return
	leave_run && chmod 777 "$own" && sweeps && [ ! -e "$tmp/stopped" ]
}
# A machine that its script cannot stop is named.
undo_not_executable() {
	leave_run && echo "machine 0 guest-of-mine" >> "$left/state" &&
		sed -i '1s,.*,#!/nonexistent/sh,' "$own/mine/stop_machine" "$own/mine/stop" &&
		sweeps && [ ! -e "$left" ] &&
		err_has "$own/mine/stop_machine guest-of-mine cannot be executed: .*#! line exist" &&
		err_has "$own/mine/stop cannot be executed: .*#! line exist"
}
# If other users can rename folders there, the run's name may lead to another folder.
undone_in_open_folder() {
	leave_run && chmod 777 "$TMPDIR" && sweeps && chmod 755 "$TMPDIR" &&
		[ ! -e "$tmp/stopped" ] && err_has "chmod go-w $TMPDIR$" && [ ! -e "$left" ]
}
renamed_meanwhile() {
	mkdir "$tmp/precious" && : > "$tmp/precious/file" &&
		leave_run 'mv "$VBENCH_RUN" '"'$tmp/moved'; mv '$tmp/precious'"' "$VBENCH_RUN"' &&
		sweeps && [ -e "$tmp/stopped" ] && [ -e "$left/file" ] &&
		err_has "could not remove all of $left" && rm -r "$left"
}

test_that "files that other users may write are refused" writable
test_that "a folder that other users may write is refused" around
test_that "a path, the current folder and a link are refused alike" everywhere
test_that "a folder further above that other users may write is refused" above
test_that "files in subfolders are checked" subfolder
test_that "files in a linked folder are checked" linked_folder
test_that "stop scripts for a killed run are checked, too" undone
test_that "a script for a killed run that cannot be executed is named" undo_not_executable
test_that "they do not run if other users can replace the run's folder" \
	undone_in_open_folder
test_that "a folder that was renamed to a killed run's name stays" renamed_meanwhile
if [ "$(id -u)" -eq 0 ]; then
	test_that "a folder further above that another user owns is refused" above_foreign
	test_that "a link that another user can replace is refused" through_links
	test_that "in a user namespace without root, root's folders are trusted" in_namespace
	test_that "files of another user are refused" foreign
	test_that "files of the user who called sudo are trusted" called_sudo
	test_that "a user without rights runs own files and root's only" unprivileged
	test_that "a group without other members is trusted" private_group
	test_that "a group that lists its owner as a member is trusted" owner_as_member
else
	skip "a folder further above that another user owns is refused" "not root"
	skip "a link that another user can replace is refused" "not root"
	skip "in a user namespace without root, root's folders are trusted" "not root"
	skip "files of another user are refused" "not root"
	skip "files of the user who called sudo are trusted" "not root"
	skip "a user without rights runs own files and root's only" "not root"
	skip "a group without other members is trusted" "not root"
	skip "a group that lists its owner as a member is trusted" "not root"
fi
test_that "nothing is left behind" nothing_left
tests_done
