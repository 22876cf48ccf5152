#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Backends are looked for where vbench is called, also by root: those that others
# have written or could write are refused.
# shellcheck disable=SC2030,SC2031
. "$(dirname "$0")/lib.sh"

unset SUDO_UID SUDO_USER
own="$tmp/own"
export VBENCH_BACKENDS="$own"

# A backend "mine" that does as local does.
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
# Who can write the folder around it can put another in its place, but for /tmp.
around() {
	mine && chmod 777 "$own" && refused "$vbench" mine && err_has "chmod go-w $own$" &&
		chmod 1777 "$own" && works "$vbench" mine
}
# By its path, by its name where it is, or through a link, it is the same one.
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
# Without root's rights: nobody's own and root's, but no third user's; none may be
# lent by SUDO_UID.
unprivileged() {
	chmod 711 "$tmp" && chmod 1777 "$TMPDIR" && mine || return
	set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$vbench" mine
	works "$@" && chown -R 65534 "$own" && works "$@" &&
		chown -R 4711 "$own" && refused "$@" && err_has 'chown -R 65534' &&
		SUDO_UID=4711 refused "$@"
}
# Of a group that is the user's alone, as with umask 002 where each has one.
private_group() {
	mine && chgrp -R "$(id -g)" "$own" && chmod -R g+w "$own" && works "$vbench" mine &&
		chgrp -R 65534 "$own" && refused "$vbench" mine && err_has 'chmod go-w'
}

test_that "files that others may write are refused" writable
test_that "a folder around it that others may write" around
test_that "named by a path, by the current folder, by a link" everywhere
if [ "$(id -u)" -eq 0 ]; then
	test_that "files of another user" foreign
	test_that "files of the user who called sudo" called_sudo
	test_that "what a user without rights may run" unprivileged
	test_that "a group of the user's own is no other user" private_group
else
	skip "files of another user" "not root"
	skip "files of the user who called sudo" "not root"
	skip "what a user without rights may run" "not root"
	skip "a group of the user's own is no other user" "not root"
fi
test_that "nothing is left behind" nothing_left
tests_done
