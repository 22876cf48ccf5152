#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The contracts of those who add something: the very text of the how-tos is
# built and run; and an installed vbench, from another folder.
. "$(dirname "$0")/lib.sh"

# literal FILE N: the Nth literal block of a .rst file.
literal() {
	awk -v want="$2" '
		/::$/ { armed = 1; next }
		armed && /^    / { inside = 1; armed = 0; n++ }
		inside && !/^    / && !/^$/ { inside = 0 }
		inside && n == want { sub(/^    /, ""); print }' "$1"
}

tree=$tmp/tree
copy_tree() {
	mkdir "$tree" && cd "$top" &&
		cp -R Makefile SETTINGS bench guest user rootfs backends \
			bpf kmod Documentation selftests "$tree" &&
		if [ -d build ]; then cp -R build "$tree"; fi
}
benchmark() {
	literal "$top/Documentation/add-benchmark.rst" 1 \
		> "$tree/bench/micro/getuid.c" &&
		make -C "$tree" W=1 vbench virtclient &&
		run 0 "$tree/vbench" local --rough getuid && out_has 'micro/getuid  *[0-9.]* [^ ]*s'
}
# Neither the server nor the clients keep one whose file is gone, and a build
# without changes links nothing.
removed() {
	rm "$tree/bench/micro/getuid.c" &&
		make -C "$tree" W=1 vbench virtclient &&
		run 0 "$tree/vbench" list && ! out_has '^micro/getuid ' > /dev/null &&
		! grep -q 'Time for one getuid' "$tree/virtclient" &&
		run 129 "$tree/vbench" local getuid && err_has 'no benchmark is called' &&
		make -C "$tree" vbench virtclient > "$tmp/again" && ! grep LD "$tmp/again"
}
# As the how-to says, one file and one row: a module, and a benchmark.
operation() {
	[ -e "$top/build/headers/build" ] || { echo "no headers: make deps"; return 1; }
	literal "$top/Documentation/add-operation.rst" 1 \
		> "$tree/kmod/op-example.c" &&
		literal "$top/Documentation/add-operation.rst" 2 \
			>> "$tree/kmod/operations.h" &&
		make -s -C "$tree/kmod" KDIR="$top/build/headers/build" &&
		make -C "$tree" W=1 vbench &&
		run 0 "$tree/vbench" list kernel && out_has 'kernel/example .*Time for one CLTS'
}
# In the style of 2007, as the README shows it, and a folder that is new.
old_style() {
	mkdir "$tree/bench/mine" && cat > "$tree/bench/mine/old.c" << 'EOF' &&
#include <err.h>
#include <unistd.h>
#include "../benchmarks.h"
static void do_old(int fd, u32 runs, struct benchmark *bench, const void *opts)
{
	const struct pair_opt *opt = opts;
	if (opt->yourip == opt->otherip || opt->start > 1)
		errx(1, "bad options");
	if (wait_for_start(fd)) {
		u32 i;
		for (i = 0; i < runs; i++)
			getppid();
		send_ack(fd);
	}
}
static int is(const char *name, struct benchmark *bench)
{
	return !strcmp(bench->name, name);
}
static const char *why_not(struct benchmark *bench)
{
	return is("old", bench) ? NULL : "it is another one";
}
struct benchmark old_benchmark _benchmark_
= { "old", "Time for one old thing", do_pair_bench, do_old, why_not };
static void do_bad(int fd, u32 runs, struct benchmark *bench, const void *opts)
{
	if (wait_for_start(fd)) {
		if (runs)
			errx(1, "this benchmark fails on purpose");
		send_ack(fd);
	}
}
struct benchmark bad_benchmark _benchmark_
= { "bad", "Time for one failure", do_single_bench, do_bad };
static void do_crash(int fd, u32 runs, struct benchmark *bench, const void *opts)
{
	if (wait_for_start(fd)) {
		*(volatile int *)8 = 1;
		send_ack(fd);
	}
}
struct benchmark crash_benchmark _benchmark_
= { "crash", "Time for one crash", do_single_bench, do_crash };
static void do_hang(int fd, u32 runs, struct benchmark *bench, const void *opts)
{
	if (wait_for_start(fd)) {
		while (runs)
			pause();
		send_ack(fd);
	}
}
struct benchmark hang_benchmark _benchmark_
= { "hang", "Time for one hang", do_pair_bench, do_hang };
EOF
		make -C "$tree" vbench virtclient &&
		run 0 "$tree/vbench" local --rough old && out_has 'mine/old  *[0-9.]* [^ ]*s'
}
# As virtbench's were written in 2011: an ack of the set-up, a single attempt to
# connect to a port of its own, a sender that its peer stops, the small names, a
# should_not_run() that gets the name of the backend, and a client that executes itself.
virtbench_2011() {
	mkdir "$tree/bench/v2011" && cp "$top/selftests/dropin/"*.c "$tree/bench/v2011" &&
		make -C "$tree" W=1 vbench virtclient &&
		RUN_LIMIT=3 run 1 "$tree/vbench" local --rough --passes=3 v2011 &&
		out_has 'v2011/flood  *[0-9.]* [^ ]*s' &&
		out_has 'v2011/pong  *[0-9.]* [^ ]*s' &&
		out_has 'v2011/late  *[0-9.]* [^ ]*s' &&
		out_has 'v2011/names  *[0-9.]* [^ ]*s' &&
		out_has 'v2011/chain  *[0-9.]* [^ ]*s' &&
		out_has 'skipped v2011/not-local: not valid for local' &&
		err_has 'v2011/mute failed: .*without send_ack(), and the other' &&
		run 0 "$tree/vbench" list local v2011 && out_has 'not-local .*not valid for local'
}
# The names that a file defines are its own; _GNU_SOURCE may be one of them, and
# should_not_run() may be written in other ways.
same_names() {
	mkdir "$tree/bench/again" &&
		{ echo '#define _GNU_SOURCE 1' &&
			sed 's,const char \*virtdir,char const *virtdir /* its name */,' \
				"$top/selftests/dropin/v2011-names.c"; } > "$tree/bench/again/names.c" &&
		make -C "$tree" W=1 vbench virtclient &&
		run 0 "$tree/vbench" local --rough --passes=1 names again &&
		out_has 'again/names  *[0-9.]* [^ ]*s' && out_has 'v2011/names  *[0-9.]* [^ ]*s' &&
		out_has 'skipped again/not-local: not valid for local'
}
# The second of two with one name would be reported and never run.
same_benchmark() {
	cp "$tree/bench/again/names.c" "$tree/bench/again/twin.c" &&
		make -C "$tree" vbench virtclient &&
		run 129 "$tree/vbench" local names && [ ! -s "$tmp/out" ] &&
		err_has 'two benchmarks of bench/again are called "[a-z-]*": give one of them'
	ret=$?
	rm -rf "$tree/bench/again" && make -C "$tree" vbench virtclient && return $ret
}
# Each fails for its reason; the machines stay, the suite goes on.
bad_benchmarks() {
	RUN_LIMIT=1 run 1 "$tree/vbench" local --rough mine micro/pipe &&
		err_has 'mine/bad failed: .*this benchmark fails on purpose' &&
		err_has 'mine/crash failed: .*signal 11' &&
		err_has 'mine/hang failed: .*took too long' &&
		out_has '2 ok, 0 skipped, 3 failed'
}
# A note names the cost of no runs if it is more than 1 %: for times, and for events
# that are reported one by one, each of which is a sample.
costs() {
	cat > "$tree/bench/mine/costs.c" << 'EOF' &&
#include "../benchmarks.h"
static void do_timed(int fd, u32 runs, struct benchmark *bench, const void *opts)
{
	u64 ns = (bench->name[0] == 'd' ? 100000 : 100) + runs * 1000ull;
	if (wait_for_start(fd))
		send_ack_timed(fd, ns, ns);
}
static void do_events(int fd, u32 runs, struct benchmark *bench, const void *opts)
{
	u64 events[EVENTS_MAX];
	for (u32 i = 0; i < runs; i++)
		events[i] = 1000 + i;
	if (wait_for_start(fd))
		send_ack_events(fd, events, runs, bench->name[0] == 'd' ? 100 : 1);
}
#define COSTS(id, n, f, most, is_latency) \
	struct benchmark id##_benchmark _benchmark_ = { \
		.name = n, .title = "Time for one cost", .server = do_single_bench, \
		.client = f, .loop = "", .max_runs = most, .latency = is_latency }
COSTS(dear, "dear", do_timed, 1000, false);
COSTS(cheap, "cheap", do_timed, 1000, false);
COSTS(dear_events, "dear-events", do_events, EVENTS_MAX, true);
COSTS(cheap_events, "cheap-events", do_events, EVENTS_MAX, true);
EOF
		make -C "$tree" vbench virtclient &&
		run 0 "$tree/vbench" local --machines=1 --rough --json="$tmp/r.json" \
			'mine/*dear*' 'mine/*cheap*' &&
		"$top/selftests/json.pl" "$tmp/r.json" '
			my @told = grep { ($b{$_}{note} // "") =~
				/% of a sample is its fixed cost/ } sort keys %b;
			my @events = @{$b{"mine/dear-events"}{samples}};
			"@told" eq "mine/dear mine/dear-events" &&
			@events > 10 && !(grep { $_->{runs} != 1 } @events) &&
			(grep { $_->{value} == 1000 } @events) &&
			(grep { $_->{value} == 1001 } @events)'
}
backend() {
	mkdir "$tmp/b" "$tmp/b/own" && n=0 &&
		for script in start start_machine stop_machine stop; do
			n=$((n + 1))
			literal "$top/Documentation/add-backend.rst" $n \
				> "$tmp/b/own/$script" && chmod +x "$tmp/b/own/$script" ||
				return
		done &&
		VBENCH_BACKENDS=$tmp/b run 0 "$vbench" own --rough micro/pipe &&
		out_has '^own: 4 machines' && cd "$tmp/b" &&
		run 0 "$vbench" own --rough micro/pipe &&
		run 0 "$vbench" ./own --rough micro/pipe
}
installed() {
	make -C "$tree" PREFIX=/usr DESTDIR="$tmp/dest" install &&
		cd / && run 0 "$tmp/dest/usr/bin/vbench" local --rough micro/pipe &&
		[ -r "$tmp/dest/usr/share/man/man1/vbench.1" ] &&
		run 0 "$tmp/dest/usr/bin/vbench" list
}

test_that "the source can be copied" copy_tree
test_that "the benchmark of add-benchmark.rst builds and runs" benchmark
test_that "a benchmark whose file is removed is gone after make" removed
test_that "add-operation.rst makes an operation of the module" operation
test_that "a benchmark in virtbench's style works in a new group" old_style
test_that "benchmarks in virtbench's style of 2011 work" virtbench_2011
test_that "the names that a benchmark's file defines are its own" same_names
test_that "two benchmarks of one group with the same name are refused" same_benchmark
test_that "benchmarks that fail, crash or hang are reported as failed" bad_benchmarks
test_that "a high cost of measuring is reported in the notes" costs
test_that "the backend of add-backend.rst runs" backend
test_that "an installed vbench runs from another folder" installed
test_that "nothing is left behind" nothing_left
tests_done
