#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# run.sh DIR: the module's interface and a storm of calls, under the debug kernel
# in DIR; its own complaints fail the test.  The storm ends by time: KASAN in an
# emulator is slow, and half of the calls wait for another's run.
dir=$(cd "$1" && pwd)
. "$(dirname "$0")/../lib.sh"
top=$(cd "$(dirname "$0")/../.." && pwd)
guests=$top/build/guest/selftests/kmod
export RUN_LIMIT_S=3600

guest() {
	"$top/rootfs/mkinitramfs" "$dir/vmlinuz" "$(echo "$dir"/lib/modules/*)" \
		"$guests/$1" "$tmp/initramfs" &&
		run 0 "${QEMU:-qemu-system-x86_64}" -machine q35 -accel tcg,thread=multi \
			-cpu max,la57=off -smp 2 -m 1G -nodefaults -no-user-config \
			-display none -no-reboot -serial stdio -kernel "$dir/vmlinuz" \
			-initrd "$tmp/initramfs" \
			-append "console=ttyS0 quiet panic=-1 no_timer_check tsc=reliable rcupdate.rcu_cpu_stall_timeout=120 log_buf_len=4M $2" \
			< /dev/null &&
		tr -d '\r' < "$tmp/out" | grep -q '^VERDICT: good$' && return
	cat "$tmp/out"
	return 1
}

test_that "the module's interface, under KASAN and lockdep" guest abi ""
test_that "a storm of calls, under KASAN and lockdep" \
	guest fuzz "FUZZ_SECONDS=300 FUZZ_RUN_EVERY=100 FUZZ_LIMIT=900"
tests_done
