// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hostinit.h"
#include "needs.h"

static bool has_filesystem(const char *name)
{
	FILE *f = fopen("/proc/filesystems", "re");
	char line[64];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		found = !strcmp(strrchr(line, '\t') + 1, name);
	}
	if (f)
		fclose(f);
	return found;
}

static bool is_there(const struct host_need *n)
{
	return *n->sign == '/' ? !access(n->sign, F_OK) :
				 has_filesystem(n->sign);
}

void needs_check(void)
{
	bool good = true;

	for (unsigned int i = 0; i < nhost_needs; i++) {
		const struct host_need *n = &host_needs[i];

		if (n->without || is_there(n))
			continue;
		fprintf(stderr, "hostinit: the kernel lacks %s%s%s%s\n",
			n->option, n->module ? " (module " : "",
			n->module ? n->module : "", n->module ? ")" : "");
		good = false;
	}
	if (!good)
		die("a kernel for an emulated host has these built in, or as "
		    "modules that vbench can find");
}

void needs_note(struct link *l)
{
	char text[256];

	for (unsigned int i = 0; i < nhost_needs; i++) {
		const struct host_need *n = &host_needs[i];

		if (!n->without || is_there(n))
			continue;
		snprintf(text, sizeof(text),
			 "%s is missing (does the kernel have %s?): %s",
			 n->sign, n->option, n->without);
		link_put_text(l, LINK_NOTE, text);
	}
}
