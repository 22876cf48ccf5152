#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What tools can say about the source.
. "$(dirname "$0")/lib.sh"

scripts() {
	find "$top" -path "$top/.git" -prune -o -path "$top/build*" -prune -o \
		-type f -print | while read -r f; do
		if head -n 1 "$f" | grep -q '^#!/bin/sh'; then
			echo "$f"
		fi
	done
	echo "$top/SETTINGS" "$top"/backends/*.sh "$top"/backends/*/*.sh \
		"$top"/selftests/lib.sh "$top"/selftests/*/lib.sh
}
# SC1091, SC2154: what SETTINGS and lib.sh define.  SC2016: Perl in quotes.
# SC2317: functions are called by name.  SC2034: as SC2154, seen from lib.sh.
shell() {
	# shellcheck disable=SC2046
	shellcheck -S warning -e SC1091,SC2154,SC2034,SC2016,SC2317 $(scripts)
}
# comparePointers: arrays that the linker delimits.  ctuuninitvar: it takes a
# structure to be filled for one that is read.
c() {
	cd "$top" && cppcheck --quiet --std=c11 --error-exitcode=1 \
		--enable=warning,portability --inline-suppr \
		--suppress=missingIncludeSystem --suppress=ctuuninitvar \
		--suppress=comparePointers -Ibench -D_GNU_SOURCE \
		-DVBENCH_GROUPS='X(micro) X(inter)' \
		-DVBENCH_VERSION='"0"' -DVBENCH_PREFIX='"/"' \
		bench guest user rootfs
}
licences() {
	missing=$(cd "$top" && find bench bpf guest user rootfs backends kmod selftests \
		-type f \( -name '*.[ch]' -o -name '*.sh' -o -name '*.mk' \) \
		! -name '*.mod.c' -exec grep -L SPDX-License-Identifier {} +)
	[ -z "$missing" ] || { echo "$missing"; return 1; }
}

# No arm64 machine is at hand: that it compiles is what is known.  By its own
# headers of libc and kernel; those of libraries are the same everywhere.
arm64_headers=/usr/aarch64-linux-gnu/include
arm64_cc() {
	clang --target=aarch64-linux-gnu -nostdlibinc -isystem "$arm64_headers" \
		-idirafter /usr/include -std=gnu11 -D_GNU_SOURCE -fsyntax-only \
		-Ibench -Ibuild -DVBENCH_GROUPS='X(micro) X(inter) X(kernel)' \
		-DVBENCH_GROUP=micro -DVBENCH_VERSION='"0"' -DVBENCH_PREFIX='"/"' "$@"
}
arm64() {
	cd "$top" || return
	clang -target bpf -mcpu=v3 -fsyntax-only -idirafter "$arm64_headers" \
		-idirafter /usr/include bpf/exits.bpf.c || return
	cflags=$(pkg-config --cflags jansson libbpf libdw libkmod)
	find bench guest user rootfs -name '*.c' | sort > "$tmp/sources"
	# Where it is built without --trace.
	[ -e build/exits.skel.h ] || sed -i '/trace-bpf/d; /trace-load/d' "$tmp/sources"
	while read -r f; do
		# shellcheck disable=SC2086
		arm64_cc $cflags "$f" || return
	done < "$tmp/sources"
}

test_that "shellcheck finds nothing" shell
test_that "cppcheck finds nothing" c
test_that "every file names its licence" licences
if [ -d "$arm64_headers" ] && command -v clang > /dev/null; then
	test_that "the sources compile for arm64" arm64
else
	skip "the sources compile for arm64" "clang or libc6-dev-arm64-cross is missing"
fi
tests_done
