# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# For the tests of exit attribution, which run twice: in an emulated host, where
# KVM is real and has BTF and tracepoints, and before that here, to get there.
# Source it, define inside and call trace_tests.

# Boots of guests below an emulated host take their time.
export RUN_LIMIT_S=400 BOOT_LIMIT=300 MACHINE=pc LC_ALL=C

json() { "$top/selftests/json.pl" "$tmp/r.json" "$1"; }

# In each benchmark that ran, nothing is lost, KVM itself counted as many exits, and all
# of the windows' time is in one of the four parts, all together and in each window by
# itself.  Excepted are the markers of selftests/trace/broken.c, and operations of the
# module that had no event while they were traced, or could not go on until then, which
# their note says: first-touch-2m uses up the guest's untouched blocks of memory.
# The test names the benchmarks that break a condition, and the condition.
sound='my @ran = grep { $_->{status} eq "ok" &&
	$_->{name} !~ m(^traced/(no-end|no-begin|twice|wrong-)) &&
	!($_->{name} =~ m(^kernel/) && ($_->{exits} ? !$_->{exits}{runs} : $_->{note})) }
	values %b;
	my $unsound = sub { my $x = $_[0]{exits} or return "was not traced";
		my $sum = $x->{guest_ns} + $x->{kernel_ns} + $x->{vmm_ns} + $x->{sched_ns};
		join ", ", grep { $_ } $x->{broken}, $x->{lost} && "$x->{lost} lost",
		$x->{count} != $x->{stat_exits_delta} &&
			"$x->{count} exits, by KVM $x->{stat_exits_delta}",
		$x->{uneven_windows} && "$x->{uneven_windows} uneven windows",
		$x->{worst_gap} > 0.001 && "a gap of $x->{worst_gap}",
		(!$x->{wall_ns} || abs($sum - $x->{wall_ns}) > $x->{wall_ns} / 1000) &&
			"$sum of $x->{wall_ns} ns" };
	my @bad = map { my $why = $unsound->($_); $why ? "$_->{name}: $why\n" : () } @ran;
	print STDERR @bad;
	@ran && !@bad'

# trace WORDS... : a traced run of the tree's own vbench.  Its samples are left out of
# the result: Perl takes seconds to read them in an emulated host, each time.
trace() {
	run 0 "$tree/vbench" kvm --rough --time=0.2 --json="$tmp/r.json" "$@" &&
		sed -i 's/,"samples":\[.*]}\(,\?\)$/,"samples":[]}\1/' "$tmp/r.json"
}

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
alone() { json '!grep { $_->{exits} && $_->{exits}{foreign_exits} } values %b'; }

cpuid_exact() {
	once micro/cpuid '^cpuid' '^leaf 0x0$' 0 '$s[0]{function} eq "do_cpuid"'
}
vmmcall_exact() {
	once micro/vmmcall 'hypercall|vmmcall' '^number 0x7fffffff$' 0 \
		'$s[0]{function} eq "do_vmmcall" && $s[0]{line} =~ /^x86.h:\d+/'
}
mmio_kernel() { once traced/mmio-kernel '^npf|^ept' '0xfec00000 read' 0 1; }
mmio_vmm() { once traced/mmio-vmm '^npf|^ept' '0xfed00000 read' 1 1; }
# Timers may fire in them, and what these wake up; neither marker is counted.
empty_windows() {
	json 'my $x = $b{"traced/empty"}{exits};
		print STDERR "$x->{count} exits in $x->{windows} windows of $x->{runs} runs\n";
		$x->{windows} >= 1000 &&
		$x->{windows} == 10 * $x->{runs} && $x->{count} < 0.2 * $x->{windows} &&
		!grep { "$_->{reason} $_->{detail}" =~ /cpuid|0x7fffffff/i }
		@{$x->{by_reason}}'
}
# In the kernel, batches mark themselves, so that only the operation is in the
# window: name, reason, detail, by the VMM.  Its lines are known by its own debug information.
module_exact() {
	cpuid_line=$(sed -n '/asm.*"cpuid"/=' "$top/kmod/op-cpuid.c")
	once kernel/cpuid-0 '^cpuid' '^leaf 0x0$' 0 \
		"\$s[0]{function} =~ /^run_cpuid.*\\+0x.* \\[vbench\\]\$/ &&
		\$s[0]{line} eq 'op-cpuid.c:$cpuid_line'" &&
		once kernel/pio-pic '^io' '^port 0x21 in$' 0 1 &&
		once kernel/pio-post '^io' '^port 0x80 out$' 1 1 &&
		once kernel/mmio-hpet '^npf|^ept' '0xfed00000 read' 1 1 &&
		once kernel/mmio-ioapic '^npf|^ept' '0xfec00000 read' 0 1 &&
		once kernel/hypercall 'hypercall|vmmcall' '^number' 0 1 &&
		once kernel/rdmsr-apic-base 'msr' '^msr 0x1b read$' 0 1 &&
		json '!grep { $_->{reason} !~ /^(external_)?interrupt|nmi/i }
			@{$b{"kernel/floor-empty-loop"}{exits}{by_reason}}'
}
# A VM of 20 instructions, CPUID to KVM and OUT to the VMM, reads from fd 9 how many of
# each it is to execute.
bare_vm_begin() {
	[ -x "$tmp/exit-loop" ] ||
		gcc -O2 -o "$tmp/exit-loop" "$top/selftests/perf/exit-loop.c" || return
	rm -f "$tmp/orders"
	mkfifo "$tmp/orders" || return
	"$tmp/exit-loop" < "$tmp/orders" > /dev/null &
	vm=$!
	exec 9> "$tmp/orders"
}
bare_vm_end() {
	{ echo cpuid 500 4; echo out 300 5; } >&9
	exec 9>&-
	wait $vm
}
# watches PID PATTERN: waits until such a file is open in it, and all others are.
watches() {
	n=0
	until find "/proc/$1/fd" -lname "*$2*" 2> /dev/null | grep -q .; do
		n=$((n + 1))
		[ $n -lt 240 ] && kill -0 "$1" || return
		sleep 0.5
	done
	sleep 2
}
# bare_vm_traced COMMAND...: vbench, which COMMAND runs, counts that VM's exits.
bare_vm_traced() {
	"$@" "$tree/vbench" trace --all --json="$tmp/all.json" > "$tmp/out" 2> "$tmp/err" 9>&- &
	tracer=$!
	watches $tracer bpf_link
	bare_vm_end
	kill -TERM $tracer
	wait $tracer
}
# bare_vm COMMAND...: the same, and vbench must have counted all of them.
bare_vm() {
	bare_vm_begin || return
	bare_vm_traced "$@" && bare_vm_exact || { cat "$tmp/out"; return 1; }
}
bare_vm_exact() {
	"$top/selftests/json.pl" "$tmp/all.json" '
		my @r = map { @{$_->{exits}{by_reason}} } @{$d->{vms}};
		my ($c) = grep { $_->{reason} =~ /^cpuid/i } @r;
		my ($o) = grep { $_->{detail} eq "port 0x10 out" } @r;
		$c->{count} == 2000 && !$c->{user_exits} && $o->{count} == 1500 &&
		$o->{user_exits} == 1500 && !$d->{missed} && !$d->{full} &&
		!grep { !$_->{ended} } @{$d->{vms}}'
}
# as_declared LEAST: each operation exits as its row declares, and at least LEAST of
# them could be compared, which takes 10 operations.  The test says what differs, and
# why others were not compared.
as_declared() {
	json 'my @k = sort { $a->{name} cmp $b->{name} }
			grep { $_->{name} =~ m(^kernel/) } values %b;
		my @c = grep { $_->{exits} && $_->{exits}{runs} >= 10 } @k;
		my %c = map { $_->{name} => 1 } @c;
		my @bad = grep { $_->{exits}{findings} || !$_->{exits}{expects} } @c;
		print STDERR scalar @c, " compared, of which ", scalar @bad, " differ: ",
			join("; ", map { "$_->{name}: " . ($_->{exits}{findings} //
				$_->{exits}{broken} // "not compared") } @bad), "\n";
		for my $k (@bad) {
			my $x = $k->{exits};
			print STDERR "$k->{name}: $x->{runs} operations,",
				" $x->{windows} windows, $x->{wall_ns} ns,",
				" $x->{sched_ns} ns without a CPU\n",
				map { "    $_->{count} $_->{reason} $_->{detail}\n" }
				@{$x->{by_reason}};
		}
		print STDERR "$_->{name}: ", $_->{reason} // $_->{note} // "no events", "\n"
			for grep { !$c{$_->{name}} } @k;
		@c >= '"$1"' && !@bad'
}
finding() {
	out_has 'finding: expected 1.000 cpuid, saw 2.000' &&
		json 'my $x = $b{"traced/finding"}{exits};
			print STDERR "$x->{findings}: $x->{runs} operations,",
				" $x->{windows} windows, $x->{wall_ns} ns,",
				" $x->{sched_ns} ns without a CPU\n",
				map { "    $_->{count} $_->{reason} $_->{detail}\n" }
				@{$x->{by_reason}};
			$x->{findings} eq "expected 1.000 cpuid, saw 2.000"'
}
slow_compared() {
	json 'my $k = $b{"traced/slow"}; my $x = $k->{exits};
		print STDERR "$x->{runs} operations; ", $k->{note} // "no note", "\n";
		$x->{runs} >= 10 && $x->{expects} eq "cpuid 1" && !$x->{findings}'
}
kernel_places() {
	json 'grep { $_->{function} =~ /^[a-z_]\w+\+0x/ } map { @{$_->{exits}{by_rip} // []} } values %b'
}
# What makes no exits shows none.
no_exits() {
	json 'my ($l) = map { $b{"micro/empty-loop"}{exits} } 1;
		$l->{per_op} < 0.001 && !grep { "$_->{reason} $_->{detail}" =~
		/cpuid|0x7fffffff|^io/i } @{$l->{by_reason}}'
}
two_guests_exact() {
	json "my @c = $(rows traced/two-guests ^cpuid);
		my @h = grep { \$_->{detail} =~ /0x7fffffff/ } $(rows traced/two-guests call);
		@c == 1 && \$c[0]{per_op} == 1 && @h == 1 && \$h[0]{per_op} == 3"
}
# Those of the other vCPU are not in the window; a guest's kernel may have hypercalls
# of its own.
two_vcpus() {
	json "my @c = $(rows traced/two-vcpus ^cpuid);
		my @h = grep { \$_->{detail} =~ /0x7fffffff/ } $(rows traced/two-vcpus call);
		@c == 1 && \$c[0]{per_op} == 1 && !@h"
}
once_here() { json "my @r = $(rows "$1" "$2"); @r == 1 && \$r[0]{per_op} == 1"; }

# broken NAME WORDS: the result says so, and has no figure for one operation.
broken() {
	json "my \$x = \$b{'traced/$1'}{exits}; \$x->{broken} =~ /$2/ &&
		!defined \$x->{per_op} &&
		!grep { defined \$_->{per_op} } @{\$x->{by_reason}}"
}
broken_markers() {
	out_has 'broken markers: ' && broken no-end 'begin without end' &&
		broken no-begin 'end without begin' &&
		broken twice 'begin in an open window' &&
		broken wrong-nonce 'wrong nonce|no marker' &&
		broken wrong-window 'wrong nonce or window|no marker'
}

# The module's operations need the guests' module.
has_module() { ls "$tree"/build/kernel/lib/modules/*/updates/vbench.ko > /dev/null 2>&1; }

# In one boot of two guests.  Memory suffices for the operations that use it up.
module="kernel/cpuid-0 kernel/pio-pic kernel/pio-post kernel/pio-none
	kernel/mmio-hpet kernel/mmio-ioapic kernel/hypercall
	kernel/rdmsr-apic-base kernel/floor-empty-loop"
compared=9
everything() {
	has_module || module=
	# shellcheck disable=SC2086
	RUN_LIMIT_S=1200 VCPUS=2 MEM=512M APPEND=iomem=relaxed trace --time=0.05 --machines=2 --trace=rip \
		cpuid vmmcall traced/mmio-kernel traced/mmio-vmm micro/empty-loop \
		libc-syscall traced/empty traced/two-guests traced/two-vcpus \
		traced/no-end traced/no-begin traced/twice traced/wrong-nonce \
		traced/wrong-window traced/finding traced/slow $module &&
		json '!grep { $_->{status} ne "ok" &&
			!($_->{status} eq "skipped" && $_->{name} =~ m(^kernel/)) }
			values %b' &&
		json '$b{"micro/cpuid"}{exits}{tier} eq "A"'
}
exact() {
	test_that "a traced run of two guests, on Linux $(uname -r)" everything
	test_that "nothing is lost, KVM counts the same, the split closes" all_sound
	test_that "without another VM no exit is foreign" alone
	test_that "CPUID: one exit, one place" cpuid_exact
	test_that "VMMCALL: one exit, one place" vmmcall_exact
	test_that "MMIO in the kernel: one exit, one place" mmio_kernel
	test_that "MMIO to the VMM: one exit, one place" mmio_vmm
	if has_module; then
		test_that "port, MSR, MMIO, hypercall: one exit, one place" module_exact
		test_that "the module's operations exit as they declare" as_declared $compared
	else
		skip "the module's operations" "the guests' module is not built"
	fi
	test_that "an exit more than declared is a finding" finding
	test_that "operations that take longer than a sample are compared" slow_compared
	test_that "empty windows have no exits but timers'" empty_windows
	test_that "a loop has no exits" no_exits
	test_that "two guests at once" two_guests_exact
	test_that "two vCPUs at once" two_vcpus
	test_that "broken markers are reported" broken_markers
	test_that "places in the guest's kernel have names" kernel_places
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
host_kernel() { echo "${HOST_KERNEL:-$top/build/host-kernel/vmlinuz}"; }
prerequisites() {
	[ -e "$(host_kernel)" ] ||
		{ echo "no $(host_kernel): make deps"; return 1; }
	! "$top/vbench" trace --all --time=0.01 2>&1 | grep -q 'built without' ||
		{ echo "built without exit attribution"; return 1; }
}
# Its kernel's warnings are on its console, of which the end is shown when it dies.
run_there() {
	status=0
	TAP_BEGUN=yes HOST_APPEND="loglevel=5 $HOST_APPEND" timeout --foreground 2400 \
		"$vbench" emulated-host --kernel="$(host_kernel)" -- "$0" \
		"$tmp/tree" < /dev/null || status=$?
}
# outside FURNISH: what that makes in $tmp/tree, else this tree, is used there.
outside() {
	if ! why=$(prerequisites); then
		skip "$(basename "$0" .sh)" "$why"
		tests_done
		exit 0
	fi
	if ! $1 > "$tmp/log" 2>&1; then
		test_that "the tests' own benchmarks are built" cat "$tmp/log"
		exit 1
	fi
	[ -d "$tmp/tree" ] || ln -s "$top" "$tmp/tree"
	run_there
	exit $status
}

# trace_tests FURNISH "$@": calls inside in an emulated host, where there is an
# argument: the tree of a vbench.
trace_tests() {
	[ $# -gt 1 ] || outside "$1"
	tree=$2
	inside
	tests_done
}
