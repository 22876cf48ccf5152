#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# perf-agrees.pl JSON TEXT: what "vbench trace --json" counted of one VM against
# the report of "perf kvm stat" of the same time.
use strict;
use warnings;
use JSON::PP;

sub slurp {
	open my $f, '<', $_[0] or die "$_[0]: $!\n";
	local $/;
	return scalar <$f>;
}

my ($json, $text) = @ARGV;
my (%ours, %perf);
my $d = decode_json(slurp($json));
$ours{lc $_->{reason}} += $_->{count}
    for map { @{$_->{exits}{by_reason}} } @{$d->{vms}};
%perf = map { lc } slurp($text) =~ /^\s*(\S+)\s+(\d+)\s+[\d.]+%/gm;

# perf books an exit at the entry that follows, and after the VM's last, a HLT,
# none does; here it is booked when the vCPU's thread ends.
$perf{hlt}++ if $perf{hlt};

my $bad = !%perf || $d->{missed} || $d->{full};
for my $reason (sort keys %{{%ours, %perf}}) {
	my ($o, $p) = map { $_ // 0 } $ours{$reason}, $perf{$reason};
	print "$reason: $o, perf $p\n";
	$bad ||= $o != $p;
}
exit !!$bad;
