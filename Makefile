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
PREFIX   ?= /usr/local
DATADIR  ?= $(PREFIX)/share/mod_portal
CPPFLAGS += -Isrc -I$(BUILD)/gen -D_GNU_SOURCE -DPORTAL_DATADIR='"$(DATADIR)"' $(APR_I)
ALL_CF    = $(WARN) $(HARDEN) $(CPPFLAGS) $(shell pkg-config --cflags $(PKGS)) -fPIC -pthread $(CFLAGS)
LINK_SO   = -shared -Wl,-z,nodelete -Wl,-z,relro,-z,now
LINK_PROG = -pie -Wl,-z,relro,-z,now
LIBS      = $(shell pkg-config --libs $(PKGS)) -lzxcvbn -ldl
APR_LIBS  = $(shell apr-config --link-ld --libs; apu-config --link-ld --libs)

# Below httpd: must compile and link without it.
CORE_C   := $(wildcard src/core/*.c src/store/*.c src/remote/*.c)
# Inside httpd.
MOD_C    := mod_portal.c $(filter-out src/hasher.c src/portalctl.c,$(wildcard src/*.c)) \
            $(wildcard src/page/*.c src/job/*.c src/web/*.c)
HASHER_C := src/hasher.c $(wildcard src/hasher/*.c)
CTL_C    := src/portalctl.c $(wildcard src/ctl/*.c)
UNIT_C   := $(wildcard t/unit/*/*.c)
FUZZ_BIN  = $(patsubst t/fuzz/%.c,$(BUILD)/t/fuzz/%,$(wildcard t/fuzz/*.c))

obj       = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
CORE_O   := $(call obj,$(CORE_C))
MOD_O    := $(call obj,$(MOD_C))
CTL_O    := $(call obj,$(CTL_C))
UNIT_BIN := $(patsubst t/unit/%.c,$(BUILD)/t/unit/%,$(UNIT_C))

# The test build (build/test/) takes its clock from a file and its templates strictly. Only the
# sources that ask for PORTAL_TEST (any define of that prefix) are compiled for it once more; headers must not ask.
TEST_C   := $(shell grep -l PORTAL_TEST $(CORE_C) $(MOD_C) $(CTL_C) /dev/null 2>/dev/null)
TEST_O   := $(patsubst %.c,$(BUILD)/test/obj/%.o,$(TEST_C))
test_core = $(filter $(patsubst %.c,$(BUILD)/test/obj/%.o,$(CORE_C)),$(TEST_O))
test_o    = $(filter $(patsubst %.c,$(BUILD)/test/obj/%.o,$(1)),$(TEST_O)) \
            $(call obj,$(filter-out $(TEST_C),$(1)))

PROGRAMS := $(addprefix $(BUILD)/,mod_portal.so portal-hasher portalctl)
# What the programs look for beside themselves (src/core/place.h).
DATA     := $(addprefix $(BUILD)/,htdocs/pages htdocs/lang conf/schema conf/forms)
TEST_ALL := $(addprefix $(BUILD)/test/,mod_portal.so portal-hasher portalctl htdocs conf)

all: $(PROGRAMS) $(DATA) static

$(BUILD)/obj/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(CC) $(ALL_CF) $(if $(filter $<,$(CORE_C) $(CTL_C) $(HASHER_C)),,$(HTTPD_I)) -MMD -MP -c -o $@ $<

$(BUILD)/test/obj/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(CC) $(ALL_CF) -DPORTAL_TEST -DPORTAL_TEST_CLOCK $(if $(filter $<,$(CORE_C) $(CTL_C)),,$(HTTPD_I)) -MMD -MP -c -o $@ $<

$(BUILD)/libportal.a: $(CORE_O)
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/mod_portal.so: $(MOD_O) $(BUILD)/libportal.a
	$(CC) $(LINK_SO) -o $@ $(MOD_O) $(BUILD)/libportal.a $(LIBS)

$(BUILD)/portal-hasher: $(call obj,$(HASHER_C))
	$(CC) $(LINK_PROG) -o $@ $^ -lsodium -pthread

$(BUILD)/portalctl: $(CTL_O) $(BUILD)/libportal.a
	$(CC) $(LINK_PROG) -o $@ $^ $(LIBS) $(APR_LIBS)

test-build: all $(TEST_ALL)

$(BUILD)/test/mod_portal.so: $(TEST_O) $(call test_o,$(MOD_C)) $(BUILD)/libportal.a
	@mkdir -p $(@D)
	$(CC) $(LINK_SO) -o $@ $(call test_o,$(MOD_C)) $(call test_core) $(BUILD)/libportal.a $(LIBS)

$(BUILD)/test/portalctl: $(TEST_O) $(call test_o,$(CTL_C)) $(BUILD)/libportal.a
	@mkdir -p $(@D)
	$(CC) $(LINK_PROG) -o $@ $(call test_o,$(CTL_C)) $(call test_core) $(BUILD)/libportal.a $(LIBS) $(APR_LIBS)

$(BUILD)/test/portal-hasher: $(BUILD)/portal-hasher
	@mkdir -p $(@D)
	ln -sfn ../portal-hasher $@

$(BUILD)/test/htdocs $(BUILD)/test/conf: $(BUILD)/test/%: $(DATA)
	@mkdir -p $(@D)
	ln -sfn ../$* $@

$(DATA): $(BUILD)/%:
	@mkdir -p $(@D)
	ln -sfn ../../$* $@

# Tests of the store get a database by t/lib/store_test.h.
STORE_TEST_O := $(call obj,t/lib/store_test.c src/ctl/connection.c)
$(filter $(BUILD)/t/unit/store/%,$(UNIT_BIN)): $(BUILD)/t/unit/%: t/unit/%.c $(STORE_TEST_O) $(BUILD)/libportal.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CF) -It/lib -MMD -MP -o $@ $< $(STORE_TEST_O) $(BUILD)/libportal.a -lcmocka $(LIBS) $(APR_LIBS)

$(BUILD)/t/unit/%: t/unit/%.c $(BUILD)/libportal.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CF) -MMD -MP -o $@ $< $(BUILD)/libportal.a -lcmocka $(LIBS) $(APR_LIBS)

# Its test starts the real program.
$(BUILD)/t/unit/remote/hasher: | $(BUILD)/portal-hasher

# What comes from npm (conf/npm/package.json); node 18 is enough.
NPM      := $(BUILD)/npm
$(NPM)/.done: conf/npm/package.json conf/npm/package-lock.json conf/npm/.npmrc
	@mkdir -p $(NPM)
	cp $^ $(NPM)/
	cd $(NPM) && npm ci --ignore-scripts --omit=optional --no-fund --no-audit --loglevel=error
	@touch $@

# The static files as they are served: those of htdocs/static, and the style.
STATIC   := $(patsubst htdocs/%,$(BUILD)/htdocs/%,$(wildcard htdocs/static/*)) $(BUILD)/htdocs/static/portal.css
static: $(STATIC)

$(BUILD)/htdocs/static/portal.css: $(wildcard htdocs/style/*.scss) conf/npm/style.mjs $(NPM)/.done
	@mkdir -p $(@D)
	cp conf/npm/style.mjs $(NPM)/
	cd $(NPM) && node style.mjs $(abspath htdocs/style/portal.scss) $(abspath $@)

$(BUILD)/htdocs/static/%: htdocs/static/%
	@mkdir -p $(@D)
	cp $< $@

# Fuzz targets are core only, with everything that clang can watch. Each runs over its seeds:
# build/t/fuzz/NAME -runs=0 t/fuzz/seeds/NAME; `make fuzz` does that for all.
$(BUILD)/t/fuzz/%: t/fuzz/%.c $(wildcard src/core/*.c src/core/*.h)
	@mkdir -p $(@D)
	clang -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
	    $(CPPFLAGS) $(shell pkg-config --cflags $(PKGS)) -pthread -o $@ $< \
	    $(wildcard src/core/*.c) $(LIBS) $(APR_LIBS)

fuzz: $(FUZZ_BIN)
	@for f in $(FUZZ_BIN); do $$f -runs=0 t/fuzz/seeds/$${f##*/} || exit 1; done

# Browser tests: the system's Chromium, driven by what conf/npm-test/package.json names.
NPM_TEST := $(BUILD)/npm-test
$(NPM_TEST)/.done: conf/npm-test/package.json conf/npm-test/package-lock.json conf/npm-test/.npmrc
	@mkdir -p $(NPM_TEST)
	cp $^ $(NPM_TEST)/
	cd $(NPM_TEST) && npm ci --ignore-scripts --no-fund --no-audit --loglevel=error
	@touch $@

browser: static $(BUILD)/t/tools/preview $(NPM_TEST)/.done
	prove -e node $(wildcard t/browser/*.test.mjs)

# Programs for developers: build/t/tools/preview shows a page without a server.
$(BUILD)/t/tools/%: t/tools/%.c $(BUILD)/libportal.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CF) -MMD -MP -o $@ $< $(BUILD)/libportal.a $(LIBS) $(APR_LIBS)

unit: $(UNIT_BIN)
	CMOCKA_MESSAGE_OUTPUT=TAP prove -e '' $(UNIT_BIN)

clean:
	rm -rf $(BUILD)

.PHONY: all static browser test-build fuzz unit clean
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
