# SPDX-License-Identifier: GPL-2.0-only
# The BPF programs of --trace.  TRACE= builds without them; so does make itself
# where a tool is missing, and says which.

CLANG ?= clang
BPFTOOL ?= $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool)
TRACE_PKGS := libbpf libdw
# Ubuntu's bpftool is a script that fails without the tools of the running kernel.
TRACE ?= $(shell command -v $(CLANG) > /dev/null && [ -n "$(BPFTOOL)" ] && \
	$(BPFTOOL) version > /dev/null 2>&1 && \
	$(PKG_CONFIG) --exists $(TRACE_PKGS) && echo 1)

BPF_SKEL := $(BUILD)/exits.skel.h
ifneq ($(filter-out 0,$(TRACE)),)
NO_TRACE_SRC := user/trace-none.c
HOST_PKGS += $(TRACE_PKGS)
$(addprefix $(BUILD)/host/user/,trace-bpf.o trace-load.o): $(BPF_SKEL)
else
NO_TRACE_SRC := user/trace-bpf.c user/trace-kernel.c user/trace-load.c \
	user/trace-offer.c user/trace-symbols.c
endif

$(BUILD)/exits.bpf.o: bpf/exits.bpf.c $(wildcard bpf/*.h) bench/marker.h
	$(call say,BPF,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) -g -O2 -target bpf -mcpu=v3 -Wall $(if $(W),-Werror) \
		-idirafter /usr/include/$(shell $(CC) -print-multiarch) \
		-c -o $@ $<

$(BPF_SKEL): $(BUILD)/exits.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name exits_bpf > $@.new && mv $@.new $@

# Linked anew when this changes.
vbench: $(BUILD)/trace-config
$(BUILD)/trace-config: FORCE
	@mkdir -p $(@D)
	@echo '$(NO_TRACE_SRC)' | cmp -s - $@ || { \
		echo '$(NO_TRACE_SRC)' > $@; \
		[ -n '$(filter-out 0,$(TRACE))' ] || \
			echo '  NOTRACE TRACE= is empty, or a tool is missing or fails (make deps)'; }
