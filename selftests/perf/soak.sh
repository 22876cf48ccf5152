#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# soak.sh: runs the tests that have emulated hosts RUNS times in a row (10), each once
# in a run, and prints how often each passed.  No test is tried again.
#	LOAD=1	keeps both CPUs busy meanwhile (any number: as many loops for each CPU)
#	TESTS=	names other tests: "trace emulated-host"
# Each test's output is in build/soak/, with the consoles of what died.
top=$(cd "$(dirname "$0")/../.." && pwd)
logs=$top/build/soak
RUNS=${RUNS:-10} LOAD=${LOAD:-0}

uses_hosts() {
	cd "$top/selftests" && grep -lE 'emulated-host |trace/lib\.sh' -- *.sh |
		sed 's/\.sh$//'
}
TESTS=${TESTS:-$(uses_hosts | grep -vx 'lib\|cli\|lint')}

loops=
stop_load() {
	# shellcheck disable=SC2086
	[ -z "$loops" ] || kill $loops
	loops=
}
trap '(cd "$top" && . rootfs/deps/lib.sh && give_back build/soak); stop_load' EXIT
trap 'exit 130' INT TERM
start_load() {
	n=$((LOAD * $(nproc)))
	while [ $n -gt 0 ]; do
		nice -n 0 sh -c 'while :; do :; done' &
		loops="$loops $!"
		n=$((n - 1))
	done
}

# one RUN TEST
one() {
	log=$logs/$2-$1.log
	begin=$(date +%s)
	if (cd "$top" && prove -v -e '' "selftests/$2.sh") > "$log" 2>&1 < /dev/null; then
		echo "$2 passed" >> "$logs/results"
		how=passed
	else
		echo "$2 failed" >> "$logs/results"
		how=failed
	fi
	echo "run $1: $2 $how in $(($(date +%s) - begin)) s"
	[ $how = passed ] || grep '^not ok' "$log"
}

mkdir -p "$logs"
: > "$logs/results"
start_load
run=1
while [ $run -le "$RUNS" ]; do
	for t in $TESTS; do
		one $run "$t"
	done
	run=$((run + 1))
done
stop_load

echo
printf '%-20s %6s %6s\n' TEST PASSED FAILED
for t in $TESTS; do
	printf '%-20s %6d %6d\n' "$t" "$(grep -cx "$t passed" "$logs/results")" \
		"$(grep -cx "$t failed" "$logs/results")"
done
! grep -q failed "$logs/results"
