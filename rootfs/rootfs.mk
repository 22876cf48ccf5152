# SPDX-License-Identifier: GPL-2.0-only
# The guests' kernel, initramfs maker and root disk.

KERNEL_PACKAGE ?= linux-image-cloud-amd64

deps: ## install missing Debian packages, fetch the guests' kernel (as root)
	@rootfs/deps.sh packages
	@rootfs/deps.sh kernel $(KERNEL_PACKAGE) build/kernel

rootfs: rootfs/mkinitramfs rootfs/root.ext3 ## build the guests' images

MKINITRAMFS_SRC := rootfs/mkinitramfs.c rootfs/bzimage.c rootfs/cpio.c
rootfs/mkinitramfs: $(MKINITRAMFS_SRC) rootfs/bzimage.h rootfs/cpio.h
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(MKINITRAMFS_SRC) \
		$(shell $(PKG_CONFIG) --cflags --libs libkmod)

rootfs/root.ext3: rootfs/mkroot.sh virtclient
	$(call say,EXT3,$@)
	$(Q)rootfs/mkroot.sh virtclient $@

.PHONY: deps rootfs
