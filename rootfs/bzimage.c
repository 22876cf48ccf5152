// SPDX-License-Identifier: GPL-2.0-only
/* Offsets: Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header". */
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bzimage.h"

#define HEAD_SIZE 1024
#define HEADER_MAGIC 0x202
#define HEADER_VERSION 0x20e
#define PROTOCOL 0x206
#define PROTOCOL_XLOADFLAGS 0x20c
#define XLOADFLAGS 0x236
#define XLF_KERNEL_64 1
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

static size_t read_head(const char *path, unsigned char *head, size_t size)
{
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(head, 1, size, f) : 0;

	if (f)
		fclose(f);
	return n;
}

static uint16_t word(const unsigned char *p)
{
	return p[0] | p[1] << 8;
}

/* 32 or 64; 0 of any other file. */
static int elf_bits(const unsigned char *head)
{
	if (memcmp(head, "\177ELF", 4))
		return 0;
	return head[4] == 1 ? 32 : 64;
}

bool bzimage_is_32_bit(const char *path)
{
	unsigned char head[HEAD_SIZE] = { 0 };

	read_head(path, head, sizeof(head));
	if (memcmp(head + HEADER_MAGIC, "HdrS", 4))
		return elf_bits(head) == 32;
	return word(head + PROTOCOL) >= PROTOCOL_XLOADFLAGS &&
	       !(word(head + XLOADFLAGS) & XLF_KERNEL_64);
}

bool bzimage_program_is_64_bit(const char *path)
{
	unsigned char head[HEAD_SIZE] = { 0 };

	read_head(path, head, sizeof(head));
	return elf_bits(head) == 64;
}

const char *bzimage_check(const char *path, char *release)
{
	unsigned char head[HEAD_SIZE] = { 0 };
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
