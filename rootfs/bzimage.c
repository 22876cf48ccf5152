// SPDX-License-Identifier: GPL-2.0-only
/* Offsets: Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header". */
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bzimage.h"

#define HEADER_MAGIC 0x202
#define HEADER_VERSION 0x20e
#define SETUP_START 0x200
#define ARM64_MAGIC 0x38 /* Documentation/arch/arm64/booting.rst */

static void read_release(FILE *f, const unsigned char *head, char *release)
{
	uint16_t offset;
	size_t n;

	memcpy(&offset, head + HEADER_VERSION, sizeof(offset));
	offset = le16toh(offset);
	if (!offset || fseek(f, SETUP_START + offset, SEEK_SET))
		return;
	n = fread(release, 1, BZIMAGE_RELEASE_MAX - 1, f);
	release[n] = '\0';
	/* "6.1.0-1-amd64 (builder) #1 SMP ..." */
	release[strcspn(release, " ")] = '\0';
}

const char *bzimage_check(const char *path, char *release)
{
	unsigned char head[1024] = { 0 };
	FILE *f = fopen(path, "re");
	size_t n;

	release[0] = '\0';
	if (!f)
		return strerror(errno);
	n = fread(head, 1, sizeof(head), f);
	if (n == sizeof(head) && !memcmp(head + HEADER_MAGIC, "HdrS", 4))
		read_release(f, head, release);
	else if (memcmp(head, "\177ELF", 4) &&
		 memcmp(head + ARM64_MAGIC, "ARM\x64", 4))
		n = 0;
	fclose(f);
	return n ? NULL :
		   "it has neither the header of a bzImage, an ELF file "
		   "nor an arm64 Image";
}
