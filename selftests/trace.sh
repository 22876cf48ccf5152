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
two_vcpus() {
	VCPUS=2 trace --machines=1 --trace traced/two-vcpus && all_sound &&
		json "my @c = $(rows traced/two-vcpus ^cpuid);
			my @h = $(rows traced/two-vcpus call);
			@c == 1 && \$c[0]{per_op} == 1 && !@h"
}
# Another process's VM meanwhile, which goes back to it every few milliseconds: one
# that is left to itself was seen to have no exits for so long below the emulator.
foreign() {
	bare_vm_begin || return
	while echo cpuid 200 1; do sleep 0.02; done >&9 &
	orders=$!
	trace --time=5 --machines=1 --trace cpuid vmmcall 9>&- && all_sound &&
		once_here micro/cpuid '^cpuid' && once_here micro/vmmcall call &&
		json '!grep { !$_->{exits}{foreign_exits} } values %b'
	ret=$?
	kill $orders || ret=1
	exec 9>&-
	wait $vm || ret=1
	return $ret
}
killed() {
	RUN_LIMIT=5 run 1 "$tree/vbench" kvm --rough --machines=1 --trace \
		--json="$tmp/r.json" traced/dies
	broken dies 'the vCPU ended in the window'
}
tier() {
	VBENCH_TRACE_TIER=$1 trace --machines=1 --trace=rip cpuid vmmcall &&
		json "\$b{'micro/cpuid'}{exits}{tier} eq '$1'" && all_sound &&
		once_here micro/cpuid ^cpuid && once_here micro/vmmcall call
}
# Of a VM that knows nothing of it.
any_vm() {
	"$tree/vbench" kvm --time=200 --passes=100 --machines=1 cpuid > "$tmp/other" 2>&1 &
	other=$!
	run 0 "$tree/vbench" trace --all --time=60 --json="$tmp/all.json" &&
		out_has 'qemu-system.* 1 vCPU' && out_has 'cpuid' &&
		out_has ', by the VMM' &&
		pid=$(sed -n 's/.*"pid": \([0-9]*\).*/\1/p' "$tmp/all.json") &&
		run 0 "$tree/vbench" trace "$pid" --time=3 && out_has 'cpuid'
	ret=$?
	kill "$other"
	wait "$other"
	return $ret
}

inside() {
	exact
	test_that "how much longer it takes traced is told" perturbation
	test_that "a VM of 20 instructions: all counted" bare_vm
	if command -v perf > /dev/null; then
		test_that "perf kvm stat counts the same, but for an exit without return" perf_agrees
	else
		skip "perf kvm stat counts the same" "linux-perf is not installed"
	fi
	test_that "two vCPUs at once" two_vcpus
	test_that "another VM's exits are not ours" foreign
	test_that "a guest that dies in its window is reported" killed
	test_that "tier B counts the same" tier B
	test_that "tier C counts the same" tier C
	test_that "any VM: by --all and by process id" any_vm
	test_that "nothing is left behind" nothing_left
}

trace_tests make_tree "$@"
