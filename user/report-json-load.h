/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_REPORT_JSON_LOAD_H
#define VBENCH_REPORT_JSON_LOAD_H

#include <jansson.h>
#include <stddef.h>

/* The document in @path, of which "-" is standard input; or NULL, with a message
 * in @why that may quote the file as it is. */
json_t *report_json_load(const char *path, char *why, size_t size);

#endif
