# `make` is what CI runs. Every target installs what it needs on a fresh Debian 12 that has the .NET SDK.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := all
.NOTPARALLEL:

CONFIG ?= Release
# What runs the demo, once it is built; CI says `timeout 20`.
DEMO_LIMIT ?=
MESHCA := artifacts/bin/MeshCA/$(shell echo $(CONFIG) | tr A-Z a-z)/meshca

export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1

.PHONY: all help deps restore format format-check build pack test test-long demo run bench container clean

all: format-check test ## what CI runs: restore, format check, build, test

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps:
	@scripts/install-deps.sh sdk

restore: deps ## restore packages exactly as the lock files say
	@scripts/dotnet.sh restore MeshCA.sln --locked-mode -v q

format: restore ## rewrite whitespace and style
	@scripts/dotnet.sh format MeshCA.sln --no-restore

# Style rules (IDE*) are errors of the build already; this adds the whitespace of files that it does not see. The
# slashes at the end matter: without them the command checks nothing, and succeeds.
format-check: deps ## fail on badly formatted files
	@scripts/dotnet.sh format whitespace . --folder --verify-no-changes --include src/ tests/

build: restore ## build everything, warnings as errors
	@scripts/dotnet.sh build MeshCA.sln -c $(CONFIG) --no-restore -v q

pack: build ## the libraries as NuGet packages in artifacts/packages, each tried out by a program that knows only them
	@scripts/pack.sh $(CONFIG)

test: build ## all tests but the long ones; ends with `N passed, N failed, N skipped`
	@scripts/install-deps.sh test
	@scripts/test.sh test $(CONFIG)

test-long: build ## the tests marked [Trait("Category", "Long")], those against a real kube-apiserver among them
	@scripts/install-deps.sh test
	@scripts/install-kubernetes.sh || echo 'without a real API server its tests fail' >&2
	@scripts/install-go-spiffe.sh || echo 'without go-spiffe its tests fail' >&2
	@scripts/test.sh test-long $(CONFIG)

demo: build ## two workloads get certificates and talk mTLS, in under 20 s
	@scripts/install-deps.sh demo
	@$(DEMO_LIMIT) $(MESHCA) demo $(ARGS)

run: build ## a development server; ARGS='...' passes more options
	@exec $(MESHCA) serve --dev $(ARGS)

bench: build ## micro-benchmarks, then the load comparison where MESHCA_BENCH has its tools
	@scripts/install-deps.sh bench
	@scripts/bench.sh $(CONFIG)

container: deps ## the self-contained program, run as uid 65532 on a read-only root; BASE=image ARCHIVE=file packs an image of it
	@scripts/install-deps.sh test
	@scripts/container.sh publish
	@scripts/container.sh check
	@$(if $(BASE),scripts/container.sh image $(BASE) $(abspath $(or $(ARCHIVE),artifacts/container/meshca.tar)))

clean: ## remove everything that was built
	@rm -rf artifacts
