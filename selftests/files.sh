#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The user's files and folders: a run removes nothing that it did not make.
. "$(dirname "$0")/lib.sh"

quick="local --rough --machines=1 --time=0.05 micro/empty-loop"
# shellcheck disable=SC2086
quick_run() {
	want=$1
	shift
	run "$want" "$vbench" $quick "$@"
}

# Folders that resemble those of a run, an hour old.
foreign_folders() {
	for d in vbench-results vbench-abcdef vbench-locked; do
		mkdir -m 700 "$TMPDIR/$d" && echo precious > "$TMPDIR/$d/file" || return
	done
	mkdir -m 700 "$TMPDIR/vbench-empty1"
	: > "$TMPDIR/vbench-locked/lock"
	echo "vbench run folder vbench-other1 inode 1" > "$TMPDIR/vbench-abcdef/lock"
	touch -d '1 hour ago' "$TMPDIR"/vbench-*
	quick_run 0 || return
	for d in vbench-results vbench-abcdef vbench-locked; do
		[ "$(cat "$TMPDIR/$d/file")" = precious ] || { echo "$d"; return 1; }
	done
	[ -d "$TMPDIR/vbench-empty1" ] && rm -r "$TMPDIR"/vbench-*
}
# started PID: until the run has a folder.
started() {
	until [ -n "$(find "$TMPDIR" -path "*/vbench-??????/SETTINGS")" ]; do
		kill -0 "$1" || return
		sleep 0.1
	done
}
# A copy of a killed run's folder, and the folder itself, renamed to be kept.
kept_folders() {
	"$vbench" local > "$tmp/out" 2> "$tmp/err" &
	pid=$!
	started $pid || return
	kill -KILL $pid
	wait $pid
	cp -a "$TMPDIR"/vbench-?????? "$tmp/copy" &&
		mv "$TMPDIR"/vbench-?????? "$TMPDIR/vbench-kept11" &&
		mv "$tmp/copy" "$TMPDIR/vbench-kept22" && quick_run 0 &&
		[ -e "$TMPDIR/vbench-kept11/lock" ] &&
		[ -e "$TMPDIR/vbench-kept22/lock" ] && rm -r "$TMPDIR"/vbench-kept??
}

test_that "folders of the user's that are named like a run's stay" foreign_folders
test_that "a killed run's folder that was renamed or copied stays" kept_folders
test_that "nothing is left behind" nothing_left
tests_done
