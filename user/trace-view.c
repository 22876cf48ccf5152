// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report-exits.h"
#include "result.h"
#include "trace-memory.h"
#include "trace-view.h"

/* A later struct kvm can have the same address, in another process or after the
 * first is gone. */
static bool same_vm(const struct view_vm *vm, const struct trace_window *w)
{
	return vm->vm == w->vm && vm->tgid == w->tgid &&
	       (!vm->ended || vm->ended == w->ended);
}

static struct view_vm *vm_of(struct view *v, const struct trace_window *w)
{
	struct view_vm *vms, *vm;

	for (size_t i = 0; i < v->n; i++) {
		vm = &v->vms[i];
		if (!same_vm(vm, w))
			continue;
		vm->ended = w->ended;
		return vm;
	}
	vms = reallocarray(v->vms, v->n + 1, sizeof(*vms));
	if (!vms)
		return NULL;
	v->vms = vms;
	vm = &vms[v->n++];
	*vm = (struct view_vm){ .vm = w->vm, .tgid = w->tgid };
	vm->ended = w->ended;
	snprintf(vm->name, sizeof(vm->name), "%.16s", w->comm);
	text_clean(vm->name);
	return vm;
}

static int view_add(struct view *v, const struct trace_window *w,
		    const struct trace_rips *r, bool left)
{
	struct view_vm *vm = vm_of(v, w);
	struct exits *x;
	int ret;

	if (!vm)
		return -ENOMEM;
	vm->now++;
	vm->live += !left;
	v->mixed += memory_is_mixed(w);
	x = left ? &vm->left : &vm->x;
	ret = exits_add(x, w, false);
	return ret ? ret : exits_add_rips(x, r, 0, false);
}

static int by_exits(const void *a, const void *b)
{
	const struct view_vm *p = a, *q = b;

	return (p->x.count < q->x.count) - (p->x.count > q->x.count);
}

static int finish(struct view_vm *vm, struct trace *t)
{
	int ret = exits_join(&vm->x, &vm->left);

	if (vm->now > vm->vcpus)
		vm->vcpus = vm->now;
	vm->x.tier = trace_tier(t);
	exits_finish(&vm->x, 0);
	names_fill(trace_names(t), &vm->x);
	return ret;
}

int view_take(struct view *v, struct trace *t, u32 windows)
{
	static struct trace_rips r;
	struct trace_window w;
	int ret = 0;

	v->losses = trace_losses(t);
	v->mixed = 0;
	for (size_t i = 0; i < v->n; i++) {
		exits_free(&v->vms[i].x);
		v->vms[i].now = v->vms[i].live = 0;
	}
	for (u32 at = 0; at < windows && !ret; at++) {
		memset(&r, 0, sizeof(r));
		if (trace_reap(t, at, &w, &r))
			ret = view_add(v, &w, &r, true);
		else if (trace_peek(t, at, &w, &r))
			ret = view_add(v, &w, &r, false);
	}
	for (size_t i = 0; i < v->n && !ret; i++)
		ret = finish(&v->vms[i], t);
	if (v->n)
		qsort(v->vms, v->n, sizeof(*v->vms), by_exits);
	return ret;
}

void view_free(struct view *v)
{
	for (size_t i = 0; i < v->n; i++) {
		exits_free(&v->vms[i].left);
		exits_free(&v->vms[i].x);
		exits_free(&v->vms[i].before);
	}
	free(v->vms);
	*v = (struct view){ 0 };
}

/* Also where the kernel does not tell. */
static bool is_over(const struct view_vm *vm)
{
	return vm->ended || !vm->live;
}

static void add_line(struct exits_table *table, const struct view_vm *vm,
		     const struct exits *x)
{
	char name[128];

	snprintf(name, sizeof(name), "%s %u, %u vCPU%s%s", vm->name, vm->tgid,
		 vm->vcpus, vm->vcpus == 1 ? "" : "s",
		 is_over(vm) ? ", ended" : "");
	exits_table_add(table, name, x);
}

static void print_losses(FILE *out, const struct view *v)
{
	if (v->losses.missed || v->losses.full)
		fprintf(out,
			"lost: %llu events; %llu vCPUs unseen, at %llu "
			"entries\n",
			(unsigned long long)v->losses.missed,
			(unsigned long long)v->losses.unseen,
			(unsigned long long)v->losses.full);
	if (v->losses.missed_others)
		fprintf(out,
			"%llu events other than exits were missed: times and "
			"details can be wrong\n",
			(unsigned long long)v->losses.missed_others);
	if (v->losses.backwards)
		fprintf(out,
			"%llu spans of time rejected: they ended before they "
			"began\n",
			(unsigned long long)v->losses.backwards);
	if (v->mixed)
		fprintf(out,
			"the rows of %u vCPUs may be mixed up: kinds of exits "
			"replaced each other while vbench read them\n",
			v->mixed);
}

void view_print(FILE *out, const struct view *v, double seconds)
{
	struct exits_table *table = exits_table_new(out, seconds);

	for (size_t i = 0; i < v->n && table; i++)
		add_line(table, &v->vms[i], &v->vms[i].x);
	if (v->n && table)
		exits_table_print(table);
	print_losses(out, v);
	exits_table_free(table);
}

/* Only the exits since the last call; a VM that sleeps appears with that time. */
static int interval(struct view_vm *vm, struct exits *since)
{
	int ret = exits_join(since, &vm->x);

	if (!ret)
		ret = exits_take_off(since, &vm->before);
	exits_free(&vm->before);
	if (!ret)
		ret = exits_join(&vm->before, &vm->x);
	exits_finish(since, 0);
	return ret;
}

int view_print_interval(FILE *out, struct view *v, double seconds)
{
	struct exits_table *table = exits_table_new(out, seconds);
	struct exits since;
	int ret = table ? 0 : -ENOMEM;

	for (size_t i = 0; i < v->n && !ret; i++) {
		since = (struct exits){ 0 };
		ret = interval(&v->vms[i], &since);
		if (!ret && since.wall_ns)
			add_line(table, &v->vms[i], &since);
		exits_free(&since);
	}
	if (v->n && !ret)
		exits_table_print(table);
	print_losses(out, v);
	exits_table_free(table);
	return ret;
}

json_t *view_json(const struct view *v, double seconds)
{
	json_t *vms = json_array();

	for (size_t i = 0; i < v->n; i++) {
		const struct view_vm *vm = &v->vms[i];

		json_array_append_new(
			vms,
			json_pack("{ss si si sb so}", "name", vm->name, "pid",
				  vm->tgid, "vcpus", vm->vcpus, "ended",
				  is_over(vm), "exits", exits_json(&vm->x)));
	}
	return json_pack("{ss sf sI sI sI sI sI so}", "schema", "vbench-trace/1",
			 "seconds", seconds, "missed",
			 (json_int_t)v->losses.missed, "missed_events",
			 (json_int_t)v->losses.missed_others, "full",
			 (json_int_t)v->losses.full, "unseen_vcpus",
			 (json_int_t)v->losses.unseen, "backwards",
			 (json_int_t)v->losses.backwards, "vms", vms);
}
