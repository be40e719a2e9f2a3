package host

// Modules written by hand, byte by byte: what no module of ours would do.

// fakeOptions are what a fake module answers.
type fakeOptions struct {
	abi    uint32
	job    int32  // what tk_job returns; 0: 1, a handle
	step   []byte // the body of tk_step; nil: unreachable
	block  []byte // the request block, at address 64
	result string // at tk_out
	lacks  string // an export that is left out
	start  []byte // the body of _initialize; nil: there is none
	pages  byte   // of memory; 0: 1
}

// Instructions.
const (
	opUnreachable = 0x00
	opLoop        = 0x03
	opEnd         = 0x0b
	opBr          = 0x0c
	opCall        = 0x10
	opLocalGet    = 0x20
	opI32Const    = 0x41
	typeI32       = 0x7f
)

// fake assembles a module with the exports of the ABI.
func fake(o fakeOptions) []byte {
	if o.job == 0 {
		o.job = 1
	}
	if o.step == nil {
		o.step = []byte{opUnreachable}
	}
	if o.pages == 0 {
		o.pages = 1
	}
	functions := []struct {
		name            string
		params, results int
		body            []byte
	}{
		{"tk_abi", 0, 1, constant(int32(o.abi))},
		{"tk_alloc", 1, 1, constant(8192)},
		{"tk_job", 3, 1, constant(o.job)},
		{"tk_step", 2, 1, o.step},
		{"tk_req", 1, 1, constant(64)},
		{"tk_out", 1, 1, constant(16)},
		{"_initialize", 0, 0, o.start},
	}
	var types, list, exports, code [][]byte
	for i, f := range functions {
		types = append(types, signature(f.params, f.results))
		list = append(list, leb(i))
		if f.body == nil {
			f.body = []byte{}
			f.name = "none"
		}
		if f.name != o.lacks {
			exports = append(exports, append(append(text(f.name), 0), leb(i)...))
		}
		body := append(append([]byte{0}, f.body...), opEnd) // no locals
		code = append(code, append(leb(len(body)), body...))
	}
	if o.lacks != "memory" {
		exports = append(exports, append(text("memory"), 2, 0))
	}
	data := make([]byte, 1024)
	data[16], data[17] = 0, 4 // the result lies at 1024
	data[20], data[21] = byte(len(o.result)), byte(len(o.result)>>8)
	copy(data[64:128], o.block)
	data = append(data, o.result...)
	segment := append([]byte{0, opI32Const, 0, opEnd}, append(leb(len(data)), data...)...)
	b := []byte("\x00asm\x01\x00\x00\x00")
	b = section(b, 1, types...)
	b = section(b, 3, list...)
	b = section(b, 5, []byte{0, o.pages})
	b = section(b, 7, exports...)
	b = section(b, 10, code...)
	return section(b, 11, segment)
}

func section(b []byte, id byte, items ...[]byte) []byte {
	content := leb(len(items))
	for _, x := range items {
		content = append(content, x...)
	}
	return append(append(append(b, id), leb(len(content))...), content...)
}

func signature(params, results int) []byte {
	b := append([]byte{0x60}, leb(params)...)
	for range params {
		b = append(b, typeI32)
	}
	b = append(b, leb(results)...)
	for range results {
		b = append(b, typeI32)
	}
	return b
}

func text(s string) []byte { return append(leb(len(s)), s...) }

// leb is an unsigned LEB128 number.
func leb(n int) (b []byte) {
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

// constant is i32.const n, whose number is a signed LEB128.
func constant(n int32) []byte {
	b := []byte{opI32Const}
	for ; n < -64 || n > 63; n >>= 7 {
		b = append(b, byte(n&0x7f)|0x80)
	}
	return append(b, byte(n&0x7f))
}
