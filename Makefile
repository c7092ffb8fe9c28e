# mod_portal: builds the module, its hasher and its command line.
# The sources of each floor are found by folder, so a new file needs no line here.

APXS     ?= apxs
CC       ?= gcc
BUILD    ?= build
PKGS     := libsodium jansson libcurl libutf8proc libidn2 libqrencode libpcre2-8
WARN     := -std=gnu11 -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes \
            -Wmissing-prototypes -Wvla -Wformat=2 -Wno-format-nonliteral
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2
CFLAGS   ?= -O2 -g
HTTPD_I   = -isystem $(shell $(APXS) -q INCLUDEDIR)
APR_I     = $(patsubst -I%,-isystem %,$(shell apr-config --includes; apu-config --includes)) \
            $(shell apr-config --cppflags)
CPPFLAGS += -Isrc -I$(BUILD)/gen -D_GNU_SOURCE $(APR_I)
ALL_CF    = $(WARN) $(HARDEN) $(CPPFLAGS) $(shell pkg-config --cflags $(PKGS)) -fPIC -pthread $(CFLAGS)
LIBS      = $(shell pkg-config --libs $(PKGS)) -lzxcvbn -ldl
APR_LIBS  = $(shell apr-config --link-ld --libs; apu-config --link-ld --libs)

# Below httpd: must compile and link without it.
CORE_C   := $(wildcard src/core/*.c src/store/*.c src/remote/*.c)
# Inside httpd.
MOD_C    := mod_portal.c $(filter-out src/hasher.c src/portalctl.c,$(wildcard src/*.c)) \
            $(wildcard src/page/*.c src/job/*.c src/web/*.c)
CTL_C    := src/portalctl.c $(wildcard src/ctl/*.c)
UNIT_C   := $(wildcard t/unit/*/*.c)

obj       = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
CORE_O   := $(call obj,$(CORE_C))
MOD_O    := $(call obj,$(MOD_C))
CTL_O    := $(call obj,$(CTL_C))
UNIT_BIN := $(patsubst t/unit/%.c,$(BUILD)/t/unit/%,$(UNIT_C))

all: $(BUILD)/mod_portal.so $(BUILD)/portal-hasher $(BUILD)/portalctl

$(BUILD)/obj/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(CC) $(ALL_CF) $(if $(filter $<,$(CORE_C) $(CTL_C) src/hasher.c),,$(HTTPD_I)) -MMD -MP -c -o $@ $<

$(BUILD)/libportal.a: $(CORE_O)
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/mod_portal.so: $(MOD_O) $(BUILD)/libportal.a
	$(CC) -shared -Wl,-z,nodelete -Wl,-z,relro,-z,now -o $@ $(MOD_O) $(BUILD)/libportal.a $(LIBS)

$(BUILD)/portal-hasher: $(call obj,src/hasher.c)
	$(CC) -pie -Wl,-z,relro,-z,now -o $@ $^ -lsodium -pthread

$(BUILD)/portalctl: $(CTL_O) $(BUILD)/libportal.a
	$(CC) -pie -Wl,-z,relro,-z,now -o $@ $^ $(LIBS) $(APR_LIBS)

$(BUILD)/t/unit/%: t/unit/%.c $(BUILD)/libportal.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CF) -MMD -MP -o $@ $< $(BUILD)/libportal.a -lcmocka $(LIBS) $(APR_LIBS)

unit: $(UNIT_BIN)
	CMOCKA_MESSAGE_OUTPUT=TAP prove -e '' $(UNIT_BIN)

clean:
	rm -rf $(BUILD)

.PHONY: all unit clean
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
