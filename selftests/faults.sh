#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Backends and clients that misbehave: each costs what it must and no more.
. "$(dirname "$0")/lib.sh"

# Short limits: what hangs is meant to hang.
export SETUP_LIMIT=1 RUN_LIMIT=1 BOOT_LIMIT=6 SCRIPT_LIMIT=2
result=$tmp/result.json

# faulty FAULT STATUS ARGS...: machine 0 of two has the fault.
faulty() {
	fault=$1 want=$2
	shift 2
	rm -f "$result"
	FAULT=$fault run "$want" "$vbench" fake --machines=2 --rough \
		--json="$result" "$@"
}
# A fault in the middle of a benchmark: that one fails, the suite goes on with
# the other machine.
in_benchmark() {
	faulty "$1" 1 --seed=3 micro/empty-loop micro/clock-gettime \
		micro/pipe micro/signal micro/rdtsc && err_has "$2" &&
		"$top/selftests/json.pl" "$result" \
		'(grep { $_->{status} eq "failed" } values %b) == 1 &&
		 (grep { $_->{status} eq "ok" } values %b) == 4'
}
nothing_ran() { faulty "$1" 4 micro/libc-syscall && err_has "$2"; }
one_lost() {
	faulty "$1" 1 micro/libc-syscall && err_has "$2" &&
		"$top/selftests/json.pl" "$result" \
		'$b{"micro/libc-syscall"}{status} eq "ok"'
}
start_fails() { nothing_ran start-fails 'this start script fails on purpose'; }
stop_is_called() {
	STOPPED=$tmp/stopped nothing_ran start-fails purpose && [ -e "$tmp/stopped" ]
}
start_skips() { nothing_ran start-skips 'there is no such hypervisor here'; }
start_mute() {
	nothing_ran start-mute 'fake cannot run here, says the exit status 4 of .*/fake/start,'
}
warns_and_dies() {
	one_lost machine-warns-dies 'ended before its client connected' &&
		err_has 'start_machine-0 said, when it started that machine:' &&
		err_has 'no huge pages, but never mind'
}
# The words of a script find no room there, either.
full_tmp() {
	mkdir -p "$tmp/full" && run 4 unshare -m sh -c 'mount -t tmpfs -o size=256k none "$2" &&
		TMPDIR=$2 exec "$0" $1 --machines=2 --rough micro/pipe' "$vbench" "$1" "$tmp/full" &&
		err_has "$2"
}
# The start script takes all inodes, so none is left for the output of stop.
no_inodes() {
	mkdir -p "$tmp/full" "$tmp/b" && cp -R "$VBENCH_BACKENDS/fake" "$tmp/b/filler" &&
		echo 'while touch "f$i" 2> err; do i=$((i + 1)); done' >> "$tmp/b/filler/start" &&
		printf '#!/bin/sh\n: > "%s/stopped"\n' "$tmp" > "$tmp/b/filler/stop" &&
		VBENCH_BACKENDS=$tmp/b run 4 unshare -m sh -c '
			mount -t tmpfs -o size=1m,nr_inodes=40 none "$1" &&
			TMPDIR=$1 exec "$0" filler micro/pipe' "$vbench" "$tmp/full" &&
		err_has 'start_machine cannot be executed: No space left.*TMPDIR=' &&
		[ -e "$tmp/stopped" ]
}
# Of a backend with root disks, whose machines are guests.
firewall_hint() {
	mkdir -p "$tmp/b" && cp -R "$VBENCH_BACKENDS/fake" "$tmp/b/guests" &&
		rm "$tmp/b/guests/no-root-disk" || return
	for network in --ifname=lo --quiet; do
		FAULT=machine-never-connects BOOT_LIMIT=1 VBENCH_BACKENDS=$tmp/b \
			run 4 "$vbench" guests --machines=1 $network micro/pipe &&
			err_has 'did not come up within 1 s (BOOT_LIMIT= in SETTINGS)' || return
		case $network in
		--ifname=lo) err_has "a firewall here or Docker's policy .* iptables -S FORWARD" ;;
		*) ! err_has firewall ;;
		esac || return
	done
}
# in_group STATUS MIB COMMAND...: in a cgroup with that limit of memory.
in_group() {
	status=$1
	echo $(($2 << 20)) > "$group/$limit" && shift 2 &&
		run "$status" sh -c 'echo 0 > "$0/cgroup.procs" && exec "$@"' "$group" "$@"
}
memory_limit() {
	in_group 4 128 env QEMU=true KERNEL=/bin/sh "$vbench" qemu --machines=4 micro/pipe &&
		err_has "need 1024 MiB, .* MiB are free within $group/$limit : use a smaller MEM="
}
memory_kill() {
	FAULT=machine-eats BOOT_LIMIT=60 in_group 1 200 "$vbench" fake --machines=2 \
		--rough micro/libc-syscall &&
		err_has "machine 0 is lost: its process .* ended" &&
		err_has 'for want of memory, the kernel killed 1 process since'
}
start_hangs() { nothing_ran start-hangs 'start did not end within 8 s'; }
start_warns() {
	FAULT=start-warns run 0 "$vbench" fake --machines=1 --rough micro/libc-syscall &&
		err_has 'start says:' && err_has 'no modules, but never mind'
}
# Not until its limit: whoever interrupts wants an end.
start_interrupted() {
	FAULT=start-hangs BOOT_LIMIT=600 "$vbench" fake --machines=1 \
		> "$tmp/out" 2> "$tmp/err" &
	pid=$!
	sleep 1
	kill -INT $pid
	wait $pid
	status=$?
	[ $status -eq 130 ] || { echo "exit status $status"; return 1; }
	nothing_left
}
version() { faulty version 4 --machines=1 micro/libc-syscall && err_has 'speaks protocol version 999.*make rootfs'; }
# A busy machine's delays cannot hide the lie among fifty samples (clockcheck.c).
lying_clock() {
	FAULT=lying-clock run 0 "$vbench" fake --machines=1 --time=3 --passes=1 \
		--json="$result" micro/libc-syscall &&
		"$top/selftests/json.pl" "$result" \
		'$b{"micro/libc-syscall"}{clock} eq "host" &&
		 $b{"micro/libc-syscall"}{note} =~ /clock runs at 0.5/'
}
# A run takes 100 ns, and a sample should last 1 ms, but the answers come late.
slow_channel() {
	FAULT=slow-channel run 0 "$vbench" fake --machines=1 --time=2 --passes=1 \
		--json="$result" micro/libc-syscall &&
		"$top/selftests/json.pl" "$result" \
		'!grep { $_->{runs} < 1000 } @{$b{"micro/libc-syscall"}{samples}}'
}
# A run takes 10 us or more, of which the guest's clock shows nothing.
standing_clock() {
	FAULT=standing-clock run 0 "$vbench" fake --machines=1 --time=2 --passes=1 \
		--json="$result" micro/libc-syscall &&
		"$top/selftests/json.pl" "$result" \
		'my $k = $b{"micro/libc-syscall"};
		 $k->{clock} eq "host" && !grep { $_->{runs} > 1000 } @{$k->{samples}}'
}
# leaves_in_pass_2 FAULT ARGS...: the seed puts the first two benchmarks on machine 0,
# which leaves in the second spell of the first one: that one fails.  --time is many
# times what a set-up takes on a busy machine, or there is no second spell (plan.h).
leaves_in_pass_2() {
	fault=$1
	shift
	FAULT=$fault run 1 "$vbench" fake --machines=2 --seed=7 --json="$result" "$@" &&
		err_has 'machine 0 closed the connection'
}
# The other benchmark has the samples of its first spell.
lost_between_passes() {
	leaves_in_pass_2 leaves-in-pass-2 --passes=3 --time=5 \
		micro/empty-loop micro/libc-syscall micro/signal &&
		"$top/selftests/json.pl" "$result" \
		'(grep { $_->{status} eq "failed" } values %b) == 1 &&
		 (grep { $_->{status} eq "ok" } values %b) == 2 &&
		 (grep { ($_->{note} // "") =~ /^machine 0 was lost after 1 of \d+ spells/ &&
			 !$_->{precise} && defined $_->{floor} &&
			 $_->{samples}[-1]{pass} == 1 } values %b) >= 1 &&
		 (grep { $_->{samples}[-1]{pass} > 1 } values %b) >= 1'
}
# Too few samples to count: they are taken anew on the other machine.
starts_over() {
	leaves_in_pass_2 slow-leaves-in-pass-2 --rough --passes=16 --time=8 \
		micro/empty-loop micro/libc-syscall &&
		"$top/selftests/json.pl" "$result" \
		'(grep { $_->{status} eq "failed" } values %b) == 1 &&
		 (grep { $_->{status} eq "ok" && $_->{samples}[0]{pass} > 1 &&
			 $_->{machines}[0] == 1 } values %b) >= 1 &&
		 !(grep { ($_->{note} // "") =~ /was lost/ } values %b)'
}
# A list whose second check fails or is interrupted: a table may show a part, but no
# part replaces a file, or is mistaken for the whole.
list_file_stays() {
	err_has 'l.json is not written: the list would be incomplete' &&
		[ "$(cat "$tmp/l.json")" = old ] && [ -z "$(find "$tmp" -name 'l.json.*')" ]
}
list_part() {
	echo old > "$tmp/l.json"
	set -- "$vbench" list fake --machines=1 micro/pipe micro/signal
	fault=leaves-in-check-2
	FAULT=$fault run 1 "$@" --json="$tmp/l.json" && list_file_stays &&
		FAULT=$fault run 1 "$@" --json && err_has 'is not written' &&
		[ ! -s "$tmp/out" ] && FAULT=$fault run 1 "$@" && out_has '^micro/pipe .* runs' && err_has 'the list is incomplete'
}
list_interrupted() {
	rm -f "$tmp/log-0"
	FAULT=waits-in-check-2 LOGFILES=$tmp/log RUN_LIMIT=600 "$vbench" list fake \
		--machines=1 --json="$tmp/l.json" micro/pipe micro/signal \
		> "$tmp/out" 2> "$tmp/err" &
	pid=$!
	within 30 grep -qs waiting "$tmp/log-0"
	kill -TERM $pid
	wait $pid
	status=$?
	[ $status -eq 130 ] || { echo "exit status $status"; return 1; }
	list_file_stays
}
noise() {
	FAULT=noise-first run 0 "$vbench" fake --machines=2 --rough micro/libc-syscall
}

test_that "the output of a failed start is shown" start_fails
test_that "stop is called after a failed start" stop_is_called
test_that "the reason is shown when start says that it cannot run here" start_skips
test_that "a start that cannot run here but gives no reason is named" start_mute
test_that "a start without space in TMPDIR is reported with the remedy" full_tmp local 'start failed (exit status 1).*[Nn]o space'
test_that "stop runs even if its output finds no inode" no_inodes
test_that "the output of a successful start_machine is shown if its machine dies" warns_and_dies
own=$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup)
group=/sys/fs/cgroup/memory${own%/}/vbench-selftest-$$ limit=memory.limit_in_bytes
if [ -z "$own" ]; then
	own=$(sed -n 's/^0:://p' /proc/self/cgroup)
	group=/sys/fs/cgroup${own%/}/vbench-selftest-$$ limit=memory.max
fi
if mkdir "$group" 2> /dev/null && [ -w "$group/$limit" ]; then
	test_that "too many machines for a cgroup's memory limit are refused" memory_limit
	test_that "a machine that a cgroup's memory limit kills is reported with that limit" memory_kill
else
	skip "a cgroup's limit of memory" "no cgroup can be made here"
fi
[ ! -d "$group" ] || rmdir "$group"
test_that "a start that hangs ends at its limit" start_hangs
test_that "a start that hangs ends at once when interrupted" start_interrupted
test_that "the output of a successful start is shown" start_warns
test_that "the output of a failed start_machine is shown" one_lost machine-fails 'this machine fails on purpose'
test_that "a start_machine that prints nothing is reported" one_lost machine-silent 'start_machine printed nothing'
test_that "a start_machine that prints two lines is reported" one_lost machine-two-lines 'printed more than one line'
test_that "a start_machine that hangs ends at its limit" one_lost machine-hangs 'did not end within 6 s'
test_that "a machine that never connects is lost at its limit" one_lost machine-never-connects 'did not come up within 6 s'
test_that "with --ifname, a guest that never connects is a hint at a firewall" firewall_hint
test_that "a machine that dies before it connects is lost at once" one_lost machine-dies 'ended before its client connected'
test_that "a client of another protocol version is refused with the remedy" version
test_that "a client that claims an unknown id is refused" one_lost wrong-id 'client id 77'
test_that "a HELLO that claims 4 GiB is refused" one_lost hello-claims-4g 'claims 4294967295 bytes'
test_that "random bytes on the port do no harm" noise
test_that "a client that closes during a benchmark is lost" in_benchmark closes 'closed the connection'
test_that "a client that dies during a benchmark is lost" in_benchmark dies 'closed the connection'
test_that "a client that hangs during a benchmark is lost" in_benchmark hangs 'did not answer in time'
test_that "a client that sends random bytes during a benchmark is lost" in_benchmark rubbish 'not vbench.s protocol'
test_that "a message that claims 4 GiB is refused" in_benchmark claims-4g 'claims 4294967295 bytes'
test_that "a message out of turn is refused" in_benchmark wrong-type 'sent an invalid message'
test_that "a message with a body of the wrong size is refused" in_benchmark short-done 'sent an invalid message'
test_that "events that nobody asked for are refused" in_benchmark events 'sent an invalid message'
test_that "a client that never stops sending is lost" in_benchmark chatters 'hangs\|invalid message\|did not answer'
test_that "a client that keeps sending at the end of a benchmark is lost" in_benchmark chatters-at-end 'did not answer\|hangs'
test_that "a client that sends a byte now and then is lost" in_benchmark dribbles 'did not answer in time'
test_that "the samples of a machine that is lost between two passes count" lost_between_passes
test_that "a benchmark starts over if its machine is lost with too few samples" starts_over
test_that "a list that a lost machine cuts short replaces no file" list_part
test_that "nor does a list that is interrupted" list_interrupted
test_that "host time is used for a guest clock that lies, with a note" lying_clock
test_that "a slow channel does not shorten samples" slow_channel
test_that "a guest clock that stands still does not make samples endless" standing_clock
test_that "nothing is left behind" nothing_left
tests_done
