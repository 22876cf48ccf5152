// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: IN from an I/O port, or OUT to the one for POST codes.
 *
 * Port I/O exits unless the hypervisor's bitmap passes the port through (SDM
 * vol. 3C, "I/O-Bitmap Addresses"; APM vol. 2, "IOIO Intercept").  The figures
 * differ by who answers: KVM itself has the PIC and the PIT where it has the
 * whole interrupt controller (Linux, arch/x86/kvm/i8259.c and i8254.c), the
 * other ports are those of the VMM in user space, who may also find that the
 * port is nobody's.
 */
#include <linux/i8253.h>
#include <linux/ioport.h>
#include <asm/cpufeature.h>
#include <asm/i8259.h>
#ifdef CONFIG_ACPI
#include <linux/acpi.h>
#endif

#include "guard.h"

#define PIC_MASK 0x21
#define PIT_COUNTER 0x40
#define POST_CODE 0x80

static void in8(struct vb_run *r, u64 n, u16 port)
{
	VB_LOOP(n, asm goto(VB_GUARD("inb %%dx, %%al")
			    :
			    : "d"(port)
			    : "rax", "memory"
			    : fault));
	return;
fault:
	vb_faulted(r);
}

/*
 * Whether it reads as all ones, as a port does that nobody answers for.  There are
 * always @n readings, because a counter gives its bytes in turn.
 */
static bool silent(u16 port, int n)
{
	bool ones = true;

	while (n--)
		ones &= inb(port) == 0xff;
	return ones;
}

static void probe_pic(struct vb_run *r)
{
	if (!nr_legacy_irqs())
		vb_why(r, "this machine has no PIC");
	vb_try(r, "IN from port 0x21");
}

/* The mask of interrupts: reading has no effect. */
static void run_pic(struct vb_run *r, u64 n)
{
	in8(r, n, PIC_MASK);
}

const struct vb_op vb_op_pio_pic = {
	.probe = probe_pic,
	.run = run_pic,
	.access = LOCKDOWN_IOPORT,
};

/*
 * The counter's two bytes come in turn, so it has to be read an even number of
 * times, with the lock that Linux's own readers take.  The last of them may be no
 * operation, so it comes after the batch.
 */
static bool pit_odd;

static void lock_pit(struct vb_run *r) __acquires(&i8253_lock)
{
	raw_spin_lock(&i8253_lock);
	pit_odd = false;
}

static void run_pit(struct vb_run *r, u64 n)
{
	in8(r, n, PIT_COUNTER);
	pit_odd = n % 2;
}

static void unlock_pit(struct vb_run *r) __releases(&i8253_lock)
{
	if (pit_odd && !r->outcome)
		in8(r, 1, PIT_COUNTER);
	raw_spin_unlock(&i8253_lock);
}

static void probe_pit(struct vb_run *r)
{
	unsigned long flags;
	bool none;

	vb_try(r, "IN from port 0x40");
	if (r->outcome)
		return;
	raw_spin_lock_irqsave(&i8253_lock, flags);
	none = silent(PIT_COUNTER, 4);
	raw_spin_unlock_irqrestore(&i8253_lock, flags);
	if (none)
		vb_why(r, "this machine has no PIT");
}

const struct vb_op vb_op_pio_pit = {
	.probe = probe_pit,
	.before = lock_pit,
	.run = run_pit,
	.after = unlock_pit,
	.access = LOCKDOWN_IOPORT,
};

static void probe_post(struct vb_run *r)
{
	vb_try(r, "OUT to port 0x80");
}

/* Linux itself writes there, to wait (arch/x86/kernel/io_delay.c). */
static void run_post(struct vb_run *r, u64 n)
{
	VB_LOOP(n, asm goto(VB_GUARD("outb %%al, $0x80")
			    :
			    : "a"(0)
			    : "memory"
			    : fault));
	return;
fault:
	vb_faulted(r);
}

const struct vb_op vb_op_pio_post = {
	.probe = probe_post,
	.run = run_post,
	.access = LOCKDOWN_IOPORT,
};

#ifdef CONFIG_ACPI
static u16 acpi_timer(void)
{
	const struct acpi_generic_address *x = &acpi_gbl_FADT.xpm_timer_block;

	if (acpi_disabled || acpi_gbl_FADT.pm_timer_length != 4)
		return 0;
	if (x->address && x->space_id == ACPI_ADR_SPACE_SYSTEM_IO)
		return x->address;
	return x->address ? 0 : acpi_gbl_FADT.pm_timer_block;
}
#else
static u16 acpi_timer(void)
{
	return 0;
}
#endif

static void probe_acpi_timer(struct vb_run *r)
{
	if (!acpi_timer())
		vb_why(r, "ACPI lists no power management timer");
	vb_try(r, "IN from the ACPI timer");
}

static void run_acpi_timer(struct vb_run *r, u64 n)
{
	u16 port = acpi_timer();

	VB_LOOP(n, asm goto(VB_GUARD("inl %%dx, %%eax")
			    :
			    : "d"(port)
			    : "rax", "memory"
			    : fault));
	return;
fault:
	vb_faulted(r);
}

const struct vb_op vb_op_pio_acpi_timer = {
	.probe = probe_acpi_timer,
	.run = run_acpi_timer,
	.access = LOCKDOWN_IOPORT,
};

/* Linux reads this clock by one IN, too (drivers/clocksource/acpi_pm.c). */
const struct vb_op vb_op_clock_pm = {
	.probe = probe_acpi_timer,
	.run = run_acpi_timer,
	.access = LOCKDOWN_IOPORT,
};
