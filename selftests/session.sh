#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs on backend local: their output, and their clean-up after every possible
# end.
. "$(dirname "$0")/lib.sh"

json() { "$top/selftests/json.pl" "$tmp/r.json" "$1"; }
some="micro/libc-syscall micro/pipe inter/pingpong"

# shellcheck disable=SC2086
all_formats() {
	run 0 "$vbench" local --rough --json="$tmp/r.json" --csv="$tmp/r.csv" \
		--distribution $some &&
		out_has 'micro/libc-syscall  *[0-9.]* [^ ]*s' &&
		out_has '3 ok, 0 skipped, 0 failed' &&
		out_has 'micro/pipe: [0-9]* samples' &&
		json '$d->{schema} eq "vbench-result/1" && $d->{backend} eq "local" &&
		      $b{"inter/pingpong"}{floor} > 0 &&
		      @{$b{"inter/pingpong"}{machines}} == 2 &&
		      !(grep { !defined $_->{guest_ns} || $_->{runs} < 1 }
			map { @{$_->{samples}} } values %b)' || return
	want=$(perl -MJSON::PP -0ne '$n += @{$_->{samples}} for
		@{decode_json($_)->{benchmarks}}; print $n + 1' "$tmp/r.json")
	[ "$(wc -l < "$tmp/r.csv")" -eq "$want" ]
}
same_seed() {
	# shellcheck disable=SC2086
	for i in 1 2; do
		run 0 "$vbench" local --rough --seed=42 --json="$tmp/s$i.json" $some || return
	done
	perl -MJSON::PP -0ne 'print join " ", map { @{$_->{machines}} }
		@{decode_json($_)->{benchmarks}}; print "\n"' "$tmp/s1.json" "$tmp/s2.json" |
		uniq | wc -l | grep -qx 1
}
one_machine() {
	run 0 "$vbench" local --machines=1 --rough --json="$tmp/r.json" micro/pipe inter/pingpong &&
		json '$b{"micro/pipe"}{status} eq "ok" &&
		      $b{"inter/pingpong"}{status} eq "skipped" &&
		      $b{"inter/pingpong"}{reason} =~ /needs 2 machines, 1 is up/'
}
many_machines() {
	run 0 "$vbench" local --machines=64 --rough --json="$tmp/r.json" micro/pipe inter/pingpong &&
		json '$d->{machines} == 64 && $b{"inter/pingpong"}{status} eq "ok"'
}
show() {
	run 0 "$vbench" show "$tmp/r.json" && out_has 'micro/pipe' &&
		run 0 "$vbench" show "$tmp/r.json" "$tmp/s1.json" && out_has 'RATIO' &&
		run 129 "$vbench" show /etc/passwd && err_has 'not a result of --json'
}
pinned() {
	run 0 "$vbench" local --cpus=0 --machines=2 --rough micro/pipe inter/pingpong
}
# A backend of the test's own that runs clients as "local" does.
own_backend() {
	rm -rf "$tmp/own" && mkdir -p "$tmp/own/$1" && : > "$tmp/own/$1/no-root-disk" &&
		cp "$top/backends/local/"* "$tmp/own/$1/"
}
odd_backend_name() {
	odd=$(printf 'b\377d') && own_backend "$odd" &&
		VBENCH_BACKENDS=$tmp/own run 0 "$vbench" "$odd" --rough \
			--json="$tmp/r.json" micro/pipe &&
		json '$d->{backend} eq "b?d" && $b{"micro/pipe"}{status} eq "ok"'
}
small_disk() {
	own_backend small && sed -i 's/count=16/count=1/' "$tmp/own/small/start" &&
		VBENCH_BACKENDS=$tmp/own run 0 "$vbench" small --rough --machines=1 \
			micro/random-read &&
		out_has 'random-read: needs a disk of 16 MiB, .* has 1'
}
list_backend() {
	run 0 "$vbench" list local micro && out_has 'micro/pipe  .*runs'
}
list_word() {
	run 0 "$vbench" list pipe && out_has 'micro/pipe'
}
not_root() {
	[ "$(id -u)" -eq 0 ] || return 0
	chmod 711 "$tmp" && chmod 1777 "$TMPDIR" &&
		run 0 setpriv --reuid=65534 --regid=65534 --clear-groups \
			"$vbench" local --rough micro/pipe inter/pingpong
}
# A user namespace of the test's own allows no network namespaces.
no_namespaces() {
	run 4 unshare -Ur sh -c 'echo 0 > /proc/sys/user/max_net_namespaces &&
		exec "$0" local --rough micro/pipe' "$vbench" &&
		err_has 'cannot make the session.s private namespaces' &&
		err_has '--ifname=lo'
}
# in_chroot STATUS COMMAND [OPTION]: runs vbench as nobody in a chroot.  Its folder is
# no mount point unless COMMAND, which runs before, makes it one.
in_chroot() {
	chmod 711 "$tmp"
	mkdir -p "$tmp/root/usr" "$tmp/root/proc" "$tmp/root/dev" "$tmp/root$top" \
		"$tmp/root/tmp"
	for link in bin lib lib64 sbin; do
		ln -sfn "usr/$link" "$tmp/root/$link"
	done
	run "$1" unshare -m sh -c 'eval "$3"
		for d in /usr /proc /dev "$1"; do mount --rbind "$d" "$2/root$d"; done
		mount -t tmpfs -o mode=1777 none "$2/root/tmp"
		shift 3; exec chroot --userspec=65534:65534 "$tmp/root" "$@"' sh \
		"$top" "$tmp" "$2" env TMPDIR=/tmp VBENCH_SETTINGS= "$vbench" local \
		--quick --machines=1 $3 libc-syscall
}
chrooted() {
	export tmp
	in_chroot 4 : && err_has 'this is a chroot, where .*run vbench as root, or outside' &&
		in_chroot 4 'mount --bind "$2/root" "$2/root"' &&
		err_has 'in a chroot the kernel allows none' &&
		in_chroot 0 : --ifname=lo && out_has '^1 ok'
}
# Runs in the test's own network namespace.
ifname() {
	run 0 unshare -n sh -c 'ip link set lo up &&
		exec "$0" local --ifname=lo --rough micro/pipe inter/pingpong' "$vbench"
}
# Each run has its own addresses while the other one runs.
two_at_once() {
	own_backend noted && echo 'echo "$VBENCH_LOOPBACK" >> "$NOTES"' \
		>> "$tmp/own/noted/start" || return
	export NOTES="$tmp/notes" VBENCH_BACKENDS="$tmp/own"
	run 0 unshare -n sh -c 'ip link set lo up
		for i in 1 2; do
			"$0" noted --ifname=lo --machines=3 --time=0.3 --passes=1 \
				--json="$1/at-once-$i.json" inter > "$1/at-once-$i" 2>&1 & p="$p $!"
		done
		for pid in $p; do wait $pid || { cat "$1"/at-once-[12]; exit 1; }; done' \
		"$vbench" "$tmp" || return
	VBENCH_BACKENDS="$top/selftests/backends"
	for i in 1 2; do
		"$top/selftests/json.pl" "$tmp/at-once-$i.json" \
			'!(grep { $_->{status} eq "failed" } values %b)' || return
	done
	[ "$(sort -u "$tmp/notes" | grep -c '^127\.[0-9]*\.[0-9]*$')" -eq 2 ]
}
ifname_unknown() {
	run 4 unshare -n "$vbench" local --ifname=nosuch0 micro/pipe &&
		err_has '--ifname=nosuch0'
}
no_token() {
	FAULT=no-token BOOT_LIMIT=4 run 1 unshare -n sh -c 'ip link set lo up &&
		exec "$0" fake --ifname=lo --machines=2 --rough micro/pipe' "$vbench" &&
		err_has 'does not have the session.s token'
}
insecure() {
	FAULT=no-token run 0 unshare -n sh -c 'ip link set lo up &&
		exec "$0" fake --ifname=lo --insecure --machines=2 --rough micro/pipe' "$vbench"
}
private_needs_no_token() {
	FAULT=no-token run 0 "$vbench" fake --machines=2 --rough micro/pipe
}
time_limit() {
	run 124 "$vbench" local --timeout=5 --json="$tmp/r.json" micro &&
		err_has 'the time is up' && json '@{$d->{benchmarks}} >= 1'
}
# signalled SIGNAL STATUS: the signal comes during a run, whose results so far are kept.
# vbench respects that a signal is ignored, as the tests may run under nohup.
signalled() {
	env --default-signal="$1" "$vbench" local --json="$tmp/r.json" --csv="$tmp/r.csv" > "$tmp/out" 2> "$tmp/err" &
	pid=$!
	within 60 has_written csv ,ok,
	kill -"$1" $pid
	wait $pid
	status=$?
	[ $status -eq "$2" ] || { echo "exit status $status"; return 1; }
	out_has 'ok' && json '@{$d->{benchmarks}} >= 1' && nothing_left
}
# A suite of one test, which would run for a minute.
suite_has_begun() { find "$tmp/suite/tmp" -path '*/runs/vbench-*' -name lock | grep .; }
suite_has_ended() { ! kill -0 $pid 2> /dev/null || grep -q '^State:.Z' "/proc/$pid/status"; }
interrupted_test() {
	mkdir -p "$tmp/suite/tmp" "$tmp/suite/selftests" &&
		cp "$top/selftests/lib.sh" "$tmp/suite/selftests" || return
	cat > "$tmp/suite/selftests/long.sh" << 'END'
. "$(dirname "$0")/lib.sh"
RUN_LIMIT_S=60 test_that "it takes long" run 0 "$vbench" local --time=60
END
	VBENCH=$vbench TMPDIR=$tmp/suite/tmp env --default-signal=INT \
		setsid sh "$tmp/suite/selftests/long.sh" > "$tmp/out" 2> "$tmp/err" &
	pid=$!
	within 60 suite_has_begun && kill -INT -$pid && within 20 suite_has_ended
	ended=$?
	[ $ended -eq 0 ] || kill -KILL -$pid
	wait $pid
	status=$?
	[ $ended -eq 0 ] && [ $status -eq 130 ] || { echo "exit status $status"; return 1; }
	(TMPDIR=$tmp/suite/tmp && nothing_left)
}
# The inner process is the child of $pid that has another pid namespace.
kill_inner() {
	for child in $(cat /proc/$pid/task/$pid/children); do
		[ "$(readlink /proc/$child/ns/pid)" = "$(readlink /proc/$pid/ns/pid)" ] ||
			kill -KILL "$child"
	done
}
# All benchmarks have samples, and none is complete.
interrupted_later() {
	"$vbench" local --passes=100 --time=20 --json="$tmp/r.json" --csv="$tmp/r.csv" \
		micro/pipe micro/signal > "$tmp/out" 2> "$tmp/err" &
	pid=$!
	within 60 has_written csv '^micro/signal,ok,.*,2$'
	kill -INT $pid
	wait $pid
	status=$?
	[ $status -eq 130 ] || { echo "exit status $status"; return 1; }
	out_has '2 ok, 0 skipped, 0 failed' &&
		grep -q '^micro/signal,ok,.*,2$' "$tmp/r.csv" &&
		json '(grep { $_->{note} =~ /interrupted after \d+ of \d+ spells/ &&
			$_->{floor} > 0 } values %b) == 2' && nothing_left
}
# The results are the last document that was written, without the latest samples.
inner_killed_later() {
	"$vbench" local --passes=100 --time=20 --json="$tmp/r.json" \
		micro/pipe micro/signal > "$tmp/out" 2> "$tmp/err" &
	pid=$!
	within 60 has_written json micro/signal
	kill_inner
	wait $pid
	err_has 'died of signal 9' && nothing_left &&
		json '(grep { $_->{status} eq "ok" && $_->{floor} > 0 } values %b) == 2'
}
passes() {
	run 0 "$vbench" local --passes=3 --time=1.5 --json="$tmp/r.json" micro/pipe \
		micro/clock-accuracy &&
		json '$d->{passes} == 3 &&
		      $b{"micro/pipe"}{samples}[0]{pass} == 1 &&
		      $b{"micro/pipe"}{samples}[-1]{pass} > 1 &&
		      !(grep { $_->{pass} != 1 } @{$b{"micro/clock-accuracy"}{samples}})'
}
nohup_run() {
	(trap '' HUP; exec "$vbench" local --rough micro/pipe micro/fork micro/exec \
		> "$tmp/out" 2> "$tmp/err") &
	pid=$!
	sleep 1
	kill -HUP $pid
	wait $pid && out_has '3 ok'
}
# Both the session and its folder exist.
run_has_begun() {
	[ "$(cat "/proc/$pid/task/$pid/children")" ] && ls -d "$TMPDIR"/vbench-*
}
# After SIGKILL no process is left, and the next run removes the folder.
killed() {
	"$vbench" local > "$tmp/out" 2> "$tmp/err" &
	pid=$!
	within 30 run_has_begun
	kill -KILL $pid
	wait $pid
	within 30 no_processes || return
	ls -d "$TMPDIR"/vbench-* > /dev/null || return
	run 0 "$vbench" local --rough micro/pipe && err_has 'cleaning up after a run' &&
		nothing_left
}
# If the session's own process is killed, the outer one reports it and cleans up.
inner_killed() {
	"$vbench" local > "$tmp/out" 2> "$tmp/err" &
	pid=$!
	within 30 run_has_begun
	kill_inner
	wait $pid
	err_has 'died of signal 9' && nothing_left
}
# After a killed run in the caller's network, the next run stops its machines.
killed_ifname() {
	unshare -n sh -c 'ip link set lo up
		"$0" local --ifname=lo > /dev/null 2>&1 & pid=$!
		sleep 2; kill -KILL $pid; wait $pid 2> /dev/null; sleep 1
		"$0" local --ifname=lo --rough micro/pipe' "$vbench" \
		> "$tmp/out" 2> "$tmp/err"
	err_has 'cleaning up after a run' && no_processes && nothing_left
}
# The killed run recorded pids of its own namespace: vbench must not touch a process
# here that has the same pid.  A new pid namespace makes low pids available.
foreign_pids() {
	unshare -n --pid --fork --mount-proc sh -c 'ip link set lo up
		"$0" local --ifname=lo > /dev/null 2>&1 & pid=$!
		sleep 2; kill -KILL $pid; wait $pid 2> /dev/null; sleep 1
		n=0; while [ $n -lt 60 ]; do sleep 1000 & n=$((n + 1)); done
		"$0" local --ifname=lo --rough micro/pipe
		[ "$(grep -lx sleep /proc/[0-9]*/comm | wc -l)" -eq 60 ] && echo untouched' "$vbench" \
		> "$tmp/out" 2> "$tmp/err"
	err_has 'cleaning up after a run' && out_has untouched && nothing_left
}
# The results' file system gets full during the run: it keeps a complete document, and
# all results are rescued elsewhere.
full_disk() {
	mkdir -p "$tmp/small" &&
		run 1 unshare -m sh -c 'mount -t tmpfs -o size=112k none "$1/small" &&
			"$0" local --rough --time=0.1 --json="$1/small/r.json" micro; s=$?
			cp "$1/small/r.json" "$1/cut.json"; exit $s' "$vbench" "$tmp" &&
		err_has 'No space left on device' && err_has 'all results .* are in' || return
	"$top/selftests/json.pl" "$tmp/cut.json" '@{$d->{benchmarks}} >= 1' || return
	saved=$(sed -n 's/.* are in \(.*\.json\)$/\1/p' "$tmp/err")
	"$top/selftests/json.pl" "$saved" '@{$d->{benchmarks}} >= 25' && rm "$saved"
}
device_full() {
	run 1 "$vbench" local --rough --csv=/dev/full micro/pipe &&
		err_has '/dev/full: No space left' && out_has 'micro/pipe' &&
		rm "$TMPDIR"/vbench-rescued-*
}
# In the test's own network namespace, no other run causes a warning on stderr.
to_a_pipe() {
	run 0 unshare -n sh -c '"$0" local --rough --json=/dev/stderr micro/pipe 2>&1 >/dev/null |
		perl -MJSON::PP -0ne "decode_json(\$_)"' "$vbench" &&
		run 0 unshare -n sh -c '"$0" local --time=0.2 --json=/dev/stderr micro/pipe micro/signal \
			2>&1 >/dev/null | perl -MJSON::PP -0ne \
			"exit !(@{decode_json(\$_)->{benchmarks}} == 2)"' "$vbench"
}
# The runs have the test's own network namespace, because other tests may run meanwhile.
other_runs() {
	run 0 unshare -n sh -c 'ip link set lo up
		"$0" local --machines=1 --passes=1 --time=60 micro/pipe > "$1/first" 2>&1 & pid=$!
		until grep -q "@vbench-run.$pid" /proc/net/unix || ! kill -0 $pid; do
			sleep 0.1
		done
		"$0" local --quick --machines=1 --json="$1/r.json" micro/pipe; ret=$?
		kill -INT $pid; wait $pid
		"$0" local --quick --machines=1 micro/pipe 2> "$1/alone" || ret=$?
		exit $ret' "$vbench" "$tmp" &&
		err_has 'another vbench runs on this machine (process [0-9]*)' &&
		json '$d->{environment}{"host.other_runs"} == 1' &&
		! grep 'another vbench' "$tmp/first" "$tmp/alone"
}
# Binds abstract sockets of these names, as another user.
cat > "$tmp/bind.pl" << 'END'
use Socket;
$) = $( = 4711;
$> = $< = 4711;
for (@ARGV) {
	socket(my $s, AF_UNIX, SOCK_DGRAM, 0);
	bind($s, sockaddr_un("\0$_")) or die;
	push @all, $s;
}
$| = 1;
print "bound\n";
sleep 1000;
END
# Another user can pretend to run vbench, but only under that user's own name, and can
# reserve only addresses that a run does not need.
pretended_runs() {
	run 0 unshare -n sh -c 'ip link set lo up
		perl "$1/bind.pl" vbench-run.1.ab vbench-run.999999999.cd vbench-run. \
			$(seq -f "vbench-loopback-%g" 1 254) > "$1/bound" & pid=$!
		until grep -q bound "$1/bound" || ! kill -0 $pid; do sleep 0.1; done
		"$0" local --ifname=lo --quick --machines=2 inter/pingpong; ret=$?
		kill $pid; exit $ret' "$vbench" "$tmp" &&
		err_has 'another vbench runs .*(process 999999999 of user 4711)' &&
		out_has '^1 ok'
}

# root_test NAME COMMAND: for tests that unshare(1) namespaces.
root_test() {
	if [ "$(id -u)" -eq 0 ]; then
		test_that "$@"
	else
		skip "$1" "only root can make the test's namespaces"
	fi
}

test_that "a run prints a table and writes CSV and JSON" all_formats
test_that "the same seed chooses the same machines" same_seed
test_that "one machine: benchmarks between machines are skipped" one_machine
test_that "64 machines run" many_machines
test_that "show prints a result, and two side by side" show
test_that "samples are taken in several passes, except where one is enough" passes
test_that "--cpus pins machines" pinned
test_that "a backend's name need not be UTF-8" odd_backend_name
test_that "random-read says which disk it needs" small_disk
test_that "list with a backend says which benchmarks run" list_backend
test_that "list accepts a benchmark's name" list_word
# A chroot has no user namespaces, and an administrator can forbid them.
if setpriv --reuid=65534 --regid=65534 --clear-groups unshare -U true 2> /dev/null; then
	test_that "local needs no root" not_root
	test_that "a lack of namespaces is named with a remedy" no_namespaces
else
	skip "local needs no root" "no user namespaces here"
	skip "a lack of namespaces is named with a remedy" "no user namespaces here"
fi
root_test "vbench says that a chroot has no user namespaces" chrooted
root_test "--ifname serves on that interface" ifname
root_test "two runs with --ifname can run at once" two_at_once
root_test "--ifname refuses an unknown interface" ifname_unknown
root_test "--ifname refuses a client without the token" no_token
root_test "--insecure accepts it" insecure
test_that "the private network needs no token" private_needs_no_token
test_that "--timeout ends the run with 124 and keeps the results" time_limit
test_that "SIGINT gives 130, keeps the results and leaves nothing" signalled INT 130
test_that "SIGTERM gives 130, keeps the results and leaves nothing" signalled TERM 130
test_that "SIGHUP gives 130, keeps the results and leaves nothing" signalled HUP 130
test_that "SIGINT in a later pass keeps all benchmarks with samples" interrupted_later
test_that "SIGHUP does not end a run under nohup" nohup_run
test_that "Ctrl-C in a test ends what the test runs" interrupted_test
test_that "after SIGKILL no process is left, and the next run cleans up" killed
test_that "SIGKILL of the inner process is reported" inner_killed
test_that "SIGKILL of the inner process in a later pass loses no result" inner_killed_later
root_test "after SIGKILL with --ifname the next run stops the machines" killed_ifname
root_test "after SIGKILL with --ifname processes with the same pids stay" foreign_pids
root_test "a full disk loses no result" full_disk
test_that "a full device loses no result" device_full
root_test "results can go to a pipe" to_a_pipe
root_test "vbench warns of another run on this machine" other_runs
root_test "no user can fake another user's run, or take all addresses" pretended_runs
test_that "nothing is left behind" nothing_left
tests_done
