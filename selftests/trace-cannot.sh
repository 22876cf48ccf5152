#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vbench names each reason why it cannot attribute exits.  The tests run in an emulated
# host and take one thing after the other away from it.
. "$(dirname "$0")/lib.sh"
. "$top/selftests/trace/lib.sh"

# cannot WORDS COMMAND...: what "vbench trace --all" says under COMMAND, and a
# run as well, which then starts nothing.
cannot() {
	words=$1
	shift
	run 4 "$@" "$vbench" trace --all --time=0.01 && err_has "$words" || return
	! grep -- '--trace=try' "$tmp/err" &&
		run 4 "$@" "$vbench" kvm --trace -v cpuid && err_has "$words" &&
		err_has '(--trace=try goes on without)' &&
		! grep -i 'machine 0' "$tmp/err"
}
# hide "DIR..." COMMAND...: in a mount namespace where they are empty.
cat > "$tmp/hide" << 'END'
#!/bin/sh
dirs=$1
shift
exec unshare -m sh -c 'for d in $0; do mount -t tmpfs none "$d" || exit; done
	exec "$@"' "$dirs" "$@"
END
chmod +x "$tmp/hide"
# For nobody.
chmod 755 "$tmp" && chmod 1777 "$TMPDIR"

nobody() {
	cannot 'need CAP_BPF: run it as root' \
		setpriv --reuid=65534 --regid=65534 --clear-groups
}
no_cap_bpf() {
	cannot 'need CAP_BPF: run it as root with all capabilities' \
		setpriv --bounding-set=-sys_admin,-bpf
}
# A run without CAP_SYS_ADMIN has a user namespace, whose capabilities are none.
no_cap_perfmon() {
	run 4 setpriv --bounding-set=-sys_admin,-perfmon "$vbench" trace --all --time=0.01 &&
		err_has 'need CAP_PERFMON: run it as root with all capabilities'
}
no_btf() {
	cannot 'does not describe its types .*CONFIG_DEBUG_INFO_BTF=y' \
		"$tmp/hide" /sys/kernel/btf
}
# KVM's BTF tells of its tracepoints as well.
cat > "$tmp/no-module-btf" << 'END'
#!/bin/sh
exec unshare -m sh -c 'mount --bind "$0" /sys/kernel/btf && exec "$@"' "${0%/*}/btf" "$@"
END
chmod +x "$tmp/no-module-btf"
mkdir "$tmp/btf"
no_tracepoints() {
	cannot 'no tracepoints: its kernel needs CONFIG_TRACEPOINTS and CONFIG_FTRACE' \
		"$tmp/no-module-btf" "$tmp/hide" "$tracefs"
}
no_tracefs() { bare_vm "$tmp/hide" "$tracefs" && out_has 'tier [AB]'; }
no_module_btf() { bare_vm "$tmp/no-module-btf" && out_has 'tier C'; }
tracefs="/sys/kernel/tracing /sys/kernel/debug"
# Modules' BTF takes CAP_SYS_ADMIN: what is left is the tracepoint's record, which
# Debian's kernel gives to others where this setting is below 3.
two_capabilities() {
	only="setpriv --bounding-set=-all,+bpf,+perfmon"
	paranoid=/proc/sys/kernel/perf_event_paranoid
	before=$(cat $paranoid)
	# shellcheck disable=SC2086
	echo 1 > $paranoid && bare_vm $only && out_has 'tier C' &&
		echo 3 > $paranoid &&
		run 4 $only "$vbench" trace --all --time=0.01 &&
		err_has 'cannot be used: Permission denied (CAP_SYS_ADMIN is missing)'
	ret=$?
	echo "$before" > $paranoid
	return $ret
}
goes_on() {
	run 0 "$tmp/hide" /sys/kernel/btf "$vbench" kvm --trace=try --rough \
		--machines=1 --json="$tmp/r.json" cpuid &&
		err_has 'CONFIG_DEBUG_INFO_BTF=y; going on without --trace' &&
		json '$b{"micro/cpuid"}{status} eq "ok" && !$b{"micro/cpuid"}{exits}'
}
lock() { echo "$1" > /sys/kernel/security/lockdown; }
lockdown_integrity() { lock integrity && bare_vm; }
lockdown() { lock confidentiality && cannot 'locked down (confidentiality)'; }
no_kvm() {
	modprobe -r kvm_amd kvm && cannot 'kvm is not loaded.*: modprobe kvm_intel or kvm_amd' &&
		run 4 "$vbench" kvm --trace=try cpuid &&
		err_has 'kvm is not loaded.*; going on without --trace' &&
		err_has '/dev/kvm is missing: modprobe'
}

inside() {
	test_that "vbench without rights says that it needs CAP_BPF" nobody
	test_that "vbench as root without CAP_BPF says that it needs it" no_cap_bpf
	test_that "vbench as root without CAP_PERFMON says that it needs it" no_cap_perfmon
	test_that "vbench says that it needs the kernel's BTF" no_btf
	test_that "--trace=try runs untraced if the kernel has no BTF" goes_on
	test_that "CAP_BPF and CAP_PERFMON alone suffice for tier C" two_capabilities
	cp /sys/kernel/btf/vmlinux "$tmp/btf"
	test_that "vbench needs no tracefs for tiers A and B" no_tracefs
	test_that "vbench uses tier C if the modules have no BTF" no_module_btf
	test_that "vbench refuses if it has neither tracefs nor BTF of modules" no_tracepoints
	test_that "vbench works under lockdown=integrity" lockdown_integrity
	test_that "vbench says that lockdown=confidentiality forbids it" lockdown
	test_that "vbench says that kvm is not loaded" no_kvm
	test_that "nothing is left behind" nothing_left
}

trace_tests true "$@"
