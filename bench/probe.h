/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether an instruction can be executed here: found out by executing it. */
#ifndef VBENCH_PROBE_H
#define VBENCH_PROBE_H

/*
 * Calls @insn and catches the exception that it may raise.  NULL, or a text
 * for should_not_run() in static memory: "@name raises #UD here: @why".
 */
const char *probe_insn(void (*insn)(void), const char *name, const char *why);

#endif
