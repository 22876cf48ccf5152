#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Real guests under software emulation: what works, and what is said when the
# kernel, the image or the machine is not in order.
. "$(dirname "$0")/lib.sh"

# So that images can be spoilt without spoiling the checkout's.
export BOOT_LIMIT=120
export RUN_LIMIT_S=900
json() { "$top/selftests/json.pl" "$tmp/r.json" "$1"; }

prerequisites() {
	[ "$(id -u)" -eq 0 ] || { echo "not root"; return 1; }
	[ -w /dev/net/tun ] || { echo "a missing /dev/net/tun is reported"; return 1; }
	[ -e "$top/build/kernel/vmlinuz" ] || { echo "no kernel: make deps"; return 1; }
}
if ! why=$(prerequisites); then
	skip "real guests" "$why"
	tests_done
	exit 0
fi

# Every benchmark, in four guests: none fails, and only these are skipped: what
# needs two CPUs, hypercalls, which the emulator has not, and what the module
# finds missing.
suite() {
	run 0 "$vbench" qemu --rough --json="$tmp/r.json" &&
		out_has 'times of an emulator, not of hardware' &&
		json '$d->{machines} == 4 && $d->{environment}{emulated} eq "yes" &&
		      $d->{environment}{"guest.notes"} =~ /copied from a template/ &&
		      !(grep { $_->{status} ne "ok" &&
			      !($_->{status} eq "skipped" &&
				($_->{name} =~ m(^kernel/) ? $_->{reason} :
				 $_->{reason} =~ /needs 2 CPUs|#UD|#GP|copies of a template/)) } values %b) &&
		      $b{"boot/restore"}{status} eq "ok" &&
		      @{$b{"boot/restore"}{samples}} == 4'
}
no_template() {
	TEMPLATE=no run 0 "$vbench" qemu --rough --machines=2 --json="$tmp/r.json" \
		micro/pipe inter/pingpong boot &&
		json '!defined $d->{environment}{"guest.notes"} &&
		      $b{"inter/pingpong"}{status} eq "ok" &&
		      @{$b{"boot/to-user"}{samples}} == 2 &&
		      $b{"boot/to-user"}{floor} > 0 &&
		      $b{"boot/to-user"}{max} < $b{"boot/to-connected"}{max} &&
		      $b{"boot/restore"}{status} eq "skipped" &&
		      $b{"boot/restore"}{reason} =~ /copies of a template; these booted/'
}
# Whatever is wrong with the template, the guests still get their own chance.
bad_template() {
	spoilt && sed -i 's/--template eth0/--template eth9/' \
		"$tmp/data/backends/qemu/template.sh" &&
		run 0 "$tmp/data/vbench" qemu --rough --machines=2 \
			micro/pipe inter/pingpong &&
		err_has 'no template, so every guest boots by itself: it did not come up' &&
		err_has 'no network: eth9 did not appear'
}
# Its limit is longer than the test's.
template_unsaved() {
	export BOOT_LIMIT=600
	spoilt && sed -i 's/exec:cat/exec:nonesuch/' \
		"$tmp/data/backends/qemu/template.sh" &&
		RUN_LIMIT_S=400 run 0 "$tmp/data/vbench" qemu --rough --machines=2 micro/pipe &&
		err_has 'no template, so every guest boots by itself: it cannot be saved'
	ret=$?
	export BOOT_LIMIT=120
	return $ret
}
template_neither() {
	TEMPLATE=maybe run 4 "$vbench" qemu micro/pipe &&
		err_has 'TEMPLATE=maybe in SETTINGS must be yes or no'
}
two_cpus() {
	VCPUS=2 run 0 "$vbench" qemu --rough --machines=1 --json="$tmp/r.json" \
		micro/tlb-shootdown micro/futex-wake &&
		json '$b{"micro/tlb-shootdown"}{status} eq "ok" &&
		      $b{"micro/futex-wake"}{status} eq "ok"'
}
# /proc/PID of machine 0's QEMU.
find_qemu() {
	for p in /proc/[0-9]*; do
		tr '\0' '\n' 2> /dev/null < "$p/environ" |
			grep -q "^VBENCH_RUN=$TMPDIR/" || continue
		tr '\0' ' ' 2> /dev/null < "$p/cmdline" |
			grep -q -e '-name vbench-0,' && echo "$p" && return
	done
	return 1
}
# Process $1 and its descendants.
family() {
	echo "$1"
	for child in $(cat "/proc/$1/task/$1/children"); do
		family "$child"
	done
}
# The threads whose waits for a CPU the run $1 reads, by name.
watched_threads() {
	for p in $(family "$1"); do
		find "/proc/$p/fd" -lname '/proc/*/schedstat' -printf '%l\n' |
			while read -r link; do
				cat "/proc/$p/root${link%schedstat}comm"
			done
	done
}
# Until $1 ends: the status of machine 0's QEMU's threads, when both vCPUs were last
# seen, and the names of all threads that vbench has watched.
watch_qemu() {
	qemu=
	: > "$tmp/watched"
	while kill -0 "$1" 2> /dev/null; do
		[ -n "$qemu" ] || qemu=$(find_qemu)
		cat "$qemu"/task/*/status > "$tmp/tasks.new" 2> /dev/null
		! grep -q 'CPU 0/TCG' "$tmp/tasks.new" || ! grep -q 'CPU 1/TCG' "$tmp/tasks.new" ||
			mv "$tmp/tasks.new" "$tmp/tasks"
		watched_threads "$1" >> "$tmp/watched" 2> /dev/null
		sleep 0.5
	done
}
only_vcpus_watched() {
	[ "$(sort -u "$tmp/watched" | tr '\n' ,)" = "CPU 0/TCG,CPU 1/TCG," ] && return
	echo "vbench watched other threads than the vCPUs:"
	sort "$tmp/watched" | uniq -c
	return 1
}
# thread NAME FIELD VALUE
thread_has() {
	awk -v name="$1" -v field="$2" -v value="$3" -F '\t' '
		$1 == "Name:" { mine = $2 == name }
		mine && $1 == field ":" { found = $2; mine = 0 }
		END { if (found != value) { print name, field, found; exit 1 } }' "$tmp/tasks"
}
# Each vCPU has a CPU of its own; the second's is taken from it now and then.
pinned() {
	perl -MTime::HiRes=time -e 'while (1) { $t = time + 0.03; 1 while time < $t;
		select undef, undef, undef, 0.2 }' &
	hog=$!
	taskset -cp 1 $hog
	VCPUS=2 "$vbench" qemu --time=2 --passes=4 --machines=1 --cpus=0-1 --json="$tmp/r.json" \
		micro/tlb-shootdown micro/libc-syscall > "$tmp/out" 2> "$tmp/err" &
	run=$!
	watch_qemu $run
	wait $run
	status=$?
	kill $hog
	[ $status -eq 0 ] || { echo "exit status $status"; return 1; }
	out_has 'Pinned, machine 0: vCPUs on CPUs 0-1, its other threads on CPUs 0-1' &&
		thread_has CPU\ 0/TCG Cpus_allowed_list 0 &&
		thread_has CPU\ 1/TCG Cpus_allowed_list 1 &&
		thread_has qemu-system-x86 Cpus_allowed_list 0-1 &&
		only_vcpus_watched &&
		json 'grep { grep { $_ eq "host-delay" } @{$_->{tags}} }
			map { @{$_->{samples}} } values %b'
}
# Of the same run.
unprivileged() {
	thread_has qemu-system-x86 CapEff 0000000000000000 &&
		thread_has qemu-system-x86 CapBnd 0000000000000000 &&
		thread_has qemu-system-x86 NoNewPrivs 1 &&
		thread_has qemu-system-x86 Seccomp 2
}
# Without them the kernel cannot calibrate its TSC.
machine_pc() {
	MACHINE=pc,pit=off,hpet=off run 0 "$vbench" qemu --rough --machines=1 micro/pipe &&
		! grep "clock runs at" "$tmp/out"
}
untraced() {
	run 0 "$vbench" qemu --rough --machines=1 --trace=try micro/pipe &&
		err_has 'where KVM sees nothing.*; going on without --trace' &&
		out_has 'micro/pipe  *[0-9.]* [^ ]*s '
}
# As a run: with two machines or more they are copies of a template.
listed() {
	run 0 "$vbench" list qemu && out_has 'micro/vmcall .*skipped: VMCALL raises' &&
		out_has 'boot/restore .* runs' &&
		out_has 'boot/to-user .*skipped: .*copies of a template'
}
# Ext4 is a module of it, with dependencies that it asks for only at run time; its
# folders as in the package, boot beside lib.
generic_kernel() {
	mkdir -p "$tmp/unpacked/boot" && rm -f "$tmp/unpacked/lib" &&
		ln -s "$top/build/host-kernel/lib" "$tmp/unpacked/lib" &&
		cp "$top/build/host-kernel/vmlinuz" "$tmp/unpacked/boot/vmlinuz" &&
		KERNEL=$tmp/unpacked/boot/vmlinuz run 0 "$vbench" qemu --rough \
			--machines=2 --json="$tmp/r.json" micro/pipe inter/pingpong &&
		json '$b{"inter/pingpong"}{status} eq "ok"'
}
no_kernel() {
	KERNEL=/etc/passwd run 4 "$vbench" qemu --machines=1 micro/pipe &&
		err_has 'KERNEL=/etc/passwd is not a kernel'
}
absent_kernel() {
	KERNEL=/nonexistent run 4 "$vbench" qemu --machines=1 micro/pipe &&
		err_has 'KERNEL=/nonexistent cannot be read'
}
no_qemu() {
	QEMU=qemu-nonesuch run 4 "$vbench" qemu --machines=1 micro/pipe &&
		err_has 'qemu-nonesuch is not installed'
}
more_arguments() {
	QEMU_ARGS='-name * -nonesuch' TEMPLATE=no run 4 "$vbench" qemu \
		--machines=1 micro/pipe && err_has '-nonesuch: invalid option'
}
# Seen at once, and the shell complains of no process that is gone.
dead_qemu() {
	QEMU=/bin/false BOOT_LIMIT=900 run 4 "$vbench" qemu --machines=2 micro/pipe &&
		err_has 'no template, .* it did not come up' &&
		err_has 'machine 1 is lost: its process .* ended' || return
	if grep '/proc/\|No such file' "$tmp/err"; then return 1; fi
}
# full_tmp SIZE WORDS: no room in the run's folder, at that size.
full_tmp() {
	mkdir -p "$tmp/full" && run 4 unshare -m sh -c 'mount -t tmpfs -o size=$1 none "$2" &&
		TMPDIR=$2 exec "$0" qemu --machines=2 micro/pipe' "$vbench" "$1" "$tmp/full" &&
		err_has "$2" && err_has 'TMPDIR='
}
no_memory() {
	MEM=100G run 4 "$vbench" qemu micro/pipe && err_has 'not enough memory'
}
# Enough for the machines, but not for a template's state as well.
no_template_memory() {
	mem=$(awk '/^MemAvailable:/ { print int($2 / 2560) }' /proc/meminfo)
	mkdir -p "$tmp/ram" && run 4 unshare -m sh -c 'mount -t tmpfs none "$2" &&
		TMPDIR=$2 MEM=$1M QEMU=true exec "$0" qemu --machines=2 micro/pipe' \
		"$vbench" "$mem" "$tmp/ram" &&
		err_has 'no template, .* no memory for its saved state'
}
no_tun() {
	run 4 unshare -m sh -c 'mount -t tmpfs none /dev/net &&
		exec "$0" qemu --machines=1 micro/pipe' "$vbench" &&
		err_has '/dev/net/tun is missing: modprobe tun'
}
panic() {
	APPEND=rdinit=/nonexistent run 4 "$vbench" qemu --machines="$1" micro/pipe &&
		err_has 'ended before its client connected' && err_has 'Kernel panic'
}
# spoilt SED-LIKE-COMMAND: a copy of the data folder with another root disk.
spoilt() {
	rm -rf "$tmp/data" && mkdir "$tmp/data" &&
		cp -R "$top/vbench" "$top/virtclient" "$top/SETTINGS" \
			"$top/backends" "$tmp/data" &&
		mkdir "$tmp/data/rootfs" "$tmp/data/build" &&
		ln -s "$top/build/kernel" "$tmp/data/build/kernel" &&
		cp "$top/rootfs/root.ext3" "$top/rootfs/mkinitramfs" "$tmp/data/rootfs"
}
damaged() {
	spoilt && dd if=/dev/urandom of="$tmp/data/rootfs/root.ext3" bs=4k count=64 conv=notrunc &&
		run 4 "$tmp/data/vbench" qemu --machines=1 micro/pipe &&
		err_has 'cannot mount /dev/vda as ext3' && err_has 'make rootfs'
}
no_image() {
	spoilt && rm "$tmp/data/rootfs/root.ext3" &&
		run 4 "$tmp/data/vbench" qemu --machines=1 micro/pipe &&
		err_has 'root.ext3 is missing: make rootfs'
}
no_disk() {
	spoilt && sed -i '/virtio-blk-pci/d' "$tmp/data/backends/qemu.sh" &&
		run 4 "$tmp/data/vbench" qemu --machines=1 micro/pipe &&
		err_has 'no root disk: /dev/vda did not appear'
}
no_driver() {
	mkdir -p "$tmp/none" && : > "$tmp/none/modules.dep" &&
		MODULES=$tmp/none run 4 "$vbench" qemu --machines=1 micro/pipe &&
		err_has 'no root disk'
}
# A guest that is killed in the middle: its benchmark fails, the others go on.
killed_guest() {
	"$vbench" qemu -v --machines=2 --json="$tmp/r.json" micro \
		> "$tmp/out" 2> "$tmp/err" &
	pid=$!
	n=0
	until [ "$(grep -c 'machine [01] is up' "$tmp/err")" -eq 2 ]; do
		n=$((n + 1)); [ $n -lt 600 ] || return 1
		sleep 0.2
	done
	sleep 5
	q=$(find_qemu) && kill -KILL "${q#/proc/}"
	wait $pid
	status=$?
	[ $status -eq 1 ] || { echo "exit status $status"; return 1; }
	err_has 'machine 0 is lost: it ended during micro/' &&
		err_has 'its process .* has ended (killed by signal 9' &&
		json '(grep { $_->{status} eq "failed" } values %b) <= 1 &&
		      (grep { $_->{status} eq "ok" } values %b) >= 20'
}
interrupted_boot() {
	"$vbench" qemu > "$tmp/out" 2> "$tmp/err" &
	pid=$!
	sleep 3
	kill -INT $pid
	wait $pid
	status=$?
	[ $status -eq 130 ] || { echo "exit status $status"; return 1; }
	nothing_left
}
# A network of the test's own; a guest, its route and its tap in it.
ifname() {
	run 0 unshare -n sh -c 'ip link set lo up && ip link add br9 type bridge &&
		ip addr add 10.9.9.1/24 dev br9 && ip link set br9 up &&
		"$0" qemu --ifname=br9 --machines=2 --rough micro/pipe inter/pingpong || exit
		[ "$(ip -o link | wc -l)" -eq 2 ] || { ip link >&2; exit 77; }' "$vbench"
}
# Ended at many moments of the start: no tap stays behind.
ifname_interrupted() {
	unshare -n sh -c 'ip link set lo up && ip link add br9 type bridge &&
		ip addr add 10.9.9.1/24 dev br9 && ip link set br9 up || exit
		for t in 0.2 0.4 0.6 0.9 1.5; do
			"$0" qemu --ifname=br9 --machines=4 micro/pipe & pid=$!
			sleep $t; kill -TERM $pid; sleep 0.1; [ $t != 0.9 ] || kill -TERM $pid
			wait $pid
		done
		[ "$(ip -o link | wc -l)" -eq 2 ] || { ip link; exit 1; }' "$vbench" \
		> "$tmp/out" 2> "$tmp/err" && nothing_left
}
kvm() {
	if [ -w /dev/kvm ]; then
		BOOT_LIMIT=20 timeout --foreground 60 "$vbench" kvm --machines=1 --rough micro/pipe \
			> "$tmp/out" 2> "$tmp/err"
		status=$?
		[ $status -eq 0 ] && return
		[ $status -eq 4 ] && err_has 'machine 0 is lost' && nothing_left
	else
		run 4 "$vbench" kvm micro/pipe && err_has '/dev/kvm'
	fi
}

test_that "the whole suite runs in four guests" suite
test_that "with TEMPLATE=no each guest boots by itself" no_template
test_that "guests boot by themselves if the template does not come up" bad_template
test_that "guests boot by themselves if the template cannot be saved" template_unsaved
test_that "TEMPLATE= is refused unless it is yes or no" template_neither
test_that "benchmarks that need two CPUs run in guests with two" two_cpus
if [ "$(nproc)" -gt 1 ]; then
	test_that "each vCPU is pinned to its own CPU, and its waits are recorded" pinned
	test_that "QEMU has no capabilities and filters its system calls" unprivileged
else
	skip "each vCPU is pinned to its own CPU, and its waits are recorded" "one CPU"
	skip "QEMU has no capabilities and filters its system calls" "one CPU"
fi
test_that "machine type pc works without timers that tick, and its clock is right" machine_pc
test_that "--trace=try continues without tracing" untraced
test_that "list qemu says what is skipped" listed
if [ -e "$top/build/host-kernel/vmlinuz" ]; then
	test_that "a generic kernel, with ext4 as a module, works" generic_kernel
else
	skip "a generic kernel, with ext4 as a module, works" "no generic kernel: make deps"
fi
test_that "a KERNEL= that is not a kernel is refused" no_kernel
test_that "a missing KERNEL= is refused" absent_kernel
test_that "a missing QEMU= is refused" no_qemu
test_that "QEMU_ARGS= is passed to QEMU" more_arguments
test_that "a QEMU that ends at once is reported" dead_qemu
test_that "too little space in TMPDIR for the guests' files is reported" full_tmp 5m 'start failed (exit status 1): no space is left'
test_that "too little space in TMPDIR for the guests' disks is reported" full_tmp 24m 'root disk cannot be made: No space left on device'
test_that "too little memory for the guests is reported" no_memory
test_that "guests boot by themselves if there is no memory for the template" no_template_memory
test_that "a missing /dev/net/tun is reported" no_tun
test_that "a kernel panic is shown at once" panic 1
test_that "a kernel panic is shown with two machines" panic 2
test_that "a damaged root disk is reported" damaged
test_that "a missing root disk image is reported" no_image
test_that "a guest without its disk is reported" no_disk
test_that "a kernel without its drivers is reported" no_driver
test_that "a guest that is killed fails one benchmark at most" killed_guest
test_that "an interruption ends guests that boot" interrupted_boot
test_that "guests run with --ifname, and leave no tap" ifname
test_that "guests that are ended during their start leave no tap with --ifname" ifname_interrupted
test_that "backend kvm runs, or says why it cannot" kvm
test_that "nothing is left behind" nothing_left
tests_done
