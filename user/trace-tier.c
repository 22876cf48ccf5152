// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "trace-tier.h"

static const char *missing(const struct trace_offer *o)
{
	if (o->tracepoint)
		return "the record of KVM's tracepoint kvm_exit cannot be "
		       "read: mount -t tracefs tracefs /sys/kernel/tracing";
	if (!o->types)
		return "KVM's tracepoints are not described: mount -t tracefs "
		       "tracefs /sys/kernel/tracing, or use a kernel with "
		       "CONFIG_DEBUG_INFO_BTF_MODULES=y";
	return "KVM of this host has no tracepoints: its kernel needs "
	       "CONFIG_TRACEPOINTS and CONFIG_FTRACE";
}

char trace_best_tier(const struct trace_offer *o, char asked, char *why,
		     size_t size)
{
	char best = 0;

	if (o->soft)
		best = 'D';
	else if (o->exit_args && o->vcpu && o->svm)
		best = o->ioctl_run ? 'A' : 'B';
	else if (o->record)
		best = 'C';
	if (best && asked > best && asked <= 'D')
		best = asked;
	/* A tier that was lowered by request may lack the record. */
	if (best == 'C' && !o->record)
		best = 0;
	if (!best)
		snprintf(why, size, "%s", missing(o));
	return best;
}

const char *trace_tier_text(char tier)
{
	switch (tier) {
	case 'A':
		return "raw tracepoints and fentry";
	case 'B':
		return "raw tracepoints; time in the VMM ends at the next "
		       "entry";
	case 'C':
		return "exits by the tracepoint's record";
	default:
		return "exits to user space only, as of a KVM that emulates "
		       "its guests";
	}
}
