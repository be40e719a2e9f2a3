# The project's commands. CONTRIBUTING.md lists them with their time.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
WAZERO      = github.com/tetratelabs/wazero/cmd/wazero@v1.12.0
CROSS       = linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64 wasip1/wasm js/wasm linux/386
FUZZTIME    = 20s

DEMO     = build/demo
# What runs on every system and in WebAssembly: tested there too.
PORTABLE = ./core/... ./internal/malformed ./internal/synth
# What runs models: tested on every processor and system that it has a kernel for, and without one.
RUNNING  = ./native/kernel ./native/infer ./native/sample ./native/generate

# Exhaustive tests of one thread: the race detector makes them ten times slower and has nothing to find in them.
ONETHREAD = TestEveryFormConvertsToTheSameTrits|TestEveryTypeConvertsToEveryOther|TestTheFastWayEqualsTheStraightOne|TestFoldersReproduceCodesAndScale|TestOracle.*|TestTheLargestSumsFit|TestLogitsOfTransformers.*|TestNodesOfTransformers|TestFoldersAsPeopleHaveThem|TestTheErrorOfTheScreen.*|TestEveryFormHasTheSameLogits|TestWhateverTheHostAnswersTheJobEnds|TestEveryRead.*|TestReadsMayBeOfOneByte|TestEveryWriteMayFail|TestEveryFileOfAFolderMayFail|TestACancelledJobEndsAtEveryStep|TestConversion.*IsByteIdentical|TestConversionOptionsReachTheModule|TestInspectSaysWhatCoreSays|TestDiffSaysWhatCoreSays|TestPeekShowsWhatCoreShows|TestFoldersGoneWrong.*|TestTheMalformedListThroughTheModule|TestStrictGivesTheSameResults|TestTheMemoryLimitHolds|TestTheHeadsOfATrainedModel

# $(call with,TOOL,what is left out without it,COMMAND): what a machine lacks is one line, and in CI a failure.
with = @if command -v $(1) >/dev/null; then $(3); else echo "SKIP: no $(1), so no $(2)"; [ -z "$$CI" ]; fi

.PHONY: demo build module test check lint cross fuzz race test-386 test-purego test-wasm test-arm64 test-windows test-packages web test-web test-firefox test-large dist dist-test examples bench kernels model-2b4t proof-real

build: ## the command, stripped
	CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o build/trit ./cmd/trit

module: ## the WebAssembly module: build/tritkit.wasm, and a copy for programs that carry it
	go run ./internal/module

demo: build ## a small trained checkpoint: shown, converted, verified, compared, run
	@rm -rf $(DEMO) && mkdir -p $(DEMO)
	./build/trit show testdata/trained
	./build/trit convert testdata/trained -o $(DEMO)/model.gguf --type i2_s
	./build/trit verify $(DEMO)/model.gguf
	./build/trit convert $(DEMO)/model.gguf -o $(DEMO)/tq2.gguf --type tq2_0 -q
	./build/trit diff $(DEMO)/model.gguf $(DEMO)/tq2.gguf
	./build/trit run $(DEMO)/model.gguf --raw "The function returns" -n 32 --seed 6 --stats

test: lint cross fuzz test-386 test-purego race test-wasm test-arm64 test-windows test-packages test-web dist-test ## everything that CI runs
	tools/gotest ./...

check: ## the short form for people
	go vet ./... && go test -short ./...

lint:
	@files="$$(gofmt -l cmd core native internal)"; [ -z "$$files" ] || { echo "gofmt would change: $$files"; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...

cross: ## builds for every system; WebAssembly is the core's alone
	@for t in $(CROSS); do \
		echo "build $$t"; what=./...; case $$t in */wasm) what=./core/...;; esac; \
		CGO_ENABLED=0 GOOS=$${t%/*} GOARCH=$${t#*/} go build $$what || exit 1; \
	done

fuzz: ## each fuzz target for FUZZTIME
	tools/fuzz $(FUZZTIME)

race: ## the tests under the race detector
	$(call with,gcc,-race,go test -race -short -skip '^($(ONETHREAD))$$' ./...)

test-386: ## 32 bits
	GOARCH=386 go test -short $(PORTABLE) $(RUNNING)

test-purego: ## without assembly
	go test -short -tags purego $(PORTABLE) $(RUNNING)

test-wasm: ## WebAssembly: under node, and as WASI under wazero
	$(call with,node,js/wasm,GOOS=js GOARCH=wasm go test -short -exec "$$(go env GOROOT)/lib/wasm/go_js_wasm_exec" $(PORTABLE))
	@GOBIN="$(CURDIR)/build/bin" go install $(WAZERO)
	PATH="$(CURDIR)/build/bin:$$PATH" GOWASIRUNTIME=wazero GOOS=wasip1 GOARCH=wasm go test -short -exec "$$(go env GOROOT)/lib/wasm/go_wasip1_wasm_exec" $(PORTABLE)

test-arm64: ## linux/arm64 under qemu; the kernels also on a processor without SDOT
	$(call with,qemu-aarch64-static,arm64,GOARCH=arm64 go test -short -exec qemu-aarch64-static $(PORTABLE) $(RUNNING))
	$(call with,qemu-aarch64-static,arm64,QEMU_CPU=cortex-a53 GOARCH=arm64 go test -short -count=1 -exec qemu-aarch64-static ./native/kernel)

test-windows: ## windows/amd64 under wine
	$(call with,wine,windows/amd64,GOOS=windows GOARCH=amd64 go test -short -exec "$(CURDIR)/tools/wine" $(PORTABLE) $(RUNNING))

test-packages: build module ## the npm package and the Python wheel, installed as people do, against the command
	$(call with,npm,npm package,packages/test npm)
	$(call with,python3,Python package,packages/test python)

web: module ## the page for the browser, in www/dist
	$(call with,npm,page,cd www && npm ci --silent --no-audit --no-fund && npm run --silent build && cd .. && go run ./internal/release -page www/dist -o www/page.zip)

test-web: build web ## the page: what it weighs, its parts, then all of it in Chromium
	$(call with,npm,page,tools/test-web)

test-firefox: build web ## the pages in Firefox
	tools/test-web firefox

test-large: build web ## the full 2B-4T shape through the page: needs make model-2b4t
	cd www && npm run --silent build-test && node --test --test-reporter spec test/large.test.mjs && node test/bench.mjs ../build/models/bf16

examples: build module ## the module in other hosts, against the command; compiles for minutes
	examples/run

dist: web ## the six release archives, in dist, the page in them
	go run ./internal/release -o dist

dist-test: ## the archives built twice, unpacked, and started where that can be done
	tools/dist-test

kernels: ## the assembly of native/kernel, from its generator
	cd native/kernel/_gen && go run . ..

model-2b4t: ## the full 2B-4T shape in build/models: bf16 master (4.8 GB), packed folder, i2_s GGUF (1.2 GB each)
	go run ./internal/synth/make build/models 2b4t

proof-real: build ## downloads BitNet 2B-4T in its three forms and holds trit against what was published: docs/real-models.md
	@go build -o build/proof ./internal/proof
	./build/proof $(PROOF)

bench: ## every benchmark
	go test -run '^$$' -bench . ./...
