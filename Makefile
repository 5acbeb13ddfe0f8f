# `make help` lists the targets. `make demo` and `make test` install what they need first.
PRESET ?= dev
JOBS ?= $(shell nproc)
PROGRAMS = valueloop valueloop-scoring valueloop-strategy valueloop-performance

.PHONY: help setup build test demo up bench lint lint-all format test-asan test-tsan

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: ## install the packages for building, testing and linting
	@scripts/setup demo test lint

build: ## build everything (PRESET=dev|release|asan|tsan)
	@scripts/setup demo test
	@cmake --preset $(PRESET) >/dev/null
	@cmake --build --preset $(PRESET) -j $(JOBS)

test: build ## build and run every test
	@scripts/run-tests $(PRESET)

demo: ## build, then play the whole loop on generated data with a real Redis
	@scripts/setup demo
	@cmake --preset $(PRESET) >/dev/null
	@cmake --build --preset $(PRESET) -j $(JOBS) --target $(PROGRAMS)
	@scripts/demo build/$(PRESET)/bin

up: ## build and run the three services until Ctrl-C, data in ./valueloop-data
	@scripts/setup demo
	@cmake --preset $(PRESET) >/dev/null
	@cmake --build --preset $(PRESET) -j $(JOBS) --target $(PROGRAMS)
	@build/$(PRESET)/bin/valueloop up

bench: ## measure speed and memory as ratios within one run (release build; BENCH="fit --customers=100000")
	@scripts/setup demo test
	@cmake --preset release >/dev/null
	@cmake --build --preset release -j $(JOBS) --target valueloop_bench
	@build/release/bin/valueloop_bench $(BENCH)

test-asan: ## unit and contract tests under the address and undefined-behaviour sanitizers
	@scripts/setup demo test lint
	@cmake --preset asan >/dev/null
	@cmake --build --preset asan -j $(JOBS) --target vl_sanitized_tests
	@scripts/run-tests asan -L 'unit|contract'

test-tsan: ## what does not link gRPC under the thread sanitizer
	@scripts/setup demo test lint
	@cmake --preset tsan >/dev/null
	@cmake --build --preset tsan -j $(JOBS)
	@scripts/run-tests tsan -L 'unit|contract'

lint: ## format of all files, contracts, clang-tidy of what the last commit changed
	@scripts/setup demo test lint
	@scripts/lint

lint-all: ## the same, clang-tidy over everything
	@scripts/setup demo test lint
	@scripts/lint --all

format: ## format all C++ files in place
	@git ls-files 'services/*.cc' 'services/*.h' 'tests/*.cc' 'tests/*.h' | xargs clang-format -i
