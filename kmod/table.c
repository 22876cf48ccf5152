// SPDX-License-Identifier: GPL-2.0-only
/* operations.h as the module sees it. */
#include <linux/kernel.h>

#include "vb.h"

#define OP(id, name, title, exercises, flags, exits) \
	{ name, title, flags, &vb_op_##id },
const struct vb_row vb_table[] = {
#include "operations.h"
};
#undef OP

const u32 vb_nops = ARRAY_SIZE(vb_table);
