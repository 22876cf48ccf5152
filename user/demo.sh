#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The suite here and in four guests, side by side.  In guests of KVM where one
# really boots with it, else of QEMU's software emulation.
set -e
cd "$(dirname "$0")/.."

results=build/demo
mkdir -p "$results"

kvm_works() {
	echo "Does a guest boot with KVM here? (at most 30 s)"
	BOOT_LIMIT=30 timeout 60 ./vbench list kvm micro/libc-syscall \
		> "$results/kvm.log" 2>&1 && return
	sed 's/^/    /' "$results/kvm.log" | tail -n 15
	return 1
}

# Exit status 1 says that a benchmark failed: its reason is in the table.
measure() {
	echo
	./vbench "$1" --json="$results/$1.json" || [ $? -eq 1 ]
}

guests=kvm
if ! kvm_works; then
	guests=qemu
	echo "No: using qemu, software emulation. Its times are not those of" \
		"hardware."
fi
measure "local"
measure $guests
echo
./vbench show "$results/local.json" "$results/$guests.json"
