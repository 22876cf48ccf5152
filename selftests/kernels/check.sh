#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# check.sh [SUITE|clang...]: the module and the tracer on the newest kernels of Debian's
# suites.  For each suite: the module is built by the suite's compiler; guests of the
# cloud and the real-time kernel load it, ask for its interface's promises and for
# warnings in the kernel's log, and run group kernel; exits are attributed in an
# emulated host with the generic kernel.  A table comes at the end.
. "$(dirname "$0")/../lib.sh"
here=$top/kernels
top=$(cd "$top/.." && pwd)
vbench=$top/vbench
export RUN_LIMIT_S=1800 BOOT_LIMIT=300 LC_ALL=C
json() { "$top/selftests/json.pl" "$tmp/r.json" "$1"; }

# Of the row that is being tested: suite, flavour and what came out.
begin_row() {
	suite=$1 flavour=$2
	dir=$top/build/kernels/$suite
	release=$(basename "$dir/$flavour"/lib/modules/* 2> /dev/null)
	compiler=$(sed -n 's/^CONFIG_CC_VERSION_TEXT="\([^ ]*\) .* \([0-9.]*\)"/\1 \2/p' \
		"$dir/$flavour/config" 2> /dev/null)
	built=no booted=- group=- tracer=-
}
end_row() {
	printf '%-17s %-29s %-27s %-5s %-5s %-12s %s\n' "$suite" "$release" \
		"${compiler#x86_64-linux-gnu-}" "$built" "$booted" "$group" "$tracer" >> "$tmp/table"
}

builds() {
	"$here/module.sh" "$dir" "$flavour" && built=yes
}
# The newest that the module says it is built for is not behind what there is.
newest_is_told() {
	newest=$(sed -n 's/^NEWEST := //p' "$top/kmod/Makefile")
	[ "$(printf '%s\n' "${release%%[!0-9.]*}" "$newest.999" | sort -V | tail -n 1)" = \
		"$newest.999" ] && return
	echo "it builds for $release: raise NEWEST in kmod/Makefile, and dkms.conf"
	return 1
}

# With the kernel's warnings and its taint in the verdict.
boots() {
	booted=no
	"$top/rootfs/mkinitramfs" "$dir/$flavour/vmlinuz" \
		"$dir/$flavour/lib/modules/$release" \
		"$top/build/guest/selftests/kmod/abi" "$tmp/initramfs" &&
		run 0 "${QEMU:-qemu-system-x86_64}" -machine q35 -cpu max,la57=off -m 256M \
			-accel tcg,thread=multi -smp 2 -nodefaults -no-user-config \
			-display none -no-reboot -serial stdio \
			-kernel "$dir/$flavour/vmlinuz" -initrd "$tmp/initramfs" -append \
			"console=ttyS0 quiet panic=-1 no_timer_check cryptomgr.notests tsc=reliable log_buf_len=4M" \
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

# Once in the kernel and once by the VMM, and the places have names.
attributes_exits() {
	rm -rf "$tmp/there" && mkdir "$tmp/there" && tracer=failed
	HOST_APPEND=loglevel=5 run 0 "$vbench" emulated-host \
		--kernel="$dir/$flavour/vmlinuz" --writable="$tmp/there" -- \
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
		!$c->{lost} && $r->{per_op} == 1 && !$r->{user_exits} && $o->{per_op} == 1 &&
		$o->{user_exits} == $o->{count} && $s->{function} eq "do_cpuid"' ||
		{ tracer="$tracer, wrong"; return 1; }
}

# guest_row SUITE FLAVOUR
guest_row() {
	begin_row "$1" "$2"
	test_that "$1: the module builds for $release" builds
	test_that "$1: that kernel is told as one of those it builds for" newest_is_told
	if [ $built = yes ]; then
		test_that "$release: a guest loads it, and it keeps its promises" boots
		test_that "$release: group kernel runs in a guest" group_kernel
	fi
	end_row
}
host_row() {
	begin_row "$1" amd64
	test_that "$1: the module builds for $release" builds
	test_that "$release: exits are attributed in an emulated host" attributes_exits
	end_row
}
suite_rows() {
	test_that "$1: its kernels are unpacked, and the tools for them" \
		"$here/suite.sh" fetch "$1" "$top/build/kernels/$1" cloud-amd64 rt-amd64 amd64
	guest_row "$1" cloud-amd64
	guest_row "$1" rt-amd64
	host_row "$1"
}
clang_row() {
	suite=clang release=- compiler=- built=no booted=- group=- tracer=-
	test_that "a kernel configured by clang: the module builds without LLVM=" clang_builds
	end_row
}
clang_builds() {
	"$here/clang.sh" "$top/build/kernels/clang" > "$tmp/out" || { cat "$tmp/out"; return 1; }
	read -r release compiler < "$tmp/out"
	built=yes
}

printf '%-17s %-29s %-27s %-5s %-5s %-12s %s\n' SUITE KERNEL COMPILER BUILT BOOTS \
	OK/SKIP/FAIL TRACER > "$tmp/table"
[ $# -gt 0 ] || set -- stable stable-backports testing sid clang
for s; do
	case $s in
	clang) clang_row ;;
	*) suite_rows "$s" ;;
	esac
done
tests_done
cat "$tmp/table"
