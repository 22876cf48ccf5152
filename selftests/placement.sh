#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Where machines run and where they find a disk: CPUs that they may use, CPUs that
# they are pinned to, and clients that have no disk of their own.
. "$(dirname "$0")/lib.sh"

json() { "$top/selftests/json.pl" "$tmp/r.json" "$1"; }

# The scripts of add-backend.rst without the variables that name a disk.
plain_backend() {
	mkdir -p "$tmp/own/plain" && cp "$top/backends/local/"* "$tmp/own/plain/" &&
		sed -i '/^VBENCH_DISK=/d' "$tmp/own/plain/start_machine"
}
no_disk() {
	plain_backend && ls -A / > "$tmp/root-before" &&
		VBENCH_BACKENDS=$tmp/own run 0 "$vbench" plain --machines=2 --rough \
			--json="$tmp/r.json" 'micro/*read-*' micro/random-read \
			micro/write-latency micro/cow micro/page-fault-file inter/sendfile &&
		ls -A / | diff "$tmp/root-before" - &&
		json '!(grep { $_->{name} !~ /thread/ && ($_->{status} ne "skipped" ||
			$_->{reason} !~ /VBENCH_(DISK|SCRATCH)/) } values %b)'
}
no_disk_listed() {
	VBENCH_BACKENDS=$tmp/own run 0 "$vbench" list plain micro inter &&
		out_has 'micro/read-latency .*skipped: .*VBENCH_DISK' &&
		out_has 'micro/write-latency .*skipped: .*VBENCH_SCRATCH' &&
		out_has 'micro/cow .*skipped: .*VBENCH_DISK' &&
		out_has 'inter/sendfile .*skipped: .*VBENCH_DISK'
}
# One of the CPUs that this test may use.
a_cpu() {
	taskset -cp $$ | sed 's/.*: //; s/[-,].*//'
}
# list and a run say the same.
one_cpu() {
	run 0 taskset -c "$(a_cpu)" "$vbench" list local micro/futex-wake micro/tlb-shootdown &&
		out_has 'futex-wake .*skipped: needs 2 CPUs' &&
		out_has 'tlb-shootdown .*skipped: needs 2 CPUs' &&
		run 0 taskset -c "$(a_cpu)" "$vbench" local --machines=1 --rough \
			micro/futex-wake micro/tlb-shootdown &&
		out_has '0 ok, 2 skipped, 0 failed' && out_has 'needs 2 CPUs'
}

test_that "processes without a disk read and write none of the host's" no_disk
test_that "list says that they have no disk" no_disk_listed
test_that "with one CPU to use, list and a run skip alike" one_cpu
test_that "nothing is left behind" nothing_left
tests_done
