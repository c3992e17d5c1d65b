.PHONY: build test

build:
	go build -o bin/logcap ./cmd/logcap

test:
	go test -race ./...
