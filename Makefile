# The commands of daily work. `make` alone lists them.

# The processor of the functions, as Lambda names it: arm64 or x86_64.
ARCH ?= arm64
GOARCH_arm64 := arm64
GOARCH_x86_64 := amd64
GOARCH := $(or $(GOARCH_$(ARCH)),$(error ARCH is $(ARCH): use arm64 or x86_64))

# What Lambda runs. Without cgo no C compiler for it is needed; lambda.norpc leaves out what only the retired go1.x
# runtime used, and nethttpomithttp2 HTTP/2, which neither Lambda nor DynamoDB speaks to a function; without the commit's
# stamp a binary changes only when its code does, and only then is deployed again.
GO_BUILD := GOOS=linux GOARCH=$(GOARCH) CGO_ENABLED=0 go build -buildvcs=false -trimpath -tags lambda.norpc,nethttpomithttp2 -ldflags "-s -w"

# Pages are long and hardly ever in a loop: what inlining would save them is less than what it adds to their size. What
# loops over the words of a handshake is left as it is.
COMPILE_Dashboard := -gcflags=all=-l $(patsubst %,-gcflags=%=,runtime crypto/internal/fips140/edwards25519/field)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: ## the whole store in one process, with nothing but Go; its data are in ./data
	go run ./cmd/agentstore

.PHONY: reset
reset: ## remove the store in ./data, with all that was bought
	go run ./cmd/agentstore reset

.PHONY: seed
seed: ## write the catalog to the store
	go run ./cmd/agentstore seed

.PHONY: verify
verify: ## read all data of the store, and check its books against every promise
	go run ./cmd/agentstore verify

.PHONY: test
test: ## every test that this machine can run; with CI=true, every test
	@scripts/test

.PHONY: lint
lint: ## vet, staticcheck, formatting, tidy module files
	go vet ./...
	go tool staticcheck ./...
	@unformatted=$$(go tool gofumpt -l .) && test -z "$$unformatted" || \
		{ echo "run 'go tool gofumpt -w .' for:" "$$unformatted" >&2; exit 1; }
	go mod tidy -diff

.PHONY: lint-openapi
lint-openapi: ## check openapi.json by the rules of redocly and spectral
	scripts/openapi-lint

.PHONY: clients
clients: ## make clients of openapi.json in five languages, and buy with each
	go vet -tags clients ./internal/test/clients
	go test -tags clients -count 1 -parallel 2 -timeout 10m -v ./internal/test/clients

.PHONY: mcp-clients
mcp-clients: ## buy over MCP with the clients that others use
	go vet -tags clients ./internal/test/mcpclients
	go test -tags clients -count 1 -parallel 2 -timeout 5m -v ./internal/test/mcpclients

# In two steps: a failing command must not leave an empty file behind.
.PHONY: generate
generate: ## write the generated files anew, openapi.json among them
	go generate ./...
	go run ./cmd/agentstore openapi > openapi.json.new || { rm -f openapi.json.new; exit 1; }
	mv openapi.json.new openapi.json

.PHONY: build
build: ## compile all functions for Lambda into build/
	$(GO_BUILD) -o $(or $(INTO),build/) ./functions/...

# What agentstore runs on. It is Go alone, so that one machine builds for all.
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

.PHONY: build-all
build-all: ## compile agentstore for every system into build/
	@for platform in $(PLATFORMS); do \
		echo "build/$$platform/"; \
		CGO_ENABLED=0 GOOS=$${platform%/*} GOARCH=$${platform#*/} \
			go build -trimpath -ldflags "-s -w" -o "build/$$platform/" ./cmd/agentstore || exit 1; \
	done

.PHONY: sam-validate
sam-validate: ## check template.yaml
	scripts/sam validate --lint

# After a build, what SAM does side by side finds everything compiled.
.PHONY: sam-build
sam-build: build ## package all functions for deployment, and print their sizes
	ARCH=$(ARCH) scripts/sam build --parallel --parameter-overrides Architecture=$(ARCH)
	@ARCH=$(ARCH) scripts/sizes

# The processor of this machine, as Lambda names it. What is built for it stays apart from what is to be deployed.
HERE := $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86_64)

.PHONY: stack
stack: ## deploy to an emulator of AWS on this machine, buy there, and delete it again
	@scripts/ministack
	@$(MAKE) build ARCH=$(HERE) INTO=build/$(HERE)/
	ARCH=$(HERE) scripts/sam build --parallel --build-dir build/stack --parameter-overrides Architecture=$(HERE)
	go test -timeout 5m ./internal/test/stack -run TestStack -v -count 1 -built build/stack/template.yaml -architecture $(HERE)

.PHONY: cloudalone
cloudalone: ## buy a server from an emulator of Hetzner Cloud that others have made
	@scripts/cloudalone
	go vet -tags cloudalone ./internal/test/hetznerfake
	go test -tags cloudalone -count 1 -timeout 3m -run TestCloudalone -v ./internal/test/hetznerfake

# Called by `sam build` with the logical id of each function. QuoteCreateFunction is built from functions/quote_create.
build-%Function:
	@$(if $(ARTIFACTS_DIR),,$(error ARTIFACTS_DIR is not set))
	@$(GO_BUILD) $(COMPILE_$*) -o "$(ARTIFACTS_DIR)/bootstrap" ./functions/$$(echo $* | sed 's/\([a-z0-9]\)\([A-Z]\)/\1_\2/g' | tr A-Z a-z)

# COMMIT names one before HEAD, the present one if it is left out.
.PHONY: release
release: ## make the release VERSION, as 0.2.0: its folder, its entry in docs/changes.md, its tag
	go run ./cmd/release $(if $(COMMIT),-commit $(COMMIT)) make "$(VERSION)"

.PHONY: startup
startup: ## measure how long a function takes to start
	go vet -tags startup ./internal/test/startup
	go test -tags startup -count 1 -v ./internal/test/startup

.PHONY: compatible
compatible: ## refuse what breaks a client of the last release, unless docs/changes.md names it
	go run ./cmd/release check

.PHONY: dynamodb-local
dynamodb-local: ## an empty DynamoDB Local at PORT (8000), for sam local
	@scripts/dynamodb-local run

.PHONY: bench
bench: ## run the benchmarks
	go test -run '^$$' -bench . -benchmem ./...

# PARENT=HEAD^ measures that commit beside this one; FLAGS="-pairs 1000 -connections 32" chooses rows.
.PHONY: bench-load
bench-load: ## what the store carries over HTTP; FLAGS=-h lists the flags, PARENT=HEAD^ compares
	go run ./cmd/benchload $(if $(PARENT),-parent $(PARENT)) $(FLAGS)

# A million rows take some minutes, and 3 GB for the time being; ROWS=10000 takes seconds.
.PHONY: bench-lists
bench-lists: ## what a page of a long list takes, and a search: time, calls, read units
	go test -timeout 1h -count 1 -run 'TestListsAreFlat|TestSearchIsFlat' ./pkg/dynamo -v -rows $(or $(ROWS),1000000)

# Five minutes for all of BUYERS, each for WINDOW after a quarter of that.
BUYERS ?= 1,4,16,64,256
WINDOW ?= 2s
.PHONY: bench-buyers
bench-buyers: ## what buyers who never stop get of one account, and of one each: one table
	go test -timeout 30m -count 1 -run 'TestBuyers$$' ./pkg/shop -v -buyers $(BUYERS) -window $(WINDOW)

# The README shows three of them.
.PHONY: pictures
pictures: ## a picture of every page, on a wide screen and on a phone, in build/pictures
	mkdir -p build/pictures docs/pictures
	DASHBOARD_PICTURES=$(CURDIR)/build/pictures go test -count 1 -run 'TestTour|TestStory' ./pkg/dashboard
	for name in catalog service approval; do cp build/pictures/$$name-wide.png docs/pictures/$$name.png; done

# Each says its seed when it fails.
.PHONY: proof
proof: ## the long proofs: random calls on both engines, crashes, damage, histories
	go test -timeout 2h -run TestEnginesAnswerAlike ./internal/test/dynamotest -v -rapid.seed 0 -rapid.checks $(or $(CHECKS),5000)
	go test -timeout 1h ./pkg/embedded -v -long -rapid.checks 2000
	go test -timeout 1h -run TestKilledAtAnyMoment ./cmd/agentstore -v -kills 50
	go test -timeout 1h -run TestHistories ./internal/test/sim -v -histories 10000
	go test -timeout 1h -run Crash ./internal/test/sim -v -pairs
	go test -timeout 1h -run TestLives ./internal/test/sim -v -lives $(or $(LIVES),500) -first $(or $(FIRST),1)
	go test -timeout 1h -run TestWalk ./pkg/product/server -v -steps 10000
	go test -timeout 1h -run TestExtendModel ./internal/test/license -v -rapid.checks 1000
	$(MAKE) fuzz-api FUZZTIME=10m SEED=0

.PHONY: fuzz
fuzz: ## fuzz each target for FUZZTIME (30s)
	@scripts/fuzz

# The same SEED makes the same requests; 0 is another one each time.
.PHONY: fuzz-api
fuzz-api: ## have schemathesis try the APIs by openapi.json, both at once for FUZZTIME (60s)
	@scripts/schemathesis --version
	go test -timeout 2h ./internal/test/schemathesis -run TestAPIs -v -count 1 -each $(or $(FUZZTIME),60s) -seed $(or $(SEED),1)

.PHONY: clean
clean: ## remove what was built
	rm -rf build .aws-sam
