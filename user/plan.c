// SPDX-License-Identifier: GPL-2.0-only
#include "plan.h"

/* Fewer samples give no quantile. */
#define SAMPLES_MIN 20
#define SAMPLES_MIN_ROUGH 8
#define ROUGH_ABOVE 0.02
#define PATIENCE 4 /* budgets */
#define CHECK_EVERY 8
#define SET_UP_PART 0.5 /* of a spell's share of the budget, at most */
/* Spells that an early end needs, to have seen quiet and busy periods. */
#define SPELLS_MIN 2

u32 plan_spells(const struct plan *p, bool one_spell, double set_up_s)
{
	double most = p->budget_s / set_up_s * SET_UP_PART;

	if (one_spell || most < 1)
		return 1;
	return most < p->passes ? most : p->passes;
}

u32 plan_pass(const struct plan *p, u32 nth, u32 of)
{
	return (u64)nth * p->passes / of;
}

/* The part of @all that is due by the end of this spell. */
static size_t due(const struct spell *sp, size_t all)
{
	return (all * (sp->nth + 1) + sp->of - 1) / sp->of;
}

static size_t samples_min(const struct plan *p)
{
	return p->precision > ROUGH_ABOVE ? SAMPLES_MIN_ROUGH : SAMPLES_MIN;
}

bool plan_spell_over(const struct plan *p, const struct spell *sp)
{
	double share = p->budget_s / sp->of;

	if (sp->samples >= due(sp, SAMPLES_MAX))
		return true;
	if (sp->spent_s <= share)
		return false;
	return sp->samples >= due(sp, samples_min(p)) ||
	       (sp->samples >= due(sp, SAMPLES_LEAST) &&
		sp->spent_s > PATIENCE * share);
}

bool plan_may_stop(const struct plan *p, const struct spell *sp)
{
	if (sp->samples < samples_min(p))
		return false;
	/* Neighbours resemble each other, which an interval of independent
	 * samples knows nothing of: see more than one period of the machine. */
	if (sp->of > 1)
		return sp->nth + 1 >= SPELLS_MIN &&
		       2 * (sp->nth + 1) >= sp->of && plan_spell_over(p, sp);
	return sp->samples >= sp->looked + CHECK_EVERY &&
	       sp->spent_s >= p->budget_s / 2;
}

double plan_left_s(const struct plan *p, double took, double done, double left)
{
	return left * (done > 0 ? took / done : p->budget_s);
}
