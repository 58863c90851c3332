# Everything works with Go and make alone; targets that use more say so.

GO      ?= go
BIN     := bin
PROGRAM := $(BIN)/stella
SEALED  := plugins/sealed/integration.wasm
VERSION ?= dev
LDFLAGS := -s -w -X main.release=$(VERSION)

# The program that ships is built without cgo and without paths of the machine.
export CGO_ENABLED ?= 0
GOBUILD := $(GO) build -trimpath -buildvcs=false

.PHONY: help build services services-quick demo test cosign race vet fmt truth golden bench check cross clean

help: ## show this help
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/stella with its sealed plugins and its manual page, and warm their cache
	$(GO) run -trimpath -buildvcs=false ./cmd/stella doctor plugin build plugins/integration -o $(SEALED)
	$(GOBUILD) -ldflags '$(LDFLAGS)' -o $(PROGRAM) ./cmd/stella
	mkdir -p $(BIN)/plugins && cp $(SEALED) $(BIN)/plugins/
	$(PROGRAM) doctor man > $(PROGRAM).1
	-$(PROGRAM) doctor plugin warm

services: services-quick ## build the real servers that tests use; minutes with an empty build cache
	cd testdata/services/external/vaultcore && $(GOBUILD) -ldflags '-s -w' -o ../../../../$(BIN)/services/ .
	cd testdata/services/external/s3core && $(GOBUILD) -ldflags '-s -w' -o ../../../../$(BIN)/services/ .
	cd testdata/services/external/mailpit && $(GOBUILD) -ldflags '-s -w' -o ../../../../$(BIN)/services/ tool

# Those of the demonstration and the measurements, a minute or two.
services-quick:
	cd testdata/services && $(GOBUILD) -o ../../$(BIN)/services/ ./...

demo: build services-quick ## run the checks against real registries on loopback
	sh testdata/demo.sh $(PROGRAM) $(BIN)/services/registry

# The tests run plugins in real WebAssembly by this program, and ask live
# registries where `make services` has built them.
export STELLA = $(CURDIR)/$(PROGRAM)
export STELLA_SERVICES = $(if $(wildcard $(BIN)/services/registry),$(CURDIR)/$(BIN)/services)

test: build ## run the tests; needs Go only
	$(GO) test -timeout 20m ./...
	cd testdata/thirdparty && $(GO) test ./...
	cd testdata/readers && $(GO) test ./...

# The checks themselves are single-threaded, and their tests are many, as are those
# that hold one whole run or vetting against another; that vettings run beside each
# other the rest of their tests has. Of the program, the scripts are run in which it
# does several things at once.
race: build ## run the tests under the race detector; needs a C compiler
	CGO_ENABLED=1 $(GO) test -race -timeout 25m -skip '^Test(Canaries|EveryCanary|Replay|PlanIsTheRun|Rebuild|DescribeDiffers|EnginesDiffer|VetIsReproducible|VetFirstParty|Lies)' $$($(GO) list ./... | grep -v -e /plugins/integration -e /cmd/stella)
	CGO_ENABLED=1 $(GO) test -race -timeout 25m ./cmd/stella -run TestScripts

cosign: build ## hold our signatures against cosign itself, which is built first; minutes with an empty build cache
	cd testdata/cosign && $(GOBUILD) -o ../../$(BIN)/services/cosign github.com/sigstore/cosign/v2/cmd/cosign
	cd testdata/cosign && COSIGN=$(CURDIR)/$(BIN)/services/cosign $(GO) test -count=1 ./...

vet: ## vet the host's and the guest's build
	$(GO) vet ./...
	GOOS=wasip1 GOARCH=wasm $(GO) vet ./sdk ./sdk/wire ./plugins/integration
	cd testdata/thirdparty && $(GO) vet ./...
	cd testdata/services && $(GO) vet ./...
	cd testdata/readers && $(GO) vet ./...
	cd testdata/cosign && $(GO) vet ./...

fmt: ## format the sources
	gofmt -w cmd host plugins sdk testdata

truth: build ## derive the truth tables of the checks, natively and inside WebAssembly
	$(GO) test ./plugins/integration -run TestTruthTables -update -truth-wasm

golden: ## rewrite the golden files from what the code does now
	$(GO) test $$(grep -rlE 'flag.Bool\("update"|sdktest.Run' --include='*_test.go' host sdk plugins cmd | xargs -n1 dirname | sort -u | sed 's|^|./|') -update
	cd testdata/readers && $(GO) test ./schemas -update

bench: build services-quick ## measure; prints medians and ratios
	$(GO) test -run '^$$' -bench . -benchtime 1s -count 3 ./sdk/wire ./host/...
	$(GO) test -run '^$$' -bench . -benchtime 20x -count 5 ./cmd/stella

cross: ## build for the other systems
	GOOS=linux GOARCH=arm64 $(GOBUILD) -o /dev/null ./cmd/stella
	GOOS=darwin GOARCH=arm64 $(GOBUILD) -o /dev/null ./cmd/stella
	GOOS=windows GOARCH=amd64 $(GOBUILD) -o /dev/null ./cmd/stella

check: vet test race cross ## everything that must hold, then the tree must be clean
	@test -z "$$(gofmt -l cmd host plugins sdk testdata)" || { gofmt -l cmd host plugins sdk testdata; exit 1; }
	$(GO) mod tidy -diff
	@git diff --exit-code --stat

clean: ## remove what was built
	rm -rf $(BIN) plugins/sealed/*.wasm
