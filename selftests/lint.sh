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
	missing=$(cd "$top" && find bench guest user rootfs backends kmod selftests \
		-type f \( -name '*.[ch]' -o -name '*.sh' -o -name '*.mk' \) \
		! -name '*.mod.c' -exec grep -L SPDX-License-Identifier {} +)
	[ -z "$missing" ] || { echo "$missing"; return 1; }
}

test_that "shellcheck finds nothing" shell
test_that "cppcheck finds nothing" c
test_that "every file names its licence" licences
tests_done
