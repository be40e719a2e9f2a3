// Command wine prepares a wine prefix for programs of Go 1.26, which need ProcessPrng of bcryptprimitives.dll. Wine 8
// has no such library, so this writes one: 1,024 bytes without code, whose only export forwards to the same function
// under its older name, SystemFunction036 of advapi32.dll.
//
//	wine PREFIX
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: wine PREFIX")
		os.Exit(2)
	}
	dir := filepath.Join(os.Args[1], "drive_c", "windows", "system32")
	if err := os.WriteFile(filepath.Join(dir, "bcryptprimitives.dll"), library(), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Where the one section is loaded, and where it lies in the file.
const (
	sectionRVA = 0x1000
	half       = 0x200 // headers, and the section: 512 bytes each
)

// library returns the DLL. Source of the layout: Microsoft's PE format specification.
func library() []byte {
	le := binary.LittleEndian
	b := make([]byte, 2*half)
	copy(b, "MZ")
	le.PutUint32(b[0x3c:], 0x40) // where the PE header starts
	h := b[0x40:]
	copy(h, "PE\x00\x00")
	le.PutUint16(h[4:], 0x8664)  // machine: x86-64
	le.PutUint16(h[6:], 1)       // sections
	le.PutUint16(h[20:], 240)    // size of the optional header
	le.PutUint16(h[22:], 0x2022) // executable, large addresses, DLL
	o := h[24:]
	le.PutUint16(o, 0x20b) // PE32+
	le.PutUint64(o[24:], 0x180000000)
	le.PutUint32(o[32:], sectionRVA) // section alignment
	le.PutUint32(o[36:], half)       // file alignment
	le.PutUint16(o[40:], 6)          // operating system version
	le.PutUint16(o[48:], 6)          // subsystem version
	le.PutUint32(o[56:], 2*sectionRVA)
	le.PutUint32(o[60:], half) // headers
	le.PutUint16(o[68:], 3)    // console
	le.PutUint16(o[70:], 0x100)
	le.PutUint64(o[72:], 0x100000) // stack and heap, reserved and committed
	le.PutUint64(o[80:], 0x1000)
	le.PutUint64(o[88:], 0x100000)
	le.PutUint64(o[96:], 0x1000)
	le.PutUint32(o[108:], 16) // data directories; the first is the exports
	le.PutUint32(o[112:], sectionRVA)
	le.PutUint32(o[116:], half)
	s := o[240:]
	copy(s, ".edata")
	le.PutUint32(s[8:], half)
	le.PutUint32(s[12:], sectionRVA)
	le.PutUint32(s[16:], half)
	le.PutUint32(s[20:], half)
	le.PutUint32(s[36:], 0x40000040) // initialised data, readable

	const functions, names, ordinals, dll, export, forward = 40, 44, 48, 64, 96, 128
	e := b[half:]
	le.PutUint32(e[12:], sectionRVA+dll)
	le.PutUint32(e[16:], 1) // first ordinal
	le.PutUint32(e[20:], 1) // functions
	le.PutUint32(e[24:], 1) // names
	le.PutUint32(e[28:], sectionRVA+functions)
	le.PutUint32(e[32:], sectionRVA+names)
	le.PutUint32(e[36:], sectionRVA+ordinals)
	le.PutUint32(e[functions:], sectionRVA+forward) // an address inside the export section is a forwarder's name
	le.PutUint32(e[names:], sectionRVA+export)
	copy(e[dll:], "bcryptprimitives.dll")
	copy(e[export:], "ProcessPrng")
	copy(e[forward:], "advapi32.SystemFunction036")
	return b
}
