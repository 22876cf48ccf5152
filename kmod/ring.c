// SPDX-License-Identifier: GPL-2.0-only
/* The samples' way to the reader.  What the reader writes is never trusted. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "vb.h"

struct vb_ring {
	struct vbench_ring *shared;
	u32 head; /* the true one */
};

struct vb_ring *vb_ring_new(void)
{
	struct vb_ring *ring = kzalloc(sizeof(*ring), GFP_KERNEL);

	if (!ring)
		return NULL;
	ring->shared =
		vmalloc_user(PAGE_ALIGN(VBENCH_RING_BYTES(VB_RING_ENTRIES)));
	if (!ring->shared) {
		kfree(ring);
		return NULL;
	}
	ring->shared->abi = VBENCH_ABI;
	ring->shared->entries = VB_RING_ENTRIES;
	return ring;
}

void vb_ring_free(struct vb_ring *ring)
{
	if (!ring)
		return;
	vfree(ring->shared);
	kfree(ring);
}

int vb_ring_mmap(struct vb_ring *ring, struct vm_area_struct *vma)
{
	return remap_vmalloc_range(vma, ring->shared, vma->vm_pgoff);
}

bool vb_ring_room(struct vb_ring *ring)
{
	u32 used = ring->head - smp_load_acquire(&ring->shared->tail);

	return used < VB_RING_ENTRIES;
}

void vb_ring_put(struct vb_ring *ring, const struct vbench_sample *s)
{
	ring->shared->samples[ring->head % VB_RING_ENTRIES] = *s;
	smp_store_release(&ring->shared->head, ++ring->head);
}
