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
# Names that an earlier version gave its files, by the worker's pid.
scratch_of_others() {
	mkdir "$tmp/scratch" && plain_backend && sed -i \
		"s|\./virtclient|VBENCH_SCRATCH=$tmp/scratch &|" "$tmp/own/plain/start_machine" &&
		for i in $(seq 300); do echo mine > "$tmp/scratch/write-latency.$i"; done
	VBENCH_BACKENDS=$tmp/own timeout --foreground 60 "$vbench" plain --machines=1 --rough \
		micro/write-latency > "$tmp/out" 2> "$tmp/err"
	out_has micro/write-latency && [ "$(cat "$tmp/scratch/"* | grep -cx mine)" -eq 300 ] &&
		[ "$(find "$tmp/scratch" -type f | wc -l)" -eq 300 ]
}
no_disk_listed() {
	plain_backend && VBENCH_BACKENDS=$tmp/own run 0 "$vbench" list plain micro inter &&
		out_has 'micro/read-latency .*skipped: .*VBENCH_DISK' &&
		out_has 'micro/write-latency .*skipped: .*VBENCH_SCRATCH' &&
		out_has 'micro/cow .*skipped: .*VBENCH_DISK' &&
		out_has 'inter/sendfile .*skipped: .*VBENCH_DISK'
}
# What makes guests differ is in their results, and tells two of them apart.
settings_recorded() {
	rm "$tmp/own/plain/no-root-disk"
	VBENCH_BACKENDS=$tmp/own QEMU_ARGS='-rtc base=utc' APPEND=nokaslr CPU=max,-tsc \
		run 0 "$vbench" plain --machines=1 --rough --json="$tmp/r.json" micro/pipe &&
		json '$d->{environment}{"settings.qemu_args"} eq "-rtc base=utc" &&
			$d->{environment}{"settings.append"} eq "nokaslr" &&
			$d->{environment}{"settings.cpu"} eq "max,-tsc" &&
			$d->{environment}{"settings.machine"} eq "q35"' &&
		sed 's/-rtc base=utc/-rtc base=localtime/' "$tmp/r.json" > "$tmp/s.json" &&
		run 0 "$vbench" show "$tmp/r.json" "$tmp/s.json" &&
		out_has '^A is -rtc base=utc: plain, ' &&
		out_has '^B is -rtc base=localtime: plain, '
}
# No value is refused, since only a backend may use it.
odd_settings_recorded() {
	long=$(printf '%5000s' '' | tr ' ' x)
	VBENCH_BACKENDS=$tmp/own QEMU_ARGS='-device x
-object secret,id=s,data=mine' APPEND="$long" CPU="max
" MACHINE="$long" run 0 "$vbench" plain --machines=1 --quick --json="$tmp/r.json" micro/pipe &&
		json '$d->{environment}{"settings.qemu_args"} eq
				"-device x -object secret,id=s,data=*" &&
			$d->{environment}{"settings.append"} =~ /^x{4000,}\.\.\.$/' &&
		QEMU_ARGS='a
b' APPEND="$long" run 0 "$vbench" local --machines=1 --quick micro/pipe
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
# In the table, and in the result file.
pinned() {
	run 0 "$vbench" local --cpus="$(a_cpu)" --machines=2 --rough --json="$tmp/r.json" \
		micro/pipe inter/pingpong micro/futex-wake &&
		out_has "^Pinned, machine 1: on CPU $(a_cpu)$" &&
		out_has 'futex-wake: needs 2 CPUs in one machine, and --cpus pins machine' &&
		json '$d->{environment}{"machine.0.pinned"} =~ /^on CPU \d+$/' &&
		run 0 "$vbench" show "$tmp/r.json" && out_has '^Pinned, machine 1: on CPU' &&
		run 0 "$vbench" list local --cpus="$(a_cpu)" micro/futex-wake &&
		out_has 'skipped: needs 2 CPUs in one machine, and --cpus'
}
pinned_wrongly() {
	run 129 "$vbench" local --cpus=0:: micro/pipe && err_has 'such as 0-1:2-3' &&
		run 129 "$vbench" local --cpus=0:99999 micro/pipe &&
		err_has 'CPU 99999 cannot be used here'
}
# Where / is no mount point, vbench cannot mount the /proc of its pid namespace,
# and the one that is there shows other processes under its pids.
foreign_proc() {
	run 0 unshare -m sh -c 'mkdir "$1/root" && for d in /*; do
			if [ -h "$d" ]; then cp -d "$d" "$1/root$d"
			elif [ -d "$d" ]; then
				mkdir "$1/root$d" && mount --rbind "$d" "$1/root$d"
			fi || exit
		done
		exec chroot "$1/root" "$0" local --machines=2 --rough --json="$1/r.json" \
			micro/pipe inter/pingpong' "$vbench" "$tmp" &&
		err_has '/proc belongs to another pid namespace' &&
		json '$d->{environment}{"host.delays"} eq "unknown" &&
		      !(grep { defined $_->{host_delay_ns} ||
			       grep { $_ eq "host-delay" } @{$_->{tags}} }
			map { @{$_->{samples}} } values %b)' &&
		run 0 "$vbench" local --machines=2 --rough --json="$tmp/r.json" micro/pipe &&
		json '!(grep { !defined $_->{host_delay_ns} } @{$b{"micro/pipe"}{samples}})'
}

test_that "processes without a disk neither read nor write the host's disks" no_disk
test_that "write-latency removes no file of others in its folder" scratch_of_others
test_that "list says that processes have no disk" no_disk_listed
test_that "the settings of guests are recorded and tell two results apart" settings_recorded
test_that "any value of a setting that is only recorded is accepted" odd_settings_recorded
test_that "list and a run skip the same benchmarks if only one CPU may be used" one_cpu
test_that "with --cpus, the table says where machines run and which benchmarks are skipped for it" pinned
test_that "malformed lists in --cpus are refused" pinned_wrongly
if [ "$(id -u)" -eq 0 ]; then
	test_that "with a foreign /proc, vbench records no host delay and says so" foreign_proc
else
	skip "with a foreign /proc, vbench records no host delay and says so" "not root"
fi
test_that "nothing is left behind" nothing_left
tests_done
