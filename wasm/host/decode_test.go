package host

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/inspect"
	"github.com/tritkit/tritkit/core/json"
)

const aPlan = `{"plan":[{"tensor":"t","from":"bf16","action":"snap","to":"i2_s","bytes":9}],"notes":["n"],"loads":[],"bytes":9007199254740993}`

// Every way in which a result may not be one of ours.
func TestResultsAreReadStrictly(t *testing.T) {
	var p Plan
	read := func(text string) error { p = Plan{}; return decode([]byte(text), &p, (*decoder).plan) }
	require.NoError(t, read(strings.Replace(aPlan, "9007199254740993", `"9007199254740993"`, 1)))
	require.EqualValues(t, 1<<53+1, p.Bytes)
	require.NoError(t, read(strings.Replace(aPlan, `"notes"`, `"later":{"x":[1]},"notes"`, 1)), "a later minor version may add members")
	for name, text := range map[string]string{
		"nothing": "", "cut": aPlan[:40], "more": aPlan + "{}", "twice": strings.Replace(aPlan, `"notes"`, `"bytes":1,"notes"`, 1),
		"a member missing": strings.Replace(aPlan, `"notes":["n"],`, "", 1), "of a step": strings.Replace(aPlan, `"from":"bf16",`, "", 1),
		"a kind": strings.Replace(aPlan, `["n"]`, `"n"`, 1), "null": strings.Replace(aPlan, `["n"]`, `null`, 1), "an unknown type": strings.Replace(aPlan, "i2_s", "i3_s", 1),
		"a number": strings.Replace(aPlan, `9}]`, `9.5}]`, 1), "a text": strings.Replace(aPlan, `9}]`, `"9x"}]`, 1),
	} {
		require.ErrorIs(t, read(text), fault.ErrFormat, name)
	}
	require.NoError(t, read(strings.Replace(aPlan, "i2_s", "type 99", 1)))
	require.Equal(t, "type 99", p.Steps[0].To.String())
	require.Error(t, read(strings.Replace(aPlan, "i2_s", "type 99x", 1)))

	var v inspect.Verification
	require.ErrorIs(t, decode([]byte(`{"ok":false,"bytes":1,"trit_hash":"","findings":[]}`), &v, (*decoder).verification), fault.ErrFormat)
	var r Report
	require.ErrorIs(t, decode([]byte(`{"stats":{"trit_hash":"","sparsity":0,"entropy":0,"layers":[{"layer":0,"negative":0,"zero":0,"positive":0,"sparsity":0,"entropy":0,"scale_min":0,"scale_max":0,"histogram":[1]}],"tensors":[]}}`),
		&r, (*decoder).report), fault.ErrFormat)
	require.ErrorContains(t, decode([]byte(`{"metadata":{"a":1},"metadata_types":{"b":"u8"}}`), &r, (*decoder).report), "no value in that place")
	var s inspect.Slice
	for _, text := range []string{`{"tensor":"t","dtype":"f32","shape":[],"first":0,"hex":"0","values":[]}`, `{"key":"k","dtype":"array","shape":[],"first":0,"values":[1]}`,
		`{"key":"k","dtype":"u64","shape":[],"first":0,"values":[-1]}`, `{"key":"k","dtype":"u64","shape":[],"first":0,"values":[[]]}`, `{"tensor":"t","dtype":"f32","shape":[],"first":0,"values":["x"]}`,
		`{"tensor":"t","dtype":"f32","shape":[],"first":0,"values":[[]]}`} {
		require.ErrorIs(t, decode([]byte(text), &s, (*decoder).slice), fault.ErrFormat, text)
	}
}

// What JSON cannot say as a number comes back as it was.
func TestValuesComeBackAsTheyWere(t *testing.T) {
	for _, v := range []gguf.Value{
		gguf.Uint8(255), gguf.Int8(-128), gguf.Uint16(1<<16 - 1), gguf.Int16(-1 << 15), gguf.Uint32(1<<32 - 1), gguf.Int32(-1 << 31), gguf.Uint64(math.MaxUint64), gguf.Int64(math.MinInt64),
		gguf.Float32(0.1), gguf.Float32(math.SmallestNonzeroFloat32), gguf.Float32(float32(math.Inf(-1))), gguf.Float64(math.MaxFloat64), gguf.Float64(math.Inf(1)), gguf.Bool(true), gguf.String("\x00ü\u2028"),
	} {
		b := v.AppendJSON(nil, 0)
		d := &decoder{json.NewDecoder(b, json.Limits{}), b}
		got, err := d.value(v.Type().String())
		require.NoError(t, err)
		require.Equal(t, v, got, string(b))
	}
	b := []byte(`"NaN"`)
	x, err := (&decoder{json.NewDecoder(b, json.Limits{}), b}).real(32)
	require.NoError(t, err)
	require.True(t, math.IsNaN(x))
}

// Every class of faults comes out of an error object as the fault that went in.
func TestErrorsComeBackAsTheyWere(t *testing.T) {
	for _, e := range []*fault.Error{
		fault.At("gguf", fault.Length, 24, "a string of 9 bytes").In("general.name").Try("download it again"),
		fault.New("convert", fault.Usage, "no: such thing"),
		fault.New("x", fault.Config, "has \x1b and : colons (offset 3)").In("t\n"),
		fault.At("x", fault.Bounds, 0, ""),
		{Class: fault.Changed, Pkg: "checkpoint", File: "a: b\x00", Tensor: "t", Offset: 1 << 40, Msg: "m"},
	} {
		got := decodeError(e.AppendJSON(nil))
		var f *fault.Error
		require.True(t, errors.As(got, &f))
		require.Equal(t, e.Error(), f.Error())
		require.Equal(t, e.Class.ErrorCode(), f.Class.ErrorCode())
		require.Equal(t, [4]any{e.Pkg, e.File, e.Offset, e.Next}, [4]any{f.Pkg, f.File, f.Offset, f.Next})
	}
	for code, class := range classes {
		require.Equal(t, code, class.ErrorCode())
		got := decodeError(fault.AppendJSON(nil, code, "p: m", "", "", -1, ""))
		require.Equal(t, "p: m", got.Error())
	}
	got := decodeError(fault.AppendJSON(nil, "internal", "guest: m", "f", "", -1, ""))
	require.EqualError(t, got, "guest: m")
	require.False(t, errors.As(got, new(*fault.Error)))
	require.ErrorIs(t, decodeError([]byte("x")), ErrModule)
}
