#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Exits are attributed exactly in a host with a newer kernel as well, whose KVM
# has other structures, and whose verifier asks for more.
. "$(dirname "$0")/lib.sh"
. "$top/selftests/trace/lib.sh"
export HOST_KERNEL="$top/build/host-kernel-newer/vmlinuz"

bare_vm_by() {
	bare_vm env VBENCH_TRACE_TIER="$1" && out_has "tier $1:"
}

inside() {
	exact
	test_that "vbench counts all exits of a VM of 20 instructions" bare_vm
	test_that "tier B counts the same" bare_vm_by B
	test_that "tier C counts the same" bare_vm_by C
	test_that "nothing is left behind" nothing_left
}

trace_tests make_tree "$@"
