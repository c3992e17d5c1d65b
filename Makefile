# Everything here works offline but `toolchains`; go fetches modules on first use.
.PHONY: build image demo test lint format vet staticcheck tidy modules cross docs toolchains clean

# The Go releases that tests build targets with: what a profile looks like differs by release.
TOOLCHAINS = go1.21.13 go1.22.12 go1.23.12 go1.24.13 go1.25.8 go1.27.4
PLATFORMS  = linux/arm64 darwin/arm64 windows/amd64
# Modules of their own: programs that tests watch, and tools with heavy dependencies.
MODULES    = $(patsubst %/go.mod,%,$(shell find testdata scripts -name go.mod 2>/dev/null | sort))

build:
	go build -o bin/logcap ./cmd/logcap

# The container image "logcap": the static binary alone, without asking a registry.
image:
	mkdir -p bin/image
	CGO_ENABLED=0 go build -trimpath -ldflags=-s -o bin/image/logcap ./cmd/logcap
	docker build -t logcap -f deploy/Dockerfile bin/image

# Watches a small leaking service for 20 seconds and writes the report.
demo: build
	bin/logcap leak-watch demo -o text -o md=leak-report.md
	@echo
	@echo "Read leak-report.md: the summary says what grows and how fast,"
	@echo "Root Cause names the go statement and the line it is blocked at."
	@echo "Then watch a process of yours:  bin/logcap leak-watch localhost:6060"

test:
	go test -race ./...

lint: format vet staticcheck tidy

format:
	@files="$$(git ls-files -z '*.go' | xargs -0 gofmt -l)"; \
	test -z "$$files" || { echo "not as gofmt writes them:"; echo "$$files"; exit 1; }

vet:
	go vet ./...

staticcheck:
	go tool -modfile=tools/go.mod staticcheck ./...

tidy:
	go mod tidy -diff
	go mod verify
	cd tools && go mod tidy -diff

# The leaking programs are built and their own tests run; vet would find the leaks they are there for.
modules:
	@set -e; for m in $(MODULES); do echo "module $$m"; (cd $$m && go build -o /dev/null ./... && go test -vet=off ./...); done

cross:
	@set -e; for p in $(PLATFORMS); do echo "$$p"; \
	GOOS=$${p%/*} GOARCH=$${p#*/} CGO_ENABLED=0 go vet ./...; \
	GOOS=$${p%/*} GOARCH=$${p#*/} CGO_ENABLED=0 go build -o /dev/null ./cmd/logcap; done

# docs/ from the commands themselves; a test fails when it is stale.
docs:
	go test ./commands -run TestGeneratedDocs -update

toolchains:
	@set -e; for v in $(TOOLCHAINS); do GOTOOLCHAIN=$$v go version; done

clean:
	rm -rf bin leak-report.md
