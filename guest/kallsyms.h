/* SPDX-License-Identifier: GPL-2.0-only */
/* Symbols for addresses of this machine's kernel. */
#ifndef VBENCH_KALLSYMS_H
#define VBENCH_KALLSYMS_H

#include "protocol.h"

/* "native_halt+0xa [module]"; what is not known stays "". */
void kallsyms_fill(struct msg_symbols *s);

#endif
