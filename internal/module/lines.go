package main

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// A Go program knows the file and line of each of its instructions, for what it prints when it dies: a fourteenth of the
// module, compressed. The names of functions stay, and how far into one it was: a build without this step has the same
// code, and the lines.

// lineTable is how runtime.pcHeader starts here: the magic of Go 1.20 and later, instructions of one byte, pointers of
// eight. Source: GOROOT at 1.26.8, src/internal/abi/symtab.go, src/runtime/symtab.go and runtime2.go (_func).
var lineTable = []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}

// Of _func, in bytes.
const (
	pcsp, pcfile, pcln, npcdata = 16, 20, 24, 28
	cuOffset, startLine         = 32, 36
	pcdata                      = 44 // the first of npcdata
)

var errLines = errors.New("the table of lines is not as Go 1.26 writes it: internal/module/lines.go has to learn the new form")

// dropLines clears the tables of lines and of file names in memory that holds runtime.pclntab.
func dropLines(memory []byte) error {
	if bytes.Count(memory, lineTable) != 1 {
		return errLines
	}
	t := &pclntab{b: memory[bytes.Index(memory, lineTable):]}
	functions := t.word(8)
	names, units, files, numbers, index := t.word(32), t.word(40), t.word(48), t.word(56), t.word(64)
	if t.bad || functions == 0 || !(72 <= names && names < units && units <= files && files < numbers && numbers < index && index < len(t.b)) {
		return errLines
	}
	clear(t.b[units:numbers])
	used, lines := map[int]bool{}, map[int]bool{}
	for i := range functions {
		f := index + t.u32(index+8*i+4)
		used[t.u32(f+pcsp)] = true
		for k := range min(t.u32(f+npcdata), 16) {
			used[t.u32(f+pcdata+4*k)] = true
		}
		for _, field := range [...]int{pcfile, pcln} {
			lines[t.u32(f+field)] = true
			t.clear(f+field, 4)
		}
		t.clear(f+cuOffset, 4)
		t.clear(f+startLine, 4)
	}
	for at := range lines {
		if at != 0 && !used[at] { // 0 is no table
			t.clearSteps(numbers+at, index)
		}
	}
	if t.bad {
		return errLines
	}
	return nil
}

// pclntab is the table from its header on; what lies outside makes it bad, and reads as 0.
type pclntab struct {
	b   []byte
	bad bool
}

func (t *pclntab) u32(at int) int {
	if at < 0 || at > len(t.b)-4 {
		t.bad = true
		return 0
	}
	return int(binary.LittleEndian.Uint32(t.b[at:]))
}

// word reads eight bytes of the header, which hold no number beyond 32 bits.
func (t *pclntab) word(at int) int {
	t.bad = t.bad || t.u32(at+4) != 0
	return t.u32(at)
}

func (t *pclntab) clear(at, n int) {
	if at < 0 || at > len(t.b)-n {
		t.bad = true
		return
	}
	clear(t.b[at : at+n])
}

// clearSteps clears a table of steps: pairs of varints, a value's and an instruction's, up to a value's step of 0 that is
// not the first.
func (t *pclntab) clearSteps(at, end int) {
	for from, i := at, at; i < end && i < len(t.b); {
		if t.b[i] == 0 && i > from {
			clear(t.b[from : i+1])
			return
		}
		for range 2 {
			_, n := binary.Uvarint(t.b[i:min(end, len(t.b))])
			if n <= 0 {
				t.bad = true
				return
			}
			i += n
		}
	}
	t.bad = true
}
