# `make test` is all that is checked before a change lands.

# After this the tests of real hosts are hung. The whole of `make test` takes some 14 minutes on two
# cores that nobody else uses.
E2E_LIMIT := 30m

.PHONY: build test lint tools unit long e2e bench faults

build:
	go build -buildvcs=auto -o sparkops .

test: lint tools unit e2e

lint:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...

tools:
	@testdata/tools.sh

# What is held against ssh, bash and sh case by case has no use for the race detector, which
# makes it three times as slow: it runs without, by shelltest.Unwatched. Most of the rest waits:
# four packages at a time. -short: 2,000 of the 10,000 configurations that ssh -G is asked about,
# and 40 of the 200 pushes that are killed and cut at random moments; make long has all of them,
# and 20 starts at the same moment instead of 6.
unit:
	go test -race -p 4 ./...
	go test -short -skip ^TestScript$$ . ./envfile ./envfile/lint ./inventory ./keys ./sandbox ./shell ./spark ./ssh ./ssh/config

long:
	go test -count=1 -run 'TestPush|TestRandomFilesAsOpenSSH' . ./ssh/config
	SPARKOPS_E2E=1 go test -count=1 -v -run TestStartAtTheSameMoment ./e2e

# One test: SPARKOPS_E2E=1 go test ./e2e -v -count=1 -run 'TestKilledWorker/3.5'
e2e:
	@e2e/prerequisites.sh; code=$$?; \
	if [ $$code = 3 ]; then exit 0; fi; \
	if [ $$code != 0 ]; then exit $$code; fi; \
	SPARKOPS_E2E=1 go test -short -count=1 -timeout $(E2E_LIMIT) -v ./e2e

# The faults that doctor finds on real hosts, into bench/faults.md.
faults:
	@e2e/prerequisites.sh
	SPARKOPS_E2E=1 SPARKOPS_FAULTS=$(CURDIR)/bench/faults.md go test -count=1 -timeout $(E2E_LIMIT) -run 'TestDoctorFinds' ./e2e

bench:
	@e2e/prerequisites.sh bench
	go run ./bench
