// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "result.h"

void arguments_free(char **clean, int argc)
{
	for (int i = 0; clean && i < argc; i++)
		free(clean[i]);
	free(clean);
}

char **arguments_clean(int argc, char **argv)
{
	char **clean = calloc(argc + 1, sizeof(*clean));

	for (int i = 0; clean && i < argc; i++) {
		clean[i] = strdup(argv[i]);
		if (!clean[i]) {
			arguments_free(clean, argc);
			return NULL;
		}
		text_clean(clean[i]);
	}
	return clean;
}

/* getopt and argp quote on stderr what they parse: the first parse, of clean
 * copies, is the one that errors come from. */
void arguments_parse(const struct argp *argp, int argc, char **argv,
		     unsigned int flags, void *input, size_t size)
{
	char **clean = arguments_clean(argc, argv);
	void *scratch = malloc(size);

	if (!clean || !scratch)
		argp_failure(NULL, EXIT_FAILURE, ENOMEM, "options");
	memcpy(scratch, input, size);
	argp_parse(argp, argc, clean, flags, NULL, scratch);
	free(scratch);
	arguments_free(clean, argc);
	argp_parse(argp, argc, argv, flags, NULL, input);
}
