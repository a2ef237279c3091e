# nslab: `make` builds build/nslab; `make help` lists the rest.
.DEFAULT_GOAL := all
BUILD  ?= build
CC     ?= gcc
PREFIX ?= /usr/local
SHARE  ?= $(PREFIX)/share/nslab

WARNINGS := -Wall -Wextra -Wformat=2 -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
            -Wvla -Wundef -Wwrite-strings -Wpointer-arith -Wcast-qual -Wimplicit-fallthrough -Wdouble-promotion
CFLAGS   ?= -O2 -g
HARDEN   ?= -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
override CPPFLAGS += -D_GNU_SOURCE -Iinclude -DNSLAB_SHARE_DIR='"$(SHARE)"' -DNSLAB_VERSION='"$(shell cat VERSION)"'
override CFLAGS   += -std=gnu17 -fno-common $(WARNINGS) $(WERROR)
LIBS     := -lreadline -lyaml -ljansson -lcap

SANITIZE ?=
ifneq ($(SANITIZE),)
HARDEN   := -fPIE
override CFLAGS  += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=undefined
override LDFLAGS += -fsanitize=$(SANITIZE)
endif
override CFLAGS  += $(HARDEN)
override LDFLAGS += -pie -Wl,-z,relro,-z,now

LIB_SRC  := $(sort $(wildcard src/*/*.c))
LIB_OBJ  := $(LIB_SRC:src/%.c=$(BUILD)/obj/%.o)
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/unit/%)

all: $(BUILD)/nslab

$(BUILD)/nslab: $(BUILD)/obj/main.o $(BUILD)/libnslab.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/libnslab.a: $(LIB_OBJ)
	rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libnslab.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(BUILD)/libnslab.a $(LIBS) -lcmocka

unit: $(UNIT_BIN)
	@for t in $(UNIT_BIN); do $$t || exit 1; done

clean:
	rm -rf $(BUILD)

-include $(LIB_OBJ:.o=.d) $(BUILD)/obj/main.d $(UNIT_BIN:=.d)
.PHONY: all unit clean
