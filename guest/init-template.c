// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that is booted once, saved, and resumed as many machines.  What the
 * host's script tells them apart by comes through fw_cfg, whose content is the
 * resuming QEMU's own: "MAC SEED CLIENTID SERVERIP ... end", of a template
 * "wait end".
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/random.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "fwcfg.h"
#include "init.h"

#define IDENTITY "opt/vbench/identity"
#define IDENTITY_MAX 256
#define WORDS_MAX 16
#define SEED_BYTES 32

/* Cached blocks of the disk come from the template's disk. */
static void forget_disk(const char *disk)
{
	int fd = open(disk, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, BLKFLSBUF, 0))
		fprintf(stderr, "virtclient: cannot flush %s: %s\n", disk,
			strerror(errno));
	if (fd >= 0)
		close(fd);
}

/*
 * A machine can be saved in the middle of reading, and goes on with the other
 * content: only what is complete and the same twice is what is there.
 */
static bool read_identity(char *text)
{
	char again[IDENTITY_MAX];
	ssize_t n = fwcfg_read(IDENTITY, text, IDENTITY_MAX);

	return n > 4 && !strcmp(text + n - 4, "end\n") &&
	       fwcfg_read(IDENTITY, again, sizeof(again)) == n &&
	       !strcmp(text, again);
}

static void wait_for_identity(char *text)
{
	struct timespec pause_for = { .tv_nsec = 5 * 1000 * 1000 };

	while (!read_identity(text) || !strncmp(text, "wait ", 5))
		nanosleep(&pause_for, NULL);
}

static void set_mac(const char *ifname, const char *mac)
{
	struct ifreq ifr = { .ifr_hwaddr.sa_family = ARPHRD_ETHER };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned char b[6];

	if (sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &b[0], &b[1], &b[2],
		   &b[3], &b[4], &b[5]) != 6)
		init_die("\"%s\" is not a MAC address", mac);
	memcpy(ifr.ifr_hwaddr.sa_data, b, sizeof(b));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (fd < 0 || ioctl(fd, SIOCSIFHWADDR, &ifr))
		init_die("cannot give %s the address %s: %s", ifname, mac,
			 strerror(errno));
	close(fd);
}

/* Without this, all machines would draw the same random numbers: random(4). */
static void seed_random(const char *hex)
{
	struct {
		struct rand_pool_info head;
		unsigned char bytes[SEED_BYTES];
	} seed = { .head = { SEED_BYTES * 8, SEED_BYTES } };
	int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);

	for (size_t i = 0; i < SEED_BYTES; i++)
		if (sscanf(hex + 2 * i, "%2hhx", &seed.bytes[i]) != 1)
			init_die("\"%s\" is not a seed", hex);
	if (fd < 0 || ioctl(fd, RNDADDENTROPY, &seed) ||
	    ioctl(fd, RNDRESEEDCRNG))
		init_die("cannot seed the random numbers: %s", strerror(errno));
	close(fd);
}

/* argv[0] is kept; "end" becomes the NULL at the end. */
static char **arguments(char *text, int *argc, char *program)
{
	static char *words[WORDS_MAX + 1];
	int n = 0;

	words[n++] = program;
	for (char *w = strtok(text, " \n"); w && n < WORDS_MAX;
	     w = strtok(NULL, " \n"))
		words[n++] = w;
	words[--n] = NULL;
	*argc = n;
	return words;
}

char **init_template(int *argc, char **argv)
{
	static char text[IDENTITY_MAX];
	const char *extif = argv[2];
	char **words;
	int ret;

	init_mounts();
	ret = fwcfg_open();
	if (ret)
		init_die("this machine cannot be a template: no fw_cfg: %s",
			 strerror(-ret));
	forget_disk(init_devices(extif));
	init_await_card(extif);
	/* The host's script waits for this line. */
	fputs("virtclient: ready to be copied\n", stderr);
	wait_for_identity(text);
	words = arguments(text, argc, argv[0]);
	if (*argc < 4)
		init_die("the identity is incomplete");
	set_mac(extif, words[1]);
	seed_random(words[2]);
	setenv(ENV_TEMPLATE, "1", 1);
	words[2] = argv[0];
	*argc -= 2;
	return words + 2;
}
