#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# prove.pl COMMAND...: runs prove and repeats, below its summary, which tests of scripts
# failed and how their output begins: hundreds of lines can be in between.
use strict;
use warnings;
use IO::Select;
use POSIX 'WNOHANG';

my $lines = 6;		# of one test
my $columns = 150;
my @failed;

# What lib.sh prints: "# failed: ...", and "#   " before each line of the output.
sub keep {
	my ($line) = @_;
	if ($line =~ /^# failed: (.*)/) {
		push @failed, [$1];
	} elsif (@failed && @{$failed[-1]} <= $lines && $line =~ /^#   (.*)/) {
		push @{$failed[-1]}, substr($1, 0, $columns);
	}
}

pipe(my $from, my $to) or die "pipe: $!\n";
my $prove = fork // die "fork: $!\n";
if (!$prove) {
	open STDERR, '>&', $to or die "stderr: $!\n";
	exec @ARGV or die "$ARGV[0]: $!\n";
}
close $to;
# prove gets a Ctrl-C as well, and says how it ended.
$SIG{$_} = 'IGNORE' for qw(INT QUIT);
$SIG{TERM} = sub { kill TERM => $prove };
# A process that a test left behind can keep the pipe open, so its end is not waited for.
my $readable = IO::Select->new($from);
my ($ended, $status, $text) = (0, 0, '');
while (!$ended) {
	$ended = waitpid($prove, WNOHANG) == $prove and $status = $?;
	while ($readable->can_read($ended ? 0 : 0.2)) {
		sysread($from, my $new, 65536) or last;
		syswrite STDERR, $new;
		$text .= $new;
		keep($1) while $text =~ s/^(.*)\n//;
	}
}
print "\nWhat failed:\n" if @failed;
for my $test (@failed) {
	my ($name, @output) = @$test;
	print "$name\n", map { "    $_\n" } @output;
}
exit($status & 127 ? 128 + ($status & 127) : $status >> 8);
