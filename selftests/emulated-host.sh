#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# An emulated host: real KVM on any machine, four guests of it, and the output, files
# and exit status that come back.
. "$(dirname "$0")/lib.sh"

export RUN_LIMIT_S=1200
json() { "$top/selftests/json.pl" "$tmp/r.json" "$1"; }
host="$top/build/host-kernel/vmlinuz"

prerequisites() {
	[ -e "$host" ] || { echo "no kernel: make deps"; return 1; }
	command -v qemu-system-x86_64 > /dev/null || { echo "no QEMU"; return 1; }
}
if ! why=$(prerequisites); then
	skip "an emulated host" "$why"
	tests_done
	exit 0
fi

# Root runs vbench as nobody: it needs neither root nor KVM.
unprivileged=
[ "$(id -u)" -ne 0 ] ||
	unprivileged="setpriv --reuid=65534 --regid=65534 --clear-groups"
# QEMU must read a folder to find a name in it: 711 is not enough.
chmod 755 "$tmp" && chmod 1777 "$TMPDIR"
mkdir "$tmp/kept" && chmod 777 "$tmp/kept"

# The checks in one emulated host; each must print "yes".
cat > "$tmp/inside" << 'END'
check() { if "$@" > /dev/null 2>&1; then echo "yes: $*"; else echo "no: $*"; fi; }
check test "$(id -u)" -eq 0
check test -c /dev/kvm
check test -c /dev/net/tun
check test -c /dev/vhost-net
check test -e /sys/kernel/btf/kvm_amd
check test -d /sys/kernel/tracing/events/kvm/kvm_exit
check modprobe loop
check test "$PWD" = "$WANTED_PWD"
check test "$ODD" = "a 'b' \"c\" \$d \`e\`
f"
check test "$#" -eq 3
check test "$2" = "x y"
check test "$3" = ""
check test "$(cat)" = input
check touch "$TMP/changed"
check touch "$TMP/kept/written"
echo complaint >&2
exit 7
END
# On a busy machine vbench prints progress and warnings on stderr, too.
without_progress() {
	grep -v '^vbench: \(.* runs\? on this machine\|starting an emulated host:\)' "$tmp/err"
}
inside() {
	echo input > "$tmp/input"
	export WANTED_PWD="$PWD" TMP="$tmp" ODD="a 'b' \"c\" \$d \`e\`
f"
	# shellcheck disable=SC2086
	run 7 $unprivileged "$vbench" emulated-host --quiet --writable="$tmp/kept" -- \
		sh "$tmp/inside" 1 "x y" "" < "$tmp/input" || return
	! grep '^no:' "$tmp/out" && [ "$(grep -c '^yes:' "$tmp/out")" -eq 15 ] &&
		[ "$(without_progress)" = complaint ] && [ ! -e "$tmp/changed" ] &&
		[ -e "$tmp/kept/written" ] && nothing_left
}
# While vbench tries how QEMU starts, before the boot.
interrupted_early() {
	cat > "$tmp/hangs" <<-END
		#!/bin/sh
		: > "$tmp/kept/tried"
		sleep 1000
	END
	chmod 755 "$tmp/hangs"
	HOST_QEMU=$tmp/hangs "$vbench" local --emulated-host --json="$tmp/kept/early.json" \
		micro/pipe > "$tmp/out" 2> "$tmp/err" &
	pid=$!
	within 120 test -e "$tmp/kept/tried" || { kill -KILL $pid; return 1; }
	kill -TERM $pid
	wait $pid
	status=$?
	[ $status -eq 130 ] || { echo "exit status $status"; return 1; }
	err_has 'no emulated host is started' && nothing_left &&
		! ls "$tmp"/kept/early.json*
}
no_command() {
	run 129 "$vbench" emulated-host && err_has 'no command' &&
		run 127 "$vbench" emulated-host /nonexistent/program &&
		err_has 'cannot run /nonexistent/program: No such file'
}
# The host's timer does not tick during the boot, as on a machine that is too busy, so
# the kernel cannot calibrate its TSC by it.
no_tick() {
	mended=$top/build/host-qemu/qemu
	[ -x "$mended" ] || mended='qemu-system-x86_64'
	printf '#!/bin/sh\nexec %s "$@" -machine pit=off,hpet=off\n' "$mended" \
		> "$tmp/timerless" && chmod 755 "$tmp/timerless" || return
	outside=$(tsc_rate | sed 's/.*=\(.*\)...$/\1/') && [ -n "$outside" ] &&
		HOST_QEMU=$tmp/timerless run 0 "$vbench" emulated-host dmesg || return
	inside=$(sed -n 's/.*tsc: Detected \([0-9]*\)\..* MHz.*/\1/p' "$tmp/out" |
		tail -n 1)
	echo "a TSC of $outside MHz is taken for one of $inside MHz"
	[ $((inside * 100)) -gt $((outside * 99)) ] && [ $((inside * 99)) -lt $((outside * 100)) ]
}
# The emulated host stops with vbench, and so does its clock: the command prints the
# time every 0.2 s, and no two times may differ by as much as the stop lasted.
stopped() {
	pid=$(cat "$tmp/pid") && kill -TSTP "$pid" && within 30 no_more_output || return
	sleep 8
	no_more_output || return
	# script(1) stops itself when its child is stopped.
	kill -CONT "$(sed -n 's/^PPid:\t//p' "/proc/$pid/status")" "$pid"
}
no_more_output() {
	before=$(wc -c < "$tmp/out")
	sleep 1
	[ "$(wc -c < "$tmp/out")" -eq "$before" ]
}
no_gap() {
	perl -ne 'next if !/^at ([\d.]+)/;
		$gap = $1 - $last if defined $last && $1 - $last > $gap;
		$last = $1;
		$n++;
		END { print "$n lines, $gap s between two\n"; exit !($n > 10 && $gap < 8) }' "$tmp/out"
}
# The command leaves a child that prints for ever, and reads from a terminal.
child_prints_on() {
	cat > "$tmp/talk" << 'END'
read -r line && echo "read: $line" && ! read -r line || exit
for i in $(seq 50); do read -r now rest < /proc/uptime; echo "at $now"; sleep 0.2; done
while :; do echo again; done &
sleep 1
echo once
exit 5
END
	echo "echo \$\$ > '$tmp/pid'; exec '$vbench' emulated-host sh '$tmp/talk' > '$tmp/out' 2> '$tmp/err'" \
		> "$tmp/terminal"
	: > "$tmp/out"
	echo a line | timeout 180 script -qec "sh $tmp/terminal" /dev/null > "$tmp/screen" &
	script=$!
	within 120 grep -q '^at' "$tmp/out" && stopped || { kill $script; return 1; }
	wait $script
	[ $? -eq 5 ] || { cat "$tmp/screen" "$tmp/out"; return 1; }
	out_has 'read: a line' && out_has once && out_has again && no_gap && nothing_left
}
# Each command makes QEMU kick its CPUs.  Without the patches to QEMU, a guest is then
# interrupted twice and hangs: Documentation/qemu-svm.rst.
kicks() {
	perl -MIO::Socket::UNIX -e '$| = 1; $SIG{PIPE} = "IGNORE";
		sub pause { select(undef, undef, undef, 0.05) }
		my $s;
		pause until $s = IO::Socket::UNIX->new($ARGV[0]);
		$s->blocking(0);
		while (syswrite $s, "stop\ncont\n") {
			pause;
			while (sysread $s, my $answer, 65536) { }
		}' "$tmp/kept/monitor"
}
with_monitor() {
	# vbench first tries whether QEMU starts at all, with -machine none.
	cat > "$tmp/monitored" <<-END
		#!/bin/sh
		case \$* in
		*"-machine none"*) exec "$top/build/host-qemu/qemu" "\$@" ;;
		esac
		exec "$top/build/host-qemu/qemu" \
			-monitor "unix:$tmp/kept/monitor,server=on,wait=off" "\$@"
	END
	chmod 755 "$tmp/monitored"
}
kicked_guests() {
	[ -e "$top/build/host-qemu/stamp" ] || { guests; return; }
	with_monitor || return
	kicks &
	kicker=$!
	HOST_QEMU=$tmp/monitored guests
	ret=$?
	kill $kicker 2> /dev/null
	wait $kicker
	return $ret
}
# Without the third patch to QEMU, FXRSTOR on any CPU overwrites flags of the first CPU,
# on which the guest runs.  The loop must still be running when the guest has ended.
beside_fxrstor() {
	gcc -O2 -o "$tmp/fxrstor-loop" "$top/selftests/perf/fxrstor-loop.c" || return
	cat > "$tmp/beside" <<-END
		taskset -c 1 "$tmp/fxrstor-loop" &
		"$vbench" kvm --rough --machines=1 --cpus=0 micro/libc-syscall micro/fork
		status=\$?
		kill \$! || status=99
		exit \$status
	END
	HOST_QEMU=$top/build/host-qemu/qemu run 0 "$vbench" emulated-host -- sh "$tmp/beside" && out_has micro/fork
}
# Without the fourth patch to QEMU, an access to the local APIC goes to another device if
# another CPU is changing the memory map.
changed_map() {
	gcc -O2 -o "$tmp/map-loop" "$top/selftests/perf/map-loop.c" &&
		HOST_QEMU=$top/build/host-qemu/qemu run 0 "$vbench" emulated-host --quiet \
			"$tmp/map-loop" 15 && out_has '^[1-9][0-9]* writes, [1-9]'
}
# Four guests of KVM run, with vhost-net; their consoles and the files come back.
guests() {
	# shellcheck disable=SC2086
	LOGFILES=$tmp/kept/log run 0 $unprivileged "$vbench" kvm --emulated-host \
		--rough --json="$tmp/kept/r.json" --csv="$tmp/kept/r.csv" \
		micro/libc-syscall micro/cpuid micro/pio micro/fork \
		micro/read-latency inter/pingpong || return
	cp "$tmp/kept/r.json" "$tmp/r.json"
	out_has 'kvm under an emulated host' &&
		json '$d->{machines} == 4 &&
		      $d->{environment}{emulated_host} eq "yes" &&
		      !$d->{environment}{emulated} &&
		      $d->{environment}{"guest.hypervisor"} =~ /^KVM/ &&
		      keys %b == 6 && !grep { $_->{status} eq "failed" } values %b' &&
		json '$b{"inter/pingpong"}{status} eq "ok" &&
		      $b{"micro/cpuid"}{status} eq "ok"' &&
		[ -s "$tmp/kept/r.csv" ] && [ -e "$tmp/kept/log-3" ] && nothing_left
}
# A script in place of QEMU records its arguments and rights, and ends.
cat > "$tmp/recorder" << 'END'
#!/bin/sh
case $SANDBOX,$* in
no,*-sandbox*) exit 1 ;;
*"-machine none"*) exit 0 ;;
esac
exec > "$RECORD" 2>&1
echo "args $*"
env | grep '^VBENCH_OUTPUT_'
cat /proc/self/status
: > "$VBENCH_RUN/shared/file" && echo "shared is writable"
END
chmod 755 "$tmp/recorder"
# recorded UID CAPABILITIES NO_NEW_PRIVS COMMAND...
recorded() {
	uid=$1 caps=$2 no_new=$3
	shift 3
	rm -f "$tmp/kept/record"
	export HOST_QEMU=$tmp/recorder RECORD=$tmp/kept/record
	run 4 "$@" || return
	for line in "Uid:.$uid.$uid.$uid.$uid" "CapEff:.*0$caps" "CapPrm:.*0$caps" \
		"NoNewPrivs:.$no_new"; do
		grep -qx "$line" "$RECORD" || { echo "not: $line"; cat "$RECORD"; return 1; }
	done
}
rights() (
	export SUDO_UID=65533 SUDO_GID=65532
	recorded 65533 4 1 "$vbench" kvm --emulated-host micro/pipe &&
		grep -q '^CapBnd:.*04$' "$RECORD" && grep -q '^Gid:.65532' "$RECORD" &&
		grep -q '^args -sandbox on,.*spawn=deny' "$RECORD" &&
		grep -q 'shared is writable' "$RECORD" &&
		recorded 65533 4 1 "$vbench" emulated-host --writable="$tmp/kept" true || return
	# Only root may write to this folder.
	mkdir -p "$tmp/roots" && recorded 0 1f 1 "$vbench" emulated-host \
		--writable="$tmp/kept" --writable="$tmp/roots" true &&
		grep -q '^CapBnd:.*01f$' "$RECORD" || return
	SANDBOX=no recorded 65533 4 1 "$vbench" emulated-host -v true &&
		err_has 'system calls are not filtered' && ! grep -e -sandbox "$RECORD" || return
	UNPRIVILEGED=no recorded 0 '*' 0 "$vbench" emulated-host true &&
		! grep -e '-sandbox\|CapEff:.*0000001f' "$RECORD" || return
	UNPRIVILEGED=maybe run 4 "$vbench" emulated-host true &&
		err_has 'UNPRIVILEGED=maybe in SETTINGS' && nothing_left
)
rights_of_user() (
	# shellcheck disable=SC2086
	recorded 65534 0 1 $unprivileged "$vbench" emulated-host true &&
		grep -q '^args -sandbox on' "$RECORD" && nothing_left
)
# After SIGINT the run in the host ends in order, and its results come back.
interrupted() {
	"$vbench" kvm --emulated-host --machines=1 --json="$tmp/r.json" \
		micro > "$tmp/out" 2> "$tmp/err" &
	pid=$!
	# Progress is a line every ten seconds with the benchmark's number.
	within 400 grep '\[pass [0-9]* of [0-9]*, \([2-9]\|[1-9][0-9]\)/' "$tmp/err" ||
		{ kill $pid; return 1; }
	kill -INT $pid
	wait $pid
	status=$?
	[ $status -eq 130 ] || { echo "exit status $status"; return 1; }
	err_has 'interrupted: ending' && out_has ' ok, ' &&
		json '@{$d->{benchmarks}} >= 1' && nothing_left
}
interrupted_boot() {
	"$vbench" kvm --emulated-host > "$tmp/out" 2> "$tmp/err" &
	pid=$!
	sleep 3
	kill -TERM $pid
	wait $pid
	status=$?
	[ $status -eq 130 ] || { echo "exit status $status"; return 1; }
	err_has 'interrupted' && nothing_left
}
# The emulated host ends with vbench, and the next run removes the folder.
killed() {
	"$vbench" emulated-host sleep 1000 > "$tmp/out" 2> "$tmp/err" &
	pid=$!
	sleep 3
	kill -KILL $pid
	wait $pid
	within 30 no_processes || return
	run 4 env HOST_MEM=none "$vbench" emulated-host true &&
		err_has 'cleaning up after a run' && nothing_left
}
bad_kernels() {
	run 4 "$vbench" kvm --emulated-host=/nonexistent &&
		err_has '/nonexistent cannot be read' &&
		run 4 "$vbench" kvm --emulated-host=/etc/passwd &&
		err_has 'passwd is not a kernel' || return
	cloud="$top/build/kernel/vmlinuz"
	[ -e "$cloud" ] || return 0
	run 4 "$vbench" kvm --emulated-host="$cloud" &&
		err_has 'lacks CONFIG_NET_9P_VIRTIO: no module 9pnet_virtio in' &&
		err_has 'lacks CONFIG_9P_FS: no module 9p in'
}
# lacking MODULE...: sets HOST_MODULES to the host kernel's modules except these.
lacking() {
	release=$(basename "$top"/build/host-kernel/lib/modules/*)
	few=$tmp/few/lib/modules
	rm -rf "$tmp/few" && mkdir -p "$few" &&
		cp -as "$top/build/host-kernel/lib/modules/$release" "$few" || return
	for m; do
		find "$few" -name "$m.ko" -delete
	done
	PATH=$PATH:/sbin:/usr/sbin depmod -b "$tmp/few" "$release" &&
		export HOST_MODULES="$few/$release"
}
# vbench names all missing features at once.  If only optional ones are missing, it names
# them once the host is up, because they may be built in.
without_some() (
	lacking overlay virtio_console kvm-amd vhost_net &&
		run 4 "$vbench" kvm --emulated-host micro/pipe &&
		err_has 'lacks CONFIG_OVERLAY_FS: no module overlay in' &&
		err_has 'lacks CONFIG_VIRTIO_CONSOLE: no module virtio_console in' &&
		err_has 'lacks CONFIG_KVM_AMD: no module kvm_amd.*: the backend kvm cannot run' &&
		err_has 'lacks CONFIG_VHOST_NET: ' || return
	lacking kvm-amd tun bridge vhost_net &&
		run 4 "$vbench" kvm --emulated-host micro/pipe &&
		err_has '/dev/kvm is missing (does the kernel have CONFIG_KVM_AMD?): the backend kvm' &&
		err_has '/dev/net/tun is missing .*CONFIG_TUN' &&
		err_has '/sys/module/bridge is missing .*CONFIG_BRIDGE' &&
		err_has '/dev/vhost-net is missing .*CONFIG_VHOST_NET'
)
# The init of a modular kernel without modules says which it lacks.
without_modules() {
	mkdir "$tmp/bare" && cp "$host" "$tmp/bare" && mkdir "$tmp/none" &&
		: > "$tmp/none/modules.dep" || return
	run 4 "$vbench" kvm --emulated-host="$tmp/bare/vmlinuz" &&
		err_has 'no modules found for kernel' &&
		err_has 'the kernel lacks CONFIG_9P_FS (module 9p)' &&
		err_has 'the kernel lacks CONFIG_OVERLAY_FS'
}
without_kvm() {
	HOST_CPU=EPYC,-svm run 4 "$vbench" kvm --emulated-host micro/pipe &&
		err_has '/dev/kvm is missing' && err_has 'CONFIG_KVM_AMD'
}
does_not_boot() {
	HOST_APPEND=rdinit=/nonexistent run 4 "$vbench" emulated-host true &&
		err_has 'ended before it was up' && err_has 'Kernel panic' &&
		HOST_BOOT_LIMIT=1 run 4 "$vbench" emulated-host true &&
		err_has 'did not come up within 1 s'
}
# vbench shows the last lines of QEMU, without TCG's warnings at every start.
qemu_dies() {
	cat > "$tmp/qemu" << 'END'
#!/bin/sh
(sleep 2; echo "this QEMU has a bug" >&2; kill -ABRT $$) &
exec qemu-system-x86_64 "$@"
END
	chmod +x "$tmp/qemu" &&
		QEMU="$tmp/qemu" run 4 "$vbench" emulated-host true &&
		err_has 'ended before it was up; QEMU (killed by signal 6: Aborted)' &&
		err_has 'this QEMU has a bug' &&
		! grep "TCG doesn't" "$tmp/err" && nothing_left
}
# A wrapper that does not exec leaves no process either, killed or not.  Its sleep is
# this test's own: another checkout's tests may run on the machine.
nap=98765.$$
wrapper() {
	cat > "$tmp/qemu" <<-END
		#!/bin/sh
		case \$* in
		*"-machine none"*) exit 0 ;;
		esac
		sleep $nap
		true
	END
	chmod +x "$tmp/qemu" &&
		QEMU="$tmp/qemu" HOST_BOOT_LIMIT=1 run 4 "$vbench" emulated-host true &&
		err_has 'did not come up within 1 s' && no_sleep && nothing_left || return
	# vbench is killed and cannot clean up.  For root, the pid namespace does.
	[ "$(id -u)" -eq 0 ] || return 0
	QEMU="$tmp/qemu" timeout -s KILL 2 "$vbench" emulated-host true
	within 30 no_sleep
}
no_sleep() {
	[ -z "$(grep -lsxz "98765[.]$$" /proc/[0-9]*/cmdline)" ]
}
# The table there goes to standard error if a result here goes to standard output,
# under whatever name.
told_of_stdout() (
	export HOST_QEMU=$tmp/recorder RECORD=$tmp/kept/record
	for to in '- ' '/dev/fd/3 3>&1'; do
		rm -f "$RECORD"
		run 4 sh -c "exec \"\$0\" kvm --emulated-host micro/pipe --csv=$to" "$vbench" &&
			grep -qx 'VBENCH_OUTPUT_STDOUT=yes' "$RECORD" ||
			{ cat "$RECORD"; return 1; }
	done
	rm -f "$RECORD"
	run 4 sh -c 'exec "$0" kvm --emulated-host --csv=/dev/fd/3 micro/pipe 3> "$1"' \
		"$vbench" "$tmp/kept/3.csv" && grep -q VBENCH_OUTPUT_DIR= "$RECORD" &&
		! grep VBENCH_OUTPUT_STDOUT "$RECORD"
)
bad_settings() {
	QEMU=qemu-nonesuch run 4 "$vbench" emulated-host true &&
		err_has 'qemu-nonesuch is not installed' &&
		HOST_QEMU=qemu-neither QEMU=qemu-nonesuch \
			run 4 "$vbench" emulated-host true &&
		err_has 'qemu-neither is not installed' &&
		HOST_MEM=900G run 4 "$vbench" emulated-host true &&
		err_has 'not enough memory' &&
		HOST_VCPUS=many run 4 "$vbench" emulated-host true &&
		err_has 'ended before it was up'
}
# Errors in the command line are reported before anything boots.
bad_usage() {
	run 129 "$vbench" kvn --emulated-host && err_has 'did you mean "kvm"' &&
		run 129 "$vbench" kvm --emulated-host nosuch &&
		run 129 "$vbench" kvm --emulated-host --json=/nonexistent/x micro/pipe &&
		err_has 'cannot be written'
}

test_that "a command has root, KVM, BTF, its streams, arguments and files" inside
test_that "a missing command gives exit status 127" no_command
test_that "a host whose timer does not tick boots and knows its TSC's rate" no_tick
test_that "SIGTSTP stops the host's clock, and a surviving child delays no end" child_prints_on
test_that "without root, four guests of KVM survive kicks of their host's CPUs" kicked_guests
if [ -e "$top/build/host-qemu/stamp" ]; then
	test_that "a guest of KVM survives FXRSTOR on another CPU of its host" beside_fxrstor
	test_that "a host survives changes of its memory map by another CPU" changed_map
else
	skip "a guest of KVM survives FXRSTOR on another CPU of its host" \
		"make deps built no QEMU for emulated hosts"
	skip "a host survives changes of its memory map by another CPU" \
		"make deps built no QEMU for emulated hosts"
fi
if [ "$(id -u)" -eq 0 ]; then
	test_that "QEMU of root has the rights that it needs, and no more" rights
	test_that "QEMU of a user gets no new rights" rights_of_user
else
	skip "QEMU of root has the rights that it needs, and no more" "not root"
	skip "QEMU of a user gets no new rights" "not root"
fi
test_that "an emulated host learns that a result goes to standard output" told_of_stdout
test_that "SIGINT ends the run in the host, and its results come back" interrupted
test_that "SIGTERM before the boot ends what prepares it" interrupted_early
test_that "SIGTERM during the boot ends the host" interrupted_boot
test_that "nothing keeps running when vbench is killed" killed
test_that "unsuitable kernels are refused with the reason" bad_kernels
test_that "a kernel without its modules is refused with the reason" without_modules
test_that "a host without KVM is reported" without_kvm
test_that "missing features of the kernel are reported by name" without_some
test_that "a host that does not boot is reported with its console" does_not_boot
test_that "a QEMU that dies is reported with its exit status" qemu_dies
test_that "QEMU= can be a wrapper script" wrapper
test_that "unsuitable settings are refused with the reason" bad_settings
test_that "bad usage is reported before the boot" bad_usage
test_that "nothing is left behind" nothing_left
tests_done
