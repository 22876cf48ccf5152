#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Exits are attributed exactly: in an emulated host, whose kernel has real KVM,
# its BTF and its tracepoints.  With arguments it runs there: TREE RESULTS.
. "$(dirname "$0")/lib.sh"

# Boots of guests below an emulated host take their time.
export RUN_LIMIT_S=400 BOOT_LIMIT=300 MACHINE=pc LC_ALL=C

json() { "$top/selftests/json.pl" "$tmp/r.json" "$1"; }

# In each of them: nothing lost, as many exits as KVM itself counted, all of
# the windows' time in one of the four parts.
sound='!grep { my $x = $_->{exits}; $x && !$x->{broken} && ($x->{lost} ||
	$x->{count} != $x->{stat_exits_delta} || !$x->{wall_ns} ||
	abs($x->{guest_ns} + $x->{kernel_ns} + $x->{vmm_ns} + $x->{sched_ns} -
	$x->{wall_ns}) > $x->{wall_ns} / 1000) } values %b'

# trace WORDS... : a traced run of the tree's own vbench.
trace() { run 0 "$tree/vbench" kvm --rough --time=0.2 --json="$tmp/r.json" "$@"; }

# rows NAME PATTERN: Perl for the rows of a benchmark whose reason matches.
rows() { echo "(grep { \$_->{reason} =~ /$2/i } @{\$b{'$1'}{exits}{by_reason}})"; }
# once NAME REASON DETAIL USER: exactly one such exit for each operation, all of
# them or none by the VMM, and from one place.  With other details there may be
# some of that reason: a guest's interrupt handlers have work of their own.
once() {
	json "my \$x = \$b{'$1'}{exits};
		my @r = grep { \$_->{detail} =~ /$3/ } $(rows "$1" "$2");
		my @s = grep { \$_->{reason} =~ /$2/i &&
			\$_->{count} == \$x->{runs} } @{\$x->{by_rip}};
		@r == 1 && \$r[0]{per_op} == 1 && \$r[0]{count} == \$x->{runs} &&
		\$r[0]{user_exits} == $4 * \$x->{runs} && @s == 1 && $5"
}
all_sound() { json "$sound"; }

single() {
	APPEND=iomem=relaxed trace --machines=1 --trace=rip cpuid vmmcall traced/mmio-kernel \
		traced/mmio-vmm empty-loop libc-syscall traced/empty &&
		json '!grep { $_->{status} ne "ok" } values %b'
}
cpuid_exact() {
	once micro/cpuid '^cpuid' '^leaf 0x0$' 0 '$s[0]{function} eq "do_cpuid"'
}
vmmcall_exact() {
	once micro/vmmcall 'hypercall|vmmcall' '^number 0x7fffffff$' 0 \
		'$s[0]{function} eq "do_vmmcall" && $s[0]{line} =~ /^x86.h:\d+/'
}
mmio_kernel() { once traced/mmio-kernel '^npf|^ept' '0xfec00000 read' 0 1; }
kernel_places() {
	json 'grep { $_->{function} =~ /^[a-z_]\w+\+0x/ } map { @{$_->{exits}{by_rip}} } values %b'
}
mmio_vmm() { once traced/mmio-vmm '^npf|^ept' '0xfed00000 read' 1 1; }
# Timers may fire in them, and what these wake up; neither marker is counted.
empty_windows() {
	json 'my $x = $b{"traced/empty"}{exits}; $x->{windows} >= 1000 &&
		$x->{windows} == $x->{runs} && $x->{per_op} < 0.2 &&
		!grep { $_->{reason} =~ /cpuid|call/i } @{$x->{by_reason}}'
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
module_exact() {
	once kernel/cpuid-0 '^cpuid' '^leaf 0x0$' 0 1 &&
		once kernel/pio-pic '^io' '^port 0x21 in$' 0 1 &&
		once kernel/pio-post '^io' '^port 0x80 out$' 1 1 &&
		once kernel/mmio-hpet '^npf|^ept' '0xfed00000 read' 1 1 &&
		once kernel/mmio-ioapic '^npf|^ept' '0xfec00000 read' 0 1 &&
		once kernel/hypercall 'hypercall|vmmcall' '^number' 0 1 &&
		once kernel/rdmsr-apic-base 'msr' '^msr 0x1b read$' 0 1 &&
		json '!grep { $_->{reason} !~ /^(external_)?interrupt|nmi/i }
			@{$b{"kernel/floor-empty-loop"}{exits}{by_reason}}'
}
# A VM of 20 instructions: CPUID to KVM, OUT to the VMM, so many of each.
bare_vm() {
	gcc -O2 -o "$tmp/exit-loop" "$top/selftests/perf/exit-loop.c" || return
	(sleep 5; echo cpuid 500 4; echo out 300 5; sleep 60) |
		"$tmp/exit-loop" > /dev/null &
	run 0 "$tree/vbench" trace --all --time=20 --json="$tmp/all.json" &&
		"$top/selftests/json.pl" "$tmp/all.json" '
			my @r = map { @{$_->{exits}{by_reason}} } @{$d->{vms}};
			my ($c) = grep { $_->{reason} =~ /^cpuid/i } @r;
			my ($o) = grep { $_->{detail} eq "port 0x10 out" } @r;
			$c->{count} == 2000 && !$c->{user_exits} && $o->{count} == 1500 &&
			$o->{user_exits} == 1500 && !$d->{missed} && !$d->{full}'
}

two_vcpus() {
	VCPUS=2 trace --machines=1 --trace traced/two-vcpus && all_sound &&
		json "my @c = $(rows traced/two-vcpus ^cpuid);
			my @h = $(rows traced/two-vcpus call);
			@c == 1 && \$c[0]{per_op} == 1 && !@h"
}
two_guests() {
	trace --machines=2 --trace traced/two-guests && all_sound &&
		json "my @c = $(rows traced/two-guests ^cpuid);
			my @h = $(rows traced/two-guests call);
			@c == 1 && \$c[0]{per_op} == 1 && @h == 1 && \$h[0]{per_op} == 3"
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
once_here() { json "my @r = $(rows "$1" "$2"); @r == 1 && \$r[0]{per_op} == 1"; }

# broken NAME WORDS: said in the result, and no figure is made of it.
broken() {
	json "my \$x = \$b{'traced/$1'}{exits}; \$x->{broken} =~ /$2/ &&
		!defined \$x->{per_op} &&
		!grep { defined \$_->{per_op} } @{\$x->{by_reason}}"
}
broken_markers() {
	trace --machines=1 --trace traced/no-end traced/no-begin traced/twice \
		traced/wrong-nonce traced/wrong-window &&
		out_has 'broken markers: ' && broken no-end 'begin without end' &&
		broken no-begin 'end without begin' &&
		broken twice 'begin in an open window' &&
		broken wrong-nonce 'wrong nonce|no marker' &&
		broken wrong-window 'wrong nonce or window|no marker'
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
	tree=$1
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
	if ls "$tree"/build/kernel/lib/modules/*/updates/vbench.ko > /dev/null 2>&1; then
		test_that "a traced run of the module's operations" module
		test_that "port, MSR, MMIO, hypercall: one exit, one place" module_exact
	else
		skip "the module's operations" "the guests' module is not built"
	fi
	test_that "two vCPUs at once" two_vcpus
	test_that "two guests at once" two_guests
	test_that "another VM's exits and markers are not ours" foreign
	test_that "broken markers are reported" broken_markers
	test_that "a guest that dies in its window is reported" killed
	test_that "tier B counts the same" tier B
	test_that "tier C counts the same" tier C
	test_that "any VM: by --all and by process id" any_vm
	test_that "nothing is left behind" nothing_left
	tests_done
}

# A vbench with the benchmarks of selftests/trace/ as a group of its own.
make_tree() {
	mkdir "$tmp/tree" && cd "$top" &&
		cp -pR Makefile SETTINGS bench bpf guest kmod user rootfs backends \
			selftests vbench virtclient "$tmp/tree" &&
		mkdir "$tmp/tree/build" &&
		cp -pR build/host build/guest build/exits.* "$tmp/tree/build" &&
		ln -s "$top/build/kernel" "$tmp/tree/build/kernel" &&
		mkdir "$tmp/tree/bench/traced" &&
		cp selftests/trace/*.c "$tmp/tree/bench/traced" &&
		make -C "$tmp/tree" W=1 vbench virtclient rootfs
}
prerequisites() {
	[ -e "$top/build/host-kernel/vmlinuz" ] ||
		{ echo "no kernel for an emulated host: make deps"; return 1; }
	! "$top/vbench" trace --all --time=0.01 2>&1 | grep -q 'built without' ||
		{ echo "built without exit attribution"; return 1; }
}
outside() {
	if ! why=$(prerequisites); then
		skip "exits are attributed exactly" "$why"
		tests_done
		exit 0
	fi
	if ! make_tree > "$tmp/log" 2>&1; then
		test_that "the tests' own benchmarks are built" cat "$tmp/log"
		exit 1
	fi
	TAP_BEGUN=yes timeout 2400 "$vbench" emulated-host ${KERNEL:+--kernel="$KERNEL"} -- \
		"$top/selftests/trace.sh" "$tmp/tree"
	exit
}

if [ $# -gt 0 ]; then
	inside "$@"
else
	outside
fi
