#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Takes 400 MiB, of which it uses each page.
my $x = 'x' x (400 << 20);
sleep 1000;
