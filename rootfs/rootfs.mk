# SPDX-License-Identifier: GPL-2.0-only
# The guests' kernel, initramfs maker and root disk.

# A|B: the first that this release has.
KERNEL_PACKAGE ?= linux-image-cloud-amd64|linux-image-virtual
# The module is built for that one too, in a test.
NEWER_HEADERS ?= linux-headers-6.12-cloud-amd64
# With KVM, and what a host has.
HOST_KERNEL_PACKAGE ?= linux-image-amd64|linux-image-generic
# Exits are attributed there too, in a test; where apt has none, it is skipped.
NEWER_HOST_KERNEL_PACKAGE ?= linux-image-6.12-amd64

deps: guest-deps ## guest-deps, and an emulated host's kernel and QEMU, built in 4 minutes
	@rootfs/deps/kernel.sh '$(HOST_KERNEL_PACKAGE)' build/host-kernel
	@rootfs/deps/qemu.sh build/host-qemu

guest-deps: ## install what vbench needs, fetch its guests' kernel (as root)
	@rootfs/deps/packages.sh run
	@rootfs/deps/kernel.sh '$(KERNEL_PACKAGE)' build/kernel
	@rootfs/deps/headers.sh build/kernel build/headers

check-deps: deps ## install and fetch what the tests need in addition (as root)
	@rootfs/deps/packages.sh check
	@rootfs/deps/headers.sh $(NEWER_HEADERS) build/headers-newer
	@rootfs/deps/kernel.sh --optional $(NEWER_HOST_KERNEL_PACKAGE) build/host-kernel-newer

rootfs: rootfs/mkinitramfs rootfs/root.ext3 rootfs/host-init guest-module ## build the guests' images

# Among the modules of the guests' kernel, where mkinitramfs finds it.
guest-module:
	@rootfs/module.sh build/kernel build/headers build/kmod

MKINITRAMFS_SRC := rootfs/mkinitramfs.c rootfs/bzimage.c rootfs/cpio.c \
	rootfs/hostinit/needs.c
rootfs/mkinitramfs: $(MKINITRAMFS_SRC) rootfs/bzimage.h rootfs/cpio.h \
		rootfs/hostinit/needs.h | need-cc need-library-libkmod
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(MKINITRAMFS_SRC) \
		$(shell $(PKG_CONFIG) --cflags --libs libkmod)

HOSTINIT_SRC := $(sort $(wildcard rootfs/hostinit/*.c)) \
	guest/init-modules.c guest/init-power.c
rootfs/host-init: $(call guest,$(HOSTINIT_SRC)) $(BUILD)/sources
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -fno-sanitize=all $(LDFLAGS) -static -o $@ $(filter %.o,$^)

rootfs/root.ext3: rootfs/mkroot.sh virtclient
	$(call say,EXT3,$@)
	$(Q)rootfs/mkroot.sh virtclient $@

.PHONY: guest-deps deps check-deps rootfs guest-module
