# nslab: `make` builds build/nslab and uses no network; `make help` lists the rest.
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
BUILD  ?= build
ifeq ($(origin CC),default)
CC     := gcc
endif
PREFIX ?= /usr/local
SHARE  ?= $(PREFIX)/share/nslab

WARNINGS := -Wall -Wextra -Wformat=2 -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
            -Wvla -Wundef -Wwrite-strings -Wpointer-arith -Wcast-qual -Wimplicit-fallthrough -Wdouble-promotion
CFLAGS   ?= -O2 -g
HARDEN   ?= -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
VERSION := $(shell cat VERSION)
override CPPFLAGS += -D_GNU_SOURCE -Iinclude -DNSLAB_VERSION='"$(VERSION)"'
override CFLAGS   += -std=gnu17 -fno-common $(WARNINGS) $(WERROR)
LIBS     := -lreadline -lyaml -ljansson -lcap -lcmark

SANITIZE ?=
ifneq ($(SANITIZE),)
HARDEN   := -fPIE
override CFLAGS  += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=undefined
override LDFLAGS += -fsanitize=$(SANITIZE)
endif
override CFLAGS  += $(HARDEN)
override LDFLAGS += -pie -Wl,-z,relro,-z,now

# `make V=1` shows the commands
ifeq ($(V),)
Q     := @
shown  = @printf '  %-4s %s\n' $(1) $(2)
endif

LIB_SRC  := $(sort $(wildcard src/*/*.c))
LIB_OBJ  := $(LIB_SRC:src/%.c=$(BUILD)/obj/%.o)
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/unit/%)
BENCH_BIN := $(addprefix $(BUILD)/bench/,limit bench whole session course checks grading workbook steps peers plot)

##@ Building
all: $(BUILD)/nslab ## build/nslab (the default)

$(BUILD)/nslab: $(BUILD)/obj/main.o $(BUILD)/libnslab.a
	$(call shown,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/libnslab.a: $(LIB_OBJ)
	$(call shown,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/obj/%.o: src/%.c $(BUILD)/flags | $(BUILD)/headers
	@mkdir -p $(@D)
	$(call shown,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(DEFINES_$*) $(CFLAGS) -MMD -MP -c -o $@ $<

# Where it will be installed only this file knows: another PREFIX costs nothing.
DEFINES_base/paths := -DNSLAB_SHARE_DIR='"$(SHARE)"'
$(BUILD)/obj/base/paths.o: $(BUILD)/share

$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libnslab.a | $(BUILD)/test-headers
	@mkdir -p $(@D)
	$(call shown,TEST,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(BUILD)/libnslab.a $(LIBS) -lcmocka

# The bare loop is linked statically, so that its forks copy as little as a fork can.
$(BUILD)/bench/limit: tests/bench/limit.c $(wildcard tests/bench/*.h)
	@mkdir -p $(@D)
	$(call shown,BENCH,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -static -o $@ $<

# Those that need more.
$(BUILD)/bench/plot: LIBS += -lm
$(BUILD)/bench/peers: $(wildcard tests/bench/peer_*.c)

$(BUILD)/bench/%: tests/bench/%.c tests/bench/measure.c $(BUILD)/libnslab.a $(wildcard tests/bench/*.h)
	@mkdir -p $(@D)
	$(call shown,BENCH,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^) $(filter %.a,$^) $(LIBS)

# The same objects with a layer between them and the C library, which makes one system call fail: tests/fault/layer.c.
FAULT_CALLS = open openat fcntl ioctl prctl clone close syscall \
              $(shell sed -n 's/^CALL.[^,]*, \([a-z0-9_]*\),.*/\1/p' tests/fault/calls.h)
$(BUILD)/fault/nslab: tests/fault/layer.c tests/fault/calls.h $(BUILD)/obj/main.o $(BUILD)/libnslab.a
	@mkdir -p $(@D)
	$(call shown,FAULT,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fno-sanitize=all $(LDFLAGS) $(FAULT_CALLS:%=-Wl,--wrap=%) -o $@ $(filter %.c %.o %.a,$^) $(LIBS)

# Other flags, another compiler or version: all is built anew.
flags_now = $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
keep      = mkdir -p $(@D); printf '%s\n' $(call quoted,$(1)) | cmp -s - $@ || printf '%s\n' $(call quoted,$(1)) >$@
$(BUILD)/flags: FORCE
	@$(call keep,$(flags_now))
$(BUILD)/share: FORCE
	@$(call keep,$(SHARE))
quoted = '$(subst ','\'',$(1))'

# A missing header is said in one line, with the package that has it. HEADER=PACKAGE
HEADERS      := stdio.h=libc6-dev yaml.h=libyaml-dev readline/readline.h=libreadline-dev jansson.h=libjansson-dev \
                sys/capability.h=libcap-dev cmark.h=libcmark-dev
TEST_HEADERS := cmocka.h=libcmocka-dev
headers_there = @command -v $(firstword $(CC)) >/dev/null || { \
	    echo "nslab: $(firstword $(CC)) is missing: install the package $(firstword $(CC)), or run scripts/install-deps" >&2; exit 1; }; \
	for pair in $(1); do \
	    printf '\#include <stdarg.h>\n\#include <stddef.h>\n\#include <stdint.h>\n\#include <stdio.h>\n\#include <setjmp.h>\n\#include <%s>\n' "$${pair%=*}" | \
	        $(CC) $(CPPFLAGS) -fsyntax-only -x c - 2>/dev/null || { \
	        echo "nslab: $${pair%=*} is missing: install the package $${pair\#*=}, or run scripts/install-deps" >&2; exit 1; }; \
	done; mkdir -p $(@D); touch $@
$(BUILD)/headers:
	$(call headers_there,$(HEADERS))
$(BUILD)/test-headers:
	$(call headers_there,$(TEST_HEADERS))

image: $(BUILD)/nslab ## the nginx image, if it isn't there yet (downloads packages)
	@$(BUILD)/nslab image path nginx >/dev/null 2>&1 || $(BUILD)/nslab image build nginx

picture: $(BUILD)/nslab ## play the session that README.md shows, and draw it: docs/session.svg
	@NSLAB=$(abspath $(BUILD)/nslab) scripts/picture

run: ## install what is missing, build, make the image, open the guided shell
	@scripts/run

clean: ## remove what was built (not the image)
	rm -rf $(BUILD)

##@ Testing
test: ## install what the tests need, then run every test
	@scripts/test

check: ## every test, without installing anything
	@scripts/test --no-install

unit: $(UNIT_BIN) ## the unit tests alone
	@failed=; for t in $(UNIT_BIN); do $$t || failed=1; done; [ -z "$$failed" ]

unit-build: $(UNIT_BIN) $(BUILD)/bench/workbook $(BUILD)/fault/nslab

e2e: $(BUILD)/nslab $(BUILD)/bench/workbook $(BUILD)/fault/nslab ## the end-to-end tests alone
	@NSLAB=$(abspath $(BUILD)/nslab) tests/e2e/run

NSLAB_TORTURE_ROUNDS ?= 1000
torture: $(BUILD)/nslab ## each signal so often in each situation: NSLAB_TORTURE_ROUNDS=1000; takes hours
	@NSLAB=$(abspath $(BUILD)/nslab) NSLAB_TORTURE_ROUNDS=$(NSLAB_TORTURE_ROUNDS) tests/e2e/run torture

fault-build: $(BUILD)/fault/nslab
fault-tables: $(BUILD)/libnslab.a ## whether fault injection knows every call that base and runtime make
	@tests/fault/unknown-calls $< $(FAULT_CALLS) -- $(filter $(BUILD)/obj/base/% $(BUILD)/obj/runtime/%,$(LIB_OBJ))

torture-faults: $(BUILD)/nslab fault-build ## each system call of a launch fails with each of its errnos; takes long
	@NSLAB=$(abspath $(BUILD)/nslab) NSLAB_FAULTS=--all tests/e2e/run faults

browser-test: $(BUILD)/nslab ## handouts in a real browser; needs chromium
	@NSLAB=$(abspath $(BUILD)/nslab) tests/browser/run

bench: $(BUILD)/nslab $(BENCH_BIN) ## how fast it is, beside a bare loop of the same kernel calls
	@NSLAB=$(abspath $(BUILD)/nslab) NSLAB_BENCH=$(abspath $(BUILD)/bench) tests/bench/run

bench-peers: $(BUILD)/nslab $(BENCH_BIN) ## beside crun, docker and others alone; tests/bench/with-dockerd make bench-peers
	@NSLAB=$(abspath $(BUILD)/nslab) NSLAB_BENCH=$(abspath $(BUILD)/bench) tests/bench/peers $(abspath $(BUILD)/bench/peers.json)

bench-plot: $(BUILD)/bench/plot ## docs/benchmarks.svg, from what was measured last
	@$(BUILD)/bench/plot $(BUILD)/bench/peers.json >$(BUILD)/bench/benchmarks.svg && mv $(BUILD)/bench/benchmarks.svg docs/

# The fuzz targets are of clang's: libFuzzer, with the sanitizers that end a target where something is wrong.
FUZZ_SECONDS ?= 10
FUZZ_BUILD   ?= build-fuzz
FUZZ_BIN     := $(patsubst tests/fuzz/fuzz_%.c,$(BUILD)/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
fuzz: fuzz-ready ## every reader of foreign bytes, FUZZ_SECONDS each, from the corpus in tests/fuzz
	@tests/fuzz/run $(FUZZ_BUILD) $(FUZZ_SECONDS)

fuzz-ready:
	@$(MAKE) --no-print-directory BUILD=$(FUZZ_BUILD) CC=clang SANITIZE=fuzzer-no-link,address,undefined CFLAGS='-O1 -g' fuzz-build

fuzz-coverage: ## how much of the readers the corpus and what `make fuzz` has found reach
	@$(MAKE) --no-print-directory BUILD=$(FUZZ_BUILD)-coverage CC=clang SANITIZE=fuzzer-no-link CFLAGS='-O1 -g -fprofile-instr-generate -fcoverage-mapping' LDFLAGS=-fprofile-instr-generate fuzz-build
	@tests/fuzz/coverage $(FUZZ_BUILD)-coverage $(FUZZ_BUILD)

fuzz-build: $(FUZZ_BIN)
$(BUILD)/fuzz/%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.h $(BUILD)/libnslab.a
	@mkdir -p $(@D)
	$(call shown,FUZZ,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $< $(BUILD)/libnslab.a $(LIBS)

##@ Looking at the source
C_SRC        := $(LIB_SRC) $(wildcard src/main.c)
C_ALL        := $(C_SRC) $(UNIT_SRC) $(wildcard tests/bench/*.c tests/fault/*.c tests/fuzz/*.c) $(sort $(wildcard include/nslab/*.h src/*/*.h tests/*/*.h))
TIDY_OK      := $(C_SRC:src/%.c=$(BUILD)/tidy/%.ok)
# The layout that clang-format makes differs from version to version: this is the one that the tree has.
CLANG_FORMAT ?= clang-format-14
SHELL_SRC     = $(shell grep -rlE '^\#!.*sh$$|^\# shellcheck shell=' scripts tests .ci 2>/dev/null | sort)

tidy: $(TIDY_OK) ## clang-tidy
$(BUILD)/tidy/%.ok: src/%.c .clang-tidy $(wildcard include/nslab/*.h)
	@mkdir -p $(@D)
	$(call shown,TIDY,$<)
	$(Q)clang-tidy --quiet $< -- $(CPPFLAGS) -std=gnu17 2>$(BUILD)/tidy/stderr.$(subst /,-,$*) || \
	    { cat $(BUILD)/tidy/stderr.$(subst /,-,$*) >&2; exit 1; }
	@rm -f $(BUILD)/tidy/stderr.$(subst /,-,$*); touch $@

cppcheck: ## cppcheck
	@mkdir -p $(BUILD)/cppcheck
	$(Q)cppcheck --quiet -j2 --cppcheck-build-dir=$(BUILD)/cppcheck --std=c11 --enable=warning,performance,portability \
	    --inline-suppr --error-exitcode=1 $(CPPFLAGS) $(C_SRC)

shellcheck: ## shellcheck
	$(Q)shellcheck -x $(SHELL_SRC)

format: ## lay out the C source as .clang-format says
	$(Q)$(CLANG_FORMAT) -i $(C_ALL)

format-check: ## whether it is
	$(Q)$(CLANG_FORMAT) --dry-run -Werror $(C_ALL)

##@ Installing
BIN       ?= $(PREFIX)/bin
MAN       ?= $(PREFIX)/share/man
DOC       ?= $(PREFIX)/share/doc/nslab
BASH_DIR  ?= $(PREFIX)/share/bash-completion/completions
ZSH_DIR   ?= $(PREFIX)/share/zsh/site-functions
FISH_DIR  ?= $(PREFIX)/share/fish/vendor_completions.d
# AppArmor 4 takes user namespaces from programs without a profile, on Ubuntu 24.04 and later. A package (DESTDIR) says
# itself whether it has one; who may not write there gets it from `nslab doctor --fix`.
APPARMOR  ?= $(if $(DESTDIR),no,$(shell [ -e /etc/apparmor.d/abi/4.0 ] && [ -w /etc/apparmor.d ] && echo yes || echo no))
apparmor   = $(DESTDIR)/etc/apparmor.d/nslab
# A page's date: that of the version.
MAN_DATE   = $(shell git log -1 --format=%cs -- VERSION 2>/dev/null || date -u -r VERSION +%F)
put        = install -D -m 644
# With PREFIX=$HOME/.local it is the user's data directory too, with images and workbooks: these two are ours, and no more.
ours       = $(DESTDIR)$(SHARE)/labs $(DESTDIR)$(SHARE)/scripts

# What the program makes from its own tables.
MADE := $(addprefix $(BUILD)/made/,nslab.1 nslab-lab.5 apparmor bash zsh fish)
made: $(MADE)
$(BUILD)/made/%: $(BUILD)/nslab FORCE
	@mkdir -p $(@D)
	$(Q)$(BUILD)/nslab $(or $(made_$*),completion $*) >$@
made_nslab.1     = generate nslab.1 "$(MAN_DATE)"
made_nslab-lab.5 = generate nslab-lab.5 "$(MAN_DATE)"
made_apparmor    = generate apparmor $(BIN)/nslab

install: $(BUILD)/nslab $(MADE) ## below PREFIX (/usr/local), DESTDIR in front of it; APPARMOR=yes|no
	install -D -m 755 $(BUILD)/nslab $(DESTDIR)$(BIN)/nslab
	rm -rf $(ours)
	umask 022; mkdir -p $(DESTDIR)$(SHARE)/scripts $(DESTDIR)$(DOC)
	cp -R labs $(DESTDIR)$(SHARE)/
	cp -R scripts/build-image scripts/lib.sh scripts/images $(DESTDIR)$(SHARE)/scripts/
	chmod -R u=rwX,go=rX $(ours)
	install -m 644 README.md LICENSE docs/* $(DESTDIR)$(DOC)/
	sed -i 's|(docs/|(|g' $(DESTDIR)$(DOC)/README.md
	$(put) $(BUILD)/made/nslab.1 $(DESTDIR)$(MAN)/man1/nslab.1
	$(put) $(BUILD)/made/nslab-lab.5 $(DESTDIR)$(MAN)/man5/nslab-lab.5
	$(put) $(BUILD)/made/bash $(DESTDIR)$(BASH_DIR)/nslab
	$(put) $(BUILD)/made/zsh $(DESTDIR)$(ZSH_DIR)/_nslab
	$(put) $(BUILD)/made/fish $(DESTDIR)$(FISH_DIR)/nslab.fish
ifeq ($(APPARMOR),yes)
	$(put) $(BUILD)/made/apparmor $(apparmor)
	$(if $(DESTDIR),,! [ -d /sys/kernel/security/apparmor ] || apparmor_parser -r $(apparmor))
endif

uninstall: ## what install put there
	rm -f $(DESTDIR)$(BIN)/nslab $(DESTDIR)$(MAN)/man1/nslab.1 $(DESTDIR)$(MAN)/man5/nslab-lab.5
	rm -f $(DESTDIR)$(BASH_DIR)/nslab $(DESTDIR)$(ZSH_DIR)/_nslab $(DESTDIR)$(FISH_DIR)/nslab.fish
	rm -rf $(ours) $(DESTDIR)$(DOC)
	rmdir --ignore-fail-on-non-empty $(DESTDIR)$(SHARE) 2>/dev/null || :
	@if grep -qsF ' $(BIN)/nslab ' $(apparmor); then \
	    $(if $(DESTDIR),,[ ! -d /sys/kernel/security/apparmor ] || apparmor_parser -R $(apparmor) || :;) \
	    echo rm -f $(apparmor); rm -f $(apparmor); fi

dist: ## build/nslab-VERSION.tar.gz of the last commit; the same bytes whoever makes it
	@mkdir -p $(BUILD)
	@git diff --quiet HEAD -- || echo "nslab: changes that aren't committed are left out" >&2
	git -c tar.umask=0022 archive --format=tar --prefix=nslab-$(VERSION)/ -o $(abspath $(BUILD))/nslab-$(VERSION).tar HEAD
	gzip -9nf $(BUILD)/nslab-$(VERSION).tar
	@sha256sum $(BUILD)/nslab-$(VERSION).tar.gz

##@
help: ## this list
	@awk -F ':.*## ' '/^##@ ./ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile
	@printf '\nKnobs: BUILD=dir CC=clang WERROR=-Werror SANITIZE=address,undefined V=1 PREFIX=dir DESTDIR=dir APPARMOR=yes|no\n'

FORCE:
-include $(LIB_OBJ:.o=.d) $(BUILD)/obj/main.d $(UNIT_BIN:=.d)
.PHONY: all image picture run clean test check unit unit-build e2e torture torture-faults fault-build fault-tables browser-test bench bench-peers bench-plot fuzz fuzz-ready fuzz-coverage fuzz-build tidy cppcheck shellcheck format format-check made \
        install uninstall dist help FORCE
