#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# --ktap and --quick: benchmarks as tests.  KUNIT=tools/testing/kunit/kunit.py of a
# kernel tree has its parser judge as well.
. "$(dirname "$0")/lib.sh"

ktap=$tmp/r.ktap

# well_formed FILE: the version, the plan, then as many results, counted from 1.
well_formed() {
	perl -ne '
		$. == 1 ? ($_ eq "KTAP version 1\n" or die "no version: $_") :
		$. == 2 ? (($plan) = /^1\.\.(\d+)$/ or die "no plan: $_") :
		/^# / ? 0 :
		/^(?:not )?ok (\d+) [^#\s]+(?: # SKIP .+)?$/ && $1 == ++$n ? 0 :
			die "line $.: $_";
		END { die "plan $plan, results $n\n" if $plan != $n }' "$1" || return
	[ -z "$KUNIT" ] || {
		python3 "$KUNIT" parse "$1" > "$tmp/kunit"
		grep -q 'Testing complete' "$tmp/kunit" && ! grep ERROR "$tmp/kunit"
	}
}
suite() {
	run 0 "$vbench" local --quick --ktap="$ktap" && well_formed "$ktap" &&
		prove -e cat "$ktap" &&
		grep -q '^ok [0-9]* micro/pipe$' "$ktap" &&
		grep -q '^# micro/pipe: floor [0-9.]* ns, typical ' "$ktap" &&
		grep -q '^ok [0-9]* kernel/cpuid-0 # SKIP needs the kernel module' "$ktap" ||
		return
	[ "$(sed -n 's/^1\.\.//p' "$ktap")" -eq "$("$vbench" list | grep -c '^[a-z]*/')" ]
}
# Everything ran, and would pass for good in the table.
lying_clock() {
	FAULT=lying-clock run 1 "$vbench" fake --machines=1 --quick \
		--ktap="$ktap" micro/libc-syscall && out_has '^1 ok' &&
		well_formed "$ktap" &&
		grep -q '^not ok [12] micro/libc-syscall$' "$ktap" &&
		grep -q '^# micro/libc-syscall: the guest.s clock does not' "$ktap" &&
		! prove -e cat "$ktap"
}
failed() {
	FAULT=dies run 1 "$vbench" fake --machines=2 --quick --seed=3 \
		--ktap="$ktap" micro/empty-loop micro/clock-gettime micro/pipe \
		micro/signal micro/rdtsc && well_formed "$ktap" &&
		[ "$(grep -c '^not ok' "$ktap")" -eq 1 ] &&
		grep -q '^# .*: it failed: .*closed the connection' "$ktap"
}
# What was planned and has no result is missed by whoever reads it.
interrupted() {
	"$vbench" local --passes=1 --time=30 --ktap="$ktap" micro/pipe micro/signal \
		> "$tmp/out" 2> "$tmp/err" &
	pid=$!
	n=0
	until [ $n -ge 100 ] || grep -qs 'KTAP' "$ktap".vbench-??????; do
		n=$((n + 1))
		sleep 0.1
	done
	kill -INT $pid
	wait $pid
	grep -q '^1\.\.2$' "$ktap" && ! prove -e cat "$ktap"
}
# A document on stdout leaves the table to stderr; as kselftest would run it.
run_tests() {
	run 0 make -s --no-print-directory -C "$top/selftests" run_tests BACKEND=local \
		VBENCH_ARGS="micro/pipe micro/vm*call" && well_formed "$tmp/out" &&
		grep -q '^1\.\.3$' "$tmp/out" && grep -q '^ok 1 micro/pipe$' "$tmp/out" &&
		err_has '0 failed'
}
# Where the backend cannot run, each benchmark is skipped: silence would be a fault to a
# reader.  Where its machines do not come up, that is a fault.
cannot_run() {
	FAULT=start-mute run 4 "$vbench" fake --quick --ktap=- micro/pipe micro/signal &&
		well_formed "$tmp/out" && grep -q '^1\.\.2$' "$tmp/out" &&
		grep -q '^ok 2 micro/signal # SKIP the backend cannot run here' "$tmp/out" &&
		prove -e cat "$tmp/out" && err_has 'fake cannot run here' || return
	FAULT=start-mute run 2 make -s --no-print-directory -C "$top/selftests" run_tests \
		BACKEND=fake VBENCH_ARGS=micro && well_formed "$tmp/out" &&
		! grep -v '^#\|SKIP\|^1\.\.\|^KTAP' "$tmp/out" &&
		echo precious > "$tmp/old.ktap" &&
		FAULT=start-mute run 4 "$vbench" fake --ktap="$tmp/old.ktap" micro/pipe &&
		[ "$(cat "$tmp/old.ktap")" = precious ] || return
	FAULT=start-fails run 4 "$vbench" fake --ktap=- micro/pipe && [ ! -s "$tmp/out" ] &&
		FAULT=machine-never-connects BOOT_LIMIT=3 run 4 "$vbench" fake --machines=1 --ktap=- micro/pipe && [ ! -s "$tmp/out" ]
}

test_that "prove accepts the whole suite as tests with --quick" suite
test_that "a clock that lies is \"not ok\" and gives exit status 1" lying_clock
test_that "a benchmark that fails is \"not ok\"" failed
test_that "an interrupted run does not pass" interrupted
test_that "make -C selftests run_tests BACKEND=local runs the suite" run_tests
test_that "a hypervisor that is not here is a test that is skipped" cannot_run
test_that "nothing is left behind" nothing_left
tests_done
