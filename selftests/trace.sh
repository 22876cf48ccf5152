#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Exits are attributed exactly: in an emulated host, whose kernel has real KVM,
# its BTF and its tracepoints.
. "$(dirname "$0")/lib.sh"
. "$top/selftests/trace/lib.sh"

perturbation() { json '!grep { !$_->{exits}{traced_ns} } ($b{"micro/cpuid"})'; }

# Both watch the same exits.
perf_agrees() {
	bare_vm_begin || return
	perf kvm --host stat record -a -o "$tmp/perf.data" > "$tmp/perf.log" 2>&1 9>&- &
	perf=$!
	watches $perf perf_event && bare_vm_traced
	ret=$?
	kill -TERM $perf
	wait $perf
	[ $ret -eq 0 ] &&
		perf kvm --host -i "$tmp/perf.data" stat report > "$tmp/perf.txt" 2>&1 &&
		"$top/selftests/trace/perf-agrees.pl" "$tmp/all.json" "$tmp/perf.txt" ||
		{ cat "$tmp/perf.log" "$tmp/perf.txt" "$tmp/out"; return 1; }
}
# event NAME PATTERN CONDITION: the window of an event has nothing but the event: not what
# prepares it, and no attempt that failed.  $n exits of one operation match PATTERN.
event() {
	json 'my $e = $b{"kernel/'"$1"'"}{exits} or return 0;
		my $n = 0;
		$n += $_->{per_op} for grep { "$_->{reason} $_->{detail}" =~ /'"$2"'/i }
			@{$e->{by_reason}};
		$e->{runs} && $e->{windows} == $e->{runs} && !$e->{fixed_windows} &&
		'"$3"
}
# came_not NAME REASON: on a busy machine an operation can give up, and says why.
came_not() {
	json 'my $k = $b{"kernel/'"$1"'"};
		!($k->{exits} && $k->{exits}{runs}) &&
		($k->{reason} // "") . ($k->{note} // "") =~ /'"$2"'/' 2> /dev/null
}
# test_event NAME PATTERN CONDITION REASON
test_event() {
	if came_not "$1" "$4"; then
		skip "the window of $1 holds the event alone" "its event did not come"
	else
		test_that "the window of $1 holds the event alone" event "$1" "$2" "$3"
	fi
}
# An interrupt's handler may send one IPI more now and then.
events() {
	test_event ipi-running "msr 0x830 write" '$n >= 1 && $n < 1.5' "was called without an interrupt"
	test_event hlt-wake-100us "^hlt" '$n == 1' "no CPU halts for 100 us here"
	test_that "the window of indirect-after-exit holds the event alone" \
		event indirect-after-exit "^cpuid" '$n == 1'
}
# Another process's VM meanwhile, which has exits all the time: one that rests in between
# may get no CPU in the tenth of a second for which a benchmark is traced.
foreign() {
	bare_vm_begin || return
	echo cpuid 200 4000000000 >&9
	exec 9>&-
	trace --time=5 --machines=1 --trace cpuid vmmcall && all_sound &&
		once_here micro/cpuid '^cpuid' && once_here micro/vmmcall call &&
		json '!grep { !$_->{exits}{foreign_exits} } values %b'
	ret=$?
	kill "$vm" || ret=1
	wait "$vm"
	return $ret
}
killed() {
	RUN_LIMIT=5 run 1 "$tree/vbench" kvm --rough --machines=1 --trace \
		--json="$tmp/r.json" traced/dies
	broken dies 'the vCPU ended in the window'
}
# tier TIER BENCHMARK...: these as well.
tier() {
	tier=$1
	shift
	VBENCH_TRACE_TIER=$tier trace --machines=1 --trace=rip cpuid vmmcall "$@" &&
		json "\$b{'micro/cpuid'}{exits}{tier} eq '$tier'" && all_sound &&
		once_here micro/cpuid ^cpuid && once_here micro/vmmcall call
}
# Operations that want a guest of another kind than the rest: with its APIC in memory
# and no TSC deadline, with memory that is not touched as it is handed out.
other_guest() {
	MEM=512M APPEND="nox2apic lapic=notscdeadline init_on_alloc=0 VBENCH_OPT_IN=1" \
		tier B kernel/mmio-lapic-version kernel/mmio-lapic-count kernel/timer-lapic \
		kernel/wbinvd kernel/first-touch-4k kernel/ipi-self-nop && as_declared 6
}
# A boot has hundreds of kinds of exits: the frequent ones have their places, and for
# each reason vbench reports how many exits have none.
boot_has_places() {
	"$top/selftests/json.pl" "$tmp/all.json" '
		my @r = map { @{$_->{exits}{by_reason}} } @{$d->{vms}};
		my ($all, $out) = (0, 0);
		$all += $_->{count} for @r;
		$out += $_->{count} for grep { $_->{detail} =~ /without a place/ } @r;
		my $lost = 0;
		$lost += $_->{exits}{lost} for @{$d->{vms}};
		printf STDERR "%d of %d exits of %d kinds without a place, %d lost\n",
			$out, $all, scalar @r, $lost;
		$all > 1000 && $out <= $all / 20 && !$lost &&
		!grep { !defined $_->{missed_max} } @r'
}
# As many vCPUs as can be followed at a time, whatever their threads are called.  The
# last of the five signals of each is not over when the tracer ends.
many_vcpus() {
	gcc -O2 -pthread -o "$tmp/many-vcpus" "$top/selftests/perf/many-vcpus.c" &&
		mkfifo "$tmp/go" || return
	"$tmp/many-vcpus" 1024 10 < "$tmp/go" > "$tmp/many" &
	vm=$!
	exec 9> "$tmp/go"
	"$tree/vbench" trace --all --json="$tmp/all.json" > "$tmp/out" 2> "$tmp/err" 9>&- &
	tracer=$!
	watches $tracer bpf_link
	echo go >&9
	n=0
	until grep -q "^done" "$tmp/many" || ! kill -0 "$vm" || [ $((n += 1)) -gt 240 ]; do
		sleep 0.5
	done
	sleep 2
	kill -TERM $tracer
	wait $tracer
	exec 9>&-
	wait "$vm" || return
	"$top/selftests/json.pl" "$tmp/all.json" '
		my ($vm) = @{$d->{vms}};
		my (%n, %user);
		$n{$_->{reason}} += $_->{count},
			$user{$_->{reason}} += $_->{user_exits}
			for @{$vm->{exits}{by_reason}};
		@{$d->{vms}} == 1 && $n{cpuid} == 10240 && $vm->{vcpus} == 1024 &&
		$n{hlt} == 1024 && $user{hlt} == 1024 && !$user{cpuid} &&
		$n{"signal to the VMM, no exit"} == 4096 &&
		!$d->{full} && !$d->{unseen_vcpus}' || { cat "$tmp/out"; return 1; }
}
# Of a VM that knows nothing of it, from its boot on.  Both of its benchmarks execute
# CPUID, exec in each new image: any three seconds have some.  cpuid alone may be
# precise, and the VM gone, before both traces are over; exec never is so soon.
any_vm() {
	"$tree/vbench" trace --all --json="$tmp/all.json" > "$tmp/out" 2> "$tmp/err" &
	tracer=$!
	watches $tracer bpf_link
	"$tree/vbench" kvm -v --time=200 --passes=100 --machines=1 cpuid exec \
		> "$tmp/other" 2>&1 &
	other=$!
	within 300 grep -q 'machine 0 is up' "$tmp/other" && sleep 3
	ret=$?
	kill -TERM $tracer
	wait $tracer && [ $ret -eq 0 ] &&
		out_has 'qemu-system.* 1 vCPU' && out_has 'cpuid' && boot_has_places &&
		out_has ', by the VMM' &&
		pid=$(sed -n 's/.*"pid": \([0-9]*\).*/\1/p' "$tmp/all.json") &&
		run 0 "$tree/vbench" trace "$pid" --time=3 && out_has 'cpuid'
	ret=$?
	kill "$other"
	wait "$other"
	return $ret
}

module=kernel
# Of 98.  Twelve need another CPU or guest: first-touch-4k, invpcid-*, mmio-lapic-*,
# *-power-ctl, *-spec-ctrl, timer-lapic, wbinvd and wrmsr-ibpb; and first-touch-2m has used
# up its blocks before it is traced.  On a busy machine the other events (hlt-wake-*,
# indirect-*, ipi-halted-*, ipi-running-*, timer-*-100us, page-fault-guest,
# touch-again-2m, wake-remote) may come less than 10 times, or take too long.
compared=68
# What takes longer than a sample, because another CPU has to take part.
two_cpus_compared() {
	json '!grep { my $k = $b{"kernel/$_"}; print STDERR "$_: ",
			$k->{exits}{runs} // "no", " operations\n";
			!(($k->{exits}{runs} // 0) >= 10 && $k->{exits}{expects}) }
		qw(ipi-one smp-call-single tlb-shootdown)'
}
inside() {
	exact
	if has_module; then
		test_that "operations of two CPUs are compared" two_cpus_compared
		events
	else
		skip "the windows of events" "the guests' module is not built"
	fi
	test_that "vbench reports how much longer an operation takes when it is traced" perturbation
	test_that "vbench counts all exits of a VM of 20 instructions" bare_vm
	if command -v perf > /dev/null; then
		test_that "perf kvm stat counts the same, but for an exit without return" perf_agrees
	else
		skip "perf kvm stat counts the same" "linux-perf is not installed"
	fi
	test_that "another VM's exits do not count as a benchmark's" foreign
	test_that "a guest that dies in its window is reported" killed
	if has_module; then
		test_that "tier B counts the same, also in a guest with xAPIC" other_guest
	else
		test_that "tier B counts the same" tier B
	fi
	test_that "tier C counts the same" tier C
	test_that "vbench trace finds any VM, by --all and by process id" any_vm
	test_that "vbench counts all exits of 1,024 vCPUs at once" many_vcpus
	test_that "nothing is left behind" nothing_left
}

trace_tests make_tree "$@"
