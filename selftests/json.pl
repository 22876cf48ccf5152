#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# json.pl FILE EXPRESSION: evaluates a Perl expression over the document, $d;
# its benchmarks by name are in %b.  Exit status 0 where it is true.
use strict;
use warnings;
use JSON::PP;

my ($file, $expression) = @ARGV;
open my $f, '<', $file or die "$file: $!\n";
local $/;
our $d = JSON::PP->new->decode(<$f>);
our %b = map { $_->{name} => $_ } @{$d->{benchmarks}};
my $value = eval $expression;
die $@ if $@;
exit 0 if $value;
print STDERR "not true: $expression\n";
for (sort keys %b) {
	printf STDERR "%s %s %s %s\n", $_, $b{$_}{status},
	    $b{$_}{floor} // '-', $b{$_}{reason} // '';
}
exit 1;
