# make help lists what there is.
.PHONY: help test race lint generate tour matrix fuzz bench build chart
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME ?= 20s
GOTEST ?= go test
PACKAGES = $(shell go list -f '{{.Dir}}' ./... | sed 's#^$(CURDIR)#.#')
RACE = -race -vet=off -gcflags=modernc.org/sqlite/lib=-race=false

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

test: ## the everyday tests
	$(GOTEST) ./...

# SQLite itself is C translated to Go: watching each of its memory accesses finds nothing of
# ours and takes two thirds of the time. The stories of ./bot have the machine to themselves.
race: ## the same under the race detector, the stories in HTTP mode
	CGO_ENABLED=1 $(GOTEST) $(RACE) -timeout 20m $(filter-out ./bot,$(PACKAGES))
	CGO_ENABLED=1 AIRPASS_SLACK=http $(GOTEST) $(RACE) -timeout 40m ./bot

lint: ## vet and linters
	go vet ./... && go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run ./...

generate: ## the store's Go code from its queries
	cd store && CGO_ENABLED=0 go run github.com/sqlc-dev/sqlc/cmd/sqlc@v1.31.1 generate && rm -r lite-discarded

tour: ## the whole story against the sandbox
	go run ./cmd/airpass sandbox --tour

matrix: ## kill at every call to the outside, on both stores; switch every rule off; every story with three replicas; a rolling upgrade
	AIRPASS_MATRIX=full $(GOTEST) -count=1 -vet=off -timeout 40m -run 'Kill|Siege|Matrix|RollingUpgrade|RuleThatIsSwitchedOff' ./bot ./cmd/airpass ./internal/mutants
	AIRPASS_REPLICAS=3 $(GOTEST) -count=1 -vet=off -timeout 20m -skip '^Test(Kill|HTTPMode|Replicas)' ./bot

# The fuzzer is told of each branch of our own code: with those of SQLite and of the vendors'
# clients everything would be compiled for it, which takes minutes.
FUZZ = -vet=off -gcflags=all=-d=libfuzzer=0 -gcflags=airpass/...=

fuzz: ## every fuzz target for FUZZTIME
	@set -e; all=$$(grep -rEo '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' .) || { echo "there is no fuzz target"; exit 1; }; \
	for found in $$(echo "$$all" | sed 's/:func /:/'); do \
	  pkg=$$(dirname "$$found"); f=$${found##*:}; \
	  echo "$$pkg $$f"; go test $(FUZZ) -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x "$$pkg"; \
	done

bench: ## the benchmarks of docs/performance.md, one after another: leave the machine alone for three quarters of an hour
	go test -p 1 -run '^$$' -bench . -benchtime 1x -timeout 90m ./bot
	go test -p 1 -run '^$$' -bench Past -benchtime 1x -timeout 30m ./store
	go test -p 1 -run '^$$' -bench Build -benchtime 1x ./campaigns
	go test -p 1 -run '^$$' -bench Report -benchtime 1x ./campaigns/report
	AIRPASS_BENCH_EVENTS=1000000 go test -p 1 -run '^$$' -bench Trail -benchtime 1x -timeout 60m ./store
	go test -p 1 -run '^$$' -bench 'Handle|Needs|Audit|Due' -benchmem ./handlers ./policy ./store

chart: ## the Helm chart, by Helm's linter and Kubernetes' types
	cd deploy/verify && CGO_ENABLED=0 go test ./...

build: ## a static binary in dist/
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o dist/airpass ./cmd/airpass
