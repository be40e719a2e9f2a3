module github.com/tritkit/tritkit

go 1.26.0

require (
	github.com/andybalholm/brotli v1.3.0 // tests of internal/module: what the module weighs on the way to a page
	github.com/dlclark/regexp2/v2 v2.13.0 // tests of core/tokenizer: the split patterns as they are written
	github.com/edsrzf/mmap-go v1.2.0 // native/files: mapped weights, memory outside the heap
	github.com/go-json-experiment/json v1.27.2 // tests of core: jsontext, which core/json is held beside
	github.com/mattn/go-runewidth v0.0.16 // cmd/trit: columns of text in any script
	github.com/rivo/uniseg v0.4.7 // cmd/trit: what one character is, where a line is edited; go-runewidth brings it
	github.com/rogpeppe/go-internal v1.16.0 // tests of cmd/trit: transcripts
	github.com/spf13/cobra v1.10.2 // cmd/trit: commands, flags, completion
	github.com/stretchr/testify v1.12.1 // tests: require
	github.com/tetratelabs/wazero v1.12.0 // wasm/host: the module in a Go program
	github.com/vbauerster/mpb/v8 v8.9.3 // cmd/trit: progress bars
	golang.org/x/sys v0.49.0 // native/files: locks, reservation of space; native/kernel: what the processor has; cmd/trit: the console of Windows; wasm/host: whether wazero compiles here
	golang.org/x/term v0.47.0 // cmd/trit: terminals
	pgregory.net/rapid v1.3.0 // tests: laws over drawn inputs
)

require (
	github.com/VividCortex/ewma v1.2.0 // indirect
	github.com/acarl005/stripansi v0.0.0-20180116102854-5a71ef0e047d // indirect
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/spf13/pflag v1.0.9 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/tools v0.26.0 // indirect
)
