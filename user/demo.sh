#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The suite here and in four guests, side by side.  In guests of KVM where one
# really boots with it, else of QEMU's software emulation.
set -e
cd "$(dirname "$0")/.."
trap '(. rootfs/deps/lib.sh && give_back build/demo)' EXIT
trap 'exit 130' INT TERM

results=build/demo
mkdir -p "$results"

kvm_works() {
	echo "Does a guest boot with KVM here? (at most 30 s)"
	BOOT_LIMIT=30 timeout 60 ./vbench list kvm --machines=1 micro/libc-syscall \
		> "$results/kvm.log" 2>&1 && return
	sed 's/^/    /' "$results/kvm.log" | tail -n 15
	return 1
}

# Exit status 1 says that a benchmark failed: its reason is in the table.
measure() {
	echo
	./vbench "$1" --json="$results/$1.json" || [ $? -eq 1 ]
}

# A guest that does not boot is not the same as a machine without KVM: it may be
# something that can be mended.
explain_no_kvm() {
	if grep -q '^vbench: kvm cannot run here' "$results/kvm.log"; then
		echo "No: KVM is not available here."
	else
		echo "No: this machine has KVM, but the guest did not come up, for" \
			"the reason above."
	fi
	echo "Using qemu, software emulation. Its times are not those of hardware."
}

guests=kvm
if ! kvm_works; then
	guests=qemu
	explain_no_kvm
fi
measure "local"
measure $guests
echo
./vbench show "$results/local.json" "$results/$guests.json"
