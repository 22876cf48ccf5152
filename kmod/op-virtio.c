// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a notification to a virtio device about a queue with nothing new,
 * as its driver would send it; or a read of one of the device's registers.
 *
 * The notification is a write to memory or to a port (virtio specification,
 * "Available Buffer Notifications") at which a hypervisor can stop early: KVM
 * wakes the receiver by an eventfd, and goes on with the guest (Linux,
 * Documentation/virt/kvm/api.rst, KVM_IOEVENTFD).  A device has to expect
 * notifications for nothing, since drivers race with it.  The register is the
 * device's status, which the VMM in user space answers for.
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>

#include "guard.h"

/* Better ones have a queue that is rarely used, so nothing is woken by it. */
static int liking(const struct virtio_device *vdev)
{
	switch (vdev->id.device) {
	case VIRTIO_ID_RNG:
		return 4;
	case VIRTIO_ID_BALLOON:
		return 3;
	case VIRTIO_ID_CONSOLE:
		return 2;
	case VIRTIO_ID_NET:
		return 1;
	}
	return 0;
}

/* Of those with a driver.  Keeps the best so far, with a reference. */
static int compare(struct device *dev, void *best)
{
	struct device **so_far = best;

	if (!dev->bus || strcmp(dev->bus->name, "virtio") || !dev->driver)
		return 0;
	if (*so_far &&
	    liking(dev_to_virtio(dev)) <= liking(dev_to_virtio(*so_far)))
		return 0;
	put_device(*so_far);
	*so_far = get_device(dev);
	return 0;
}

/* Virtio's own bus is not to be had, so below those of its transports. */
static int compare_children(struct device *parent, void *best)
{
	return device_for_each_child(parent, best, compare);
}

static struct device *find_device(void)
{
	struct device *best = NULL;

#ifdef CONFIG_PCI
	bus_for_each_dev(&pci_bus_type, NULL, &best, compare_children);
#endif
	bus_for_each_dev(&platform_bus_type, NULL, &best, compare_children);
	return best;
}

/*
 * While it is locked its driver stays, and so do its queues.  Only tried, for
 * drivers take cpus_read_lock() inside that lock, and here it is outside.
 */
static struct virtio_device *lock_device(struct vb_run *r)
{
	struct device *dev = find_device();

	if (!dev)
		vb_why(r, "no virtio device that has a driver");
	else if (device_trylock(dev))
		return dev_to_virtio(dev);
	else
		vb_why(r, "the virtio device %s is busy", dev_name(dev));
	put_device(dev);
	return NULL;
}

static int setup_device(struct vb_run *r)
{
	struct virtio_device *vdev = lock_device(r);

	r->private = vdev;
	if (vdev && (!vdev->dev.driver || list_empty(&vdev->vqs)))
		vb_why(r, "the virtio device %s has no driver",
		       dev_name(&vdev->dev));
	return 0;
}

static void unlock_device(struct vb_run *r)
{
	struct virtio_device *vdev = r->private;

	if (!vdev)
		return;
	device_unlock(&vdev->dev);
	put_device(&vdev->dev);
}

static void probe_device(struct vb_run *r)
{
	vb_try(r, "the virtio device");
}

static void run_status(struct vb_run *r, u64 n)
{
	struct virtio_device *vdev = r->private;
	u8 (*get_status)(struct virtio_device *) = vdev->config->get_status;

	VB_LOOP(n, get_status(vdev));
}

const struct vb_op vb_op_virtio_status = {
	.probe = probe_device,
	.setup = setup_device,
	.run = run_status,
	.teardown = unlock_device,
};

/* Looked up, for virtio may be a module that is not there. */
static bool (*notify)(struct virtqueue *vq);

/* The last queue: with several, it is the one for control or statistics. */
static struct virtqueue *queue_of(const struct virtio_device *vdev)
{
	return list_last_entry(&vdev->vqs, struct virtqueue, list);
}

static int setup_kick(struct vb_run *r)
{
	notify = symbol_get(virtqueue_notify);
	if (!notify) {
		vb_why(r, "the kernel has no virtio");
		return 0;
	}
	setup_device(r);
	if (!r->outcome && !notify(queue_of(r->private)))
		vb_why(r, "the virtio device is broken");
	return 0;
}

static void run_kick(struct vb_run *r, u64 n)
{
	struct virtqueue *vq = queue_of(r->private);

	VB_LOOP(n, notify(vq));
}

static void end_kick(struct vb_run *r)
{
	unlock_device(r);
	if (notify)
		symbol_put(virtqueue_notify);
}

const struct vb_op vb_op_virtio_kick = {
	.probe = probe_device,
	.setup = setup_kick,
	.run = run_kick,
	.teardown = end_kick,
};
