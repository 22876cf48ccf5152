#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# speed.pl [control] [suite] [boot] [--OPTION...]: how fast vbench itself is, as
# ratios from one session on this machine.  Options are for the suite's runs
# (--passes=1).  Prints; asserts nothing.
use strict;
use warnings;
use FindBin;
use JSON::PP;
use IO::Socket::INET;
use Socket qw(IPPROTO_TCP TCP_NODELAY);
use Time::HiRes qw(time clock_gettime CLOCK_MONOTONIC);
use File::Temp qw(tempdir);

my $top = "$FindBin::Bin/../..";
my $tmp = tempdir(CLEANUP => 1);
my @options = grep { /^--/ } @ARGV;
my @what = grep { !/^--/ } @ARGV;
my %want = map { $_ => 1 } @what ? @what : qw(control suite boot);

# Runs of virtbench's HEAD of 2011 at its defaults, on a two-core machine with
# other load: seconds for the suite of 15 benchmarks, and (max - min) / median
# of its medians over three runs, in percent.
my $old_suite = 297;
my %old_spread = ('micro/context-switch' => 304, 'micro/cow' => 37,
	'micro/exec' => 42, 'micro/fork' => 84, 'micro/tcp-bandwidth' => 98,
	'micro/libc-syscall' => 16, 'micro/memburn-linear' => 147,
	'micro/memburn-random' => 17, 'micro/pte-update' => 38,
	'micro/read-bandwidth' => 37, 'micro/read-latency' => 58,
	'inter/inter-tcp-bandwidth' => 40, 'inter/pingpong' => 5,
	'inter/sendfile' => 14, 'inter/udp-bandwidth' => 29);

sub median {
	my @v = sort { $a <=> $b } @_;
	return ($v[$#v / 2] + $v[@v / 2]) / 2;
}

# How long vbench took, run behind $prefix, and its result by benchmark.
sub vbench {
	my $prefix = shift;
	my $begin = time;
	system("$prefix $top/vbench @_ --json=$tmp/r.json > $tmp/out 2>&1");
	my $took = time - $begin;
	open my $f, '<', "$tmp/r.json" or die "vbench @_ failed:\n" .
	    `cat $tmp/out`;
	my $doc = decode_json(do { local $/; <$f> });
	unlink "$tmp/r.json";
	return ($took, map { $_->{name} => $_ } @{$doc->{benchmarks}});
}

# A bare TCP ping-pong between two processes: median seconds of a round.
sub bare {
	my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
	    Listen => 1) or die $!;
	my ($c, @round);

	my $pid = fork;
	if (!$pid) {
		my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		    PeerPort => $listener->sockport) or die $!;
		setsockopt $s, IPPROTO_TCP, TCP_NODELAY, 1;
		syswrite $s, $c while sysread $s, $c, 1;
		exit;
	}
	my $s = $listener->accept;
	setsockopt $s, IPPROTO_TCP, TCP_NODELAY, 1;
	for (1 .. 10000) {
		my $begin = clock_gettime(CLOCK_MONOTONIC);
		syswrite $s, 'x';
		sysread $s, $c, 1;
		push @round, clock_gettime(CLOCK_MONOTONIC) - $begin;
	}
	close $s;
	waitpid $pid, 0;
	return median(@round);
}

# Both as the scheduler places them, and both on one CPU: where the ends are is
# most of a round trip, so only like is compared with like.
sub control {
	for my $cpus ('', "taskset -c 0") {
		my $ping = `$cpus $^X $0 bare`;
		my (undef, %b) = vbench($cpus, 'local', 'micro/empty-loop');
		my $round = median(map { $_->{host_ns} - $_->{guest_ns} }
		    @{$b{'micro/empty-loop'}{samples}}) / 1e9;
		printf "control plane, %s: one start-ack round %.1f us, a bare " .
		    "TCP ping-pong %.1f us: %.2f times (goal: at most 3)\n",
		    $cpus ? 'all on one CPU' : 'as the scheduler places it',
		    $round * 1e6, $ping * 1e6, $round / $ping;
	}
	print "\n";
}

sub spread {
	my @v = sort { $a <=> $b } @_;
	return 100 * ($v[-1] - $v[0]) / median(@v);
}

sub suite {
	my (@took, %floor, %typical);
	for (1 .. 3) {
		my ($took, %b) = vbench('', 'local', @options);
		push @took, $took;
		for (grep { $b{$_}{status} eq 'ok' } keys %b) {
			push @{$floor{$_}}, $b{$_}{floor};
			push @{$typical{$_}}, $b{$_}{typical};
		}
	}
	printf "suite of %d benchmarks on local: %s s; virtbench's 15 took " .
	    "%d s: %.1f times faster (goal: at least 5)\n\n",
	    scalar keys %floor, join(', ', map { sprintf '%.1f', $_ } @took),
	    $old_suite, $old_suite / median(@took);
	printf "%-28s %8s %9s %16s  %s\n", 'spread over three runs', 'floor',
	    'typical', 'virtbench median', '(goal: floor at most a third)';
	for (sort keys %old_spread) {
		next if !$floor{$_};
		my $f = spread(@{$floor{$_}});
		printf "%-28s %6.1f %% %7.1f %% %14d %%  %s\n", $_, $f,
		    spread(@{$typical{$_}}), $old_spread{$_},
		    $f * 3 <= $old_spread{$_} ? 'yes' : 'no';
	}
	print "\n";
}

# From the run's beginning until the clients are connected, as -v says; and the
# CPU time that the whole run took.
sub up {
	my ($n, $template) = @_;
	my @before = times;
	my $out = `TEMPLATE=$template $top/vbench qemu -v --machines=$n --rough --time=0.01 micro/empty-loop 2>&1`;
	my @after = times;
	my @s = sort { $a <=> $b } $out =~ /machine \d+ is up after ([\d.]+) s/g;
	die "guests did not come up:\n$out" if @s != $n;
	return ($s[-1], $after[2] + $after[3] - $before[2] - $before[3]);
}

# Interleaved, for the machine's other load changes.
sub boot {
	my (@one, @cpu, @four, @plain);
	for (1 .. 3) {
		my ($up, $cpu) = up(1, 'no');
		push @one, $up;
		push @cpu, $cpu;
		push @four, (up(4, 'yes'))[0];
		push @plain, (up(4, 'no'))[0];
	}
	my $one = median(@one);
	printf "qemu guests up: one %.1f s; four, copied from a template, " .
	    "%.1f s: %.2f times (goal: at most 1.6); four, each booted, " .
	    "%.1f s: %.2f times\nthe run with one took %.1f s of CPU time: " .
	    "four boots on %d CPUs take at least %.1f s\n", $one,
	    median(@four), median(@four) / $one, median(@plain),
	    median(@plain) / $one, median(@cpu), ncpus(),
	    4 * median(@cpu) / ncpus();
}

sub ncpus {
	chomp(my $n = `nproc`);
	return $n;
}

print bare() and exit if $want{bare};
control() if $want{control};
suite() if $want{suite};
boot() if $want{boot};
