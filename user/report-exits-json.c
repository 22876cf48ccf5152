// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "report-exits.h"
#include "result.h"

static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *count(u64 v)
{
	return json_integer(v > INT64_MAX ? INT64_MAX : (json_int_t)v);
}

static json_t *row_json(const struct exit_row *row)
{
	return json_pack("{ss ss so so so so so so so so}", "reason",
			 row->reason, "detail", row->detail, "count",
			 count(row->count), "missed_max", count(row->missed),
			 "fixed_count", count(row->fixed_count), "per_op",
			 number(row->per_op), "user_exits",
			 count(row->user_exits), "kernel_ns",
			 count(row->kernel_ns), "vmm_ns", count(row->vmm_ns),
			 "sched_ns", count(row->sched_ns));
}

static json_t *site_json(const struct exit_site *site)
{
	char rip[24];

	snprintf(rip, sizeof(rip), "0x%llx", (unsigned long long)site->rip);
	return json_pack("{ss ss ss ss so so so}", "rip", rip, "reason",
			 site->reason, "function", site->function, "line",
			 site->line, "count", count(site->count), "missed_max",
			 count(site->missed), "fixed_count",
			 count(site->fixed_count));
}

static json_t *rows(const struct exits *x)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < x->nrows; i++)
		json_array_append_new(list, row_json(&x->rows[i]));
	return list;
}

static json_t *sites(const struct exits *x)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < x->nsites; i++)
		json_array_append_new(list, site_json(&x->sites[i]));
	return list;
}

static json_t *text_json(const char *s)
{
	return s[0] ? json_string(s) : json_null();
}

json_t *exits_json(const struct exits *x)
{
	char tier[2] = { x->tier, '\0' };
	json_t *j;

	j = json_pack(
		"{ss so so so so so so so so so so so so so so so so so so so so}",
		"tier", tier, "per_op", number(x->per_op), "runs",
		count(x->runs), "windows", count(x->opens), "fixed_windows",
		count(x->fixed_opens), "count", count(x->count),
		"foreign_exits", count(x->foreign_exits), "foreign_markers",
		count(x->foreign_markers), "stat_exits_delta",
		x->has_stat ? count(x->stat_exits) : json_null(), "lost",
		count(x->lost), "uneven_windows",
		x->has_stat ? count(x->uneven) : json_null(), "worst_gap",
		number(x->gap), "wall_ns", count(x->wall_ns), "guest_ns",
		count(x->guest_ns), "kernel_ns", count(x->kernel_ns), "vmm_ns",
		count(x->vmm_ns), "sched_ns", count(x->sched_ns), "untraced_ns",
		x->untraced_ns > 0 ? number(x->untraced_ns) : json_null(),
		"traced_ns",
		x->traced_ns > 0 ? number(x->traced_ns) : json_null(), "broken",
		x->broken[0] ? json_string(x->broken) : json_null(),
		"by_reason", rows(x));
	if (j) {
		json_object_set_new(j, "expects", text_json(x->expects));
		json_object_set_new(j, "findings", text_json(x->findings));
		json_object_set_new(j, "discarded_windows",
				    count(x->discarded));
		json_object_set_new(j, "missed_events",
				    count(x->missed_events));
		json_object_set_new(j, "unseen_vcpus", count(x->unseen_vcpus));
		json_object_set_new(j, "backwards", count(x->backwards));
	}
	if (j && (x->nsites || x->sites_hidden)) {
		json_object_set_new(j, "by_rip", sites(x));
		json_object_set_new(j, "rips_over", count(x->sites_over));
		json_object_set_new(j, "rips_hidden", count(x->sites_hidden));
	}
	return j;
}

static u64 whole(const json_t *j, const char *key)
{
	return json_integer_value(json_object_get(j, key));
}

/* Missing is not 0. */
static u64 whole_or_unknown(const json_t *j, const char *key)
{
	const json_t *v = json_object_get(j, key);

	return json_is_integer(v) ? (u64)json_integer_value(v) : EXITS_UNKNOWN;
}

static double real(const json_t *j, const char *key)
{
	const json_t *v = json_object_get(j, key);

	return json_is_number(v) ? json_number_value(v) : NAN;
}

static void text(const json_t *j, const char *key, char *buf, size_t size)
{
	const char *s = json_string_value(json_object_get(j, key));

	snprintf(buf, size, "%s", s ? s : "");
	text_clean(buf);
}

/*
 * Codes are not written; one for each name groups as well.  @codes has the names
 * that were met: this one gets @next where it is new.
 */
static u64 code_of(struct hsearch_data *codes, char *reason, u64 next)
{
	ENTRY name = { .key = reason, .data = (void *)(uintptr_t)next };
	ENTRY *found;

	if (!hsearch_r(name, ENTER, &found, codes))
		return next;
	return (uintptr_t)found->data;
}

static int read_rows(struct exits *x, const json_t *list,
		     struct hsearch_data *codes)
{
	size_t i, n = json_array_size(list);
	const json_t *j;

	x->rows = calloc(n + 1, sizeof(*x->rows));
	if (!x->rows)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		struct exit_row *row = &x->rows[x->nrows++];

		j = json_array_get(list, i);
		text(j, "reason", row->reason, sizeof(row->reason));
		text(j, "detail", row->detail, sizeof(row->detail));
		row->what = code_of(codes, row->reason, i + 1);
		row->count = whole(j, "count");
		row->missed = whole(j, "missed_max");
		row->fixed_count = whole(j, "fixed_count");
		row->per_op = real(j, "per_op");
		row->user_exits = whole(j, "user_exits");
		row->kernel_ns = whole(j, "kernel_ns");
		row->vmm_ns = whole(j, "vmm_ns");
		row->sched_ns = whole(j, "sched_ns");
	}
	return 0;
}

static int read_sites(struct exits *x, const json_t *list,
		      struct hsearch_data *codes)
{
	size_t i, n = json_array_size(list);
	const char *rip;
	const json_t *j;

	x->sites = calloc(n + 1, sizeof(*x->sites));
	if (!x->sites)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		struct exit_site *site = &x->sites[x->nsites++];

		j = json_array_get(list, i);
		rip = json_string_value(json_object_get(j, "rip"));
		site->rip = rip ? strtoull(rip, NULL, 0) : 0;
		text(j, "reason", site->reason, sizeof(site->reason));
		text(j, "function", site->function, sizeof(site->function));
		text(j, "line", site->line, sizeof(site->line));
		site->what = code_of(codes, site->reason, x->nrows + i + 1);
		site->count = whole(j, "count");
		site->missed = whole(j, "missed_max");
		site->fixed_count = whole(j, "fixed_count");
	}
	return 0;
}

static int read_lists(struct exits *x, const json_t *reasons,
		      const json_t *rips)
{
	struct hsearch_data codes = { 0 };
	int ret;

	if (!hcreate_r(2 * (json_array_size(reasons) + json_array_size(rips)) +
			       1,
		       &codes))
		return -ENOMEM;
	ret = read_rows(x, reasons, &codes);
	ret = ret ? ret : read_sites(x, rips, &codes);
	hdestroy_r(&codes);
	return ret;
}

int exits_read(struct exits *x, const json_t *j)
{
	const json_t *stat = json_object_get(j, "stat_exits_delta");
	char tier[2];

	text(j, "tier", tier, sizeof(tier));
	text(j, "broken", x->broken, sizeof(x->broken));
	text(j, "expects", x->expects, sizeof(x->expects));
	text(j, "findings", x->findings, sizeof(x->findings));
	x->tier = tier[0] ? tier[0] : '?';
	x->per_op = real(j, "per_op");
	x->runs = whole(j, "runs");
	x->opens = whole(j, "windows");
	x->fixed_opens = whole(j, "fixed_windows");
	x->count = whole_or_unknown(j, "count");
	x->has_stat = json_is_integer(stat);
	x->stat_exits = json_integer_value(stat);
	x->uneven = whole(j, "uneven_windows");
	x->gap = real(j, "worst_gap");
	x->lost = whole(j, "lost");
	x->foreign_exits = whole(j, "foreign_exits");
	x->foreign_markers = whole(j, "foreign_markers");
	x->wall_ns = whole(j, "wall_ns");
	x->guest_ns = whole(j, "guest_ns");
	x->kernel_ns = whole(j, "kernel_ns");
	x->vmm_ns = whole(j, "vmm_ns");
	x->sched_ns = whole(j, "sched_ns");
	x->sites_over = whole(j, "rips_over");
	x->sites_hidden = whole(j, "rips_hidden");
	x->discarded = whole(j, "discarded_windows");
	x->missed_events = whole(j, "missed_events");
	x->unseen_vcpus = whole(j, "unseen_vcpus");
	x->backwards = whole(j, "backwards");
	x->untraced_ns = real(j, "untraced_ns");
	x->traced_ns = real(j, "traced_ns");
	return read_lists(x, json_object_get(j, "by_reason"),
			  json_object_get(j, "by_rip"));
}
