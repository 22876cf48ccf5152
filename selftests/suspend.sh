#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A run that is stopped by Ctrl-Z or a signal: all of it stops and continues, and
# the time between is no part of limits and figures.
# shellcheck disable=SC2016,SC2086,SC2116
. "$(dirname "$0")/lib.sh"

command="$vbench local --machines=2 --passes=1 --time=5 --json=$tmp/r.json
	micro/pipe inter/pingpong"
json() { "$top/selftests/json.pl" "$tmp/r.json" "$1"; }

# The states of $1's descendants, each once.  The watcher's is left out: it is no
# client and in the same pid namespace.
states() {
	perl -e 'my ($pid) = @ARGV;
		my (%parent, %state, %name);
		for (</proc/[0-9]*/stat>) {
			open my $f, "<", $_ or next;
			<$f> =~ /^(\d+) \((.*)\) (\S) (\d+)/ or next;
			($name{$1}, $state{$1}, $parent{$1}) = ($2, $3, $4);
		}
		my %in = ($pid => 1);
		for my $round (1 .. 20) {
			$in{$_} = 1 for grep { $in{$parent{$_}} } keys %parent;
		}
		delete $in{$pid};
		my $ns = readlink "/proc/$pid/ns/pid";
		my %seen = map { $state{$_} => 1 }
			grep { $name{$_} eq "virtclient" ||
				readlink("/proc/$_/ns/pid") ne $ns } keys %in;
		print join("", sort keys %seen), "\n"' "$1"
}
# begin COMMAND...: in a session of its own, until the benchmarks begin.
begin() {
	rm -f "$tmp"/r.json*
	setsid "$@" > "$tmp/out" 2> "$tmp/err" &
	pid=$!
	until_begun
}
until_begun() { within 30 has_written json '"schema"'; }
is_state() { states $pid; [ "$(states $pid)" = "$1" ]; }
# stop SIGNAL
stop() {
	kill -"$1" $pid && within 10 is_state T || { kill -KILL $pid; return 1; }
}
has_ended() {
	case $(sed 's/.*) //' "/proc/$pid/stat" 2> /dev/null) in
	Z* | '') ;;
	*) return 1 ;;
	esac
}
ends_with() {
	within 60 has_ended || { kill -KILL $pid; return 1; }
	wait $pid
	status=$?
	[ $status -eq "$1" ] || { echo "exit status $status"; cat "$tmp/err"; return 1; }
}
both_ok() { json '(grep { $_->{status} eq "ok" } values %b) == 2'; }
sigstop() {
	begin $command && stop STOP || return
	sleep 1
	is_state T && kill -CONT $pid && ends_with 0 && both_ok
}
# Where no namespaces can be had, all are children of the same pid namespace.
without_namespaces() {
	begin unshare -Urmn sh -c 'for n in user pid mnt; do
			echo 0 > /proc/sys/user/max_${n}_namespaces || exit
		done
		ip link set lo up && exec "$@"' - $command --ifname=lo && stop TSTP || return
	sleep 1
	is_state T && kill -CONT $pid && ends_with 0 && both_ok
}
# in_sample SECONDS FAULT: stopped for so long during a sample of machine 0.
in_sample() {
	export FAULT=$2
	rm -f "$tmp"/r.json* "$tmp"/log-0
	RUN_LIMIT=1 LOGFILES=$tmp/log setsid "$vbench" fake --machines=1 --passes=1 --timeout=8 \
		--json="$tmp/r.json" micro/empty-loop > "$tmp/out" 2> "$tmp/err" &
	pid=$!
	within 30 grep -qs waiting "$tmp/log-0" && stop TSTP || return
	sleep "$1"
	kill -CONT $pid
	ends_with 0 && json '$b{"micro/empty-loop"}{status} eq "ok"'
}
# Longer than the server's limits (RUN_LIMIT and 5 s) and --timeout.  A busy machine adds
# tags of its own to any sample.
long_stop() {
	in_sample 9 stopped && out_has 'the run was stopped during 1 sample' &&
		json 'my $b = $b{"micro/empty-loop"};
			my @stopped = map { scalar grep { $_ eq "stopped" } @{$_->{tags}} }
				@{$b->{samples}};
			!$stopped[-1] && (grep { $_ } @stopped) == 1'
}
own_limit() { in_sample 1 stopped-and-fails; }
# The limit of a check whether a benchmark can run, likewise.
in_check() {
	rm -f "$tmp"/log-0
	FAULT=stopped-in-check LOGFILES=$tmp/log setsid "$vbench" list fake --machines=1 \
		micro/empty-loop > "$tmp/out" 2> "$tmp/err" &
	pid=$!
	within 30 grep -qs waiting "$tmp/log-0" && stop TSTP || return
	sleep 1
	kill -CONT $pid
	ends_with 0 && out_has '^micro/empty-loop' &&
		! grep 'does not end' "$tmp/out"
}
# The limit of backends/qemu/template.sh, which has only the clock of a shell.
template() {
	cat > "$tmp/template.sh" <<-END
		cd "$tmp" && . "$top/backends/qemu/template.sh"
		reader=\$\$ end=\$((\$(date +%s) + 3))
		echo \$\$ > template.pid
		await guest.log ready
	END
	: > "$tmp/guest.log"
	sh "$tmp/template.sh" &
	pid=$!
	within 10 test -s "$tmp/template.pid" && kill -STOP $pid || return
	sleep 4
	kill -CONT $pid
	sleep 0.5
	echo ready > "$tmp/guest.log"
	ends_with 0
}
# Of its group, as a shell sends them; SIGCONT may come while the others are still
# being stopped.
continued_at_once() {
	begin $command || return
	kill -TSTP -$pid
	kill -CONT -$pid
	ends_with 0 && both_ok
}
# Ended while it is stopped, as a shell's "kill %1" does it.
ended() {
	begin $command && stop TSTP || return
	kill -TERM $pid
	kill -CONT $pid
	ends_with 130
}
killed() {
	begin $command && stop TSTP || return
	kill -KILL $pid
	wait $pid
	within 10 no_processes && run 0 "$vbench" local --quick --machines=1 micro/empty-loop &&
		rm -f "$tmp"/r.json.vbench-??????
}
# By a shell with job control: it sees the job stop, and "fg" continues it.
terminal() {
	rm -f "$tmp"/r.json*
	cat > "$tmp/job.sh" <<-END
		set -m
		$(echo $command) > "$tmp/out" 2> "$tmp/err"
		echo "stopped \$? \$(jobs -p)"
		until [ -e "$tmp/go" ]; do sleep 0.1; done
		fg > /dev/null
		echo "ended \$?"
	END
	: > "$tmp/terminal"
	{
		until_begun && printf '\032'
		within 30 grep -q 'stopped 148' "$tmp/terminal"
		pid=$(sed -n 's/.*stopped 148 \([0-9]*\).*/\1/p' "$tmp/terminal")
		within 10 is_state T && : > "$tmp/all-stopped"
		: > "$tmp/go"
		within 60 grep -q '^ended' "$tmp/terminal"
	} |
		timeout 100 script -qfec "bash $tmp/job.sh" /dev/null > "$tmp/terminal" 2>&1
	cat "$tmp/terminal"
	grep -q 'stopped 148' "$tmp/terminal" && [ -e "$tmp/all-stopped" ] &&
		grep -q '^ended 0' "$tmp/terminal" && both_ok
}

test_that "a long stop is no part of limits, --timeout and figures" long_stop
test_that "a guest's own limit that expires by a stop fails nothing" own_limit
test_that "a check that a stop makes too long is made again" in_check
test_that "the limit of a guest to be copied leaves out a stop" template
test_that "SIGSTOP of the process that is seen stops all" sigstop
if unshare -Urmn true 2> /dev/null; then
	test_that "SIGTSTP stops a run without namespaces" without_namespaces
else
	skip "SIGTSTP stops a run without namespaces" "needs user namespaces"
fi
test_that "SIGCONT at once after SIGTSTP" continued_at_once
test_that "SIGTERM while it is stopped ends it in order" ended
test_that "SIGKILL while it is stopped leaves nothing running" killed
if command -v script > /dev/null; then
	test_that "Ctrl-Z in a terminal, and fg" terminal
else
	skip "Ctrl-Z in a terminal, and fg" "needs script(1)"
fi
test_that "nothing is left behind" nothing_left
tests_done
