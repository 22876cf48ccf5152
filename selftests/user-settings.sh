#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ~/.config/vbench/settings: read, weaker than the environment, kept by sudo, and
# refused where others could have written it.
. "$(dirname "$0")/lib.sh"

unset VBENCH_SETTINGS XDG_CONFIG_HOME SUDO_USER AVOID
export HOME="$tmp/home"
file=$HOME/.config/vbench/settings
mkdir -p "$HOME/.config/vbench"

settings() {
	printf '%s\n' "$@" > "$file" && chmod 644 "$file"
}
skipped() {
	run 0 "$@" local --quick --machines=1 pipe signal && out_has '1 ok, 1 skipped' &&
		out_has 'skipped micro/pipe: AVOID='
}
home() {
	settings '# mine' '' 'AVOID = none' && run 4 "$vbench" local pipe &&
		err_has "settings, line 3: a line is NAME=VALUE" &&
		settings '# mine' '' '  AVOID="micro/pi*"  ' && skipped "$vbench"
}
environment_wins() {
	settings 'AVOID=micro/pipe' &&
		AVOID=none run 0 "$vbench" local --quick --machines=1 pipe && out_has '^1 ok'
}
elsewhere() {
	settings 'AVOID=micro/pipe'
	mkdir -p "$tmp/xdg/vbench" && mv "$file" "$tmp/xdg/vbench/settings" &&
		XDG_CONFIG_HOME=$tmp/xdg skipped "$vbench" &&
		VBENCH_SETTINGS=$tmp/xdg/vbench/settings skipped "$vbench" &&
		XDG_CONFIG_HOME=$tmp/xdg VBENCH_SETTINGS='' run 0 "$vbench" \
			local --quick --machines=1 pipe && out_has '^1 ok' &&
		VBENCH_SETTINGS=/nonexistent run 4 "$vbench" local pipe &&
		err_has '/nonexistent cannot be read: No such file'
}
# As in the environment: from the folder where vbench was started.
relative_tmpdir() {
	settings 'TMPDIR=below' && mkdir -p "$tmp/here/below" && cd "$tmp/here" &&
		unset TMPDIR && FAULT=start-tells run 4 "$vbench" fake pipe
	ret=$?
	cd "$top" && export TMPDIR="$tmp/runs" && [ $ret -eq 0 ] &&
		err_has "LOGFILES=$tmp/here/below/vbench-" && err_has "TMPDIR=$tmp/here/below$"
}
mistakes() {
	settings 'MEMORY=1G' && run 4 "$vbench" qemu pipe &&
		err_has 'line 1: SETTINGS has no variable of that name' &&
		settings 'VCPUS=2' 'LOGFILES=$HOME/log' && run 4 "$vbench" list local pipe &&
		err_has 'line 2: no shell reads this file' &&
		settings 'PATH=/tmp' && run 4 "$vbench" emulated-host true &&
		err_has 'no variable of that name' &&
		settings "APPEND='a \$b'" && run 0 "$vbench" list local pipe
}
others_write() {
	run 4 "$vbench" local pipe &&
		err_has "can be written by other users: chmod go-w $file" &&
		! grep -q skipped "$tmp/out"
}
writable() {
	settings 'AVOID=micro/pipe' && chmod 646 "$file" && others_write
}
foreign_group() {
	settings 'AVOID=micro/pipe' && chgrp 65534 "$file" && chmod 664 "$file" && others_write
	ret=$?
	chgrp 0 "$file"
	return $ret
}
# Systems with a group for each user set umask 002.
private_group() {
	settings 'AVOID=micro/pipe' && chgrp 0 "$file" && chmod 664 "$file" && skipped "$vbench"
}
show_reads_none() {
	settings 'nonsense' && run 129 "$vbench" show /etc/passwd &&
		err_has 'not a result' && run 0 "$vbench" list pipe --help
}
foreign() {
	settings 'AVOID=micro/pipe' && chown 65534 "$file" &&
		run 4 "$vbench" local pipe && err_has 'belongs to another user'
}
# A user of this test's own called sudo, which set HOME to root's.
sudo_user() {
	settings 'AVOID=micro/pipe' && chown 4711 "$file" && mkdir -p "$tmp/root" &&
		{ cat /etc/passwd && echo "vbtest:x:4711:4711::$HOME:/bin/sh"; } \
			> "$tmp/passwd" && skipped unshare -m sh -c '
		mount --bind "$1" /etc/passwd && HOME=$2 && shift 2 &&
		SUDO_USER=vbtest exec "$0" "$@"' "$vbench" "$tmp/passwd" "$tmp/root"
}

test_that "the user's own settings are read" home
test_that "the environment wins over the user's settings" environment_wins
test_that "XDG_CONFIG_HOME and VBENCH_SETTINGS name another file" elsewhere
test_that "a relative TMPDIR there starts at the current folder" relative_tmpdir
test_that "a mistake is reported with its line" mistakes
test_that "a file that others may write is refused" writable
test_that "show reads no settings" show_reads_none
if [ "$(id -u)" -eq 0 ]; then
	test_that "a file that another group may write is refused" foreign_group
	test_that "the user's own group may write the file" private_group
	test_that "a file of another user is refused" foreign
	test_that "sudo keeps the user's settings" sudo_user
else
	skip "a file that another group may write is refused" "not root"
	skip "the user's own group may write the file" "not root"
	skip "a file of another user is refused" "not root"
	skip "sudo keeps the user's settings" "not root"
fi
test_that "nothing is left behind" nothing_left
tests_done
