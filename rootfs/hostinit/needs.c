// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>

#include "needs.h"

/* In the order in which the init depends on them. */
const struct host_need host_needs[] = {
	{ NULL, "CONFIG_DEVTMPFS", "devtmpfs", NULL },
	{ NULL, "CONFIG_TMPFS", "tmpfs", NULL },
	{ "virtio_pci", "CONFIG_VIRTIO_PCI", "/sys/bus/pci/drivers/virtio-pci",
	  NULL },
	{ "virtio_console", "CONFIG_VIRTIO_CONSOLE",
	  "/sys/bus/virtio/drivers/virtio_console", NULL },
	{ "9pnet_virtio", "CONFIG_NET_9P_VIRTIO",
	  "/sys/bus/virtio/drivers/9pnet_virtio", NULL },
	{ "9p", "CONFIG_9P_FS", "9p", NULL },
	{ "overlay", "CONFIG_OVERLAY_FS", "overlay", NULL },
	{ "kvm_amd", "CONFIG_KVM_AMD", "/dev/kvm",
	  "the backend kvm cannot run (HOST_CPU= must have SVM, too, and "
	  "real-time kernels want HOST_APPEND=setcpuid=constant_tsc)" },
	{ "tun", "CONFIG_TUN", "/dev/net/tun", "guests have no network" },
	{ "bridge", "CONFIG_BRIDGE", "/sys/module/bridge",
	  "guests have no network" },
	{ "vhost_net", "CONFIG_VHOST_NET", "/dev/vhost-net",
	  "QEMU itself handles the packets" },
	{ "virtio_rng", "CONFIG_HW_RANDOM_VIRTIO", "/dev/hwrng",
	  "random numbers may be slow to arrive" },
	{ NULL, "CONFIG_DEBUG_INFO_BTF", "/sys/kernel/btf/vmlinux",
	  "BPF programs find no types" },
};

const unsigned int nhost_needs = sizeof(host_needs) / sizeof(host_needs[0]);
