#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The client as a 32-bit program: 64-bit server, 32-bit machines.
. "$(dirname "$0")/lib.sh"

data=$tmp/data
build() {
	mkdir "$data" && make -C "$top" W=1 BUILD="$tmp/build" CFLAGS='-O2 -m32' \
		CLIENT="$data/virtclient" "$data/virtclient" &&
		cp -R "$vbench" "$top/SETTINGS" "$top/backends" "$data" &&
		file_class=$(od -An -tu1 -j4 -N1 "$data/virtclient") &&
		[ "$file_class" -eq 1 ]
}
# Hypercalls from a 32-bit process work or are skipped with a reason.
runs() {
	# shellcheck disable=SC2086
	run 0 $there "$data/vbench" local --rough --json="$tmp/r.json" &&
		"$top/selftests/json.pl" "$tmp/r.json" \
			'$b{"micro/int-syscall"}{status} eq "ok" &&
			 $b{"micro/cpuid"}{status} eq "ok" &&
			 !grep { $_->{status} eq "skipped" && !$_->{reason} } values %b'
}

test_that "a 32-bit virtclient builds without a warning" build
# Kernels without CONFIG_IA32_EMULATION execute none: then where another runs.
there=
"$data/virtclient" > "$tmp/out" 2>&1
if [ $? -eq 126 ]; then
	there="$vbench emulated-host --writable=$tmp --"
	export RUN_LIMIT_S=600
fi
if [ -n "$there" ] && [ ! -e "$top/build/host-kernel/vmlinuz" ]; then
	skip "the suite runs with a 32-bit virtclient" \
		"this kernel executes no 32-bit programs; make deps fetches one"
else
	test_that "the suite runs with a 32-bit virtclient" runs
fi
test_that "nothing is left behind" nothing_left
tests_done
