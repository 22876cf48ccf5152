// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

#include "probe.h"

static const int caught[] = { SIGILL, SIGSEGV, SIGBUS, SIGTRAP };
#define NCAUGHT (sizeof(caught) / sizeof(caught[0]))

static sigjmp_buf back;
static volatile int sig_seen, vector_seen;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	sig_seen = sig;
#if defined(__x86_64__) || defined(__i386__)
	vector_seen = ((ucontext_t *)context)->uc_mcontext.gregs[REG_TRAPNO];
#endif
	siglongjmp(back, 1);
}

/* SIGSEGV alone does not tell #GP (refused) from #PF: KVM on AMD, for one,
 * tries to patch a VMCALL in place and page-faults on the read-only text. */
static const char *fault_name(char *buf, size_t size)
{
	switch (vector_seen) {
	case 6:
		return "#UD";
	case 13:
		return "#GP";
	case 14:
		return "#PF";
	}
	snprintf(buf, size, "SIG%s", sigabbrev_np(sig_seen));
	return buf;
}

const char *probe_insn(void (*insn)(void), const char *name, const char *why)
{
	struct sigaction sa = { .sa_sigaction = on_fault,
				.sa_flags = SA_SIGINFO },
			 old[NCAUGHT];
	static char reason[160];
	char buf[16];

	sig_seen = 0;
	vector_seen = 0;
	for (size_t i = 0; i < NCAUGHT; i++)
		sigaction(caught[i], &sa, &old[i]);
	/* Saves the signal mask, in which the handler's signal is blocked. */
	if (!sigsetjmp(back, 1))
		insn();
	for (size_t i = 0; i < NCAUGHT; i++)
		sigaction(caught[i], &old[i], NULL);
	if (!sig_seen)
		return NULL;
	snprintf(reason, sizeof(reason), "%s raises %s here: %s", name,
		 fault_name(buf, sizeof(buf)), why);
	return reason;
}
