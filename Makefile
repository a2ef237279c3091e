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
override CPPFLAGS += -D_GNU_SOURCE -Iinclude -DNSLAB_SHARE_DIR='"$(SHARE)"' -DNSLAB_VERSION='"$(shell cat VERSION)"'
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
BENCH_BIN := $(addprefix $(BUILD)/bench/,limit bench whole course checks workbook)

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
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libnslab.a | $(BUILD)/test-headers
	@mkdir -p $(@D)
	$(call shown,TEST,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(BUILD)/libnslab.a $(LIBS) -lcmocka

# The bare loop is linked statically, so that its forks copy as little as a fork can.
$(BUILD)/bench/limit: tests/bench/limit.c $(wildcard tests/bench/*.h)
	@mkdir -p $(@D)
	$(call shown,BENCH,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -static -o $@ $<

$(BUILD)/bench/%: tests/bench/%.c tests/bench/measure.c $(BUILD)/libnslab.a $(wildcard tests/bench/*.h)
	@mkdir -p $(@D)
	$(call shown,BENCH,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.a,$^) $(LIBS)

# Other flags, another compiler or version: all is built anew.
flags_now = $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(call quoted,$(flags_now)) | cmp -s - $@ || printf '%s\n' $(call quoted,$(flags_now)) >$@
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

unit-build: $(UNIT_BIN) $(BUILD)/bench/workbook

e2e: $(BUILD)/nslab $(BUILD)/bench/workbook ## the end-to-end tests alone
	@NSLAB=$(abspath $(BUILD)/nslab) tests/e2e/run

torture: $(BUILD)/nslab ## 300 sudden deaths in each situation; takes long
	@NSLAB=$(abspath $(BUILD)/nslab) NSLAB_KILL_ROUNDS=300 tests/e2e/run kill

browser-test: $(BUILD)/nslab ## handouts in a real browser; needs chromium
	@NSLAB=$(abspath $(BUILD)/nslab) tests/browser/run

bench: $(BUILD)/nslab $(BENCH_BIN) ## how fast it is, beside a bare loop of the same kernel calls
	@NSLAB=$(abspath $(BUILD)/nslab) NSLAB_BENCH=$(abspath $(BUILD)/bench) tests/bench/run

# The fuzz targets are of clang's: libFuzzer, with the sanitizers that end a target where something is wrong.
FUZZ_SECONDS ?= 10
FUZZ_BUILD   ?= build-fuzz
FUZZ_BIN     := $(patsubst tests/fuzz/fuzz_%.c,$(BUILD)/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
fuzz: ## every reader of foreign bytes, FUZZ_SECONDS each, from the corpus in tests/fuzz
	@$(MAKE) --no-print-directory BUILD=$(FUZZ_BUILD) CC=clang SANITIZE=fuzzer-no-link,address,undefined CFLAGS='-O1 -g' fuzz-build
	@tests/fuzz/run $(FUZZ_BUILD) $(FUZZ_SECONDS)

fuzz-build: $(FUZZ_BIN)
$(BUILD)/fuzz/%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.h $(BUILD)/libnslab.a
	@mkdir -p $(@D)
	$(call shown,FUZZ,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $< $(BUILD)/libnslab.a $(LIBS)

##@ Looking at the source
C_SRC        := $(LIB_SRC) $(wildcard src/main.c)
C_ALL        := $(C_SRC) $(UNIT_SRC) $(wildcard tests/bench/*.c tests/fuzz/*.c) $(sort $(wildcard include/nslab/*.h src/*/*.h tests/*/*.h))
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
install: $(BUILD)/nslab ## below PREFIX (/usr/local), DESTDIR in front of it
	install -D -m 755 $(BUILD)/nslab $(DESTDIR)$(PREFIX)/bin/nslab
	install -d $(DESTDIR)$(SHARE)/scripts
	cp -R labs $(DESTDIR)$(SHARE)/
	cp -R scripts/build-image scripts/lib.sh scripts/images $(DESTDIR)$(SHARE)/scripts/
	[ ! -e docs/nslab.1 ] || install -D -m 644 docs/nslab.1 $(DESTDIR)$(PREFIX)/share/man/man1/nslab.1

uninstall: ## what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/nslab $(DESTDIR)$(PREFIX)/share/man/man1/nslab.1
	rm -rf $(DESTDIR)$(SHARE)

##@
help: ## this list
	@awk -F ':.*## ' '/^##@ ./ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile
	@printf '\nKnobs: BUILD=dir CC=clang WERROR=-Werror SANITIZE=address,undefined V=1 PREFIX=dir DESTDIR=dir\n'

FORCE:
-include $(LIB_OBJ:.o=.d) $(BUILD)/obj/main.d $(UNIT_BIN:=.d)
.PHONY: all image run clean test check unit unit-build e2e torture browser-test bench fuzz fuzz-build tidy cppcheck shellcheck format format-check install \
        uninstall help FORCE
