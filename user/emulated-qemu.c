// SPDX-License-Identifier: GPL-2.0-only
/* QEMU for an emulated host. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emulated-host.h"
#include "say.h"
#include "tsc.h"

#define ARGS_MAX 96
#define TEXT_MAX (PATH_MAX + 256)
/* The chardevs' descriptors in QEMU. */
enum { LINK_FD = 3, CONSOLE_FD, MONITOR_FD, FIRST_FREE_FD };
#define CHARDEVS (FIRST_FREE_FD - LINK_FD)
/* Only lower descriptors are in use here. */
#define FDS_MAX 256

struct args {
	char *argv[ARGS_MAX + 1];
	size_t n;
};

static void add(struct args *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct args *a, const char *fmt, ...)
{
	va_list ap;

	if (a->n == ARGS_MAX)
		return;
	va_start(ap, fmt);
	if (vasprintf(&a->argv[a->n], fmt, ap) < 0)
		a->argv[a->n] = NULL;
	else
		a->n++;
	va_end(ap);
}

static void add_words(struct args *a, const char *words)
{
	size_t len;

	for (; *words; words += len) {
		words += strspn(words, " ");
		len = strcspn(words, " ");
		if (len)
			add(a, "%.*s", (int)len, words);
	}
}

/* Doubles commas, as QEMU's options need. */
static const char *quoted(const char *path, char *buf, size_t size)
{
	size_t n = 0;

	for (; *path && n + 2 < size; path++) {
		if (*path == ',')
			buf[n++] = ',';
		buf[n++] = *path;
	}
	buf[n] = '\0';
	return buf;
}

static void add_share(struct args *a, const char *id, const char *path,
		      const char *how)
{
	char buf[TEXT_MAX];

	add(a, "-fsdev");
	add(a, "local,id=%s,path=%s,security_model=none,multidevs=remap%s", id,
	    quoted(path, buf, sizeof(buf)), how);
	add(a, "-device");
	add(a, "virtio-9p-pci,fsdev=%s,mount_tag=%s", id, id);
}

static void add_machine(struct args *a, const struct emulated_host *h)
{
	add(a, "-machine");
	add(a, "pc");
	add(a, "-accel");
	add(a, "tcg,thread=multi");
	add(a, "-cpu");
	add(a, "%s", h->cpu);
	add(a, "-smp");
	add(a, "%s", h->vcpus);
	add(a, "-m");
	add(a, "%lluM", h->mib);
	add(a, "-nodefaults");
	add(a, "-no-user-config");
	add(a, "-display");
	add(a, "none");
	add(a, "-no-reboot");
}

static void add_devices(struct args *a, const struct emulated_host *h)
{
	char id[32];

	add(a, "-chardev");
	add(a, "socket,id=console,fd=%d", CONSOLE_FD);
	add(a, "-serial");
	add(a, "chardev:console");
	add(a, "-device");
	add(a, "virtio-serial-pci");
	add(a, "-chardev");
	add(a, "socket,id=monitor,fd=%d", MONITOR_FD);
	add(a, "-mon");
	add(a, "chardev=monitor,mode=control");
	add(a, "-chardev");
	add(a, "socket,id=link,fd=%d", LINK_FD);
	add(a, "-device");
	add(a, "virtserialport,chardev=link,name=" LINK_PORT);
	add(a, "-device");
	add(a, "virtio-rng-pci");
	add_share(a, LINK_ROOT_TAG, "/", ",readonly=on");
	for (unsigned int i = 0; i < h->nshares; i++) {
		snprintf(id, sizeof(id), LINK_SHARE_TAG "%u", i);
		add_share(a, id, h->share[i], "");
	}
}

/* tsc=reliable: the emulated TSC is this machine's own, but a kernel that has to wait
 * for a CPU while it checks the TSC calls it unstable.  no_timer_check: an emulator
 * that waits for a CPU delivers no tick, and the kernel would panic if it checked the
 * timer meanwhile (arch/x86/kernel/apic/io_apic.c). */
static void add_kernel(struct args *a, const struct emulated_host *h)
{
	u64 khz = tsc_khz();
	char rate[64] = "";

	if (khz)
		snprintf(rate, sizeof(rate), " tsc_early_khz=%llu",
			 (unsigned long long)khz);
	else
		say_detail(
			"the rate of this machine's TSC is unknown: the emulated host "
			"calibrates its own, and its clock can be wrong");
	add(a, "-kernel");
	add(a, "%s", h->kernel);
	add(a, "-initrd");
	add(a, "%s/initramfs", h->run.path);
	add(a, "-append");
	add(a,
	    "console=ttyS0 panic=-1 tsc=reliable%s no_timer_check cryptomgr.notests %s",
	    rate, h->append);
}

/*
 * Process 1 of a pid namespace must not be QEMU, which would then ignore signals.  So
 * this process stays: when it or QEMU ends, so does the other, and every process that a
 * wrapper started.
 */
static void stay_as_init(void)
{
	pid_t qemu = fork();
	int status = 0;

	if (!qemu)
		return;
	/* If they stayed open, their other ends would not see QEMU's end. */
	for (int fd = 0; fd < FDS_MAX; fd++)
		close(fd);
	while (qemu > 0 && waitpid(-1, &status, 0) != qemu)
		;
	if (qemu < 0)
		_exit(127);
	/* procend_text() expects a shell's status. */
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				    WEXITSTATUS(status));
}

/* In the child: never returns. */
static void become(struct args *a, int (*chardev)[2], int log,
		   const int *fail_ends)
{
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC), fail = fail_ends[1],
	    err;
	struct pollfd parent = { .fd = fail };
	sigset_t none;

	/* QEMU must end with vbench, and must not get Ctrl-C.  If vbench has
	 * ended already, the pipe shows it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(fail_ends[0]);
	if (poll(&parent, 1, 0) > 0 && parent.revents & POLLERR)
		_exit(127);
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	dup2(in, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	fail = fcntl(fail, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	for (int i = 0; i < CHARDEVS; i++)
		chardev[i][1] =
			fcntl(chardev[i][1], F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	for (int i = 0; i < CHARDEVS; i++)
		dup2(chardev[i][1], LINK_FD + i);
	if (getpid() == 1)
		stay_as_init();
	execvp(a->argv[0], a->argv);
	err = errno;
	if (write(fail, &err, sizeof(err)) != sizeof(err))
		_exit(126);
	_exit(127);
}

/* Forks into a new pid namespace if that is allowed, as it is for root. */
static pid_t fork_apart(void)
{
	pid_t pid = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL,
			    NULL);

	return pid < 0 ? fork() : pid;
}

static int start(struct emulated_host *h, struct args *a, int (*chardev)[2])
{
	int fail[2], err = 0, log;
	char path[PATH_MAX];

	emulated_host_path(h, EMULATED_QEMU_LOG, path);
	log = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (log < 0 || pipe2(fail, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	h->pid = fork_apart();
	if (h->pid < 0)
		return -errno;
	if (!h->pid)
		become(a, chardev, log, fail);
	/* The child does this, too, but may be killed before it has. */
	setpgid(h->pid, h->pid);
	close(fail[1]);
	close(log);
	if (read(fail[0], &err, sizeof(err)) != sizeof(err))
		err = 0;
	close(fail[0]);
	h->pidfd = syscall(SYS_pidfd_open, h->pid, 0);
	return h->pidfd < 0 && !err ? -errno : -err;
}

/* Our end of each is [0], and does not block. */
static int make_sockets(int (*chardev)[2])
{
	int err;

	for (int i = 0; i < CHARDEVS; i++) {
		if (!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				chardev[i])) {
			fcntl(chardev[i][0], F_SETFL, O_NONBLOCK);
			continue;
		}
		err = errno;
		while (i--) {
			close(chardev[i][0]);
			close(chardev[i][1]);
		}
		return -err;
	}
	return 0;
}

int emulated_qemu_spawn(struct emulated_host *h)
{
	int chardev[CHARDEVS][2], ret;
	struct args a = { 0 };

	ret = make_sockets(chardev);
	if (ret)
		return ret;
	add_words(&a, h->drop);
	add(&a, "%s", h->qemu);
	add_words(&a, h->sandbox);
	add(&a, "-name");
	add(&a, "vbench-emulated-host,debug-threads=on");
	add_machine(&a, h);
	add_devices(&a, h);
	add_kernel(&a, h);
	ret = start(h, &a, chardev);
	for (int i = 0; i < CHARDEVS; i++)
		close(chardev[i][1]);
	for (size_t i = 0; i < a.n; i++)
		free(a.argv[i]);
	h->console = chardev[CONSOLE_FD - LINK_FD][0];
	h->monitor = chardev[MONITOR_FD - LINK_FD][0];
	return ret ? ret : link_init(&h->link, chardev[0][0]);
}

void emulated_qemu_kill(struct emulated_host *h)
{
	if (h->pid <= 0)
		return;
	/* If QEMU is a wrapper, the real one is in its process group. */
	kill(-h->pid, SIGKILL);
	kill(h->pid, SIGKILL);
	waitpid(h->pid, NULL, 0);
	h->pid = 0;
}
