/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_REPORT_JSON_CHECK_H
#define VBENCH_REPORT_JSON_CHECK_H

#include <jansson.h>
#include <stddef.h>

/*
 * Whether each field that is there has the type and range of results-format.rst:
 * 0, or -EINVAL with a message that names benchmark and field in @why.  Null is as
 * good as missing.  20.0 is made 20 where an integer is meant.
 */
int report_json_check(json_t *doc, char *why, size_t size);

#endif
