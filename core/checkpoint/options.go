// Options in the words of the command.

package checkpoint

import (
	"strconv"
	"strings"

	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
)

// ParseOptions reads --from-layout ("": x86) and --assume, whose entries are NUMBER=TYPE.
func ParseOptions(layout string, assume []string) (Options, error) {
	o := Options{}
	switch layout {
	case "", "x86":
	case "arm64":
		o.Layout = dtype.ARM64
	case "rows4":
		o.Layout = dtype.Rows4
	default:
		return o, fault.New("checkpoint", fault.Usage, "no layout of i2_s is called ", fault.Quote(layout)).Try("--from-layout x86, arm64 or rows4")
	}
	for _, a := range assume {
		number, name, _ := strings.Cut(a, "=")
		n, err := strconv.ParseUint(number, 10, 32)
		t, ok := dtype.Parse(name)
		if err != nil || !ok {
			return o, fault.New("checkpoint", fault.Usage, fault.Quote(a), " says nothing of a type number").Try("--assume NUMBER=TYPE, such as 42=q2_0")
		}
		if o.Assume == nil {
			o.Assume = map[uint32]dtype.Type{}
		}
		o.Assume[uint32(n)] = t
	}
	return o, nil
}
