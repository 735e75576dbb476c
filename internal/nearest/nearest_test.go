package nearest_test

import (
	"testing"

	"airpass/internal/nearest"
)

func TestAMistypedWordIsRecognized(t *testing.T) {
	t.Parallel()
	known := []string{"me", "status", "extend", "return", "request", "who", "help"}
	for typed, meant := range map[string]string{"statsu": "status", "STATU": "status", "extned": "extend", "retrun": "return", "requst": "request",
		"hlep": "help", "prod": "", "open": "", "": ""} {
		if got, _ := nearest.Word(typed, known); got != meant {
			t.Errorf("%q is taken for %q, not %q", typed, got, meant)
		}
	}
}
