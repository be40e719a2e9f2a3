package tokenizer

// tokenizer.model: a SentencePiece ModelProto, of which pieces, scores, types and two flags are read and written, and what encoding
// needs is judged.
//
// Source: google/sentencepiece src/sentencepiece_model.proto. ModelProto: 1 pieces {1 piece, 2 score, 3 type},
// 2 trainer_spec {3 model_type, 24 treat_whitespace_as_suffix}, 3 normalizer_spec {1 name, 2 precompiled_charsmap,
// 3 add_dummy_prefix, 4 remove_extra_whitespaces, 5 escape_whitespaces}.

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
)

// proto walks the fields of one protobuf message.
type proto struct {
	b    []byte
	base int64 // offset of b in the file
}

// next returns the next field: its number, its wire type, its number value or its bytes.
func (p *proto) next() (field int, wire byte, n uint64, body []byte, err error) {
	tag, err := p.varint()
	if err != nil {
		return 0, 0, 0, nil, err
	}
	field, wire = int(tag>>3), byte(tag&7)
	switch wire {
	case 0:
		n, err = p.varint()
	case 1:
		body, err = p.take(8)
	case 2:
		if n, err = p.varint(); err == nil {
			body, err = p.take(n)
		}
	case 5:
		body, err = p.take(4)
	default:
		err = p.broken("wire type " + strconv.Itoa(int(wire)))
	}
	return field, wire, n, body, err
}

func (p *proto) varint() (uint64, error) {
	n, k := binary.Uvarint(p.b)
	if k <= 0 {
		return 0, p.broken("a number that does not end")
	}
	p.b, p.base = p.b[k:], p.base+int64(k)
	return n, nil
}

func (p *proto) take(n uint64) ([]byte, error) {
	if n > uint64(len(p.b)) {
		return nil, p.broken(strconv.FormatUint(n, 10) + " bytes, but only " + strconv.Itoa(len(p.b)) + " are left")
	}
	b := p.b[:n]
	p.b, p.base = p.b[n:], p.base+int64(n)
	return b, nil
}

func (p *proto) broken(what string) error {
	return fault.At("tokenizer", fault.Truncated, p.base, "not a SentencePiece model: ", what)
}

// readPieces reads a tokenizer.model into a vocabulary of size tokens.
func (v *Vocab) readPieces(data []byte, size int) error {
	v.Model, v.rules = SPM, &rules{}
	v.resize(size)
	prefix, fold, kind, id := true, true, uint64(1), int64(0)
	p := &proto{b: data}
	for len(p.b) > 0 {
		field, wire, _, body, err := p.next()
		if err != nil {
			return err
		}
		at := p.base - int64(len(body))
		switch {
		case wire != 2:
		case field == 1:
			err = v.piece(&proto{body, at}, id)
			id++
		case field == 2:
			err = numbers(&proto{body, at}, func(field int, n uint64) {
				switch field {
				case 3:
					kind = n
				case 24:
					if n != 0 {
						v.rules.cannot("a SentencePiece model that puts spaces behind words (treat_whitespace_as_suffix)")
					}
				}
			})
		case field == 3:
			v.charsmap(&proto{body, at})
			err = numbers(&proto{body, at}, func(field int, n uint64) {
				switch field {
				case 3:
					prefix = n != 0
				case 4:
					fold = n != 0
				case 5:
					if n == 0 {
						v.rules.cannot("a SentencePiece model that keeps spaces as they are (escape_whitespaces)")
					}
				}
			})
		}
		if err != nil {
			return err
		}
	}
	if id == 0 {
		return fault.New("tokenizer", fault.Config, "a SentencePiece model without pieces")
	}
	if kind != 1 && kind != 2 {
		return fault.New("tokenizer", fault.Config, "a SentencePiece model of type ", strconv.FormatUint(kind, 10), "; unigram and BPE are known")
	}
	if kind == 1 {
		v.rules.cannot("a unigram SentencePiece model, which does not merge")
	}
	v.AddSpacePrefix, v.FoldsSpaces = &prefix, fold
	return nil
}

// charsmap refuses a normalizer that is more than the flags. What is broken, numbers finds.
func (v *Vocab) charsmap(p *proto) {
	name := ""
	for len(p.b) > 0 {
		field, wire, _, body, err := p.next()
		if err != nil {
			return
		}
		if field == 1 && wire == 2 {
			name = string(body)
		}
		if field == 2 && len(body) > 0 {
			v.rules.cannot("a SentencePiece model that normalizes texts by ", fault.Quote(name), ", which is not known")
		}
	}
}

// numbers calls found with each varint field.
func numbers(p *proto, found func(field int, n uint64)) error {
	for len(p.b) > 0 {
		field, wire, n, _, err := p.next()
		if err != nil {
			return err
		}
		if wire == 0 {
			found(field, n)
		}
	}
	return nil
}

// piece reads one piece. SentencePiece's types are GGUF's: 1 normal, 2 unknown, 3 control, 4 user, 5 unused, 6 byte.
func (v *Vocab) piece(p *proto, id int64) error {
	text, score, kind := "", float32(0), uint64(1)
	for len(p.b) > 0 {
		field, wire, n, body, err := p.next()
		switch {
		case err != nil:
			return err
		case field == 1 && wire == 2:
			text = string(body)
		case field == 2 && wire == 5:
			score = math.Float32frombits(binary.LittleEndian.Uint32(body))
		case field == 3 && wire == 0:
			kind = n
		}
	}
	if kind < 1 || kind > 6 || math.IsNaN(float64(score)) {
		return fault.At("tokenizer", fault.Config, p.base, "piece ", strconv.FormatInt(id, 10), " has type ", strconv.FormatUint(kind, 10))
	}
	if err := v.put(id, text, int32(kind)); err != nil {
		return err
	}
	v.Scores[id] = score
	return nil
}

// appendPieces writes the vocabulary as a tokenizer.model of type BPE, which Llama's is.
func (v *Vocab) appendPieces(b []byte) []byte {
	for i, t := range v.Tokens {
		m := binary.AppendUvarint([]byte{1<<3 | 2}, uint64(len(t)))
		m = append(m, t...)
		m = binary.LittleEndian.AppendUint32(append(m, 2<<3|5), math.Float32bits(v.Scores[i]))
		if v.Types[i] != Normal {
			m = binary.AppendUvarint(append(m, 3<<3), uint64(v.Types[i]))
		}
		b = append(binary.AppendUvarint(append(b, 1<<3|2), uint64(len(m))), m...)
	}
	trainer := binary.AppendUvarint([]byte{3 << 3, 2}, 35<<3) // model_type BPE, byte_fallback true
	b = append(append(b, 2<<3|2, byte(len(trainer)+1)), append(trainer, 1)...)
	prefix := byte(1)
	if v.AddSpacePrefix != nil && !*v.AddSpacePrefix {
		prefix = 0
	}
	return append(b, 3<<3|2, 4, 3<<3, prefix, 4<<3, 0) // runtimes of GGUF keep every space
}
