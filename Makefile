# make          build the program and its links in bin/
# make run      build, and serve the bundled tree on http://127.0.0.1:8080
# make test     run the tests
TREE := $(CURDIR)/testdata/trees/debian
PORT ?= 8080
LINKS := apache2 httpd apache2ctl apachectl a2ensite a2dissite a2enmod a2dismod a2enconf a2disconf a2query
FUZZTIME ?= 20000x

.PHONY: all build run test check bench fuzz oracle record clean

all: build

build:
	go build -o bin/understudy ./cmd/understudy
	@for l in $(LINKS); do ln -sf understudy bin/$$l; done

run: build
	@echo "Serving $(TREE) (Ctrl-C ends it):"
	@echo "  http://127.0.0.1:$(PORT)/        the static site"
	@echo "  http://127.0.0.1:$(PORT)/hello   the WSGI application"
	@APACHE_CONFDIR=$(TREE) APACHE_PORT=$(PORT) bin/apache2ctl -D FOREGROUND

test:
	go test -timeout 30m $(TESTFLAGS) ./...

check:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	go vet ./...
	go test -race ./...

bench: build
	go run ./cmd/bench -binary bin/apache2

fuzz:
	@go list ./... | while read p; do \
	  go test -list '^Fuzz' $$p | grep '^Fuzz' | while read f; do \
	    echo "$$p $$f"; go test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$p || exit 1; \
	  done || exit 1; done

oracle: build
	python3 testdata/oracle/score.py

record:
	go test ./cmd/understudy -run 'TestScenarios$$' -update

clean:
	rm -rf bin
