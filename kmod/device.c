// SPDX-License-Identifier: GPL-2.0-only
/* /dev/vbench: the ioctls of vbench.h. */
#include <linux/build_bug.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>
#include <asm/tsc.h>

#include "vb.h"

/* The first version, for ever, of 32-bit programs too. */
static_assert(offsetofend(struct vbench_info, version) == 72);
static_assert(offsetofend(struct vbench_op, why) == 320);
static_assert(offsetofend(struct vbench_run, why) == 184);
static_assert(offsetofend(struct vbench_hook, migrated) == 72);
static_assert(offsetofend(struct vbench_mark, begin) == 16);
static_assert(sizeof(struct vbench_sample) == 16);
static_assert(sizeof(struct vbench_ring) == 16);

struct vb_file {
	struct vb_ring *ring;
	struct vb_hooks *hooks;
};

union request {
	u32 size;
	struct vbench_info info;
	struct vbench_op op;
	struct vbench_run run;
	struct vbench_hook hook;
	struct vbench_mark mark;
};

static long do_info(struct vb_file *vf, union request *q)
{
	q->info = (struct vbench_info){
		.size = q->info.size,
		.abi = VBENCH_ABI,
		.nops = vb_nops,
		.ring_samples = VB_RING_ENTRIES,
		.tsc_khz = tsc_khz,
		.max_batches = VB_BATCHES_MAX,
		.max_limit_ns = VB_LIMIT_MAX_NS,
		.version = VB_VERSION,
	};
	if (boot_cpu_has(X86_FEATURE_CONSTANT_TSC))
		q->info.caps |= VBENCH_CAP_CONSTANT_TSC;
	if (vb_can_count)
		q->info.caps |= VBENCH_CAP_PMU;
	if (vb_mark_possible(VBENCH_MARK_HYPERCALL))
		q->info.caps |= VBENCH_CAP_HYPERCALL;
	return 0;
}

static long do_op(struct vb_file *vf, union request *q)
{
	const struct vb_row *row;

	if (q->op.index >= vb_nops || q->op.ask & ~VBENCH_ASK_NAME_ONLY)
		return -EINVAL;
	row = &vb_table[array_index_nospec(q->op.index, vb_nops)];
	q->op.flags = row->flags;
	strscpy_pad(q->op.name, row->name, sizeof(q->op.name));
	strscpy_pad(q->op.title, row->title, sizeof(q->op.title));
	strscpy_pad(q->op.unit, "ticks", sizeof(q->op.unit));
	memset(q->op.why, 0, sizeof(q->op.why));
	if (q->op.ask & VBENCH_ASK_NAME_ONLY)
		return 0;
	return vb_ask(row, q->op.why);
}

static long do_run(struct vb_file *vf, union request *q)
{
	if (q->run.op >= vb_nops)
		return -EINVAL;
	return vb_run(&vb_table[array_index_nospec(q->run.op, vb_nops)],
		      vf->ring, &q->run);
}

static long do_begin(struct vb_file *vf, union request *q)
{
	return vb_hooks_begin(vf->hooks, &q->hook);
}

static long do_end(struct vb_file *vf, union request *q)
{
	return vb_hooks_end(vf->hooks, &q->hook);
}

static long do_mark(struct vb_file *vf, union request *q)
{
	const struct vbench_mark *m = &q->mark;

	if (m->begin > 1 || m->window & 1 || m->how == VBENCH_MARK_NONE ||
	    m->how > VBENCH_MARK_HYPERCALL)
		return -EINVAL;
	if (!vb_mark_possible(m->how))
		return -EOPNOTSUPP;
	vb_mark(m->how, m->window | m->begin);
	return 0;
}

#define COMMAND(cmd, type, last, func)          \
	[_IOC_NR(cmd)] = { sizeof(struct type), \
			   offsetofend(struct type, last), func }

/*
 * By number: the size is what the struct itself says, not the command's.  Named
 * is the last member of the struct's first version.
 */
static const struct {
	size_t known, least;
	long (*call)(struct vb_file *vf, union request *q);
} commands[] = {
	COMMAND(VBENCH_INFO, vbench_info, version, do_info),
	COMMAND(VBENCH_OP, vbench_op, why, do_op),
	COMMAND(VBENCH_RUN, vbench_run, why, do_run),
	COMMAND(VBENCH_BEGIN, vbench_hook, migrated, do_begin),
	COMMAND(VBENCH_END, vbench_hook, migrated, do_end),
	COMMAND(VBENCH_MARK, vbench_mark, begin, do_mark),
};

static long vb_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	unsigned int nr = _IOC_NR(cmd);
	void __user *user = (void __user *)arg;
	union request q = {};
	u32 size;
	long ret;

	if (_IOC_TYPE(cmd) != VBENCH_MAGIC || nr >= ARRAY_SIZE(commands) ||
	    _IOC_DIR(cmd) != (_IOC_READ | _IOC_WRITE))
		return -ENOTTY;
	nr = array_index_nospec(nr, ARRAY_SIZE(commands));
	if (get_user(size, (u32 __user *)user))
		return -EFAULT;
	if (size < commands[nr].least)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(&q, commands[nr].known, user, size);
	if (ret)
		return ret;
	q.size = size;
	ret = commands[nr].call(file->private_data, &q);
	if (ret)
		return ret;
	if (copy_to_user(user, &q, min_t(size_t, size, commands[nr].known)))
		return -EFAULT;
	return 0;
}

/* As /dev/port and /dev/cpu/N/msr have it: root alone is not enough. */
static int vb_open(struct inode *inode, struct file *file)
{
	struct vb_file *vf;

	if (!capable(CAP_SYS_RAWIO))
		return -EPERM;
	vf = kzalloc(sizeof(*vf), GFP_KERNEL);
	if (!vf)
		return -ENOMEM;
	vf->ring = vb_ring_new();
	vf->hooks = vb_hooks_new();
	if (!vf->ring || !vf->hooks)
		goto nomem;
	file->private_data = vf;
	return nonseekable_open(inode, file);
nomem:
	vb_hooks_free(vf->hooks);
	vb_ring_free(vf->ring);
	kfree(vf);
	return -ENOMEM;
}

static int vb_release(struct inode *inode, struct file *file)
{
	struct vb_file *vf = file->private_data;

	vb_hooks_free(vf->hooks);
	vb_ring_free(vf->ring);
	kfree(vf);
	return 0;
}

static int vb_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct vb_file *vf = file->private_data;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	return vb_ring_mmap(vf->ring, vma);
}

static const struct file_operations vb_fops = {
	.owner = THIS_MODULE,
	.open = vb_open,
	.release = vb_release,
	.unlocked_ioctl = vb_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = vb_mmap,
	.llseek = noop_llseek,
};

static struct miscdevice vb_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vbench",
	.fops = &vb_fops,
	.mode = 0600,
};

static int __init vb_init(void)
{
	int ret = vb_crew_init();

	if (ret)
		return ret;
	vb_hooks_init();
	ret = misc_register(&vb_device);
	if (ret)
		vb_crew_exit();
	return ret;
}
module_init(vb_init);

static void __exit vb_exit(void)
{
	misc_deregister(&vb_device);
	vb_crew_exit();
	for (u32 i = 0; i < vb_nops; i++)
		if (vb_table[i].op->unload)
			vb_table[i].op->unload();
}
module_exit(vb_exit);

MODULE_DESCRIPTION("Guest side of the vbench virtualization microbenchmarks");
MODULE_LICENSE("GPL");
MODULE_VERSION(VB_VERSION);
