#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# A client that misbehaves as $FAULT says, speaking the protocol of
# bench/protocol.h up to there.
use strict;
use warnings;
use IO::Socket::INET;
use Time::HiRes qw(clock_gettime);

my ($id, $ip, $port) = @ARGV;
my $fault = $ENV{FAULT};
my $version = $fault eq 'version' ? 999 : 6;
my %type = (HELLO => 1, READY => 2, DONE => 3, COUNTERS => 4, ENDED => 7,
	    FAIL => 6, PROBED => 8, WELCOME => 64, PROBE => 66, BEGIN => 67, SETUP => 68, START => 69, END => 71);
my ($sock, $name);
my ($samples, $probes, $continued, $ended) = (0, 0, 0, 0);

$SIG{PIPE} = 'IGNORE';
$| = 1;

sub connect_server {
	$sock = IO::Socket::INET->new(PeerAddr => $ip, PeerPort => $port,
				      Proto => 'tcp') or die "connect: $!\n";
}

sub frame {
	my ($t, $body) = @_;
	return pack('VvvV', 0x434e4256, $version, $type{$t}, length $body) .
	    $body;
}

sub str { return pack('v/a*', $_[0]) }

sub say_frame { syswrite $sock, frame(@_) }

sub read_all {
	my ($n) = @_;
	my $data = '';
	while (length $data < $n) {
		sysread($sock, $data, $n - length $data, length $data)
		    or exit 0;
	}
	return $data;
}

sub hear {
	my (undef, undef, $t, $len) = unpack 'VvvV', read_all(12);
	return ($t, $len ? read_all($len) : '');
}

sub hello {
	return pack('VVVQ<Q<VQ<Q<VQ<Q<', $id, 0x7f000101, 1, 1 << 27, 1e9, 0, 1, 0, 0,
	    1, 1) .
	    str($ENV{VBENCH_TOKEN} // '') . str('x86_64') . str('6.1.0') .
	    str('fake') . str('tsc') . str('') . str('');
}

# Without a value or events of its own.
sub done {
	my ($runs, $ns, $clock_ns) = @_;
	return pack 'VQ<Q<Q<VQ<V', $runs, $ns, $ns, $clock_ns, 0, 0, 0;
}

# An answer that is in order.
sub answer {
	my ($runs) = @_;
	# Something is left when the loop is taken off.
	my $ns = 500 + ($name =~ /empty-loop/ ? 10 : 100) * $runs;
	if ($runs && $fault eq 'slow-leaves-in-pass-2') {
		select undef, undef, undef, 0.9;
		$ns = 9e8;
	}
	say_frame('DONE', done($runs, $ns, clock_gettime(4) * 1e9));
	say_frame('COUNTERS', pack 'VVQ<Q<Q<', 0, 0, 0, 0, 0);
}

# Says so and waits until it was stopped.
sub wait_for_stop {
	local $SIG{CONT} = sub { $continued = 1 };

	print "waiting\n";
	select undef, undef, undef, 0.1 until $continued;
}

sub in_second_check {
	exit 0 if $fault =~ /leaves/;
	print "waiting\n";
	sleep 1000;
}

# Once, in a sample after calibration; true when that was its answer.
sub stopped_in_sample {
	wait_for_stop();
	return 0 if $fault ne 'stopped-and-fails';
	say_frame('FAIL', str('a limit of its own'));
	say_frame('ENDED', '');
	$ended = 1;
}

# What it does instead of an answer to START.
sub misbehave {
	my ($runs) = @_;
	exit 0 if $fault eq 'closes';
	kill 'KILL', $$ if $fault eq 'dies';
	sleep 1000 if $fault eq 'hangs';
	if ($fault eq 'rubbish') {
		syswrite $sock, join '', map { chr int rand 256 } 1 .. 4000;
	} elsif ($fault eq 'claims-4g') {
		syswrite $sock, pack 'VvvV', 0x434e4256, $version, 3, 0xffffffff;
	} elsif ($fault eq 'wrong-type') {
		say_frame('WELCOME', '');
	} elsif ($fault eq 'short-done') {
		say_frame('DONE', 'abc');
	} elsif ($fault eq 'events') {
		say_frame('DONE', pack 'VQ<Q<Q<VQ<VQ<4', 4, 1000, 1000,
			  clock_gettime(4) * 1e9, 1, 1000, 4, (250) x 4);
		say_frame('COUNTERS', pack 'VVQ<Q<Q<', 0, 0, 0, 0, 0);
	} elsif ($fault eq 'chatters') {
		say_frame('READY', '') while 1;
	} elsif ($fault eq 'chatters-at-end') {
		hear();
		say_frame('READY', '') while 1;
	} elsif ($fault eq 'dribbles') {
		my $f = frame('DONE', done($runs, 1e6, time * 1e9));
		for (split //, $f) { syswrite $sock, $_; sleep 3 }
	}
	sleep 1000;
}

sleep 1000 if $fault eq 'machine-never-connects';
connect_server();
if ($fault eq 'noise-first') {
	# Random bytes on the port, and somebody who says nothing, before a
	# client that is in order.
	for (1 .. 20) {
		syswrite $sock, join '', map { chr int rand 256 } 1 .. 500;
		connect_server();
	}
	my $silent = $sock;
	exec './virtclient', @ARGV or die;
}
if ($fault eq 'hello-claims-4g') {
	syswrite $sock, pack 'VvvV', 0x434e4256, $version, 1, 0xffffffff;
	sleep 1000;
}
if ($fault eq 'wrong-id') {
	$id = 77;
}
say_frame('HELLO', hello());
my ($t) = hear();
exit 1 if $t != $type{WELCOME};
while (1) {
	my ($type, $body) = hear();
	if ($type == $type{PROBE}) {
		if ($fault =~ /in-check-2/) {
			in_second_check() if $probes++;
			say_frame('PROBED', str(''));
			next;
		}
		# As if the limit of the check had passed during the stop.
		my $first = !$continued;
		wait_for_stop() if $first;
		say_frame('PROBED', str($first ? 'the check does not end' : ''));
	} elsif ($type == $type{BEGIN}) {
		($name, my $spell) = unpack 'v/a*V', $body;
		$ended = 0;
		exit 0 if $spell && $fault =~ /leaves-in-pass-2/;
	} elsif ($type == $type{SETUP}) {
		my ($runs) = unpack 'V', $body;
		say_frame('READY', '');
		($type) = hear();
		next if $type != $type{START};
		if ($fault eq 'lying-clock') {
			# Half as fast as time goes by.
			select undef, undef, undef, 0.02;
			say_frame('DONE',
				  done($runs, 1e7, clock_gettime(4) * 5e8));
			say_frame('COUNTERS', pack 'VVQ<Q<Q<', 0, 0, 0, 0, 0);
			next;
		}
		if ($fault eq 'standing-clock') {
			# A run takes 10 us, and no clock of the guest shows it.
			select undef, undef, undef, $runs * 1e-5;
			say_frame('DONE', done($runs, 0, 1e9));
			say_frame('COUNTERS', pack 'VVQ<Q<Q<', 0, 0, 0, 0, 0);
			next;
		}
		if ($fault eq 'slow-channel') {
			# As on a busy machine: the operation is quick, its message is not.
			select undef, undef, undef, 0.03 + rand 0.03 if $runs;
			answer($runs);
			next;
		}
		if ($fault =~ /^stopped/) {
			next if ++$samples == 30 && stopped_in_sample();
			answer($runs);
			next;
		}
		if ($fault =~ /leaves-in-pass-2/) {
			answer($runs);
			next;
		}
		misbehave($runs);
	} elsif ($type == $type{END}) {
		say_frame('ENDED', '') unless $ended;
	}
}
