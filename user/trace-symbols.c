// SPDX-License-Identifier: GPL-2.0-only
#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "trace-symbols.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void fill(Dwfl_Module *mod, struct exit_site *site)
{
	const char *name = dwfl_module_addrname(mod, site->rip);
	Dwfl_Line *line = dwfl_module_getsrc(mod, site->rip);
	const char *file;
	int number = 0;

	if (name)
		snprintf(site->function, sizeof(site->function), "%s", name);
	file = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) :
		      NULL;
	if (file)
		snprintf(site->line, sizeof(site->line), "%s:%d",
			 base_name(file), number);
}

void symbols_fill(const char *program, struct exits *x)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
	};
	Dwfl_Module *mod;
	Dwfl *dwfl;

	if (!program || !x->nsites)
		return;
	dwfl = dwfl_begin(&callbacks);
	if (!dwfl)
		return;
	dwfl_report_begin(dwfl);
	dwfl_report_offline(dwfl, program, program, -1);
	dwfl_report_end(dwfl, NULL, NULL);
	for (size_t i = 0; i < x->nsites; i++) {
		mod = dwfl_addrmodule(dwfl, x->sites[i].rip);
		if (mod)
			fill(mod, &x->sites[i]);
	}
	dwfl_end(dwfl);
}
