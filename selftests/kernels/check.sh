#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# check.sh [SUITE|clang|bullseye...]: the module and the tracer on the newest kernels of
# Debian's suites.  For each suite: the module is built by the suite's compiler; guests
# of the cloud and the real-time kernel load it, check its interface's promises and the
# kernel's log for warnings, and run group kernel; exits are attributed in emulated
# hosts with the real-time and the generic kernel, while other tasks use their CPUs.
# clang: the module is built for a kernel configured by clang.  bullseye: its kernel is
# too old for the module, which must say so.  The script prints each step with the time,
# and a table at the end.
. "$(dirname "$0")/../lib.sh"
here=$top/kernels
top=$(cd "$top/.." && pwd)
vbench=$top/vbench
export RUN_LIMIT_S=1800 BOOT_LIMIT=300 LC_ALL=C
# Steps are printed here: test_that shows the output of a test only if it fails.
exec 3>&1
json() { "$top/selftests/json.pl" "$tmp/r.json" "$1"; }

# compiler_of CONFIG: prints the compiler that built the kernel with this configuration.
compiler_of() {
	sed -n 's/^CONFIG_CC_VERSION_TEXT="\([^ ]*\) .*) \([0-9.]*\).*"/\1 \2/p' \
		"$1" 2> /dev/null
}

# The variables of the table's current row: suite, flavour and results.
begin_row() {
	suite=$1 flavour=$2
	dir=$top/build/kernels/$suite begun=$(date +%s)
	release=$(basename "$dir/$flavour"/lib/modules/* 2> /dev/null)
	compiler=$(compiler_of "$dir/$flavour/config")
	built=no booted=- group=- tracer=-
}
end_row() {
	row "$suite" "$release" "${compiler#x86_64-linux-gnu-}" "$built" "$booted" "$group" \
		"$tracer" "$((($(date +%s) - begun + 30) / 60))" >> "$tmp/table"
}
row() { printf '%-17s %-29s %-23s %-7s %-5s %-12s %-8s %s\n' "$@"; }

# step "NAME" COMMAND...: a test that is printed first, because it can take minutes.
step() {
	echo "# $(date +%T) $1"
	test_that "$@"
}

builds() {
	"$here/module.sh" "$dir" "$flavour" && built=yes
}
# The newest kernel that kmod/Makefile names is at least this one.
newest_is_named() {
	newest=$(sed -n 's/^NEWEST := //p' "$top/kmod/Makefile")
	[ "$(printf '%s\n' "${release%%[!0-9.]*}" "$newest.999" | sort -V | tail -n 1)" = \
		"$newest.999" ] && return
	echo "it builds for $release: raise NEWEST in kmod/Makefile, and dkms.conf"
	return 1
}

# The guest's verdict includes the kernel's warnings and its taint.
boots() {
	booted=no
	"$top/rootfs/mkinitramfs" "$dir/$flavour/vmlinuz" \
		"$dir/$flavour/lib/modules/$release" \
		"$top/build/guest/selftests/kmod/abi" "$tmp/initramfs" &&
		run 0 "${QEMU:-qemu-system-x86_64}" -machine q35 -cpu max,la57=off -m 256M \
			-accel tcg,thread=multi -smp 2 -nodefaults -no-user-config \
			-display none -no-reboot -serial stdio \
			-kernel "$dir/$flavour/vmlinuz" -initrd "$tmp/initramfs" -append \
			"console=ttyS0 quiet panic=-1 no_timer_check cryptomgr.notests tsc=reliable $rate log_buf_len=4M" \
			< /dev/null &&
		tr -d '\r' < "$tmp/out" | grep -q '^VERDICT: good$' && booted=yes && return
	cat "$tmp/out"
	return 1
}
count() {
	perl -MJSON::PP -e 'local $/; my $d = decode_json(<STDIN>); my %n;
		$n{$_->{status}}++ for @{$d->{benchmarks}};
		print join "/", map { $n{$_} // 0 } qw(ok skipped failed)' < "$tmp/r.json"
}
group_kernel() {
	rm -f "$tmp/r.json"
	KERNEL=$dir/$flavour/vmlinuz MODULES=$dir/$flavour/lib/modules/$release VCPUS=2 \
		run 0 "$vbench" qemu --machines=1 --rough --time=0.1 \
		--json="$tmp/r.json" kernel || { cat "$tmp/err"; group=failed; return 1; }
	group=$(count)
	json '!(grep { $_->{status} eq "failed" } values %b) &&
		(grep { $_->{status} eq "ok" } values %b) > 70'
}

# A real-time kernel has KVM only where the TSC's rate is constant, which QEMU's emulated
# AMD CPUs do not promise; setcpuid= came with Linux 6.15.
cpuid_for_kvm() {
	! grep -q '^CONFIG_PREEMPT_RT=y' "$dir/$flavour/config" || echo setcpuid=constant_tsc
}
has_kvm() {
	[ -z "$(cpuid_for_kvm)" ] ||
		[ "$(printf '%s\n' 6.15 "$release" | sort -V | head -n 1)" = 6.15 ]
}
# One exit is handled in the kernel and one by the VMM.  The addresses have names, and
# the parts of the time add up although two hogs preempt the vCPU's thread.
attributes_exits() {
	rm -rf "$tmp/there" && mkdir "$tmp/there" && tracer=failed
	HOST_APPEND="loglevel=5 $(cpuid_for_kvm)" run 0 "$vbench" emulated-host \
		--kernel="$dir/$flavour/vmlinuz" --writable="$tmp/there" -- \
		sh -c 'hog() { exec nice -n 5 sh -c "while :; do :; done"; }
			hog & hogs=$!; hog & hogs="$hogs $!"
			"$@"; status=$?; kill $hogs; exit $status' sh \
		env MACHINE=pc "$vbench" kvm --machines=1 --rough --time=0.2 --trace=rip \
		--json="$tmp/there/r.json" cpuid kernel/pio-post || { cat "$tmp/err"; return 1; }
	cp "$tmp/there/r.json" "$tmp/r.json"
	tracer=$(perl -MJSON::PP -e 'local $/; my $d = decode_json(<STDIN>);
		my ($b) = grep { $_->{name} eq "micro/cpuid" } @{$d->{benchmarks}};
		print $b->{exits}{tier} // "none"' < "$tmp/r.json")
	json 'my $c = $b{"micro/cpuid"}{exits}; my $p = $b{"kernel/pio-post"}{exits};
		my ($r) = grep { $_->{reason} =~ /^cpuid/i } @{$c->{by_reason}};
		my ($o) = grep { $_->{detail} eq "port 0x80 out" } @{$p->{by_reason}};
		my ($s) = grep { $_->{reason} =~ /^cpuid/i } @{$c->{by_rip}};
		!(grep { $_->{worst_gap} > 0.001 } $c, $p) &&
		!$c->{lost} && $r->{per_op} == 1 && !$r->{user_exits} && $o->{per_op} == 1 &&
		$o->{user_exits} == $o->{count} && $s->{function} eq "do_cpuid"' ||
		{ tracer="$tracer, wrong"; return 1; }
}

build_steps() {
	step "$suite: the module builds for $release" builds
	step "$suite: the newest kernel that the module names is at least this one" newest_is_named
}
guest_steps() {
	[ $built = yes ] || return 0
	step "$release: a guest loads the module, which keeps its promises" boots
	step "$release: group kernel runs in a guest" group_kernel
}
host_steps() {
	attributed="$release: exits are attributed in an emulated host"
	if has_kvm; then
		step "$attributed" attributes_exits
	else
		skip "$attributed" "its KVM needs a CPU with a constant TSC"
	fi
}
# kernel_row SUITE FLAVOUR STEPS...
kernel_row() {
	begin_row "$1" "$2"
	shift 2
	for steps; do
		$steps
	done
	end_row
}
fetch() { "$here/suite.sh" "$@" >&3; }
suite_rows() {
	step "$1: its kernels and their tools are unpacked" \
		fetch fetch "$1" "$top/build/kernels/$1" cloud-amd64 rt-amd64 amd64
	kernel_row "$1" cloud-amd64 build_steps guest_steps
	kernel_row "$1" rt-amd64 build_steps guest_steps host_steps
	kernel_row "$1" amd64 build_steps host_steps
}
clang_row() {
	begin_row clang -
	step "the module builds without LLVM= for a kernel configured by clang" clang_builds
	end_row
}
clang_builds() {
	"$here/clang.sh" "$dir" >&3 && read -r release compiler < "$dir/built" && built=yes
}
# bullseye is the last Debian whose kernel is older than the module's oldest one.
# Mirrors will drop it some day.
old_row() {
	begin_row "$1" cloud-amd64
	fetched=0
	step "$1: its headers and their tools are unpacked" old_headers
	[ $fetched -ne 3 ] || { skip "$1: the module refuses its kernel" "$gone"; return; }
	release=$(basename "$dir"/root/usr/src/linux-headers-*-"$flavour")
	release=${release#linux-headers-}
	compiler=$(compiler_of "$dir/root/usr/src/linux-headers-$release/.config")
	step "$release: the module names its oldest kernel, without a compiler's error" refuses
	end_row
}
gone="the mirror no longer has that suite"
old_headers() {
	fetch fetch-root "$suite" "$dir" "$flavour" || fetched=$?
	[ $fetched -eq 0 ] || [ $fetched -eq 3 ]
}
refuses() {
	"$here/module.sh" "$dir" "$flavour" "$release" > /dev/null 2> "$tmp/err" && return 1
	least=$(sed -n 's/^LEAST := //p' "$top/kmod/Makefile")
	err_has "too old, the module needs $least or newer" &&
		! grep 'error: \|No such file' "$tmp/err" && built=refused
}

row SUITE KERNEL COMPILER BUILT BOOTS OK/SKIP/FAIL TRACER MINUTES > "$tmp/table"
[ $# -gt 0 ] || set -- stable stable-backports testing sid clang bullseye
echo "# About ten minutes for each suite, and downloads of 3.5 GB the first time;" \
	"build/kernels grows to 7 GB."
rate=$(tsc_rate)
for s; do
	case $s in
	clang) clang_row ;;
	bullseye) old_row "$s" ;;
	*) suite_rows "$s" ;;
	esac
done
tests_done
cat "$tmp/table"
[ "$failures" -eq 0 ]
