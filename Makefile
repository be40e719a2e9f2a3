# The project's commands. CONTRIBUTING.md lists them with their time.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
CROSS       = linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64 wasip1/wasm js/wasm linux/386
FUZZTIME    = 20s

DEMO = build/demo

.PHONY: demo build test check lint cross fuzz bench model-2b4t

build: ## the command, stripped
	CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o build/trit ./cmd/trit

demo: build ## a small checkpoint: shown, converted, verified, compared
	@rm -rf $(DEMO) && mkdir -p $(DEMO)
	@go run ./internal/synth/make $(DEMO)/master bf16-master
	./build/trit show $(DEMO)/master
	./build/trit convert $(DEMO)/master -o $(DEMO)/model.gguf --type i2_s
	./build/trit verify $(DEMO)/model.gguf
	./build/trit convert $(DEMO)/model.gguf -o $(DEMO)/tq2.gguf --type tq2_0 -q
	./build/trit diff $(DEMO)/model.gguf $(DEMO)/tq2.gguf

test: lint cross ## everything that CI runs
	$(MAKE) fuzz
	GOARCH=386 go test -short ./core/... ./internal/...
	go test -tags purego ./core/...
	@if command -v gcc >/dev/null; then go test -race -short ./...; else echo "SKIP: no gcc, so no -race"; fi
	go test -count=1 ./...

check: ## the short form for people
	go vet ./... && go test -short ./...

lint:
	@files="$$(gofmt -l .)"; [ -z "$$files" ] || { echo "gofmt would change: $$files"; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...

cross:
	@for t in $(CROSS); do echo "build $$t"; CGO_ENABLED=0 GOOS=$${t%/*} GOARCH=$${t#*/} go build ./... || exit 1; done

fuzz: ## each fuzz target for FUZZTIME
	@grep -rlE '^func Fuzz' --include='*_test.go' . | while read -r f; do \
		for t in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' "$$f"); do \
			echo "fuzz $$t ($$(dirname $$f))"; go test -run '^$$' -fuzz "^$$t$$" -fuzztime $(FUZZTIME) "$$(dirname $$f)" || exit 1; \
		done; done

model-2b4t: ## the full 2B-4T shape in build/models: bf16 master (4.8 GB), packed folder, i2_s GGUF (1.2 GB each)
	go run ./internal/synth/make build/models 2b4t

bench:
	go test -run '^$$' -bench . ./...
