# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# A guest that boots up to where it would learn which machine it is, is saved,
# and goes on as every machine.  An emulated boot keeps a CPU of the host busy
# from beginning to end: this one is done once.

# identity N TEXT: an argument of QEMU that hands TEXT to the guest
# (guest/init-template.c).
identity() {
	echo "$2 end" > "vm/identity-$1"
	give_files "vm/identity-$1"
	echo "name=opt/vbench/identity,file=identity-$1"
}

# Disk and tap as the copies', but the tap is on no bridge.  Without the global
# state, which is that the guest was stopped, the copies run at once.
template_boot() {
	cp "$VBENCH_DIR/rootfs/root.ext3" vm/template.disk || return
	tap_add "$tap" || return
	mkfifo vm/monitor.in vm/monitor.out || return
	# QEMU may create no file there: its state gets an empty one.
	touch vm/template.part || return
	give_files vm/template.disk vm/template.part vm/monitor.in vm/monitor.out ||
		return
	exec 9<> vm/monitor.in
	cat vm/monitor.out > monitor.log &
	reader=$!
	# As for machines, and its memory.
	limit_files $((262144 + ${mib:?} * 2048))
	# Its state is written by a program.
	sandbox=${sandbox%,spawn=deny}
	run_qemu "$VBENCH_MACHINES" "$LOGFILES-template" template.disk \
		"--template eth0" -fw_cfg "$(identity template wait)" \
		-global migration.store-global-state=off \
		-chardev pipe,id=monitor,path=monitor \
		-mon chardev=monitor,mode=control
	child=$!
	echo "$child" > template.pid
}

# await FILE TEXT [FAILURE]: until TEXT is in FILE; 1 when FAILURE is there, when
# the template or the reader of its monitor has ended, or when the time is over.
await() {
	seen=$(date +%s)
	until grep -q "$2" "$1"; do
		[ -z "$3" ] || ! grep -q "$3" "$1" || return
		kill -0 "$(cat template.pid)" 2> /dev/null || return
		kill -0 "$reader" 2> /dev/null || return
		now=$(date +%s)
		# Ctrl-Z stopped this shell, and the guest with it.
		[ $((now - seen)) -le 2 ] || end=$((end + now - seen))
		seen=$now
		[ "$now" -lt "$end" ] || return
		sleep 0.05
	done
}

# By QMP, for its events: the monitor for people looks once a second whether the
# state is saved.
template_save() {
	cat >&9 <<-EOF
		{"execute": "qmp_capabilities"}
		{"execute": "stop"}
		{"execute": "migrate-set-capabilities", "arguments": {
		 "capabilities": [{"capability": "events", "state": true}]}}
		{"execute": "migrate-set-parameters",
		 "arguments": {"max-bandwidth": 1000000000000}}
		{"execute": "migrate",
		 "arguments": {"uri": "exec:cat > template.part"}}
	EOF
	await monitor.log '"status": "completed"' '"status": "failed"\|"error":' &&
		mv vm/template.part vm/template.state
}

# Whether process $1, which another script started, is still this run's.
of_this_run() {
	own_proc && { tr '\0' '\n' < "/proc/$1/environ"; } 2> /dev/null |
		grep -qxF "VBENCH_RUN=$VBENCH_RUN"
}

# Also called by stop, in case that start was killed.  The pid of a child of this
# shell can be no other process's yet.
template_end() {
	[ -e template.pid ] || return 0
	# On a file system that is full, the file is empty.
	pid=${child:-$(cat template.pid)}
	[ "$pid" = "$child" ] || of_this_run "$pid" || pid=
	[ -z "$pid" ] || qemu_stop_machine "$pid"
	rm -f template.pid vm/template.part vm/template.disk
}

no_template() {
	{
		echo "no template, so every guest boots by itself: $1"
		tail -n 3 "$2"
	} >&2 || :
}

# Its saved state takes up to what a guest has, of the file system, and where that
# is in memory, of the memory that check_memory found free.
template_fits() {
	room=$(($(stat -f -c '%a * %S' .) / 1048576))
	if [ "$room" -lt "$mib" ]; then
		why="its saved state takes up to $mib MiB, but TMPDIR has $room MiB left"
		return 1
	fi
	case $(stat -f -c %T .) in
	tmpfs | ramfs)
		why="no memory for its saved state, as TMPDIR is there"
		[ "${free:?}" -ge $((mib * (VBENCH_MACHINES + 1))) ]
		;;
	esac
}

template_make() {
	case $TEMPLATE,$MACHINE in
	yes,q35* | yes,pc*) [ "$VBENCH_MACHINES" -gt 1 ] || return 0 ;;
	yes,* | no,*) return 0 ;;
	*) give_up "TEMPLATE=$TEMPLATE in SETTINGS must be yes or no" ;;
	esac
	tap=$(tap_name "$VBENCH_MACHINES") log=$LOGFILES-template
	end=$(($(date +%s) + BOOT_LIMIT))
	: > "$log"
	reader=
	if ! template_fits; then
		no_template "$why" "$log"
	elif ! template_boot; then
		no_template "its files cannot be made" "$log"
	elif ! await "$log" 'ready to be copied'; then
		no_template "it did not come up" "$log"
	elif ! template_save; then
		no_template "it cannot be saved" monitor.log
	fi
	template_end
	[ -z "$reader" ] || kill "$reader" 2> /dev/null || :
	ip link delete "$tap" 2> /dev/null || :
}

# resume_machine N DISK CLIENTARGS
resume_machine() {
	seed=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
	cp "$LOGFILES-template" "$LOGFILES-$1"
	exec 3< vm/template.state
	run_qemu "$1" "$LOGFILES-$1" "$2" "--template eth0" -incoming fd:3 \
		-fw_cfg "$(identity "$1" "$(mac_of "$1") $seed $3")"
}
