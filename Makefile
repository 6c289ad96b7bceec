# dom0strap: the one entry for people. `make help` lists the targets.

VERSION := 0.1.0
BUILD   := build
PYTHON  := /usr/bin/python3

SOURCES := $(sort $(wildcard installer/*.c installer/*/*.c))
SOURCES := $(filter-out installer/tests/%,$(SOURCES))
HEADERS := $(sort $(wildcard installer/*.h installer/*/*.h))
UNIT    := $(sort $(wildcard installer/tests/unit/test_*.c))
FUZZ    := $(sort $(wildcard installer/tests/fuzz/fuzz_*.c))

WARNINGS := -Wall -Wextra -Werror -Wconversion -Wsign-conversion -Wshadow \
            -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
CPPFLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DDOM0STRAP_VERSION='"$(VERSION)"' -Iinstaller
CFLAGS   := -std=gnu11 -g $(WARNINGS)

# The static program: compiler wrapper and libraries come from ./build.sh sysroot.
STATIC_CC     := $(BUILD)/sysroot/bin/cc
STATIC_CFLAGS := $(CFLAGS) -O2 -ffunction-sections -fdata-sections
# mimalloc stands first, or musl's allocator with its one lock is taken.
STATIC_LDFLAGS := -static -Wl,--gc-sections $(BUILD)/sysroot/lib/mimalloc.o
STATIC_LIBS   := -larchive -lzstd -llzma -lbz2 -lcurl -lz -lmbedtls -lmbedx509 -lmbedcrypto \
                 -lnettle -lfdisk -lblkid -luuid -lyaml -lsodium \
                 -lkrb5 -lk5crypto -lcom_err -lkrb5support -lselinux -lpcre2-8

# Host builds: what has been compiled before, in whatever checkout, comes from the cache that build.sh keeps. Not so the
# program that is delivered.
CCACHE := $(shell command -v ccache)
export CCACHE_DIR     := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/dom0strap/ccache
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1
export CCACHE_MAXSIZE := 2G

# Host builds run the tests: two compilers, address and undefined-behaviour sanitizers.
SANITIZE  := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
HOST_LIBS := -larchive -lbz2 -lz -lcurl -lnettle -lfdisk -lblkid -lyaml -lsodium -lkrb5 -lk5crypto \
             -lcom_err -lselinux -lsepol -lpthread

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

## Main
.PHONY: all demo image image-services serve usb iso bench bench-fleet clean help
export MODULES
all: ## build everything for the boot environment, into build/ (MODULES=all: with every driver for wired network and disks)
	./build.sh host-packages build
	./build.sh sysroot tools kernel
	$(MAKE) -j2 $(BUILD)/dom0strap
	./build.sh boot sbom

demo: all image ## watch a blank machine become a Xen host, in QEMU
	./build.sh host-packages lab
	$(PYTHON) qemu-tests/demo.py

image: ## build the dom0 images that demo and tests install
	./build.sh host-packages image
	qemu-tests/image/make-image
	qemu-tests/image/make-image selinux

image-services: image ## the image of the long cases about overlays: Apache, PHP, memcached and libvirt besides
	qemu-tests/image/make-image selinux services

serve: all ## be a boot server: PROFILES=DIR [INTERFACE= RANGE=FIRST,LAST IMAGES=DIR OVERLAYS=DIR PORT=]
	./build.sh host-packages serve
	@pxe/serve --profiles "$(PROFILES)" $(if $(INTERFACE),--interface "$(INTERFACE)") $(if $(RANGE),--range "$(RANGE)") \
		$(if $(IMAGES),--images "$(IMAGES)") $(if $(PORT),--port "$(PORT)") $(if $(OVERLAYS),-- --overlays "$(OVERLAYS)")

usb: all ## a stick to start from: [PROFILES=DIR IMAGES=DIR OVERLAYS=DIR SIZE=MIB MODE=rescue|boot|plan|install OUT=FILE]
	./build.sh host-packages medium
	pxe/medium --usb $(or $(OUT),$(BUILD)/dom0strap-usb.img) --boot $(BUILD)/boot $(medium)

iso: all ## the same as a disc
	./build.sh host-packages medium
	pxe/medium --iso $(or $(OUT),$(BUILD)/dom0strap.iso) --boot $(BUILD)/boot $(medium)

medium = $(if $(PROFILES),--profiles "$(PROFILES)") $(if $(IMAGES),--images "$(IMAGES)") \
	$(if $(OVERLAYS),--overlays "$(OVERLAYS)") $(if $(SIZE),--size "$(SIZE)") \
	$(if $(MODE),--mode "$(MODE)")

bench: all image ## measure: sizes, times, extraction beside its peers (PARTS="patching …": some of it)
	./build.sh host-packages lab bench
	$(PYTHON) qemu-tests/bench.py $(PARTS)

bench-fleet: all ## 200 machines boot at once from one server: straight, by a cache in each rack, from one of the rack
	./build.sh host-packages lab serve server
	$(PYTHON) qemu-tests/fleet.py

## Tests
.PHONY: test test-long test-xenserver unit qemu-test server-test lint check check-pure check-reads check-init check-docs fuzz format docs
test: all image ## set up and run every test; ends with "N passed, N failed"
	./build.sh host-packages check lab serve server medium
	installer/tests/run-suites lint check-pure check-reads check-docs unit-gcc unit-clang check-init fuzz server-test qemu-test

test-long: test image-services ## what is too long for every change: every power cut, three minutes for each fuzz target
	$(PYTHON) -m pytest -q -m long --ignore=qemu-tests/server qemu-tests
	$(MAKE) fuzz FUZZ_SECONDS=180

check: ## unit and golden tests, check-pure, init: seconds, no root, no QEMU
	installer/tests/run-suites check-pure check-reads check-docs unit-gcc check-init

unit-gcc: ; $(MAKE) -j2 unit HOST_CC=gcc
unit-clang: ; $(MAKE) -j2 unit HOST_CC=clang

test-xenserver: all ## target xenserver on a real medium: make test-xenserver ISO=FILE
	@test -f "$(ISO)" || { echo "make test-xenserver ISO=FILE: a medium of XenServer 6.0 to 6.5" >&2; exit 1; }
	./build.sh host-packages lab
	XENSERVER_ISO="$(abspath $(ISO))" $(PYTHON) -m pytest -q -n 0 qemu-tests/test_xenserver.py -k real_medium

qemu-test: ## whole installs, refusals and breakage in QEMU
	$(PYTHON) -m pytest -q -m "not long" --ignore=qemu-tests/server qemu-tests

server-test: $(BUILD)/gcc/dom0strap ## the boot server with real clients, no QEMU: seconds; needs root
	DOM0STRAP=$(CURDIR)/$< $(PYTHON) -m pytest -q qemu-tests/server

check-init: ## the boot environment's init, unbooted, under dash and busybox ash
	initramfs/tests/run

lint: ## formatting, static analysis, shell scripts
	installer/tests/lint

check-pure: $(BUILD)/gcc/libdom0strap.a ## prove that planning cannot touch the machine
	installer/tests/check-pure $(BUILD)/gcc/obj

check-reads: $(BUILD)/gcc/dom0strap ## prove that looking at disks opens none for writing
	installer/tests/check-reads $(BUILD)/gcc/dom0strap $(wildcard $(BUILD)/dom0strap)

check-docs: $(BUILD)/gcc/dom0strap ## docs/profile.md is what the key table says; the tests that docs name exist
	$(BUILD)/gcc/dom0strap reference | diff -u docs/profile.md -
	installer/tests/check-named-tests docs/threat-model.md

docs: $(BUILD)/gcc/dom0strap ## write docs/profile.md from the key table
	$(BUILD)/gcc/dom0strap reference > docs/profile.md

format: ## bring the sources into the house's form
	clang-format -i $(SOURCES) $(HEADERS) $(UNIT) $(FUZZ)
	git ls-files '*.py' | xargs black -q --config qemu-tests/pyproject.toml

clean: ## remove build/; what was slow to make stays in the cache outside the checkout
	rm -rf $(BUILD)

help: ## this list
	@awk -F ':.*## ' '/^## /{print "\n" substr($$0, 4)} /^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile

# One set of rules for each compiler: objects, an archive of all but main.c, the program.
define compiler # name, cc, cflags, first objects and ldflags, libraries
$(BUILD)/$(1)/obj/%.o: installer/%.c Makefile
	@mkdir -p $$(@D)
	@echo "  $(1): $$<"
	@$(2) $(CPPFLAGS) $(3) -MMD -MP -c $$< -o $$@
$(BUILD)/$(1)/libdom0strap.a: $$(patsubst installer/%.c,$(BUILD)/$(1)/obj/%.o,$$(filter-out installer/main.c,$(SOURCES)))
	@rm -f $$@
	@ar rcs $$@ $$^
$(BUILD)/$(1)/dom0strap: $(BUILD)/$(1)/obj/main.o $(BUILD)/$(1)/libdom0strap.a
	@echo "  $(1): $$@"
	@$(2) $(3) $(4) $$^ $(5) -o $$@
-include $$(patsubst installer/%.c,$(BUILD)/$(1)/obj/%.d,$(SOURCES))
endef

$(eval $(call compiler,static,$(STATIC_CC),$(STATIC_CFLAGS),$(STATIC_LDFLAGS),$(STATIC_LIBS)))
$(eval $(call compiler,gcc,$(CCACHE) gcc,$(CFLAGS) -O1 $(SANITIZE),,$(HOST_LIBS)))
$(eval $(call compiler,clang,$(CCACHE) clang,$(CFLAGS) -O1 $(SANITIZE),,$(HOST_LIBS)))
$(eval $(call compiler,fuzzer,$(CCACHE) clang,$(CFLAGS) -O1 $(SANITIZE) -fsanitize=fuzzer-no-link,,$(HOST_LIBS)))

$(BUILD)/dom0strap: $(BUILD)/static/dom0strap
	strip -o $@ $<

# make unit HOST_CC=gcc
HOST_CC := gcc
TESTS   := $(patsubst installer/tests/unit/%.c,$(BUILD)/$(HOST_CC)/unit/%,$(UNIT))
unit: $(TESTS) $(BUILD)/$(HOST_CC)/dom0strap
	installer/tests/run-unit $(BUILD)/$(HOST_CC)
$(BUILD)/$(HOST_CC)/unit/%: installer/tests/unit/%.c $(BUILD)/$(HOST_CC)/libdom0strap.a $(HEADERS)
	@mkdir -p $(@D)
	$(CCACHE) $(HOST_CC) $(CPPFLAGS) $(CFLAGS) -O1 $(SANITIZE) -c $< -o $@.o
	$(HOST_CC) $(SANITIZE) $@.o $(BUILD)/$(HOST_CC)/libdom0strap.a -lcmocka $(HOST_LIBS) -o $@

FUZZ_SECONDS := 5
FUZZERS := $(patsubst installer/tests/fuzz/%.c,$(BUILD)/fuzzer/%,$(FUZZ))
fuzz: $(FUZZERS) ## each fuzz target for FUZZ_SECONDS
	installer/tests/run-fuzz $(BUILD)/fuzzer $(FUZZ_SECONDS)
$(BUILD)/fuzzer/fuzz_%: installer/tests/fuzz/fuzz_%.c $(BUILD)/fuzzer/libdom0strap.a $(HEADERS)
	$(CCACHE) clang $(CPPFLAGS) $(CFLAGS) -O1 $(SANITIZE) -fsanitize=fuzzer-no-link -c $< -o $@.o
	clang $(SANITIZE) -fsanitize=fuzzer $@.o $(BUILD)/fuzzer/libdom0strap.a $(HOST_LIBS) -o $@
