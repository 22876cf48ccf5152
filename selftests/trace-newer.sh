#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Exits are attributed exactly in a host with a newer kernel as well, whose KVM
# has other structures, and whose verifier asks for more.
. "$(dirname "$0")/lib.sh"
. "$top/selftests/trace/lib.sh"
export HOST_KERNEL="$top/build/host-kernel-newer/vmlinuz"

# Whatever takes one vCPU, in one boot of two guests.
module="kernel/cpuid-0 kernel/pio-pic kernel/pio-post kernel/mmio-hpet
	kernel/mmio-ioapic kernel/hypercall kernel/rdmsr-apic-base
	kernel/floor-empty-loop"
traced_run() {
	has_module || module=
	# shellcheck disable=SC2086
	APPEND=iomem=relaxed trace --machines=2 --trace=rip cpuid vmmcall \
		traced/mmio-kernel traced/mmio-vmm traced/empty traced/two-guests \
		traced/no-end traced/no-begin traced/twice traced/wrong-nonce \
		traced/wrong-window $module && tier_is "A"
}
tier_is() { json "\$b{'micro/cpuid'}{exits}{tier} eq '$1'"; }
bare_vm_by() {
	bare_vm env VBENCH_TRACE_TIER="$1" && out_has "tier $1:"
}

inside() {
	test_that "a traced run of two guests, on Linux $(uname -r)" traced_run
	test_that "nothing is lost, KVM counts the same, the split closes" all_sound
	test_that "CPUID: one exit, one place" cpuid_exact
	test_that "VMMCALL: one exit, one place" vmmcall_exact
	test_that "MMIO in the kernel: one exit, one place" mmio_kernel
	test_that "MMIO to the VMM: one exit, one place" mmio_vmm
	if has_module; then
		test_that "port, MSR, MMIO, hypercall: one exit, one place" module_exact
	else
		skip "the module's operations" "the guests' module is not built"
	fi
	test_that "empty windows have no exits but timers'" empty_windows
	test_that "two guests at once" two_guests_exact
	test_that "broken markers are reported" broken_markers
	test_that "a VM of 20 instructions: all counted" bare_vm
	test_that "tier B counts the same" bare_vm_by B
	test_that "tier C counts the same" bare_vm_by C
	test_that "nothing is left behind" nothing_left
}

trace_tests make_tree "$@"
