/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_PATHS_H
#define VBENCH_PATHS_H

/*
 * Where SETTINGS, virtclient, the images and the backends are: the folder of
 * the program when it runs from a checkout, else lib/vbench beside its bin.
 * NULL, said, when neither is there.
 */
const char *data_dir(void);

#endif
