#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Exits are attributed exactly: in an emulated host, whose kernel has real KVM,
# its BTF and its tracepoints.
. "$(dirname "$0")/lib.sh"
. "$top/selftests/trace/lib.sh"

single() {
	APPEND=iomem=relaxed trace --machines=1 --trace=rip cpuid vmmcall traced/mmio-kernel \
		traced/mmio-vmm empty-loop libc-syscall traced/empty &&
		json '!grep { $_->{status} ne "ok" } values %b'
}
kernel_places() {
	json 'grep { $_->{function} =~ /^[a-z_]\w+\+0x/ } map { @{$_->{exits}{by_rip}} } values %b'
}
# What makes no exits shows none.
no_exits() {
	json 'my ($l) = map { $b{"micro/empty-loop"}{exits} } 1;
		$l->{per_op} < 0.001 && !grep { $_->{reason} =~ /cpuid|call|io/i }
		@{$l->{by_reason}}'
}
perturbation() { json '!grep { !$_->{exits}{traced_ns} } ($b{"micro/cpuid"})'; }

# In the kernel, batches mark themselves, so that only the operation is in the
# window: name, reason, detail, by the VMM.
module() {
	trace --machines=1 --trace=rip kernel/cpuid-0 kernel/pio-pic kernel/pio-post \
		kernel/pio-none kernel/mmio-hpet kernel/mmio-ioapic kernel/hypercall \
		kernel/rdmsr-apic-base kernel/floor-empty-loop && all_sound
}
two_vcpus() {
	VCPUS=2 trace --machines=1 --trace traced/two-vcpus && all_sound &&
		json "my @c = $(rows traced/two-vcpus ^cpuid);
			my @h = $(rows traced/two-vcpus call);
			@c == 1 && \$c[0]{per_op} == 1 && !@h"
}
two_guests() {
	trace --machines=2 --trace traced/two-guests && all_sound && two_guests_exact
}
# Another VM, which marks windows of its own session, meanwhile.
foreign() {
	timeout 300 "$tree/vbench" kvm --time=60 --machines=1 --trace cpuid > "$tmp/other" 2>&1 &
	other=$!
	trace --time=5 --machines=1 --trace cpuid vmmcall && all_sound &&
		once_here micro/cpuid '^cpuid' && once_here micro/vmmcall call &&
		json '(grep { $_->{exits}{foreign_exits} > 0 } values %b) > 0'
	ret=$?
	kill "$other"
	wait "$other"
	return $ret
}
broken_run() {
	trace --machines=1 --trace traced/no-end traced/no-begin traced/twice \
		traced/wrong-nonce traced/wrong-window && broken_markers
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
	"$tree/vbench" kvm --time=30 --machines=1 cpuid > "$tmp/other" 2>&1 &
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
	test_that "a traced run of one guest" single
	test_that "nothing is lost, KVM counts the same, the split closes" all_sound
	test_that "CPUID: one exit, one place" cpuid_exact
	test_that "VMMCALL: one exit, one place" vmmcall_exact
	test_that "MMIO in the kernel: one exit, one place" mmio_kernel
	test_that "MMIO to the VMM: one exit, one place" mmio_vmm
	test_that "places in the guest's kernel have names" kernel_places
	test_that "empty windows have no exits but timers'" empty_windows
	test_that "a loop has no exits" no_exits
	test_that "how much longer it takes traced is told" perturbation
	test_that "a VM of 20 instructions: all counted" bare_vm
	if has_module; then
		test_that "a traced run of the module's operations" module
		test_that "port, MSR, MMIO, hypercall: one exit, one place" module_exact
	else
		skip "the module's operations" "the guests' module is not built"
	fi
	test_that "two vCPUs at once" two_vcpus
	test_that "two guests at once" two_guests
	test_that "another VM's exits and markers are not ours" foreign
	test_that "broken markers are reported" broken_run
	test_that "a guest that dies in its window is reported" killed
	test_that "tier B counts the same" tier B
	test_that "tier C counts the same" tier C
	test_that "any VM: by --all and by process id" any_vm
	test_that "nothing is left behind" nothing_left
}

trace_tests make_tree "$@"
