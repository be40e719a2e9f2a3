package template

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func ExampleTemplate_Render() {
	t, err := Parse("{% for m in messages %}{{ m['role'] | capitalize + ': ' + m['content'] | trim + '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}{{ 'Assistant: ' }}{% endif %}")
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := t.Render(Data{Messages: []Message{{Role: "user", Content: " Why ternary? "}}, AddGenerationPrompt: true})
	fmt.Println(s, err)
	// Output: User: Why ternary?<|eot_id|>Assistant:  <nil>
}

func render(source string, d Data) (string, error) {
	t, err := Parse(source)
	if err != nil {
		return "", err
	}
	return t.Render(d)
}

func TestZeroDataRenders(t *testing.T) {
	s, err := render("{{ bos_token }}{{ messages|length }}{{ strftime_now is defined }}{{ tools }}", Data{})
	require.NoError(t, err)
	require.Equal(t, "0FalseNone", s)
}
