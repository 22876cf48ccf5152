#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# trace-cost.pl [ours perf bpftrace tracefs]: what watching exits costs, for one
# exit, and how many of the exits that there were each watcher has: one guest,
# one run, the least of many rounds.  As root, where KVM is; anywhere by
#	vbench emulated-host -- selftests/perf/trace-cost.pl
# whose nanoseconds are instructions if HOST_QEMU= is a script that starts QEMU with
# "-accel tcg,thread=single -icount shift=0,sleep=off -smp 1" instead (EXITS=500: more
# overflow the buffer of tracefs on one CPU).  Prints; asserts nothing.
use strict;
use warnings;
use FindBin;
use File::Temp qw(tempdir);
use IPC::Open2;
use JSON::PP;

my $top = "$FindBin::Bin/../..";
my $tmp = tempdir(CLEANUP => 1);
my $tracing = '/sys/kernel/tracing';
my %n = (cpuid => $ENV{EXITS} // 2000, out => ($ENV{EXITS} // 2000) / 2);
my $rounds = $ENV{ROUNDS} // 10;
my $settle = $ENV{SETTLE} // 8;
my @want = @ARGV ? @ARGV : qw(ours perf bpftrace tracefs);
my ($in, $out);

$| = 1;

sub measure {
	my %best;
	for my $what (qw(cpuid out)) {
		print $in "$what $n{$what} $rounds\n";
		$best{$what} = <$out> // die "the guest is gone\n";
		chomp $best{$what};
	}
	return \%best;
}

sub start {
	my $pid = fork // die $!;
	return $pid if $pid;
	open STDOUT, '>', "$tmp/out";
	open STDERR, '>&', \*STDOUT;
	exec @_;
	exit 127;
}

sub stop {
	my ($pid) = @_;
	kill 'INT', $pid;
	waitpid $pid, 0;
}

sub slurp {
	open my $f, '<', $_[0] or return '';
	local $/;
	return scalar <$f> // '';
}

sub spew {
	my ($path, $text) = @_;
	open my $f, '>', $path or die "$path: $!\n";
	print $f $text;
	close $f or die "$path: $!\n";
}

sub has { return !system "command -v $_[0] > $tmp/which 2>&1" }

# Each: why it cannot run, what it takes to begin and to end, what it counted.
my %watcher = (
	ours => {
		name => 'vbench trace',
		begin => sub { start("$top/vbench", 'trace', '--all',
				     "--json=$tmp/r.json") },
		end => \&stop,
		counts => sub {
			my $d = decode_json(slurp("$tmp/r.json") || '{}');
			my %c;
			for (map { @{$_->{exits}{by_reason}} } @{$d->{vms}}) {
				$c{cpuid} += $_->{count} if $_->{reason} =~ /^cpuid/i;
				$c{out} += $_->{count} if $_->{reason} =~ /^io/i;
			}
			return \%c;
		},
	},
	perf => {
		name => 'perf kvm stat record',
		why => sub { has('perf') ? undef : 'perf is not installed (linux-perf)' },
		begin => sub {
			my $pid = start(qw(perf kvm --host stat record -a -o),
					"$tmp/perf.data");
			# It says nothing when it is ready.
			for (1 .. 180) {
				last if grep { (readlink $_ // '') =~ /perf_event/ }
				    glob "/proc/$pid/fd/*";
				sleep 1;
			}
			sleep $settle;
			return $pid;
		},
		end => \&stop,
		counts => sub {
			my $text = `perf kvm --host -i $tmp/perf.data stat report 2>&1`;
			my %c = map { lc } $text =~ /^\s*(cpuid|io|IO_INSTRUCTION)\s+(\d+)/gmi;
			my ($lost) = slurp("$tmp/out") =~ /(\d+) (?:events|chunks)/i;
			return { cpuid => $c{cpuid}, out => $c{io} // $c{io_instruction},
				 lost => $lost };
		},
	},
	bpftrace => {
		name => 'bpftrace, count()',
		why => sub { has('bpftrace') ? undef : 'bpftrace is not installed' },
		begin => sub {
			my $pid = start('bpftrace', '-e', 'BEGIN { printf("ready\n") } ' .
			    'tracepoint:kvm:kvm_exit { @[args->exit_reason] = count(); }');
			for (1 .. 180) {
				last if slurp("$tmp/out") =~ /ready/;
				sleep 1;
			}
			return $pid;
		},
		end => \&stop,
		counts => sub {
			my %c = slurp("$tmp/out") =~ /^@\[(\d+)\]: (\d+)/gm;
			# SVM, or VMX.
			return { cpuid => $c{0x72} // $c{10}, out => $c{0x7b} // $c{30} };
		},
	},
	tracefs => {
		name => 'tracefs, kvm_exit and kvm_entry',
		why => sub { -w "$tracing/trace" ? undef : 'no tracefs' },
		begin => sub {
			spew("$tracing/trace", '');
			spew("$tracing/events/kvm/$_/enable", 1) for qw(kvm_entry kvm_exit);
		},
		end => sub {
			spew("$tracing/events/kvm/$_/enable", 0) for qw(kvm_entry kvm_exit);
		},
		counts => sub {
			my %c;
			open my $f, '<', "$tracing/trace" or return \%c;
			while (<$f>) {
				$c{cpuid}++ if /kvm_exit:.*reason (?:EXIT_)?cpuid/i;
				$c{out}++ if /kvm_exit:.*reason (?:EXIT_)?io/i;
			}
			close $f;
			spew("$tracing/trace", '');
			return \%c;
		},
	},
);

sub build {
	system('cc', '-O2', '-o', "$tmp/exit-loop", "$FindBin::Bin/exit-loop.c") == 0
	    or die "exit-loop.c cannot be built\n";
	my $pid = open2($out, $in, "$tmp/exit-loop");
	$in->autoflush;
	print $in "cpuid 10 1\n";
	<$out> // do {
		waitpid $pid, 0;
		print "no KVM here: skipped\n";
		exit 4;
	};
}

sub line { printf "%-34s %10s %10s %10s %10s   %s\n", @_ }

sub watch {
	my ($w) = @_;
	my $why = $w->{why} && $w->{why}->();
	return print "$w->{name}: skipped, $why\n" if $why;
	my $before = measure();
	my $pid = $w->{begin}->();
	sleep $settle;
	my $with = measure();
	$w->{end}->($pid);
	my $after = measure();
	my %base = map { $_ => $before->{$_} < $after->{$_} ? $before->{$_} :
	    $after->{$_} } keys %n;
	my $c = $w->{counts}->();
	line($w->{name}, (map { sprintf '%+.0f', $with->{$_} - $base{$_} } qw(cpuid out)),
	     (map { sprintf '%.2f', $with->{$_} / $base{$_} } qw(cpuid out)),
	     join ', ', map { ($c->{$_} // '?') . ' of ' . $n{$_} * $rounds . " $_" }
	     qw(cpuid out));
}

die "as root\n" if $>;
build();
my $plain = measure();
printf "an exit takes %.0f ns in the kernel (cpuid), %.0f ns through the VMM (out)\n\n",
    $plain->{cpuid}, $plain->{out};
line('WATCHER', '+NS CPUID', '+NS OUT', 'x CPUID', 'x OUT', 'COUNTED');
watch($watcher{$_} // die "what is $_?\n") for @want;
