package tensor

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/dtype"
)

func TestRowsAndColumnsOfEveryShape(t *testing.T) {
	for _, x := range []struct {
		shape                []int64
		elements, rows, cols int64
	}{
		{nil, 1, 1, 1}, {[]int64{7}, 7, 1, 7}, {[]int64{3, 5}, 15, 3, 5}, {[]int64{2, 3, 5}, 30, 6, 5}, {[]int64{0, 5}, 0, 0, 5}, {[]int64{5, 0}, 0, 5, 0},
	} {
		m := Tensor{Shape: x.shape}
		require.Equal(t, x.elements, m.Elements(), "%v", x.shape)
		require.Equal(t, x.rows, m.Rows(), "%v", x.shape)
		require.Equal(t, x.cols, m.Cols(), "%v", x.shape)
	}
}

func ExampleTensor() {
	t := Tensor{Name: "blk.0.ffn_up.weight", Type: dtype.I2_S, Shape: []int64{6912, 2560}} // slowest dimension first
	fmt.Println(t.Rows(), t.Cols(), t.Elements())
	// Output: 6912 2560 17694720
}
