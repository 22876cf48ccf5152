# SPDX-License-Identifier: GPL-2.0-only
#
# make help says what there is.  V=1 shows the commands, W=1 makes warnings
# errors, SAN=1 builds with ASan and UBSan into a build folder of its own.

# What deps installs decides what is built: only another make sees it, in "make deps
# all" as in demo.
ifneq ($(and $(filter %deps,$(MAKECMDGOALS)),$(filter-out %deps,$(MAKECMDGOALS))),)
.NOTPARALLEL:
.PHONY: $(MAKECMDGOALS)
$(MAKECMDGOALS):
	@$(MAKE) --no-print-directory $@
else

PREFIX ?= /usr/local
DESTDIR ?=
BUILD ?= build$(if $(SAN),-san)
CC ?= cc
OBJCOPY ?= objcopy
PKG_CONFIG ?= pkg-config

VERSION := 1.0-dev
# A folder of bench/ with at least one .c file in it.
BENCH_GROUPS := $(sort $(patsubst bench/%/,%,$(dir $(wildcard bench/*/*.c))))

# Under sudo, in a checkout of the user who called it, only the goals listed here
# run as root: what root builds, that user's next make could not write.
ROOT_GOALS := guest-deps deps check-deps demo check check-full check-debug check-soak tests install uninstall clean
ifneq ($(and $(SUDO_UID),$(filter 0,$(shell id -u)),$(filter $(SUDO_UID),$(shell stat -c %u .))),)
# setpriv --init-groups needs the user's entry in /etc/passwd.
OWNER_GROUPS := $(if $(shell id $(SUDO_UID) 2>/dev/null),--init-groups,--clear-groups)
SHELL := $(shell command -v setpriv)
.SHELLFLAGS := --reuid=$(SUDO_UID) --regid=$(SUDO_GID) $(OWNER_GROUPS) --inh-caps=-all \
	-- /bin/sh -c
$(ROOT_GOALS): private SHELL = /bin/sh
$(ROOT_GOALS): private .SHELLFLAGS = -c
endif

# As the kernel: an unused parameter is a callback's, and what an initialiser
# leaves out is zero.
WARN := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes \
	-Wformat=2 -Wno-format-nonliteral \
	-Wno-unused-parameter -Wno-missing-field-initializers $(if $(W),-Werror)
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -Ibench -I$(BUILD) \
	$(if $(SAN),-fsanitize=address$(comma)undefined -fno-omit-frame-pointer) \
	-DVBENCH_VERSION='"$(VERSION)"' -DVBENCH_PREFIX='"$(PREFIX)"' \
	-DVBENCH_GROUPS='$(foreach g,$(BENCH_GROUPS),X($(g)))'
comma := ,

# Only looked for when something is built that needs them.
HOST_PKGS := jansson
HOST_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(HOST_PKGS))
HOST_LIBS = $(shell $(PKG_CONFIG) --libs $(HOST_PKGS)) -lm

include bpf/bpf.mk

BENCH_SRC := $(sort $(wildcard bench/*.c bench/*/*.c))
USER_SRC := $(filter-out $(NO_TRACE_SRC),$(sort $(wildcard user/*.c)))
GUEST_SRC := $(sort $(wildcard guest/*.c))

# The host's copies and the guest's are compiled alike but linked apart: the
# guest's are static and never instrumented.
host = $(patsubst %.c,$(BUILD)/host/%.o,$(1))
guest = $(patsubst %.c,$(BUILD)/guest/%.o,$(1))

ifeq ($(V),)
Q := @
say = @printf '  %-7s %s\n' $(1) $(2)
else
Q :=
say = @:
endif

.DEFAULT_GOAL := all
# A recipe of several steps leaves no target if one of them fails.
.DELETE_ON_ERROR:
all: vbench virtclient rootfs ## build everything (no root needed)

include rootfs/rootfs.mk
include selftests/selftests.mk

# The benchmarks' client functions are linked into the server as well, never
# called there; the client's half of their interface comes along for that.
vbench: $(call host,$(USER_SRC) $(BENCH_SRC) guest/worker.c guest/counters.c guest/place.c guest/facts.c \
		rootfs/hostinit/link.c) $(BUILD)/sources
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(HOST_LIBS)

# Named so that one of another kind can be built beside it.
CLIENT ?= virtclient
$(CLIENT): $(call guest,$(GUEST_SRC) $(BENCH_SRC)) $(BUILD)/sources
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -fno-sanitize=all $(LDFLAGS) -static -o $@ $(filter %.o,$^) -lm -lpthread

# The folder below bench/ is the benchmark's group.
group = $(patsubst %/,%,$(dir $(patsubst bench/%,%,$(1))))
# A should_not_run() of two arguments, as virtbench's had in 2011 (virtbench.h): where
# a function looks like one, the compiler is asked.
without_comments = sed 's,//.*,,' $(1) | tr -d ' \t\n' | \
	sed 's,/[*][^*]*[*][*]*\([^/*][^*]*[*][*]*\)*/,,g'
two_arguments := '[(][^,()]*[^,]*,(const)?structbenchmark[*][A-Za-z0-9_]*[)]'
takes_one = $(CC) $(ALL_CFLAGS) -DVBENCH_GROUP=any $(types_agree) -fsyntax-only $(1)
types_agree := -Werror=incompatible-pointer-types
asks = $(shell $(without_comments) | grep -Eq $(two_arguments) && \
	! $(takes_one) 2> /dev/null && echo -DVBENCH_ASKS_PLATFORM)
defines_gnu = $(shell grep -q '^[ \t]*\#[ \t]*define[ \t]*_GNU_SOURCE' $(1) && echo -U_GNU_SOURCE)
bench_flags = -DVBENCH_GROUP=$(call group,$(1)) $(if $(filter bench/%,$(1)),$(call asks,$(1)) \
	$(defines_gnu) $(types_agree)) $(no_lto)
# A benchmark's file owns its names: those of another group's may be the same.
# Only exec_test() is called from elsewhere (virtbench.h), and __x86*, the compiler's
# thunks, are in all files alike, of which the linker keeps one.  Objects of LTO have no
# symbols yet.
benchmark_files := $(wildcard bench/*/*.c)
own_names = $(if $(filter $(benchmark_files),$<),$(Q)$(OBJCOPY) --wildcard \
	--keep-global-symbol=exec_test --keep-global-symbol='__x86*' $@)
no_lto = $(if $(filter $(benchmark_files),$(1)),-fno-lto)
$(BUILD)/host/%.o: %.c | need-cc $(addprefix need-library-,$(HOST_PKGS))
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(HOST_CFLAGS) $(call bench_flags,$<) -MMD -MP -c -o $@ $<
	$(own_names)

$(BUILD)/guest/%.o: %.c | need-cc
	$(call say,CC,"$< (guest)")
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -fno-sanitize=all $(call bench_flags,$<) -MMD -MP -c -o $@ $<
	$(own_names)

# On a new machine, the remedy comes instead of make's own words on a missing program.
REMEDY := (sudo make deps installs what vbench needs)
need-cc:
	@command -v $(firstword $(CC)) > /dev/null || { \
		echo 'vbench: no C compiler "$(firstword $(CC))" $(REMEDY)' >&2; exit 1; }
need-pkg-config:
	@command -v $(firstword $(PKG_CONFIG)) > /dev/null || { \
		echo 'vbench: no "$(firstword $(PKG_CONFIG))" $(REMEDY)' >&2; exit 1; }
need-library-%: | need-pkg-config
	@$(PKG_CONFIG) --exists $* || { echo 'vbench: $(firstword $(PKG_CONFIG)) does not' \
		'find $* $(REMEDY)' >&2; exit 1; }
.PHONY: need-cc need-pkg-config

# Compiled anew when a folder of bench/ comes or goes.
$(BUILD)/host/bench/registry.o $(BUILD)/guest/bench/registry.o: $(BUILD)/groups
$(BUILD)/groups: FORCE
	@mkdir -p $(@D)
	@echo '$(BENCH_GROUPS)' | cmp -s - $@ || echo '$(BENCH_GROUPS)' > $@
# No remaining file is newer when one is removed, so programs depend on the list.
$(BUILD)/sources: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(BENCH_SRC) $(USER_SRC) $(GUEST_SRC) $(HOSTINIT_SRC) > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
FORCE:

help: ## show this
	@echo 'vbench $(VERSION): virtualization microbenchmarks'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' \
		$(MAKEFILE_LIST)
	@echo
	@echo '  V=1 shows the commands, W=1 makes warnings errors, SAN=1 builds'
	@echo '  with ASan and UBSan, TRACE= without --trace; PREFIX=, DESTDIR= for'
	@echo '  install.'

# In makes of their own, as above.  No emulated host is needed here, whose QEMU takes
# minutes to build.
demo: ## compare this machine with four guests (as root)
	@$(MAKE) --no-print-directory guest-deps
	@$(MAKE) --no-print-directory all
	@user/demo.sh

DATADIR = $(DESTDIR)$(PREFIX)/lib/vbench
MANDIR = $(DESTDIR)$(PREFIX)/share/man

# What users add or edit there is theirs.
settings_are_ours = cmp -s "$(DATADIR)/SETTINGS" "$(DATADIR)/.SETTINGS.installed"

# The guests' kernel, an emulated host's and its QEMU come along where make deps
# has fetched them; else SETTINGS names the user's own.  Modes are set, not left to
# the umask: root executes this.  A QEMU that make deps has taken away goes here, too.
install: all ## install to PREFIX below DESTDIR
	install -d -m 755 "$(DESTDIR)$(PREFIX)/bin" "$(DATADIR)/rootfs" \
		"$(MANDIR)/man1"
	install -m 755 vbench "$(DESTDIR)$(PREFIX)/bin/"
	install -m 755 virtclient "$(DATADIR)/"
	@if [ ! -e "$(DATADIR)/SETTINGS" ] || $(settings_are_ours); then \
		install -m 644 SETTINGS "$(DATADIR)/"; \
		install -m 644 SETTINGS "$(DATADIR)/.SETTINGS.installed"; \
	else \
		install -m 644 SETTINGS "$(DATADIR)/SETTINGS.new"; \
		echo "kept the edited $(DATADIR)/SETTINGS: see SETTINGS.new beside it"; \
	fi
	install -m 755 rootfs/mkinitramfs rootfs/host-init rootfs/host-rights.sh \
		"$(DATADIR)/rootfs/"
	install -m 644 rootfs/root.ext3 "$(DATADIR)/rootfs/"
	cp -R backends "$(DATADIR)/"
	rm -rf "$(DATADIR)/host-qemu"
	for k in kernel host-kernel host-qemu; do \
		[ -d build/$$k ] || continue; \
		rm -rf "$(DATADIR)/$$k"; \
		install -d -m 755 "$(DATADIR)/$$k" && \
		cp -R build/$$k/. "$(DATADIR)/$$k/" || exit; done
	chmod -R u=rwX,go=rX "$(DATADIR)"
	install -m 644 Documentation/vbench.1 "$(MANDIR)/man1/"

uninstall: ## remove what install put below PREFIX
	rm -f "$(DESTDIR)$(PREFIX)/bin/vbench" "$(MANDIR)/man1/vbench.1"
	@if [ ! -d "$(DATADIR)" ]; then \
		echo "nothing is installed in $(DATADIR)"; exit; fi; \
	! $(settings_are_ours) || rm -f "$(DATADIR)/SETTINGS"; \
	(cd "$(DATADIR)" && rm -rf rootfs kernel host-kernel host-qemu virtclient \
		SETTINGS.new .SETTINGS.installed $(wildcard backends/*)) || exit; \
	rmdir "$(DATADIR)/backends" "$(DATADIR)" 2> /dev/null || \
		echo "kept files that were added or edited in $(DATADIR)"

clean: ## remove what make built, but keep what deps downloaded
	rm -rf build/host build/guest build/groups build/sources build/trace-config \
		build/exits.* build/kmod build/demo build/soak build/check-full build-san \
		vbench virtclient rootfs/mkinitramfs rootfs/host-init rootfs/root.ext3
	@$(MAKE) --no-print-directory -s -C kmod clean

.PHONY: all help demo install uninstall clean FORCE

-include $(shell find $(BUILD)/host $(BUILD)/guest -name '*.d' 2>/dev/null)

endif
