/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ctrl-Z and SIGSTOP stop the process that the user sees.  The rest of a run is in
 * other process groups and another pid namespace: these functions stop and continue
 * it as well.  active.h has the time.
 */
#ifndef VBENCH_SUSPEND_H
#define VBENCH_SUSPEND_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * To be called when SIGTSTP has come, which must be blocked, as must SIGCONT: stops
 * @run, a child, with all its descendants, then this process, and continues them
 * when this process is continued.  @by_terminal: it was Ctrl-Z, which the kernel
 * ignores where no shell could continue the process.
 */
void suspend_all(pid_t run, bool by_terminal);

/* Stops @run, a child, with all its descendants, also those that it makes meanwhile;
 * gives up after a second. */
void suspend_stop(pid_t run);

/* This process alone; returns when it is continued. */
void suspend_self(bool by_terminal);

/*
 * Makes a child that does the same to @run whenever this process is stopped by
 * SIGSTOP, which cannot be caught.  Returns its pid for suspend_unwatch(), or -1.
 */
pid_t suspend_watch(pid_t run);
/* To be called before @run is waited for: its pid could be another process's then. */
void suspend_unwatch(pid_t watcher, pid_t run);

#endif
