# The commands of this checkout; `make help` lists them. The work is done by scripts/.

# Compiled code and RocksDB live in a cache outside the checkout; set either to move them.
export ROOST_CACHE ?= $(HOME)/.cache/roost
export CARGO_TARGET_DIR ?= $(ROOST_CACHE)/target

NODES ?= 3
DATA ?= roost-data
MINUTES ?= 10
FAULTS ?=
SECONDS_EACH ?= 300
CARGO := scripts/cargo.sh
FLAGS := --release --ignore-rust-version

.DEFAULT_GOAL := help
.PHONY: help setup build dev test chaos fuzz bench fmt lint clean-data

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing on this machine
	@scripts/setup.sh

build: setup ## build ./roost
	@scripts/build.sh

dev: build ## build and start three nodes on this machine (NODES=3 DATA=roost-data)
	@scripts/dev.sh --nodes $(NODES) --data $(DATA)

test: setup ## everything: format, lints, unit and integration tests with real processes and SDKs
	@scripts/test.sh

chaos: build ## break a cluster for MINUTES=10 (FAULTS=kill,pause,… or all; as root: networks and disks, too)
	@scripts/chaos.sh --minutes $(MINUTES) $(if $(FAULTS),--faults $(FAULTS))

fuzz: setup ## look for bytes that break the AMQP decoders and engine (SECONDS_EACH=300)
	@scripts/fuzz.sh $(SECONDS_EACH)

bench: build ## measure side by side with other brokers; the table goes to benches/README.md
	@benches/run.sh

fmt: ## format the code
	@$(CARGO) fmt --all

lint: setup ## clippy on everything, warnings are errors
	@$(CARGO) clippy $(FLAGS) --workspace --all-targets -- -D warnings

clean-data: ## delete the development cluster's data (DATA=roost-data)
	@if [ -f "$(DATA)/dev.toml" ]; then rm -rf "$(DATA)" && echo "deleted $(DATA)"; \
	elif [ -e "$(DATA)" ]; then echo "$(DATA) was not made by roost dev" >&2; exit 1; fi
