# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Guests of QEMU, for the backends that differ only in the accelerator.  They source
# this file after SETTINGS.
. "$VBENCH_DIR/backends/privileges.sh"

# On a full disk an echo fails, too, and must not change the status.
give_up() {
	echo "$*" >&2 || :
	exit 1
}

cannot() {
	echo "$*" >&2 || :
	exit 4
}

find_kernel() {
	for k in "$KERNEL" "$VBENCH_DIR/build/kernel/vmlinuz" \
		"$VBENCH_DIR/kernel/vmlinuz"; do
		[ -z "$k" ] || [ -z "$KERNEL" ] || [ -r "$k" ] ||
			give_up "KERNEL=$k cannot be read: name a kernel image" \
				"in SETTINGS or the environment"
		[ -n "$k" ] && [ -r "$k" ] && KERNEL=$k && return
	done
	give_up "there is no kernel for the guests: \"make deps\" fetches" \
		"Debian's, or KERNEL= in SETTINGS names your own"
}

# A rough check, because guests touch less than MEM.  vbench has converted MEM to MiB.
check_memory() {
	mib=${MEM%M}
	free=$VBENCH_MEMORY
	need=$((mib * VBENCH_MACHINES))
	# Without MemAvailable in /proc/meminfo, vbench does not know.
	[ "$free$VBENCH_MEMORY_LIMIT" != 0 ] || free=$((need + mib))
	[ "$free" -ge "$need" ] ||
		give_up "not enough memory: $VBENCH_MACHINES guests of $MEM" \
			"need $need MiB, $free MiB are free" \
			"${VBENCH_MEMORY_LIMIT:+within $VBENCH_MEMORY_LIMIT }: use a smaller" \
			"MEM= (128M is enough) or --machines="
}

# Whether $1 is a character device that this user may read and write.
is_device() {
	[ -c "$1" ] && [ -r "$1" ] && [ -w "$1" ]
}

check_tun() {
	[ -c /dev/net/tun ] ||
		give_up "/dev/net/tun is missing: modprobe tun (in a" \
			"container: pass the device in)"
	is_device /dev/net/tun ||
		give_up "/dev/net/tun may not be opened by this user: run" \
			"vbench as root"
}

# Without a bridge, and without a network of the user's, no guest could reach the
# server.
check_network() {
	[ -n "$VBENCH_BRIDGE$VBENCH_IFNAME" ] ||
		cannot "this kernel has no bridge for the guests' network:" \
			"modprobe bridge (CONFIG_BRIDGE), or let them use" \
			"yours: --ifname="
}

qemu_start() {
	command -v "$QEMU" > /dev/null ||
		give_up "$QEMU is not installed: \"make deps\" installs it, or" \
			"QEMU= in SETTINGS names another"
	[ -n "$VCPUS" ] || give_up "VCPUS= in SETTINGS must be a number from 1"
	find_kernel
	check_network
	check_tun
	check_memory
	choose_privileges
	make_folder
	echo "$VBENCH_TOKEN" > token
	"$VBENCH_DIR/rootfs/mkinitramfs" "$KERNEL" "$MODULES" ./virtclient \
		vm/initramfs token
	# Its file, or a folder above it, may be closed to QEMU's user.
	cp "$KERNEL" vm/kernel
	give_files vm/kernel vm/initramfs
}

# Of machine $1: its tap's name is the run's own, so that qemu_stop finds what
# a script that was killed has left.
tap_name() {
	echo "vb$(printf %s "$VBENCH_RUN" | tail -c 4)$1"
}

# The alias marks it as this run's: qemu_stop deletes no other interface.
tap_add() {
	ip tuntap add dev "$1" mode tap vnet_hdr user "${owner%:*}" &&
		ip link set "$1" alias "${VBENCH_RUN##*/}"
}

# A tap on the session's bridge; without a bridge (--ifname) a route to the
# guest, for which the host answers ARP as it does for all other addresses.
make_tap() {
	tap_add "$1"
	if [ -n "$VBENCH_BRIDGE" ]; then
		ip link set "$1" master "$VBENCH_BRIDGE" up
		return
	fi
	ip link set "$1" up
	ip route add "$2/32" dev "$1" ||
		give_up "the route to $2 cannot be set: does another run with" \
			"--ifname have guests on 192.168.19.0/24?"
	echo 1 > "/proc/sys/net/ipv4/conf/$1/proxy_arp"
	echo 1 > "/proc/sys/net/ipv4/conf/$1/forwarding"
}

# The kernel, and not QEMU, moves the packets where it can: vhost knows about
# guests of KVM only.  Opening the device loads its module, but must never create
# the file, which a shell's ">" and "<>" do.  As fd 4, for QEMU's user may not open
# it.
vhost() {
	[ "$1" = kvm ] && is_device /dev/vhost-net &&
		(: < /dev/vhost-net) 2> /dev/null || return 0
	exec 4<> /dev/vhost-net
	vhost=,vhost=on,vhostfd=4
}

# The arguments of QEMU and of virtclient: what a template and its copies must
# have in common.  run_qemu N LOG DISK CLIENTARGS QEMUARG...: of machine N; $accel
# and $cpu are the backend's.  QEMU's working folder is vm, where all of its files
# are; the console's is fd 5, for only its path is another user's.
run_qemu() {
	n=$1 log=$2 disk=$3 client=$4 vhost=
	shift 4
	vhost "${accel:?}"
	# romfile=: no option ROM, for nothing boots from the network.  notests:
	# without a third of a second of self-tests of the kernel's ciphers.
	# no_timer_check: a kernel that does not know its hypervisor panics if the timer
	# does not tick while it looks, as below an emulator that waits for a CPU.
	set -- -name "vbench-$n,debug-threads=on" \
		-machine "$MACHINE" -accel "$accel" -cpu "${CPU:-${cpu:?}}" \
		-smp "$VCPUS" -m "$MEM" \
		-nodefaults -no-user-config -display none -no-reboot \
		-add-fd fd=5,set=1 \
		-chardev file,id=console,path=/dev/fdset/1,append=on \
		-serial chardev:console \
		-netdev "tap,id=net,ifname=$(tap_name "$n"),script=no,downscript=no$vhost" \
		-drive "if=none,id=disk,format=raw,file=$disk" \
		-device "virtio-net-pci,netdev=net,mac=$(mac_of "$n"),romfile=" \
		-device virtio-blk-pci,drive=disk \
		-device virtio-rng-pci \
		-kernel kernel -initrd initramfs \
		-append "console=ttyS0 quiet panic=-1 no_timer_check cryptomgr.notests $APPEND -- $client" \
		"$@"
	# Split at blanks, and nothing else done to it.
	set -f
	# shellcheck disable=SC2086
	set -- "$@" $QEMU_ARGS
	set +f
	# shellcheck disable=SC2086
	(cd vm && unset VBENCH_TOKEN && exec $drop "$QEMU" $sandbox "$@") \
		5>> "$log" >> "$log" 2>&1 < /dev/null &
	exec 4>&-
}

mac_of() {
	printf 52:54:00:56:42:%02x "$1"
}

# The caller's limit stays if it is lower.
limit_files() {
	ulimit -f "$1" 2> /dev/null || :
}

# qemu_start_machine CLIENT SERVERIP SERVERPORT
qemu_start_machine() {
	n=$1 args="$1 $(echo "$2" | tr . /) $3 eth0 192/168/19/$(($1 + 1))"
	. ./privileges
	make_tap "$(tap_name "$n")" "192.168.19.$((n + 1))"
	: > "$LOGFILES-$n"
	# No file may grow beyond what the root disk needs (in 512 bytes): a
	# guest's console could else fill the host's.
	limit_files 262144
	disk=virtbench-root-$n
	ln -T "rootfs/$disk" "vm/$disk"
	give_files "vm/$disk"
	# Of backends that have a template: qemu/template.sh.
	if [ -e vm/template.state ]; then
		resume_machine "$n" "$disk" "$args"
	else
		run_qemu "$n" "$LOGFILES-$n" "$disk" "$args"
	fi
	echo $!
}

# Whether /proc is that of this pid namespace (proc(5), NSpid): where it is not, its
# pids are those of other processes.
own_proc() {
	awk '/^NSpid:/ && NF > 2 { exit 1 }' /proc/self/status 2> /dev/null
}

qemu_stop_machine() {
	stat=/dev/null
	own_proc && stat=/proc/$1/stat
	kill "$1" 2> /dev/null || :
	# QEMU ends soon after SIGTERM; a process that does not is killed.
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		kill -0 "$1" 2> /dev/null || break
		case $(cat "$stat" 2> /dev/null) in
		*") Z "*) break ;;
		esac
		sleep 0.1
	done
	kill -9 "$1" 2> /dev/null || :
}

# By ip, for /sys may show another network namespace.
qemu_stop() {
	ip -o link show |
		sed -n "s/^[0-9]*: \(vb[^:@]*\)[:@].* alias ${VBENCH_RUN##*/}\$/\1/p" |
		while read -r dev; do
			# It may be gone already; the others must go, too.
			ip link delete "$dev" || :
		done
}
