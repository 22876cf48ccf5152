/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The user's own settings, for every run: ~/.config/vbench/settings or the file
 * that $VBENCH_SETTINGS names ("" means none).  Lines NAME=VALUE of variables that
 * SETTINGS has; each becomes part of the environment unless it is there already.
 */
#ifndef VBENCH_USER_SETTINGS_H
#define VBENCH_USER_SETTINGS_H

/*
 * Under sudo it is the file of the user who called it.  It must belong to that
 * user or root, and nobody else may write it.  0, or -errno, said.
 */
int user_settings_apply(void);

#endif
