# SPDX-License-Identifier: GPL-2.0-only
# How tests are built and run.

# Of a file that is not built there is nothing to test.
UNIT_SRC := $(filter-out $(patsubst user/%,selftests/unit/test-%,$(NO_TRACE_SRC)),\
	$(sort $(wildcard selftests/unit/test-*.c)))
UNIT_TESTS := $(patsubst %.c,$(BUILD)/host/%,$(UNIT_SRC))
UNIT_CFLAGS = $(shell $(PKG_CONFIG) --cflags cmocka)
UNIT_LIBS = $(shell $(PKG_CONFIG) --libs cmocka)

$(UNIT_TESTS): %: %.o $(BUILD)/sources
	$(call say,LD,$(@F))
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(HOST_LIBS) $(UNIT_LIBS)

# What each of them tests: it is linked with nothing else.
unit_of = $(BUILD)/host/selftests/unit/test-$(1)
RESULT_SRC := user/result.c user/result-names.c user/result-summary.c \
	user/result-sound.c user/result-tag.c user/text-clean.c user/stats.c \
	user/exits.c

$(foreach t,stats stats-floor stats-grain,$(call unit_of,$(t))): $(call host,user/stats.c)
$(call unit_of,tag): $(call host,$(RESULT_SRC))
$(call unit_of,exits): $(call host,user/exits.c user/trace-names.c)
$(call unit_of,expect): $(call host,user/exits-expect.c $(BENCH_SRC) \
	guest/worker.c guest/counters.c guest/place.c guest/facts.c)
# All but main(), and the file that the test includes.
server_without = $(filter-out user/main.c $(1),$(USER_SRC)) $(BENCH_SRC) \
	guest/worker.c guest/counters.c guest/place.c rootfs/hostinit/link.c
$(call unit_of,suspend): $(call host,user/active.c user/procfs.c)
$(call unit_of,runner): $(call host,$(call server_without,user/runner.c) guest/facts.c)
$(call unit_of,trace-pass): $(call host,$(call server_without,user/trace-pass.c) guest/facts.c)
$(call unit_of,join): $(call host,$(call server_without,user/bringup.c) guest/kallsyms.c)
$(call unit_of,clock): $(call host,bench/clock.c)
$(call unit_of,bpf): $(call host,user/trace-memory.c)
$(call unit_of,trace): $(call host,user/trace-memory.c user/trace-tier.c \
	user/trace-check.c)
$(call unit_of,trace-load): $(call host,user/trace-load.c user/trace-names.c \
	user/trace-tier.c)
$(call unit_of,trace-offer): $(call host,user/trace-offer.c)
$(call unit_of,clockcheck): $(call host,user/clockcheck.c)
$(call unit_of,result): $(call host,$(RESULT_SRC))
$(call unit_of,plan): $(call host,user/plan.c)
$(call unit_of,format): $(call host,user/format.c)
$(call unit_of,protocol): $(call host,bench/protocol.c)
$(call unit_of,channel): $(call host,bench/channel.c bench/protocol.c)
$(foreach t,report-json report-json-read report-csv report-ktap report-text \
	distribution,\
	$(call unit_of,$(t))): $(call host,$(RESULT_SRC) \
	selftests/unit/reports.c user/distribution.c user/format.c \
	user/table.c user/wrap.c $(wildcard user/report-*.c))
$(call unit_of,say): $(call host,user/wrap.c user/text-clean.c)
$(call unit_of,select): $(call host,user/select.c user/suggest.c)
$(call unit_of,boot): $(call host,bench/boot.c bench/topology.c)
$(call unit_of,link): $(call host,rootfs/hostinit/link.c)
$(call unit_of,tail): $(call host,user/tail.c user/text-clean.c)
$(call unit_of,tree): $(call host,user/tree.c user/say.c user/text-clean.c user/wrap.c)
$(call unit_of,outfile): $(call host,user/outfile-same.c user/rescue.c user/caller.c)
$(call unit_of,rundir): $(call host,user/tree.c user/say.c user/text-clean.c user/wrap.c)
$(call unit_of,loopback): $(call host,user/loopback.c)
$(call unit_of,trace-kernel): $(call host,user/trace-kernel.c)
$(call unit_of,available): $(call host,bench/available.c)
$(call unit_of,hint): $(call host,user/hint.c)
$(call unit_of,settings-value): $(call host,user/settings-value.c)
$(call unit_of,settings-record): $(call host,user/settings-record.c)
$(call unit_of,cpulist): $(call host,user/cpulist.c)
$(call unit_of,placement): $(call host,user/placement.c user/procfs.c user/hostsched.c \
	user/cpulist.c user/machine.c user/say.c user/text-clean.c user/wrap.c bench/cpus.c)
$(call unit_of,script): $(call host,user/script.c user/active.c bench/cpus.c bench/fds.c user/tail.c \
	user/text-clean.c)

# UBSan would only complain and go on.
unit: $(UNIT_TESTS) ## run the unit tests
	$(Q)CMOCKA_MESSAGE_OUTPUT=TAP LC_ALL=C \
		UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
		prove -e '' $(UNIT_TESTS)

.PHONY: unit

# Each is process 1 of a guest of its own: virtclient with another main().
KMOD_TESTS := $(patsubst %,$(BUILD)/guest/selftests/kmod/%,abi fuzz)
$(KMOD_TESTS): %: %.o $(BUILD)/guest/selftests/kmod/guest.o \
		$(call guest,$(filter-out guest/main.c,$(GUEST_SRC)) $(BENCH_SRC)) \
		$(BUILD)/sources
	$(call say,LD,$(@F))
	$(Q)$(CC) $(ALL_CFLAGS) -fno-sanitize=all $(LDFLAGS) -static -o $@ $(filter %.o,$^) -lm -lpthread
$(BUILD)/guest/selftests/kmod/abi: $(patsubst %,$(BUILD)/guest/selftests/kmod/%.o,access hotplug)
$(BUILD)/guest/selftests/kmod/fuzz: $(BUILD)/guest/selftests/kmod/reload.o

# Every script here is a test, but what they source.
TESTS := $(sort $(filter-out selftests/lib.sh,$(wildcard selftests/*.sh)))

# TAP 14 is what KTAP descends from: prove takes both.
tests: all $(UNIT_TESTS) $(KMOD_TESTS)
	$(Q)CMOCKA_MESSAGE_OUTPUT=TAP UBSAN_OPTIONS=halt_on_error=1 \
		selftests/prove.pl prove --timer -e '' $(UNIT_TESTS) $(TESTS)

# Debian's adduser gives home folders mode 0700.
others_enter = [ "$$(id -u)" -ne 0 ] || setpriv --reuid=65534 --regid=65534 \
	--clear-groups test -e '$(CURDIR)/Makefile'
check: ## install what is missing, build, run every test (as root)
	@$(others_enter) || { echo 'vbench: the tests run vbench as another user, too, who' \
		'cannot reach $(CURDIR): open the folders above it (chmod a+x), or check a' \
		'clone elsewhere' >&2; exit 1; }
	@$(MAKE) --no-print-directory check-deps
	@$(MAKE) --no-print-directory W=1 all
	@$(MAKE) --no-print-directory W=1 SAN=1 unit
	@$(MAKE) --no-print-directory W=1 tests

# Whether emulated hosts still die now and then.
check-soak: all ## run the tests with emulated hosts RUNS times (10); LOAD=1 adds load
	@selftests/perf/soak.sh

# Every benchmark in four guests of KVM, in an emulated host; then those, too, that
# need two CPUs in one guest.
check-full: check ## check, and the whole suite on KVM in an emulated host
	@mkdir -p build/check-full
	./vbench kvm --emulated-host --rough --json=build/check-full/kvm.json
	VCPUS=2 ./vbench kvm --emulated-host --rough --json=build/check-full/kvm-2.json
	@. rootfs/deps/lib.sh && give_back build/check-full

# Too long for CI (an hour): four suites' kernels are fetched (3.5 GB) and booted.
check-kernels: all $(KMOD_TESTS) ## test module and tracer on Debian's newest kernels
	@selftests/kernels/check.sh

# Too long for CI as well: the kernel is built first.
check-debug: all $(KMOD_TESTS) ## test the module under a kernel with KASAN and lockdep
	@selftests/debug/build.sh build/debug-kernel
	@prove --timer -e '' selftests/debug/run.sh :: build/debug-kernel

.PHONY: tests check check-full check-kernels check-debug check-soak
