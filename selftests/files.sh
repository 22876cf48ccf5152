#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The user's files and folders: a run removes nothing that it did not make.  If
# results cannot be written where they belong, vbench fails and rescues them.
# shellcheck disable=SC2016,SC2086
. "$(dirname "$0")/lib.sh"

quick="local --rough --machines=1 --time=0.05 micro/empty-loop"
quick_run() {
	want=$1
	shift
	run "$want" "$vbench" $quick "$@"
}

# Folders that resemble those of a run, an hour old.
foreign_folders() {
	for d in vbench-results vbench-abcdef vbench-locked; do
		mkdir -m 700 "$TMPDIR/$d" && echo precious > "$TMPDIR/$d/file" || return
	done
	mkdir -m 700 "$TMPDIR/vbench-empty1"
	: > "$TMPDIR/vbench-locked/lock"
	echo "vbench run folder vbench-other1 inode 1" > "$TMPDIR/vbench-abcdef/lock"
	touch -d '1 hour ago' "$TMPDIR"/vbench-*
	quick_run 0 || return
	for d in vbench-results vbench-abcdef vbench-locked; do
		[ "$(cat "$TMPDIR/$d/file")" = precious ] || { echo "$d"; return 1; }
	done
	[ -d "$TMPDIR/vbench-empty1" ] && rm -r "$TMPDIR"/vbench-*
}
# started PID: waits until the run has a folder.
started() {
	until [ -n "$(find "$TMPDIR" -path "*/vbench-??????/SETTINGS")" ]; do
		kill -0 "$1" || return
		sleep 0.1
	done
}
# The user has copied and renamed a killed run's folder to keep both.
kept_folders() {
	"$vbench" local > "$tmp/out" 2> "$tmp/err" &
	pid=$!
	started $pid || return
	kill -KILL $pid
	wait $pid
	cp -a "$TMPDIR"/vbench-?????? "$tmp/copy" &&
		mv "$TMPDIR"/vbench-?????? "$TMPDIR/vbench-kept11" &&
		mv "$tmp/copy" "$TMPDIR/vbench-kept22" && quick_run 0 &&
		[ -e "$TMPDIR/vbench-kept11/lock" ] &&
		[ -e "$TMPDIR/vbench-kept22/lock" ] && rm -r "$TMPDIR"/vbench-kept??
}

whole() {
	"$top/selftests/json.pl" "$1" '$b{"micro/empty-loop"}{status} eq "ok"'
}
# rescued: the file that the message names holds all results.
rescued() {
	saved=$(sed -n 's/.*results .*are in \([^ :]*\).*/\1/p' "$tmp/err")
	whole "$saved" && rm "$saved"
}
# to STATUS FILE REDIRECTION: the shell opens and closes descriptors.
to() {
	run "$1" sh -c "exec \"\$0\" $quick --json=\"\$1\" $3" "$vbench" "$2"
}
stdout_closed() {
	to 1 "$tmp/r.json" '>&-' && err_has 'cannot print the results' &&
		whole "$tmp/r.json" || return
	to 1 "$tmp/r2.json" '<&- >&- 2>&-' && whole "$tmp/r2.json"
}
stdout_full() {
	run 1 sh -c "exec \"\$0\" $quick > /dev/full" "$vbench" &&
		err_has 'cannot print the results: No space left' && rescued
}
reader_gone() {
	run 1 sh -c "{ \"\$0\" $quick; echo \$? >&3; } 3>&1 | :
		exit 1" "$vbench" && err_has 'cannot print the results: Broken pipe' && rescued
}
# Pipes have no limit.
size_limit() {
	run 0 sh -c '{ prlimit --fsize=2048 "$@" || echo "status $?"; } | cat' - "$vbench" \
		fake --rough --machines=1 --json="$tmp/limited.json" micro/empty-loop &&
		err_has 'limited.json: File too large' && out_has '^status 1$' &&
		out_has '"schema"' &&
		run 0 sh -c '{ prlimit --fsize=16 "$@" || echo "status $?"; } 2>&1 | cat' - \
			"$vbench" $quick && out_has 'cannot make a folder in .*: File too large' &&
		out_has '^status 4$'
}
# The cause is never invented: it is the disk's, or, of --help, unknown.
show_full() {
	full="cannot print .*: No space left on device"
	for command in "show $tmp/r.json" "show $tmp/r.json $tmp/r.json" list 'list --json' --help; do
		[ "$command" != --help ] || full='cannot write to standard output\(: No space .*\)\?'
		run 1 sh -c 'exec "$@" > /dev/full' - "$vbench" $command &&
			err_has "^vbench: $full\$" && [ "$(wc -l < "$tmp/err")" -eq 1 ] ||
			return
	done
}
# "-" and all other names of stdout: the document is alone there.
to_stdout() {
	ln -sf /dev/stdout "$tmp/link"
	for to in - /dev/stdout /dev/fd/1 /proc/self/fd/1 "$tmp/link"; do
		quick_run 0 --json="$to" && whole "$tmp/out" &&
			err_has 'micro/empty-loop' || return
	done
	[ ! -e ./- ] && quick_run 0 --csv=- && out_has '^micro/empty-loop,ok,' &&
		! out_has '1 ok' > /dev/null
}
# In an emulated host, where no descriptor but the standard ones exists, vbench learns
# from outside that a result goes to standard output.
told_of_stdout() {
	mkdir "$tmp/inner" && VBENCH_OUTPUT_DIR=$tmp/inner VBENCH_OUTPUT_STDOUT=yes \
		quick_run 0 --json=/dev/fd/9 && whole "$tmp/inner/out-0" &&
		err_has '^micro/empty-loop' && [ ! -s "$tmp/out" ]
}
appended() {
	echo first > "$tmp/all.log"
	to 0 /dev/stdout ">> $tmp/all.log" &&
		head -n 1 "$tmp/all.log" | grep -qx first &&
		grep -q '"schema"' "$tmp/all.log"
}
descriptor() {
	to 0 /dev/fd/7 "7> $tmp/seven.json" && whole "$tmp/seven.json" &&
		to 129 /dev/fd/7 '7>&-' && err_has 'cannot be written: Bad file' &&
		to 129 /dev/fd/7 '7< /dev/null' && err_has 'cannot be written: Bad file'
}
twice() {
	quick_run 129 --json="$tmp/x" --csv="$tmp/x" && err_has 'another result' &&
		quick_run 129 --json=- --csv=/dev/stdout && err_has 'another result' &&
		[ ! -e "$tmp/x" ]
}
# A file that also gets the table, messages or another result would be replaced, or
# written by two.
shared() {
	echo old > "$tmp/x"
	for to in '--json=$1 >> $1' '--csv=$1 2>> $1' '--json=/dev/fd/7 --csv=$1 7>> $1' \
			'--csv=$1 --json=- >> $1' '--json=- --csv=/dev/stderr >> $1 2>&1'; do
		sh -c "\"\$2\" $quick $to" - "$tmp/x" "$vbench" > "$tmp/out" 2> "$tmp/err"
		[ $? -eq 129 ] && [ "$(head -n 1 "$tmp/x")" = old ] &&
			! grep -q schema "$tmp/x" || { echo "$to"; return 1; }
	done
	sh -c '"$1" list --json="$2" >> "$2"' - "$vbench" "$tmp/x" 2> "$tmp/err"
	[ $? -eq 129 ] && err_has 'standard output goes there' && none_beside x &&
		sh -c '"$1" '"$quick"' --json=/dev/fd/7 7> "$2" >&7' - "$vbench" "$tmp/x" \
			2> "$tmp/err" && whole "$tmp/x" && err_has '^micro/empty-loop' &&
		rm "$tmp/x"
}
# Half of a list must not replace a whole file.
list_full() {
	mkdir -p "$tmp/fs2" && run 1 unshare -m sh -c 'mount -t tmpfs -o size=8k none "$1" &&
			echo old > "$1/l" && "$2" list --json="$1/l"; s=$?
			grep -qx old "$1/l" && [ "$(ls "$1")" = l ] && exit $s' - \
			"$tmp/fs2" "$vbench" &&
		err_has 'cannot write the list: No space left'
}
# rename(2) cannot replace a file that is a mount point, as containers have them.
mounted() {
	echo old > "$tmp/inside.json" && echo old > "$tmp/outside.json" &&
		run 0 unshare -m sh -c 'mount --bind "$1/outside.json" "$1/inside.json" &&
			shift && exec "$@"' - "$tmp" "$vbench" $quick --json="$tmp/inside.json" &&
		whole "$tmp/outside.json" && [ "$(cat "$tmp/inside.json")" = old ] &&
		none_beside inside.json
}
# Its file system is full: the old content stays.
mounted_full() {
	mkdir -p "$tmp/fs" && run 1 unshare -m sh -c 'mount -t tmpfs -o size=4k none "$1/fs" &&
			echo old > "$1/fs/r.json" && : > "$1/inside2.json" &&
			mount --bind "$1/fs/r.json" "$1/inside2.json" && "$2" local --rough \
				--machines=1 --time=0.2 --json="$1/inside2.json" micro/empty-loop \
				micro/libc-syscall micro/pipe; s=$?
			grep -qx old "$1/fs/r.json" && exit $s' - "$tmp" "$vbench" &&
		err_has 'No space left.*the results are in' && rescued
}
none_beside() {
	[ -z "$(find "$tmp" -name "$1.*")" ] || { ls "$tmp"; return 1; }
}
folder_removed() {
	mkdir "$tmp/gone"
	# Its start script removes the folder, after the file was opened.
	mkdir -p "$tmp/own" && cp -R "$top/backends/local" "$tmp/own/remover" &&
		echo "rm -rf $tmp/gone" >> "$tmp/own/remover/start" &&
		VBENCH_BACKENDS=$tmp/own run 1 "$vbench" remover --rough --machines=1 \
			--json="$tmp/gone/r.json" micro/empty-loop &&
		err_has 'gone/r.json cannot be written: No such file' && rescued
}
dangling_link() {
	ln -s target.json "$tmp/dangling" && quick_run 0 --json="$tmp/dangling" &&
		[ -h "$tmp/dangling" ] && whole "$tmp/target.json"
}
# The FIFO has no reader yet: vbench says so and waits.
fifo() {
	mkfifo "$tmp/fifo" || return
	{ sleep 1; cat "$tmp/fifo" > "$tmp/read.json"; } &
	quick_run 0 --json="$tmp/fifo" && err_has 'waiting for a reader' && wait &&
		whole "$tmp/read.json"
}
fifo_left() {
	head -c 10 "$tmp/fifo" > /dev/null &
	quick_run 1 --json="$tmp/fifo" && err_has 'Broken pipe' && rescued
}
# The user may write the file, but may make no other one beside it.
closed_folder() {
	mkdir "$tmp/closed" && : > "$tmp/closed/r.json" && chmod 666 "$tmp/closed/r.json" &&
		chmod 555 "$tmp/closed" && chmod 711 "$tmp" && chmod 1777 "$TMPDIR" || return
	user=
	[ "$(id -u)" -ne 0 ] || user="setpriv --reuid=65534 --regid=65534 --clear-groups"
	run 0 $user "$vbench" $quick --ifname=lo --json="$tmp/closed/r.json" &&
		whole "$tmp/closed/r.json" &&
		run 129 $user "$vbench" $quick --json="$tmp/closed/new.json" &&
		err_has 'new.json cannot be written: Permission denied'
	ret=$?
	# Else its owner, unless root, could not remove what is in it.
	chmod 755 "$tmp/closed"
	return $ret
}
# A folder where everybody may make files but nobody may list them, as some systems
# have for files that users drop.
unreadable_tmpdir() {
	chmod 711 "$tmp" && mkdir -m 1333 "$tmp/drop" || return
	user=
	[ "$(id -u)" -ne 0 ] || user="setpriv --reuid=65534 --regid=65534 --clear-groups"
	TMPDIR=$tmp/drop run 0 $user "$vbench" $quick --ifname=lo
	ret=$?
	chmod 755 "$tmp/drop" && [ -z "$(ls -A "$tmp/drop")" ] && return $ret
}
# keeper STATUS FILE: the start script of the run's backend records the owner and the
# mode of the unfinished result.
keeper() {
	mkdir -p "$tmp/own" && rm -rf "$tmp/own/keeper" &&
		cp -R "$top/backends/local" "$tmp/own/keeper" &&
		echo "stat -c '%u %a' $2.vbench-?????? > $tmp/unfinished" \
			>> "$tmp/own/keeper/start" || return
	VBENCH_BACKENDS=$tmp/own run "$1" "$vbench" keeper --rough --machines=1 \
		--time=0.05 --json="$2" micro/empty-loop
}
is_of() {
	[ "$(stat -c '%u %g %a' "$2")" = "$1" ] || { stat "$2"; return 1; }
}
# The replaced file's owner gets the result, but only at the end.
owner_at_the_end() {
	mkdir "$tmp/theirs" && echo old > "$tmp/theirs/r.json" &&
		chmod 640 "$tmp/theirs/r.json" && chown -R 4711:4712 "$tmp/theirs" &&
		keeper 0 "$tmp/theirs/r.json" && whole "$tmp/theirs/r.json" &&
		is_of "4711 4712 640" "$tmp/theirs/r.json" &&
		[ "$(cat "$tmp/unfinished")" = "0 600" ]
}
# In a folder where every user can make files, users replace only their own files, and
# root also replaces a file of the user who called sudo.
planted() {
	chmod 711 "$tmp" && mkdir -m 1777 "$tmp/sticky" && f=$tmp/sticky/r.json && echo old > "$f" &&
		chown 4711:4712 "$f" && chmod 666 "$f" || return
	for user in "" "setpriv --reuid=65534 --regid=65534 --clear-groups"; do
		run 129 $user "$vbench" $quick --json="$f" &&
			err_has "$f cannot be written: .* belongs to another user" &&
			is_of "4711 4712 666" "$f" && grep -qx old "$f" || return
	done
	SUDO_UID=4711 keeper 0 "$f" && whole "$f" && is_of "4711 4712 666" "$f" &&
		[ "$(cat "$tmp/unfinished")" = "0 600" ] || return
	chown 0:0 "$f" && quick_run 0 --json="$f" && is_of "0 0 666" "$f"
}
# Another user makes the file while the run measures.
planted_meanwhile() {
	f=$tmp/sticky/late.json && mkdir -p "$tmp/own" &&
		cp -R "$top/backends/local" "$tmp/own/planter" &&
		echo ": > $f && chown 4711:4712 $f && chmod 666 $f" \
			>> "$tmp/own/planter/start" &&
		VBENCH_BACKENDS=$tmp/own run 0 "$vbench" planter --rough --machines=1 \
			--time=0.05 --json="$f" micro/empty-loop && whole "$f" &&
		is_of "0 0 $(printf %o $((0666 & ~$(umask))))" "$f"
}
planted_fifo() {
	mkfifo "$tmp/sticky/fifo" && chown 4711 "$tmp/sticky/fifo" &&
		quick_run 129 --json="$tmp/sticky/fifo" && err_has 'belongs to another user'
}
block_device() {
	mknod "$tmp/disk" b 7 250 2> /dev/null || return 0
	quick_run 129 --json="$tmp/disk" && err_has 'is a block device'
}
# vbench reports the file that SIGKILL left beside the result, and keeps it.
killed() {
	"$vbench" local --json="$tmp/k.json" > "$tmp/out" 2> "$tmp/err" &
	pid=$!
	started $pid || return
	kill -KILL $pid
	wait $pid
	# Until its session has ended too, the run's folder is in use.
	within 30 no_processes || return
	left=$(echo "$tmp"/k.json.vbench-??????)
	[ -e "$left" ] || return
	quick_run 0 --json="$tmp/k.json" && err_has "killed left .*$left" && [ -e "$left" ] &&
		whole "$tmp/k.json" && rm "$left" && quick_run 0 --json="$tmp/k.json" &&
		! grep -q 'killed left' "$tmp/err"
}

test_that "the user's folders stay if their names resemble a run's" foreign_folders
test_that "a renamed or copied folder of a killed run stays" kept_folders
test_that "with closed standard descriptors the table overwrites no file" stdout_closed
test_that "a full stdout gives exit status 1, and results are rescued" stdout_full
test_that "a closed pipe on stdout does the same" reader_gone
test_that "a limit of file sizes (ulimit -f) loses no results" size_limit
test_that "show, list and --help fail if stdout is full" show_full
test_that "--json=- and --csv=- mean stdout, and the table goes to stderr" to_stdout
test_that "an emulated host's table goes to stderr if a result goes to stdout" told_of_stdout
test_that "--json=/dev/stdout appends if stdout appends" appended
test_that "--json=/dev/fd/7 writes to that descriptor" descriptor
test_that "vbench refuses to write two results to one file" twice
test_that "a file that standard output or another result goes to is not replaced" shared
if [ "$(id -u)" -eq 0 ]; then
	test_that "a result file that is a mount point is written in place" mounted
	test_that "the old file there survives a full file system" mounted_full
	test_that "an old file survives a list that finds no room" list_full
	test_that "a block device is refused" block_device
	test_that "a result gets the replaced file's owner only at the end" owner_at_the_end
	test_that "in a sticky folder a result replaces no other user's file" planted
	test_that "a file planted there during the run gives its owner nothing" planted_meanwhile
	test_that "another user's FIFO there is refused" planted_fifo
else
	skip "a result file of another user" "needs root"
	skip "a result file that is a mount point" "needs root"
fi
test_that "results are rescued if their folder is removed" folder_removed
test_that "a dangling link stays a link, and its target is made" dangling_link
test_that "vbench waits for the reader of a FIFO, and says so" fifo
test_that "results are rescued if the reader of a FIFO leaves" fifo_left
test_that "a file in a read-only folder is written in place" closed_folder
test_that "TMPDIR may be a folder that cannot be read" unreadable_tmpdir
test_that "vbench reports the file that a killed run left" killed
test_that "nothing is left behind" nothing_left
tests_done
