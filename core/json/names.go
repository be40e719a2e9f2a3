package json

import "hash/maphash"

// few is how many member names are compared one by one; most objects have no more.
const few = 16

// seed makes hashes that nobody outside can foresee.
var seed = maphash.MakeSeed()

// names are the member names of one object. Beyond a few they are found by their hashes, in a table at most half full:
// a vocabulary is an object of 128,256 members, and filling a map takes four times as long.
type names struct {
	first [few]string
	n     int // of first
	list  []string
	slots []uint64 // a name's hash, its lower half replaced by the name's place in list, from 1; 0 is free
}

// add reports whether name is new.
func (s *names) add(name string) bool {
	if s.list == nil {
		for _, known := range s.first[:s.n] {
			if known == name {
				return false
			}
		}
		if s.n < few {
			s.first[s.n] = name
			s.n++
			return true
		}
		s.grow(s.first[:])
	}
	if 2*len(s.list) == len(s.slots) {
		s.grow(s.list)
	}
	at, hash, found := s.find(name)
	if !found {
		s.list = append(s.list, name)
		s.slots[at] = hash | uint64(len(s.list))
	}
	return !found
}

// grow makes room for as many names as there are.
func (s *names) grow(list []string) {
	s.list = append(make([]string, 0, 2*len(list)), list...)
	s.slots = make([]uint64, 4*len(list))
	for i, name := range list {
		at, hash, _ := s.find(name)
		s.slots[at] = hash | uint64(i+1)
	}
}

// find returns name's slot, or the free one where it belongs, and its hash.
func (s *names) find(name string) (at int, hash uint64, found bool) {
	hash = maphash.String(seed, name) &^ 0xffffffff
	mask := len(s.slots) - 1
	for at = int(hash>>32) & mask; s.slots[at] != 0; at = (at + 1) & mask {
		if slot := s.slots[at]; slot&^0xffffffff == hash && s.list[uint32(slot)-1] == name {
			return at, hash, true
		}
	}
	return at, hash, false
}
