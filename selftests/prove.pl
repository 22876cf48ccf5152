#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# prove.pl COMMAND...: runs prove and repeats, below its summary, which tests of scripts
# failed and how their output begins: hundreds of lines can be in between.  The summary
# itself names the scripts that ended early.
use strict;
use warnings;
use IO::Select;
use POSIX 'WNOHANG';

my %lines = (output => 4, stderr => 3);	# of one test
my $columns = 150;
my @failed;

# What lib.sh prints: "# failed: ...", and "#   " before each line of the output.
sub keep {
	my ($line) = @_;
	if ($line =~ /# failed: (.*)/) {
		push @failed, { name => $1, output => [], stderr => [] };
	} elsif (@failed && (my ($output) = $line =~ /^#   (.*)/)) {
		my $kind = $output =~ /^stderr: / ? 'stderr' : 'output';
		my $kept = $failed[-1]{$kind};
		push @$kept, substr($output, 0, $columns) if @$kept < $lines{$kind};
	}
}

pipe(my $from, my $to) or die "pipe: $!\n";
my $prove = fork // die "fork: $!\n";
if (!$prove) {
	open STDERR, '>&', $to or die "stderr: $!\n";
	exec @ARGV or die "$ARGV[0]: $!\n";
}
close $to;
# prove gets a Ctrl-C, too, and its exit status shows it.
$SIG{$_} = 'IGNORE' for qw(INT QUIT);
$SIG{TERM} = sub { kill TERM => $prove };
my ($ended, $status, $text) = (0, 0, '');
my $readable = IO::Select->new($from);

# False at the end of the file.
sub relay {
	return 1 if !$readable->can_read(0.2);
	sysread($from, my $new, 65536) or return 0;
	syswrite STDERR, $new;
	$text .= $new;
	keep($1) while $text =~ s/^(.*)\n//;
	return 1;
}
while (waitpid($prove, WNOHANG) != $prove) {
	relay() or sleep 1;
}
$status = $?;
# After a Ctrl-C, scripts still clean up and report errors.  This wait has a limit, because
# a process that a test left behind can keep the pipe open for ever.
my $end = time + ($status & 127 ? 10 : 1);
1 while time < $end && relay();
keep($text);

print "\nFailed tests of scripts:\n" if @failed;
for my $test (@failed) {
	print "$test->{name}\n", map { "    $_\n" } @{$test->{output}}, @{$test->{stderr}};
}
exit($status & 127 ? 128 + ($status & 127) : $status >> 8);
