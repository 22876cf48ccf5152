#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The kernel module builds and installs, keeps its promises, survives a fuzzer, and gives
# exact figures where instructions are counted.
. "$(dirname "$0")/lib.sh"

export RUN_LIMIT_S=900
kernel=$top/build/kernel
headers=$top/build/headers/build
guests=$top/build/guest/selftests/kmod
json() { "$top/selftests/json.pl" "$tmp/r.json" "$1"; }

if [ ! -e "$headers" ] || [ ! -e "$kernel/vmlinuz" ]; then
	skip "the kernel module" "no headers of the guests' kernel: make deps"
	tests_done
	exit 0
fi

# copy: copies the module's sources, because kbuild writes beside them.
copy() {
	rm -rf "$tmp/kmod" && cp -R "$top/kmod" "$tmp/kmod" && make -s -C "$tmp/kmod" clean
}
# builds HEADERS: builds without a warning at W=1 and from sparse.  Other messages are
# allowed: vmlinux, the source of BTF, is missing, and two tools complain about the
# compiler.
builds() {
	[ -e "$1" ] || { echo "no $1: make deps"; return 1; }
	copy && make -C "$tmp/kmod" KDIR="$1" V=1 W=1 C=2 > "$tmp/out" 2> "$tmp/err" ||
		{ cat "$tmp/err" "$tmp/out"; return 1; }
	! grep -E 'warning|error:' "$tmp/out" "$tmp/err"
}
# kernels/suite.sh has unpacked the kernels; each suite's own compiler builds.
builds_in_suites() {
	for kernel in "$top"/build/kernels/*/cloud-amd64/vmlinuz; do
		suite=${kernel%/cloud-amd64/vmlinuz}
		"$top/selftests/kernels/module.sh" "$suite" cloud-amd64 || return
	done
}
# tree FILE SED-PROGRAM: copies the headers to $tmp/other and changes a file there.
tree() {
	rm -rf "$tmp/other" && mkdir "$tmp/other" &&
		cp -as "$(readlink -f "$headers/../..")/." "$tmp/other" &&
		other=$tmp/other/src/$(basename "$(readlink -f "$headers")") &&
		file=$(find "$tmp/other/" -path "*-common/$1") &&
		sed -i "$2" "$file"
}
refused_as_old() {
	copy && run 2 make -C "$tmp/kmod" KDIR="$other" &&
		err_has 'is too old, the module needs 5.18 or newer' &&
		! grep 'error: \|No such file' "$tmp/err"
}
too_old() {
	tree include/linux/module.h s/module_put_and_kthread_exit/module_put_and_exit/ &&
		refused_as_old
}
# 5.10.262 has module_put_and_kthread_exit, but neither of these headers.
too_old_with_backports() {
	for header in include/linux/stdarg.h arch/x86/include/asm/ibt.h; do
		tree $header p && rm "$file" && refused_as_old || return
	done
}
too_new() {
	tree include/linux/miscdevice.h 's/struct miscdevice  {/struct anydevice {/' &&
		copy && run 2 make -C "$tmp/kmod" KDIR="$other" &&
		err_has 'not built for Linux .* it needs 5.18 or newer, and 7.[0-9]* is the newest'
}
# Makefile and dkms.conf name the same range, both ends included.
dkms_range() {
	least=$(sed -n 's/^LEAST := //p' "$top/kmod/Makefile")
	newest=$(sed -n 's/^NEWEST := //p' "$top/kmod/Makefile")
	grep -q "needs $least or newer" "$top/kmod/Kbuild" || return
	bash -c '. "$0"
		takes() { [[ $1 =~ $BUILD_EXCLUSIVE_KERNEL ]]; }
		next() { echo "${1%.*}.$((${1##*.} + $2))"; }
		[[ x86_64 =~ $BUILD_EXCLUSIVE_ARCH ]] && ! [[ aarch64 =~ $BUILD_EXCLUSIVE_ARCH ]] &&
			takes "$1.3-amd64" && takes "6.12.107+deb13" && takes "$2" && takes "$2-rc1" &&
			takes "$2.13+deb14-rt-amd64" && ! takes "$(next "$1" -1).9" &&
			! takes "$(next "$2" 1).0" && ! takes "4.19.0"' \
		"$top/kmod/dkms.conf" "$least" "$newest"
}
cleans() {
	copy && (cd "$tmp/kmod" && find . | sort) > "$tmp/before" &&
		run 0 make -C "$tmp/kmod" KDIR="$headers" && [ -e "$tmp/kmod/vbench.ko" ] &&
		: > "$tmp/kmod/.module-common.o" &&
		run 0 make -C "$tmp/kmod" clean &&
		(cd "$tmp/kmod" && find . | sort) | diff "$tmp/before" -
}
# toolchain_for PATH LINE...: prints the tools that kbuild gets for a kernel with these
# lines in its configuration.
toolchain_for() {
	path=$1
	shift
	rm -rf "$tmp/llvm" && mkdir "$tmp/llvm" &&
		printf '%s\n' CONFIG_MODULES=y "$@" > "$tmp/llvm/.config" &&
		echo 'modules: ; @echo "<$(origin LLVM) $(LLVM) $(origin CC) $(CC)>"' \
			> "$tmp/llvm/Makefile" &&
		PATH=$path make -s -C "$tmp/kmod" KDIR="$tmp/llvm" > "$tmp/out" 2> "$tmp/err"
}
# The only clang in $tmp/bin is the kernel's version.
clang_by_itself() {
	mkdir -p "$tmp/bin" && printf '#!/bin/sh\n' > "$tmp/bin/clang-99" &&
		chmod 755 "$tmp/bin/clang-99" &&
		for t in sh make sed grep; do
			ln -sf "$(command -v $t)" "$tmp/bin/$t"
		done
	copy && toolchain_for "$PATH" CONFIG_CC_IS_GCC=y &&
		out_has '<undefined  default cc>' || return
	set -- CONFIG_CC_IS_CLANG=y CONFIG_CLANG_VERSION=990102
	toolchain_for "$tmp/bin" "$@" && out_has '<undefined  command line clang-99>' &&
		toolchain_for "$tmp/bin" "$@" CONFIG_LD_IS_LLD=y &&
		out_has '<command line -99 default' &&
		ln -s clang-99 "$tmp/bin/clang" &&
		toolchain_for "$tmp/bin" "$@" CONFIG_LD_IS_LLD=y && out_has '<command line 1 default'
}
builds_toplevel() {
	rm -rf "$tmp/tree" && mkdir "$tmp/tree" && cp -R "$top/Kbuild" "$top/kmod" "$tmp/tree" &&
		make -s -C "$tmp/tree/kmod" clean &&
		make -s -C "$headers" M="$tmp/tree" > "$tmp/out" 2>&1 &&
		[ -e "$tmp/tree/kmod/vbench.ko" ] || { cat "$tmp/out"; return 1; }
}
# A relative path is relative to kmod/, not to the folder in which kbuild runs.
installs() {
	copy && run 0 make -C "$tmp/kmod" install KDIR="$headers" INSTALL_MOD_PATH=../root &&
		out_has 'kmod: installed for Linux' &&
		grep -q vbench "$tmp"/root/lib/modules/*/modules.dep &&
		run 0 make -C "$tmp/kmod" uninstall KDIR="$headers" INSTALL_MOD_PATH="$tmp/root" &&
		! grep -q vbench "$tmp"/root/lib/modules/*/modules.dep
}
blank_in_path() {
	copy && run 2 make -C "$tmp/kmod" install KDIR="$headers" INSTALL_MOD_PATH="$tmp/a b" &&
		err_has 'cannot use an INSTALL_MOD_PATH with a blank'
}
nobody_installs() {
	copy && chmod 711 "$tmp" && chown -R 65534 "$tmp/kmod" &&
		run 2 setpriv --reuid=65534 --regid=65534 --clear-groups \
			make -C "$tmp/kmod" install KDIR="$headers" &&
		err_has 'installing to /lib/modules needs root'
}
no_headers() {
	copy && run 2 make -C "$tmp/kmod" KDIR=/nonexistent &&
		err_has 'no kernel headers in /nonexistent: install them'
}
no_modules() {
	mkdir -p "$tmp/mono" && : > "$tmp/mono/Makefile" && : > "$tmp/mono/.config" &&
		copy && run 2 make -C "$tmp/kmod" KDIR="$tmp/mono" &&
		err_has 'has no loadable modules'
}
# The test fakes a kernel under lockdown.
secure_boot_refuses() {
	run 1 unshare -m sh -c 'mount -t tmpfs none /sys/kernel/security &&
		echo "none [integrity] confidentiality" > /sys/kernel/security/lockdown &&
		exec "$0" "$(uname -r)"' "$top/kmod/will-load" &&
		err_has 'refuses modules without a signature' && err_has 'mokutil --import'
}
# Debian's dkms is only unpacked, and touches none of this machine's module trees.
dkms() {
	mkdir -p "$tmp/dkms/deb" "$tmp/dkms/src" "$tmp/dkms/tree" "$tmp/dkms/install" &&
		(cd "$tmp/dkms/deb" && apt-get -qq download dkms) 2> "$tmp/err" &&
		dpkg -x "$tmp"/dkms/deb/dkms_*.deb "$tmp/dkms" || return
	version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$top/kmod/dkms.conf")
	release=$(basename "$kernel"/lib/modules/*)
	mkdir "$tmp/dkms/install/$release" &&
		cp -R "$top/kmod" "$tmp/dkms/src/vbench-$version" &&
		make -s -C "$tmp/dkms/src/vbench-$version" clean &&
		for step in add build install; do
			"$tmp/dkms/usr/sbin/dkms" $step -m vbench -v "$version" -k "$release" \
				--kernelsourcedir "$headers" --dkmstree "$tmp/dkms/tree" \
				--sourcetree "$tmp/dkms/src" --installtree "$tmp/dkms/install" \
				--no-depmod --force > "$tmp/out" 2>&1 ||
				{ cat "$tmp/out" "$tmp"/dkms/tree/vbench/*/build/make.log; return 1; }
		done
	find "$tmp/dkms/install" -name 'vbench.ko*' | grep -q . ||
		{ echo "nothing was installed"; return 1; }
	"$tmp/dkms/usr/sbin/dkms" remove -m vbench -v "$version" --all \
		--dkmstree "$tmp/dkms/tree" --sourcetree "$tmp/dkms/src" \
		--installtree "$tmp/dkms/install" --no-depmod > "$tmp/out" 2>&1 ||
		{ cat "$tmp/out"; return 1; }
	! find "$tmp/dkms/install" -name 'vbench.ko*' | grep .
}

# guest PROGRAM [QEMU ARGUMENT...]: boots PROGRAM as process 1, with the console in
# $tmp/out.
guest() {
	program=$1
	shift
	"$top/rootfs/mkinitramfs" "$kernel/vmlinuz" "" "$program" "$tmp/initramfs" &&
		run 0 "${QEMU:-qemu-system-x86_64}" -machine q35 -cpu max,la57=off -m 256M \
			-nodefaults -no-user-config -display none -no-reboot -serial stdio \
			-device virtio-rng-pci \
			-kernel "$kernel/vmlinuz" -initrd "$tmp/initramfs" "$@" < /dev/null
}
cmdline="console=ttyS0 quiet panic=-1 no_timer_check cryptomgr.notests tsc=reliable log_buf_len=4M"
verdict() {
	tr -d '\r' < "$tmp/out" | grep -q '^VERDICT: good$' && return
	cat "$tmp/out"
	return 1
}
abi() {
	guest "$guests/abi" -accel tcg,thread=multi -smp 2 -append "$cmdline $(tsc_rate)" &&
		verdict
}
# The kernel hands out memory untouched, so that first-touch-4k runs and keeps a block.
fuzz() {
	guest "$guests/fuzz" -accel tcg,thread=multi -smp 2 \
		-append "$cmdline $(tsc_rate) init_on_alloc=0" && verdict &&
		out_has 'unloaded with a block kept 20 times'
}

# One instruction takes one nanosecond and one tick.  Clock, seed and layout are fixed,
# so nothing depends on the outer machine.
counted() {
	guest "$top/virtclient" -accel tcg,thread=single -smp 1 \
		-icount shift=0,sleep=off -seed 1 -rtc base=2020-01-01,clock=vm \
		-append "$cmdline nokaslr norandmaps random.trust_cpu=off -- --operations" ||
		return
	tr -d '\r' < "$tmp/out" | grep -E '^[a-z]' > "$tmp/counted-$1"
}
# Prints the operations that operations.h marks as exact.
exact_names() {
	"${CC:-cc}" -E -P -x c -DOP'(id,name,title,ex,flags,exits)=EXACT_ROW name flags END' \
		"$top/kmod/operations.h" 2> /dev/null |
		sed 's/END/&\n/g' | grep VBENCH_OP_EXACT | grep -o '"floor[^"]*"\|"[a-z0-9-]*"' | tr -d '"'
}
# All batches and all events are equally long: "100: 319..319," or "64 events: median
# 438, most 438".
always_the_same() {
	awk '$2 == "-" { exit }
	/events:/ { exit $2 != $6 + 0 || $2 != $8 }
	/batches of 0:/ {
		for (i = 3; i <= NF; i++)
			if (split($i, a, /[.][.]/) == 2) {
				n++
				differ += a[1] + 0 != a[2] + 0
			}
		exit n != 2 || differ
	}
	{ exit 1 }' "$1"
}
three_boots() {
	counted 1 && counted 2 && counted 3 || return
	exact_names > "$tmp/exact"
	[ "$(wc -l < "$tmp/exact")" -ge 3 ] || { echo "no exact operations?"; return 1; }
	n=0
	while read -r op; do
		for i in 1 2 3; do
			grep "^$op " "$tmp/counted-$i" > "$tmp/line-$i" ||
				{ echo "$op: no figure"; return 1; }
		done
		cmp "$tmp/line-1" "$tmp/line-2" && cmp "$tmp/line-1" "$tmp/line-3" ||
			{ cat "$tmp"/line-?; return 1; }
		always_the_same "$tmp/line-1" || { cat "$tmp/line-1"; return 1; }
		n=$((n + 1))
	done < "$tmp/exact"
}
# figure NAME TICKS: compares with a count by hand.
figure() {
	awk -v name="$1" -v want="$2" '$1 == name { found = $2 } END { exit found != want }' \
		"$tmp/counted-1" && return
	grep "^$1 " "$tmp/counted-1"
	return 1
}
# The loop has two instructions, 1000 NOPs have 1000, and a fenced reading has three.
slopes() {
	figure floor-empty-loop 2.000 && figure floor-1000-nops 1002.000 &&
		figure floor-tsc 5.000
}

suite() {
	VCPUS=2 run 0 "$vbench" qemu --machines=1 --rough --time=0.3 \
		--json="$tmp/r.json" kernel &&
		cp "$tmp/r.json" "$tmp/suite.json" &&
		json '!(grep { $_->{status} eq "failed" } values %b) &&
		      $b{"kernel/floor-tsc"}{status} eq "ok" &&
		      $b{"kernel/floor-hooks"}{status} eq "ok" &&
		      !grep { $_->{status} eq "skipped" && !$_->{reason} } values %b'
}
# vbench does not try operations that CPUID does not list: an exit that a guest with
# encrypted state does not expect ends that guest.
asks_cpuid() {
	cp "$tmp/suite.json" "$tmp/r.json" && json '
		2 == (grep { $_ eq "CPUID lists no INVPCID" }
			map { $b{"kernel/invpcid-$_"}{reason} } "address", "all") &&
		2 == grep { $_ eq "CPUID promises no register POWER_CTL" }
			map { $b{"kernel/${_}msr-power-ctl"}{reason} } "rd", "wr"'
}
# vbench subtracts the cost of a batch, and notes a cost above 1 % of the median sample.
overhead() {
	cp "$tmp/suite.json" "$tmp/r.json" && json '
		my @looped = grep { $_->{status} eq "ok" && !$_->{latency} &&
				    $_->{clock} eq "guest" && $_->{samples} } values %b;
		my @untold = grep {
			my @t = sort { $a <=> $b } map { $_->{guest_ns} } @{$_->{samples}};
			my $share = $_->{fixed_ns} / ($t[@t / 2] || 1);
			my $told = ($_->{note} || "") =~ /% of a sample is its fixed cost/;
			print STDERR "$_->{name}: $share\n" if $share > 0.01 != $told;
			$share > 0.01 != $told } @looped;
		@looped > 40 && !@untold'
}
# Each event is a sample, and one set-up of the operation gives many events.
events() {
	cp "$tmp/suite.json" "$tmp/r.json" && json '
		my @s = map { @{$b{"kernel/$_"}{samples} || []} }
			("timer-hrtimer-100us", "indirect-quiet");
		my %together; $together{"$_->{host_ns} $_->{guest_ns}"}++ for @s;
		@s >= 40 && !(grep { $_->{runs} != 1 } @s) && keys %together < @s / 2'
}
# Linux sends no IPI to a CPU that polls, so IPIs cannot be measured.
polling() {
	VCPUS=2 APPEND=idle=poll run 0 "$vbench" qemu --machines=1 --rough --time=0.3 \
		--json="$tmp/r.json" kernel/ipi-halted kernel/hlt-wake-1ms kernel/wake-remote &&
		json '3 == grep { /polls when it is idle/ } map { $_->{reason} // "" } values %b'
}
# With a module of another kernel the guest boots, and skipped benchmarks give the reason.
foreign_module() {
	release=$(basename "$kernel"/lib/modules/*)
	rm -rf "$tmp/modules" && mkdir "$tmp/modules" &&
		cp -R "$kernel/lib/modules/$release" "$tmp/modules/" &&
		ko=$tmp/modules/$release/updates/vbench.ko &&
		sed -i "s/\(vermagic=$release \)SMP/\1UMP/" "$ko" &&
		MODULES=$tmp/modules/$release run 0 "$vbench" qemu --machines=1 --rough \
			--json="$tmp/r.json" kernel/floor-tsc micro/pipe &&
		json '$b{"micro/pipe"}{status} eq "ok" &&
		      $b{"kernel/floor-tsc"}{reason} =~ /vbench.ko could not be loaded/'
}
# CPUID lists no TSC, so the kernel calibrates none; operations that need its rate
# in the kernel are skipped.
unknown_tsc() {
	CPU=max,la57=off,-tsc run 0 "$vbench" qemu --machines=1 --rough --time=0.1 \
		--json="$tmp/r.json" kernel/cpuid-0 kernel/hlt-wake-10us &&
		json 'my $rate = $d->{environment}{"guest.ticks_per_sec"};
		      my @s = @{$b{"kernel/cpuid-0"}{samples}};
		      my @off = grep { abs($_->{guest_ns} * $rate / 1e9 / $_->{ticks} - 1) > 0.05 } @s;
		      @s && !@off && $b{"kernel/hlt-wake-10us"}{reason} =~ /rate of the TSC is unknown/'
}
# Secure Boot sets this lockdown; Debian's own modules are signed.
locked_down() {
	APPEND=lockdown=integrity run 0 "$vbench" qemu --machines=1 --rough \
		--json="$tmp/r.json" kernel/floor-tsc micro/pipe &&
		json '$b{"micro/pipe"}{status} eq "ok" &&
		      $b{"kernel/floor-tsc"}{reason} =~ /could not be loaded.*requires a signature/'
}
no_module() {
	release=$(basename "$kernel"/lib/modules/*)
	rm -rf "$tmp/modules" && mkdir "$tmp/modules" &&
		cp -R "$kernel/lib/modules/$release" "$tmp/modules/" &&
		rm "$tmp/modules/$release/updates/vbench.ko" &&
		mkdir -p "$tmp/none/lib" && ln -sfn "$tmp/modules" "$tmp/none/lib/modules" &&
		PATH=$PATH:/sbin:/usr/sbin depmod -b "$tmp/none" "$release" &&
		MODULES=$tmp/modules/$release run 0 "$vbench" qemu --machines=1 --rough \
			--json="$tmp/r.json" kernel/floor-tsc micro/pipe &&
		json '$b{"kernel/floor-tsc"}{reason} =~ /make -C kmod install/'
}

test_that "the module builds without a warning of gcc or sparse" builds "$headers"
test_that "the module builds for a newer kernel" builds "$top/build/headers-newer/build"
if [ -d "$top/build/kernels" ]; then
	test_that "the module builds for each suite that make check-kernels has unpacked" builds_in_suites
fi
test_that "a kernel that is too old is named, without a compiler's error" too_old
test_that "an old kernel that has backports of newer ones is named as well" too_old_with_backports
test_that "a failed build for an unknown kernel names the known ones" too_new
test_that "dkms.conf names the kernels that the module builds for" dkms_range
test_that "make clean removes everything that a build made" cleans
test_that "clang builds the module for a kernel that clang built" clang_by_itself
test_that "make -C KDIR M=CHECKOUT builds the module" builds_toplevel
test_that "the module is installed below INSTALL_MOD_PATH, and removed again" installs
test_that "make says how to get missing headers" no_headers
test_that "make names a kernel without support for modules" no_modules
test_that "make names a path that kbuild cannot use" blank_in_path
if [ "$(id -u)" -eq 0 ]; then
	test_that "make install says that it needs root" nobody_installs
else
	skip "make install says that it needs root" "not root"
fi
if [ -d /sys/kernel/security ]; then
	test_that "make says what to do if Secure Boot refuses the module" secure_boot_refuses
else
	skip "make says what to do if Secure Boot refuses the module" "no /sys/kernel/security here"
fi
test_that "dkms builds, installs and removes the module" dkms
test_that "the module's interface keeps its promises" abi
test_that "a million calls, unloading and CPUs going offline do no harm" fuzz
test_that "counted instructions are the same in three boots" three_boots
test_that "known sequences take as many instructions as counted by hand" slopes
test_that "every operation runs in a guest, or gives the reason why not" suite
test_that "operations that CPUID does not list are not tried" asks_cpuid
test_that "a batch costs less than 1 % of the operation, or a note says so" overhead
test_that "many events are taken at a time, and each is kept" events
test_that "operations with IPI or HLT are skipped if the idle loop polls" polling
test_that "ticks become nanoseconds even if the kernel does not know the TSC's rate" unknown_tsc
test_that "a guest names a module that was built for another kernel" foreign_module
test_that "a guest that is locked down asks for a signed module" locked_down
test_that "a guest without the module says how to get it" no_module
test_that "nothing is left behind" nothing_left
tests_done
