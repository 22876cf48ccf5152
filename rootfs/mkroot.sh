#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# mkroot.sh CLIENT OUT: the guests' root disk, without root (mke2fs -d).
set -e

client=$1 out=$2
# 16 MiB of data that is no hole, and as much again to write to.
data_mib=16 size_mib=48
PATH=$PATH:/sbin:/usr/sbin

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

mkdir -p "$tmp/root/dev" "$tmp/root/proc" "$tmp/root/sys" "$tmp/root/tmp"
cp "$client" "$tmp/root/virtclient"
chmod 755 "$tmp/root/virtclient"
dd if=/dev/urandom of="$tmp/root/vbench.data" bs=1M count=$data_mib 2> "$tmp/err" ||
	{ cat "$tmp/err" >&2; exit 1; }
mke2fs -q -F -t ext3 -b 4096 -m 0 -J size=4 -E root_owner=0:0 \
	-d "$tmp/root" "$tmp/image" ${size_mib}M > /dev/null
# A hole in the image would read faster than a disk can.
cp --sparse=never "$tmp/image" "$out.new"
mv "$out.new" "$out"
