// Command guest is Tritkit's WebAssembly module: core's jobs as coroutines that ask their host for bytes (docs/abi.md).
//
// A job is ordinary core code over io.ReaderAt and io.Writer. Each read and write fills a request and yields; the host
// moves the bytes and steps the job on. Only the exports (export_wasip1.go) know of memory addresses.
package main

func main() {}
