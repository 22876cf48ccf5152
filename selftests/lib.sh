# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# TAP for tests written in sh: source it, call test_that for each, then
# tests_done.  $top is the checkout, $tmp a folder that goes at the end.

top=$(cd "$(dirname "$0")/.." && pwd)
vbench=${VBENCH:-$top/vbench}
# The tests set the modes that they need otherwise.
umask 022
tmp=$(mktemp -d "${TMPDIR:-/tmp}/vbench-selftest.XXXXXX")
# The runs' own folders: what they leave behind is seen there.
mkdir "$tmp/runs"
# What make was told for its own build is not for the tests' builds.
unset MAKEFLAGS MAKEOVERRIDES MFLAGS MAKELEVEL W V SAN
export TMPDIR="$tmp/runs"
tests=0 failures=0
# Settings of whoever runs the tests are not for them.
export VBENCH_SETTINGS=
export VBENCH_BACKENDS="$top/selftests/backends"

cleanup() {
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# A script that goes on in an emulated host has said it already.
[ "${TAP_BEGUN:-no}" = yes ] || echo "TAP version 13"

# test_that "name" command...: its output is shown when it fails.  Nothing reads the
# terminal, whose Ctrl-C is for the test and all that it runs.
test_that() {
	tests=$((tests + 1))
	name=$1
	shift
	if "$@" > "$tmp/log" 2>&1 < /dev/null; then
		echo "ok $tests - $name"
	else
		failures=$((failures + 1))
		echo "not ok $tests - $name"
		# On stderr: prove shows no other diagnostics.
		{
			echo "# failed: $(basename "$0" .sh) $tests, $name"
			# $a\: with a line break at the end.
			sed -e 's/^/#   /' -e '$a\' "$tmp/log"
			[ ! -s "$tmp/err" ] || sed -e 's/^/#   stderr: /' -e '$a\' "$tmp/err"
		} >&2
	fi
	return 0
}

skip() {
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

tests_done() {
	echo "1..$tests"
}

# At the time limit, timeout(1) --foreground ends the command alone, not its children.
end_children() {
	for p in /proc/[0-9]*; do
		tr '\0' '\n' 2> /dev/null < "$p/environ" | grep -qx "TMPDIR=$TMPDIR" &&
			kill -TERM "${p#/proc/}"
	done
}

# run STATUS command...: its exit status must be STATUS; out and err are kept.  By itself
# timeout(1) would put the command into a process group that no Ctrl-C reaches.
run() {
	want=$1
	shift
	timeout --foreground "${RUN_LIMIT_S:-120}" "$@" > "$tmp/out" 2> "$tmp/err"
	status=$?
	[ $status -eq "$want" ] && return
	[ $status -ne 124 ] || end_children 2> /dev/null
	echo "exit status $status, expected $want: $*"
	cat "$tmp/out"
	return 1
}

err_has() {
	grep -q -e "$1" "$tmp/err" && return
	echo "stderr does not say: $1"
	return 1
}

out_has() {
	grep -q -e "$1" "$tmp/out" && return
	echo "stdout does not say: $1"
	cat "$tmp/out"
	return 1
}

# The word for the command line of an emulated guest, whose TSC is this machine's.  If
# it gets no CPU while it calibrates its TSC by the timers, its clock can run many times
# too fast, and everything in it times out (arch/x86/kernel/tsc.c trusts the PIT).
tsc_rate() {
	"$vbench" local --machines=1 --quick --quiet --json="$tmp/rate.json" libc-syscall \
		> /dev/null || return
	sed -n 's/.*"host.ticks_per_sec":"\([0-9]*\)[0-9][0-9][0-9]".*/tsc_early_khz=\1/p' \
		"$tmp/rate.json"
}

# within SECONDS COMMAND...: waits until it succeeds; on a busy machine all takes its
# time.  Only the last try's output matters.
within() {
	left=$(($1 * 10))
	shift
	until "$@" > "$tmp/last"; do
		left=$((left - 1))
		[ $left -gt 0 ] || {
			echo "still not: $*"
			cat "$tmp/last"
			return 1
		}
		sleep 0.1
	done
}

# has_written SUFFIX PATTERN: the unfinished file of the result $tmp/r.SUFFIX has it.
has_written() { grep -qs "$2" "$tmp/r.$1".vbench-??????; }

# No process that was started for a run.
no_processes() {
	for p in /proc/[0-9]*; do
		# Processes may end meanwhile.
		tr '\0' '\n' 2> /dev/null < "$p/environ" |
			grep -q "^VBENCH_RUN=$TMPDIR/" || continue
		echo "left running: $p $(tr '\0' ' ' 2> /dev/null < "$p/cmdline")"
		return 1
	done
}

# Nothing of a run is left: no folder either.
nothing_left() {
	left=$(find "$TMPDIR" -mindepth 1 -maxdepth 1)
	[ -z "$left" ] || { echo "left behind: $left"; return 1; }
	no_processes
}
