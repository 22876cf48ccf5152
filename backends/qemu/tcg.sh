# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034
# Every vCPU in a thread of its own.  LA57 off: a fifth level of page tables
# makes an emulated walk longer and no guest needs it.
accel=tcg,thread=multi cpu=max,la57=off
# The emulated TSC is the host's own, but a guest that waits for a CPU at the wrong
# moment takes it for unstable and falls back to a slow clock, or takes it for slower
# than it is, so that its clock runs too fast.
rate=
[ "${VBENCH_TSC_KHZ:-0}" -eq 0 ] || rate="tsc_early_khz=$VBENCH_TSC_KHZ"
APPEND="tsc=reliable $rate $APPEND"
