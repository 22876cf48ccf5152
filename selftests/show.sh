#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# "vbench show" of files that vbench did not write, and on terminals of several
# widths.
. "$(dirname "$0")/lib.sh"

# document NAME 'TOP,' 'BENCHMARK,...': $tmp/NAME.json.
document() {
	printf '{"schema":"vbench-result/1","backend":"%s","seed":1,"machines":4,
"precision":0.01,"passes":1,%s"benchmarks":[%s]}\n' "$1" "$2" "$3" > "$tmp/$1.json"
}
# figures NAME FLOOR TYPICAL [,MORE]: prints a benchmark.
figures() {
	printf '{"name":"%s","status":"ok","unit":"ns","floor":%s,"typical":%s,
"p99":%s,"max":%s,"spread":0.05,"interval":[%s,%s],"used":212,"tagged":14,
"precise":true,"machines":["host",0]%s}' "$1" "$2" "$3" "$3" "$3" "$3" "$3" "$4"
}
show() { run 0 "$vbench" show "$@"; }
refused() {
	run 129 "$vbench" show "$1" && err_has "$2" && [ ! -s "$tmp/out" ]
}

failure_is_first() {
	tail -n 2 "$tmp/out" > "$tmp/last" && printf '%s\n' "b failed micro/a: killed" \
		"a skipped micro/a: no module" | diff - "$tmp/last"
}
failure_wins() {
	document a '' '{"name":"micro/a","status":"skipped","reason":"no module"}'
	document b '' '{"name":"micro/a","status":"failed","reason":"killed"}'
	run 1 "$vbench" show "$tmp/a.json" "$tmp/b.json" &&
		failure_is_first && run 1 "$vbench" show "$tmp/b.json" "$tmp/a.json" &&
		failure_is_first &&
		run 1 "$vbench" show "$tmp/b.json" && show "$tmp/a.json"
}
# Both ways to be emulated are reported, also for the second result.
emulated() {
	document kvm '"environment":{"emulated_host":"yes"},' "$(figures micro/a 1 2)"
	document qemu '"environment":{"emulated":"yes"},' "$(figures micro/a 1 2)"
	show "$tmp/kvm.json" && out_has 'an emulated host.*times of an emulator' &&
		show "$tmp/a.json" "$tmp/kvm.json" 2> "$tmp/err" &&
		out_has '^kvm: .*an emulated host' &&
		show "$tmp/qemu.json" "$tmp/a.json" && out_has '^qemu: .*emulator'
}
no_file() {
	: > "$tmp/empty.json"
	head -c 150 "$tmp/kvm.json" > "$tmp/short.json"
	echo '{"schema":"vbench-trace/1"}' > "$tmp/trace.json"
	refused "$tmp" "$tmp is a folder: name the file" &&
		refused "$tmp/none.json" "none.json cannot be read: No such file" &&
		refused "$tmp/empty.json" 'empty.json is empty' &&
		refused "$tmp/short.json" 'short.json ends too early' &&
		refused "$tmp/trace.json" 'schema is "vbench-trace/1"' &&
		refused /etc/passwd 'not a result of --json'
}
no_memory() {
	document big '' "$(figures micro/a 1 2 ",\"note\":\"$(head -c 30000000 /dev/zero | tr '\0' n)\"")"
	# A sanitizer alone needs more memory than this.
	run 129 prlimit --as=67108864 "$vbench" show "$tmp/big.json" &&
		err_has 'not enough memory to read .*big.json'
	ret=$?
	rm "$tmp/big.json"
	return $ret
}
from_input() {
	run 0 "$vbench" show - < "$tmp/kvm.json" && out_has '^kvm: 4 machines'
}
# No option is ignored where its user waits for what it does.
runs_options() {
	for option in --csv="$tmp/x" --json="$tmp/x" --ktap=- --exclude=micro \
			--trace --emulated-host; do
		run 129 "$vbench" show "$tmp/kvm.json" "$option" &&
			err_has "${option%%=*} is for runs" && [ ! -s "$tmp/out" ] &&
			[ ! -e "$tmp/x" ] || return
	done
}
odd_inputs() {
	run 129 "$vbench" show - - < "$tmp/kvm.json" && err_has 'only one of' &&
		run 129 "$vbench" show - <&- && err_has 'standard input is closed'
}
full_disk() {
	timeout --foreground 60 "$vbench" show "$tmp/kvm.json" > /dev/full 2> "$tmp/err"
	[ $? -eq 1 ] && err_has 'cannot print the results: No space left'
}
# "show | head" need not say that head has left.
no_reader() {
	# shellcheck disable=SC2016
	for command in "show $tmp/kvm.json" list 'list --json'; do
		# shellcheck disable=SC2086
		run 1 perl -e 'pipe R, W; close R; open STDOUT, ">&W"; exec @ARGV' \
			"$vbench" $command && [ ! -s "$tmp/err" ] ||
			{ cat "$tmp/err"; return 1; }
	done
}
# on_terminal COLUMNS ARGUMENT...: no line in $tmp/out may be longer than the terminal.
on_terminal() {
	columns=$1
	shift
	TERM=dumb NO_COLOR=1 LC_ALL=C.UTF-8 script -qc "stty cols $columns; $vbench $*" \
		/dev/null < /dev/null | tr -d '\r' > "$tmp/out"
	perl -CSD -Mutf8 -ne 'chomp; s/\e\[[?0-9]*[A-Za-z]//g; $w = '"$columns"';
		if (length > $w) { print STDERR "longer than $w: $_\n"; $bad = 1 }
		END { exit $bad }' "$tmp/out"
}
# whole WORD...: each is in the output, on any line, and is not broken.
whole() {
	for word in "$@"; do
		out_has "\\(^\\|[ :,]\\)$word\\($\\|[ ,;]\\)" || return
	done
}
widths() {
	long=inter/a-benchmark-whose-name-is-longer-than-any-of-those-there-are
	document one '' "$(figures micro/wake 108000 109000 ',"latency":true,"note":"0 is slow by 12.5 %"'),
		$(figures inter/copy 900 915.4 ',"bytes":915000'),$(figures $long 4210 4321),
		{\"name\":\"micro/vmcall\",\"status\":\"skipped\",\"reason\":\"VMCALL raises #GP here: no hypervisor here takes this hypercall from user space\"}"
	sed 's/"one"/"two"/; s/109000/109000000/g' "$tmp/one.json" > "$tmp/two.json"
	for columns in 40 60 80 100 136; do
		on_terminal $columns show "$tmp/one.json" &&
			whole '4.21 µs' '4.32 µs' '108 µs' 'p99 109 µs' 'max 109 µs' \
				'12.5 %' '1000 GB/s' hypervisor hypercall &&
			{ [ $columns -lt 60 ] || whole '5.0 %'; } &&
			on_terminal $columns show "$tmp/one.json" "$tmp/two.json" &&
			whole '108 µs' 'p99 109 µs' 'and 109 ms' 'ratio 1000' '12.5 %' \
				hypervisor hypercall || return
		on_terminal $columns list && whole MEASURES CPUID || return
	done
	on_terminal 60 show "$tmp/none/of/any/name/that/is/there/at/all.json" &&
		whole read: 'No such' && on_terminal 60 show "$tmp/one.json" && out_has '^This terminal is too narrow for the columns: ON$' &&
		on_terminal 136 show "$tmp/one.json" && ! grep 'too narrow' "$tmp/out"
}
# A trace without capabilities ends with a message, which is whole as well.
trace_heading() {
	on_terminal 60 trace --all --time=0.1 && [ -s "$tmp/out" ]
}
# A pipe has no width, so no line may be folded.
no_terminal() {
	show "$tmp/one.json" && out_has "^$long  *4.21 .*212+14  host,0$" &&
		out_has 'p99 109 .s, max 109 .s; 0 is slow by 12.5 %$' &&
		out_has '^skipped micro/vmcall: .*user space$'
}

test_that "failures are listed before skips and give exit status 1" failure_wins
test_that "results of an emulator are marked as such, also side by side" emulated
test_that "a file that is not a result is refused with the reason" no_file
test_that "a lack of memory is reported as such" no_memory
test_that "a result can come from standard input" from_input
test_that "standard input that is closed, or meant twice, is reported as such" odd_inputs
test_that "options that only runs have are refused" runs_options
test_that "a table that cannot be printed is an error" full_disk
test_that "a reader that leaves early causes no message" no_reader
if command -v script > /dev/null; then
	test_that "no field is cut on terminals of 40 to 136 columns" widths
	test_that "the heading of a trace fits the terminal" trace_heading
	test_that "no line is cut in a pipe" no_terminal
else
	skip "no field is cut on terminals of 40 to 136 columns" "no script(1)"
fi
tests_done
