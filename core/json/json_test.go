package json

import (
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/internal/bounded"
)

func TestDecoderReadsEveryKind(t *testing.T) {
	d := NewDecoder([]byte(` {"s":"a\u00fc","i":-12,"f":1.5e3,"t":true,"n":null,"l":[1,2],"o":{"x":{"y":[]}},"raw":"q"} `), Limits{})
	var names []string
	require.NoError(t, d.Object(func(name string) (err error) {
		names = append(names, name)
		switch name {
		case "s":
			var s string
			s, err = d.String()
			require.Equal(t, "aü", s)
		case "i":
			var n int64
			n, err = d.Int()
			require.EqualValues(t, -12, n)
		case "f":
			var x float64
			x, err = d.Float()
			require.Equal(t, 1500.0, x)
		case "t":
			var b bool
			b, err = d.Bool()
			require.True(t, b)
		case "n":
			var null bool
			null, err = d.Null()
			require.True(t, null)
		case "l":
			sum := int64(0)
			err = d.Array(func(i int) error {
				n, err := d.Int()
				sum += n * int64(i+1)
				return err
			})
			require.EqualValues(t, 5, sum)
		case "raw":
			var b []byte
			b, err = d.Raw()
			require.Equal(t, `"q"`, string(b))
		default:
			err = d.Skip()
		}
		return err
	}))
	require.NoError(t, d.End())
	require.Equal(t, []string{"s", "i", "f", "t", "n", "l", "o", "raw"}, names)
}

func skipAll(s string, limits Limits) error {
	d := NewDecoder([]byte(s), limits)
	if err := d.Skip(); err != nil {
		return err
	}
	return d.End()
}

func TestHostileDocumentsAreRefusedWithTheirOffset(t *testing.T) {
	for name, s := range map[string]string{
		"empty":                    "",
		"only space":               "  ",
		"cut":                      `{"a":1`,
		"two values":               `{} {}`,
		"garbage after":            `{}x`,
		"duplicate name":           `{"a":1,"a":2}`,
		"duplicate by escape":      `{"a":1,"\u0061":2}`,
		"not UTF-8":                "{\"\xff\":1}",
		"lone surrogate":           `{"a":"\ud800"}`,
		"control character":        "{\"a\":\"\x01\"}",
		"comment":                  `{/**/}`,
		"trailing comma":           `[1,]`,
		"leading zero":             `[01]`,
		"NaN":                      `[NaN]`,
		"byte order mark":          "\ufeff{}",
		"single quotes":            `{'a':1}`,
		"deep":                     strings.Repeat("[", 65) + strings.Repeat("]", 65),
		"deep beyond any stack":    strings.Repeat(`{"a":`, 200_000),
		"more members than limits": `[` + strings.Repeat("1,", 20) + `1]`,
		"many small objects":       `[` + strings.Repeat(`{},`, 1<<17) + `]`,
		"many middling objects":    `[` + strings.Repeat(`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1,"n":1,"o":1,"p":1,"q":1},`, 1<<13) + `]`,
		"one large object":         `{` + manyNames(1<<17) + `}`,
		"the last name again":      `{` + manyNames(1<<17) + `"1ffff":1}`,
	} {
		limits := Limits{}
		if strings.HasPrefix(name, "more") {
			limits.Members = 20
		}
		bounded.Run(t, 1<<20, 32, int64(len(s)), func() {
			err := skipAll(s, limits)
			var e *fault.Error
			require.ErrorAs(t, err, &e, name)
			require.GreaterOrEqual(t, e.Offset, int64(0), name)
			require.Contains(t, []fault.Class{fault.JSON, fault.Limit}, e.Class, name)
		})
	}
	require.NoError(t, skipAll(strings.Repeat("[", 64)+strings.Repeat("]", 64), Limits{}))
	require.NoError(t, skipAll(`{"a":1,"A":2}`, Limits{}), "names are exact")
}

// manyNames are the members of an object, and a comma: the shortest names that are n different ones.
func manyNames(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`"` + strconv.FormatInt(int64(i), 16) + `":1,`)
	}
	return b.String()
}

func TestNumbersAreWhatTheyAre(t *testing.T) {
	for _, s := range []string{"2.0", "4e0", "-0", "9223372036854775808", "18446744073709551620", `"2"`, "null", "true", "[]"} {
		_, err := NewDecoder([]byte(s), Limits{}).Int()
		require.ErrorIs(t, err, fault.ErrFormat, s)
	}
	n, err := NewDecoder([]byte("-9223372036854775808"), Limits{}).Int()
	require.NoError(t, err)
	require.Equal(t, int64(math.MinInt64), n)
	_, err = NewDecoder([]byte("1e999"), Limits{}).Float()
	require.ErrorIs(t, err, fault.ErrFormat)
}

func TestWrongKindsAreNamed(t *testing.T) {
	d := func(s string) *Decoder { return NewDecoder([]byte(s), Limits{}) }
	_, err := d("1").String()
	require.ErrorContains(t, err, "wanted a string, found a number")
	_, err = d("null").Bool()
	require.ErrorContains(t, err, "wanted true or false, found null")
	require.ErrorContains(t, d("[]").Object(nil), "wanted an object, found an array")
	require.ErrorContains(t, d(`{"a":1}`).Array(nil), "wanted an array, found an object")
	_, err = d("{}").Raw()
	require.ErrorContains(t, err, "wanted a plain value")
	_, err = d("[1").Float()
	require.Error(t, err)
	null, err := d("0").Null()
	require.False(t, null || err != nil)
}

func TestAppended(t *testing.T) {
	b := AppendString(AppendKey([]byte{'{'}, "s"), "a\"\xff\x01\u2028")
	b = AppendInt(AppendKey(b, "i"), 1<<53)
	b = AppendInt(AppendKey(b, "big"), -1<<53-1)
	b = AppendUint(AppendKey(b, "u"), math.MaxUint64)
	b = AppendFloat(AppendKey(b, "f"), 0.1)
	b = AppendFloat(AppendKey(b, "nan"), math.NaN())
	b = AppendFloat(AppendKey(b, "inf"), math.Inf(-1))
	b = AppendFloat32(AppendKey(b, "f32"), 0.1)
	b = AppendFloat(AppendKey(b, "tiny"), 1e-32)
	b = AppendBool(AppendKey(b, "b"), true)
	b = append(AppendStrings(AppendKey(b, "l"), []string{"x", "y"}), '}')
	require.True(t, jsontext.Value(b).IsValid(), string(b))
	require.Equal(t, `{"s":"a\"�\u0001`+"\u2028"+`","i":9007199254740992,"big":"-9007199254740993","u":"18446744073709551615","f":0.1,"nan":"NaN","inf":"-Infinity","f32":0.1,"tiny":1e-32,"b":true,"l":["x","y"]}`, string(b))
	require.Equal(t, "[]", string(AppendStrings(nil, nil)))
}

func ExampleDecoder() {
	d := NewDecoder([]byte(`{"layers":30,"note":"skipped"}`), Limits{})
	var layers int64
	err := d.Object(func(name string) (err error) {
		if name == "layers" {
			layers, err = d.Int()
			return err
		}
		return d.Skip()
	})
	if err == nil {
		err = d.End()
	}
	os.Stdout.Write(append(AppendInt(nil, layers), '\n'))
	// Output: 30
}
