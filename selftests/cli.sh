#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The command line: what is wrong is said, with the remedy, before anything is
# started.
. "$(dirname "$0")/lib.sh"

bad_usage() { run 129 "$vbench" "$@"; }

unknown_backend() { bad_usage quemu && err_has 'did you mean "qemu"'; }
unknown_benchmark() {
	bad_usage local context-swich && err_has 'did you mean "context-switch"' &&
		bad_usage list context-swich && err_has 'did you mean "context-switch"'
}
unknown_option() { bad_usage local --mashines=2 && err_has 'did you mean "--machines"'; }
no_backend() { bad_usage && err_has 'vbench local'; }
no_machines() { bad_usage local --machines=0 && err_has 'from 1 to 64'; }
many_machines() { bad_usage local --machines=1000 && err_has 'from 1 to 64'; }
# What a terminal obeys: a title, a colour, C1 in UTF-8 and alone, a line of its own.
evil=$(printf 'x\033]0;owned\007\033[31m\302\233\2331m\nvbench: forged')
not_raw() {
	bad_usage "$@" || return
	LC_ALL=C perl -e 'local $/; my $said = <STDIN>;
		$said =~ s/[^\x00-\x7f\x80-\x9f]//g;
		exit($said =~ /[\x00-\x08\x0b-\x1f\x7f-\x9f]|^vbench: forged/m)' \
		< "$tmp/err" && [ ! -s "$tmp/out" ] && err_has 'x?' && return
	echo "raw: $*"
	return 1
}
raw_names() {
	not_raw "$evil" && not_raw "./$evil" && not_raw local "$evil" && not_raw list "$evil" &&
		not_raw local --exclude="$evil" && not_raw "--$evil" &&
		not_raw --emulated-host "$evil" && not_raw trace "$evil" &&
		not_raw trace --all --time="$evil" && not_raw local --cpus="$evil" &&
		not_raw local --t="$evil"
	for option in time seed machines passes timeout trace; do
		not_raw local --$option="$evil" || return
	done
}
# A path is shown in one piece, except for bytes that a terminal obeys.
raw_paths() {
	evil=$(printf 'x\033]0;owned\007\033[31m\302\2331m')
	not_raw show "/nonexistent/$evil" &&
		not_raw local --json="/nonexistent/$evil" &&
		not_raw list --json="/nonexistent/$evil" &&
		not_raw trace --all --json="/nonexistent/$evil" &&
		not_raw emulated-host --writable="$evil" true
}
unwritable() {
	bad_usage local --csv=/nonexistent/x.csv libc-syscall &&
		err_has '/nonexistent/x.csv cannot be written: No such file' &&
		bad_usage local --json=/proc/version libc-syscall &&
		err_has 'cannot be written' &&
		bad_usage trace --all --json=/nonexistent/x.json &&
		err_has '/nonexistent/x.json cannot be written: No such file'
}
# Without the capabilities no trace begins, whatever else this machine has.
uncapable=
[ "$(id -u)" -ne 0 ] || uncapable="setpriv --bounding-set=-bpf,-perfmon,-sys_admin"
trace_loses_nothing() {
	echo precious > "$tmp/old.json"
	# shellcheck disable=SC2086
	run 4 $uncapable "$vbench" trace --all --time=0.01 --json="$tmp/old.json" &&
		[ "$(cat "$tmp/old.json")" = precious ] &&
		run 4 $uncapable "$vbench" trace --all --time=0.01 --json="$tmp/new.json" &&
		[ ! -e "$tmp/new.json" ]
}
# Where there are none, it is no matter of what this machine allows.
no_exits() {
	run 4 "$vbench" local --trace libc-syscall &&
		err_has 'no exits to attribute: .* processes of the host' &&
		err_has '(--trace=try goes on without)' &&
		run 4 "$vbench" qemu --trace libc-syscall &&
		err_has 'no exits to attribute: .* where KVM sees nothing' &&
		run 0 "$vbench" local --rough --trace=try libc-syscall &&
		err_has 'processes of the host.*; going on without --trace' &&
		out_has 'micro/libc-syscall  *[0-9.]* [^ ]*s' && out_has '^1 ok'
}
no_vm() {
	bad_usage trace $$ && err_has 'has no VM: name a VMM' &&
		bad_usage trace 4194304 && err_has 'there is no process 4194304' || return
	# The files of a process are for its user.
	[ "$(id -u)" -eq 0 ] || return 0
	run 129 setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$vbench" trace $$ && err_has "whether process $$ has a VM: .*run vbench as root"
}
# The number that tools such as top show for a vCPU.
thread_named() {
	perl -Mthreads -e 'async { sleep 60 }; $| = 1; print "made\n"; sleep 60' > "$tmp/made" &
	many=$!
	until grep -q made "$tmp/made" || ! kill -0 $many; do sleep 0.1; done
	tid=$(cd /proc/$many/task && echo * | tr ' ' '\n' | grep -vx $many)
	run 129 timeout 30 "$vbench" trace "$tid" &&
		err_has "$tid is a thread: name its process"
	ret=$?
	kill $many
	wait $many
	return $ret
}
unwritable_loses_nothing() {
	echo precious > "$tmp/old.json"
	bad_usage local --json="$tmp/old.json" --csv=/nonexistent/x libc-syscall
	[ "$(cat "$tmp/old.json")" = precious ] && [ "$(ls "$tmp"/old.json*)" = "$tmp/old.json" ]
}
bad_passes() {
	bad_usage local --passes=0 && err_has 'from 1 to 100' &&
		bad_usage local --passes=2.5 && err_has 'from 1 to 100'
}
bad_cpus() { bad_usage local --cpus=0-x libc-syscall && err_has 'a list such as'; }
absent_cpu() { bad_usage local --cpus=900 libc-syscall && err_has 'CPU 900 cannot be used'; }
help() {
	run 0 "$vbench" --help && out_has '--ifname=IF' && out_has '--rough' &&
		out_has '--distribution' && out_has '--csv=FILE' &&
		out_has '--json=FILE' && out_has 'context-switch' &&
		out_has 'pingpong'
}
short_help() {
	for c in "" list trace emulated-host; do
		# shellcheck disable=SC2086
		run 0 "$vbench" $c -h && out_has '^Usage: vbench' || return
	done
}
excluded() {
	run 0 "$vbench" list micro --exclude=pipe,'micro/[a-o]*' --exclude=vmcall &&
		out_has '^micro/signal' || return
	! grep -E '^(inter|kernel)/|micro/(pipe|fork|vmcall)' "$tmp/out" || return
	bad_usage local --exclude=micro/pipes pipe &&
		err_has 'did you mean "micro/pipe"' &&
		bad_usage local --exclude=micro pipe && err_has 'no benchmark is left' &&
		run 0 "$vbench" local --quick --exclude=signal pipe signal &&
		out_has '^1 ok, 0 skipped'
}
list_json() {
	run 0 "$vbench" list --json && "$top/selftests/json.pl" "$tmp/out" \
		'$d->{schema} eq "vbench-list/1" && !defined $d->{backend} &&
		 $b{"micro/pipe"}{title} && $b{"inter/pingpong"}{machines} == 2 &&
		 !exists $b{"micro/pipe"}{runs}' &&
		run 0 "$vbench" list local --json="$tmp/l.json" pipe 'vm*call' &&
		[ ! -s "$tmp/out" ] && "$top/selftests/json.pl" "$tmp/l.json" \
		'$d->{backend} eq "local" && $b{"micro/pipe"}{runs} &&
		 !defined $b{"micro/pipe"}{reason} && @{$d->{benchmarks}} == 3 &&
		 !grep { !$_->{runs} && !$_->{reason} } values %b' &&
		bad_usage list --csv=x pipe && err_has 'no other format' &&
		bad_usage list --json=/nonexistent/l && err_has '/nonexistent/l cannot be'
}
list() {
	run 0 "$vbench" list && out_has '^ *micro/context-switch' &&
		out_has '^ *inter/pingpong'
}
# Group kernel has one of that name as well.
bare_name() {
	run 0 "$vbench" local --rough context-switch &&
		out_has 'micro/context-switch  *[0-9.]* [^ ]*s' &&
		out_has 'kernel/context-switch'
}
# As many entries as files: none was lost by the linker, none is there twice.
avoided() {
	AVOID="kernel micro/pi*" run 0 "$vbench" local --rough pipe empty-loop &&
		out_has 'skipped micro/pipe: AVOID=' && out_has 'micro/empty-loop .* ns'
}
no_proc() {
	run 4 unshare -m sh -c 'mount -t tmpfs none /proc && exec "$0" local' "$vbench" &&
		err_has '/proc/self/exe cannot be read: mount -t proc proc /proc' &&
		run 0 unshare -m sh -c 'mount -t tmpfs none /sys && exec "$0" "$@"' "$vbench" \
			local --quick --machines=1 libc-syscall && out_has 'clocksource unknown'
}
# As a run with these options would do.
list_of_one_machine() {
	run 0 "$vbench" list local --machines=1 pingpong pipe boot &&
		out_has 'pingpong .*skipped: needs 2 machines' &&
		out_has 'pipe .* runs' &&
		out_has 'boot/restore .*skipped: needs machines that boot' &&
		run 0 "$vbench" list local pingpong && out_has 'pingpong .* runs'
}
list_complete() {
	run 0 "$vbench" list || return
	files=$({ cd "$top/bench" && ls -- */*.c | sed 's/\.c$//' |
		grep -v kernel/operations
		sed -n 's,^OP([^"]*"\([^"]*\)".*,kernel/\1,p' "$top/kmod/operations.h"; } | sort)
	listed=$(grep -o '^[a-z]*/[a-z0-9-]*' "$tmp/out" | sort -u)
	[ "$files" = "$listed" ] || { echo "$files"; echo; echo "$listed"; return 1; }
}
not_executable() {
	mkdir "$tmp/b" && cp -R "$VBENCH_BACKENDS/fake" "$tmp/b/broken" &&
		chmod -x "$tmp/b/broken/stop_machine" &&
		VBENCH_BACKENDS=$tmp/b bad_usage broken &&
		err_has 'stop_machine is not executable: chmod +x'
}
script_missing() {
	cp -R "$VBENCH_BACKENDS/fake" "$tmp/b/partial" && rm "$tmp/b/partial/stop" &&
		VBENCH_BACKENDS=$tmp/b bad_usage partial && err_has 'has no script "stop"'
}
bad_settings() {
	BOOT_LIMIT=soon run 4 "$vbench" local libc-syscall &&
		err_has 'BOOT_LIMIT="soon".*not a number of seconds'
}
# A shell's arithmetic takes no 9.5; it and QEMU take neither 08 nor 1e2.
numbers_of_one_form() {
	VCPUS=08 BOOT_LIMIT=1e2 RUN_LIMIT=09.5 FAULT=start-tells \
		run 4 "$vbench" fake libc-syscall &&
		err_has 'VCPUS=8 BOOT_LIMIT=100 RUN_LIMIT=10$' &&
		BOOT_LIMIT=0.0001 RUN_LIMIT=0.9 FAULT=start-tells run 4 "$vbench" fake libc-syscall &&
		err_has ' BOOT_LIMIT=1 RUN_LIMIT=1$' || return
	for n in 0 1.5 many; do
		VCPUS=$n run 4 "$vbench" local libc-syscall &&
			err_has "VCPUS=\"$n\" in SETTINGS .* a whole number from 1" || return
	done
}
# Scripts run in another folder than vbench was started in.
relative_paths() {
	mkdir -p "$tmp/here/runs" && cd "$tmp/here" &&
		KERNEL=bzImage MODULES=../mods LOGFILES=my.log QEMU=./qemu TMPDIR=runs \
			MEM=08G FAULT=start-tells run 4 "$vbench" fake libc-syscall
	ret=$?
	cd "$top" && [ $ret -eq 0 ] && err_has "MEM=8192M KERNEL=$tmp/here/bzImage" &&
		err_has "MODULES=$tmp/here/../mods LOGFILES=$tmp/here/my.log$" &&
		err_has "QEMU=$tmp/here/qemu TMPDIR=$tmp/here/runs$"
}
program_in_path() {
	QEMU=qemu-of-mine FAULT=start-tells run 4 "$vbench" fake libc-syscall &&
		err_has 'QEMU=qemu-of-mine '
}
# The one that does not let the environment win.
plain_settings() {
	mkdir -p "$tmp/data/rootfs" && cp -R "$vbench" "$top/virtclient" "$top/backends" "$tmp/data" &&
		cp "$top/SETTINGS" "$tmp/data" && echo "MEM=2G KERNEL=its/own" >> "$tmp/data/SETTINGS" &&
		cd "$tmp/here" && FAULT=start-tells run 4 "$tmp/data/vbench" fake libc-syscall
	ret=$?
	cd "$top" && [ $ret -eq 0 ] && err_has "MEM=2048M KERNEL=$tmp/here/its/own "
}
bad_size() {
	for size in 1.5G 0.5g 0 -1G 1GG G 1000K 99999999999999999999M; do
		MEM=$size run 4 "$vbench" local libc-syscall &&
			err_has "MEM=\"$size\" in SETTINGS .* not a size: .*such as 256M" || return
	done
	HOST_MEM=1.5G run 4 "$vbench" emulated-host true && err_has 'HOST_MEM="1.5G".* not a size'
}
few_files() {
	run 4 sh -c 'ulimit -n 8; exec "$0" local libc-syscall' "$vbench" &&
		err_has 'only 8 files may be open at once, but 4 machines need' &&
		run 4 sh -c 'ulimit -n 8; exec "$0" emulated-host true' "$vbench" &&
		err_has 'only 8 files may be open at once, but an emulated host needs' &&
		run 4 sh -c 'ulimit -n 8; exec "$0" trace --all' "$vbench" &&
		err_has 'only 8 files may be open at once, but a trace needs' &&
		run 4 sh -c 'ulimit -n 100; exec "$0" kvm --trace --machines=1 pipe' "$vbench" &&
		err_has '100 files may be .* 1 machine and its trace need 134: .*ulimit -n' &&
		err_has 'a run without --trace needs only 54$' &&
		run 4 sh -c 'ulimit -n 100; exec "$0" kvm --trace --machines=2 pipe' "$vbench" &&
		err_has '2 machines and their trace need 140: .* fewer --machines=.* only 60$' &&
		run 0 sh -c 'ulimit -S -n 8; exec "$0" local --rough libc-syscall' "$vbench"
}
# What the user names comes before our own, and that before what is here.
shadowed() {
	mkdir -p "$tmp/user" "$tmp/here" && cp -R "$VBENCH_BACKENDS/fake" "$tmp/user/local" &&
		FAULT=start-mute VBENCH_BACKENDS=$tmp/user run 4 "$vbench" local libc-syscall &&
		err_has "backend local is the one in $tmp/user/local, not the one in $top/backends/local" &&
		cd "$tmp/user" && run 0 "$vbench" local --rough libc-syscall
	ret=$?
	cd "$top" && [ $ret -eq 0 ] &&
		err_has "backend local is the one in $top/backends/local, not the one in $tmp/user/local"
}
# image XLOADFLAGS: the header of a bzImage (boot.rst) of protocol 2.15.
image() { perl -e 'print pack "x514 a4 v x46 v x456", "HdrS", 0x20f, shift' "$1"; }
kernel_32_bit() {
	image 0 > "$tmp/bz32" && image 1 > "$tmp/bz64" &&
		run 1 "$top/rootfs/mkinitramfs" "$tmp/bz32" "" "$top/virtclient" "$tmp/i" &&
		err_has "KERNEL=$tmp/bz32 is a 32-bit kernel" &&
		run 0 "$top/rootfs/mkinitramfs" "$tmp/bz64" "" "$top/virtclient" "$tmp/i" &&
		printf '\177ELF\1' > "$tmp/client32" &&
		run 0 "$top/rootfs/mkinitramfs" "$tmp/bz32" "" "$tmp/client32" "$tmp/i"
}
# Processes manage with the loopback interface, guests do not.
no_bridge() {
	cc -shared -fPIC -o "$tmp/no-bridge.so" "$top/selftests/preload/no-bridge.c" -ldl &&
		LD_PRELOAD=$tmp/no-bridge.so run 0 "$vbench" local --rough inter/pingpong &&
		: > "$tmp/bzImage" && QEMU=true KERNEL=$tmp/bzImage LD_PRELOAD=$tmp/no-bridge.so \
		run 4 timeout 60 "$vbench" qemu libc-syscall &&
		err_has 'this kernel has no bridge for the guests. network: modprobe bridge'
}
broken_setting() {
	KERNEL_DEBUG='one
two' run 4 "$vbench" local libc-syscall &&
		err_has 'KERNEL_DEBUG= .* has a line break'
}

test_that "an unknown backend is refused, and a similar name is suggested" unknown_backend
test_that "an unknown benchmark is refused, and a similar name is suggested" unknown_benchmark
test_that "an unknown option is refused, and a similar name is suggested" unknown_option
test_that "words of the command line cannot send commands to a terminal" raw_names
test_that "paths on the command line cannot send commands to a terminal" raw_paths
test_that "without a backend, vbench lists the backends" no_backend
test_that "0 machines are refused" no_machines
test_that "1000 machines are refused" many_machines
test_that "0 passes and 2.5 passes are refused" bad_passes
test_that "an unwritable result file is reported before the run" unwritable
test_that "a refused run leaves older result files alone" unwritable_loses_nothing
test_that "a trace that cannot begin leaves older result files alone" trace_loses_nothing
test_that "a backend without exits refuses --trace with the reason, and --trace=try continues" no_exits
test_that "vbench trace refuses a process that has no VM" no_vm
test_that "vbench trace refuses the id of a thread" thread_named
test_that "a malformed list of CPUs is refused" bad_cpus
test_that "a CPU that does not exist is refused" absent_cpu
test_that "--help names options and benchmarks" help
test_that "-h means --help in every command" short_help
test_that "list shows the benchmarks" list
test_that "list --json writes the same list for programs" list_json
test_that "--exclude leaves benchmarks out, and refuses an unknown name" excluded
test_that "a benchmark in AVOID= is skipped with that reason" avoided
test_that "a bare name means the benchmarks of that name in all groups" bare_name
test_that "list --machines=1 says which benchmarks need more" list_of_one_machine
test_that "every file of bench/ is a benchmark in the list" list_complete
test_that "a script that is not executable is named in the error" not_executable
test_that "a missing script is named in the error" script_missing
test_that "a setting that is not a number is named in the error" bad_settings
test_that "scripts get every number in one form" numbers_of_one_form
test_that "relative paths start at the folder where vbench was started" relative_paths
test_that "a program without a slash is searched for in PATH" program_in_path
test_that "a SETTINGS with plain assignments has its sizes and paths checked too" plain_settings
test_that "a malformed size is named in the error" bad_size
test_that "a low limit of open files is reported with the remedy" few_files
test_that "a folder with the name of one of our backends is pointed out" shadowed
test_that "a 32-bit kernel is refused with a 64-bit client" kernel_32_bit
test_that "a kernel without bridges is reported at once" no_bridge
test_that "a setting with a line break is named in the error" broken_setting
if [ "$(id -u)" -eq 0 ]; then
	test_that "a run reports a missing /proc, and works without /sys" no_proc
else
	skip "a run reports a missing /proc, and works without /sys" "not root"
fi
test_that "nothing is left behind" nothing_left
tests_done
