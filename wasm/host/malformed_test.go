package host

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/internal/malformed"
)

// Every broken file of the list is refused inside the module as outside it, within the memory that any job has.
func TestTheMalformedListThroughTheModule(t *testing.T) {
	h := shared(t)
	for file, list := range map[string][]malformed.Case{
		"m.gguf":            append(malformed.GGUF(), malformed.SoundGGUF()...),
		"model.safetensors": append(malformed.Safetensors(), malformed.SoundSafetensors()...),
	} {
		for _, c := range list {
			fsys := fstest.MapFS{file: {Data: c.Make()}}
			want, wantErr := nativeInspect(fsys, false)
			got, err := h.Inspect(ctx, fsys, InspectOptions{})
			sameError(t, wantErr, err, c.Name)
			require.Equal(t, c.Class == "", err == nil, c.Name)
			if err == nil {
				require.Equal(t, jsonText(want), jsonText(got), c.Name)
				continue
			}
			_, err = h.Verify(ctx, fsys, VerifyOptions{})
			sameError(t, wantErr, err, c.Name)
		}
	}
	require.LessOrEqual(t, h.Memory(), int64(DefaultMemoryLimit))
}
