package approvals

import (
	"errors"
	"fmt"
	"testing"

	"airpass/access"
)

func TestARefusalSaysInEnglishWhatItDidAndCanBeSaidOtherwise(t *testing.T) {
	t.Parallel()
	inner := refuse("it is not your turn: the request is at %s", says("the stage “%s”", "100%s"))
	if !errors.Is(inner, access.ErrNotAllowed) || Words(inner) != "it is not your turn: the request is at the stage “100%s”" {
		t.Errorf("%v, %q", inner, Words(inner))
	}
	shout := func(english string, args ...any) string { return "<" + fmt.Sprintf(english, args...) + ">" }
	for err, want := range map[error]string{
		inner: "<it is not your turn: the request is at <the stage “100%s”>>",
		because(access.ErrDecided, "%s has denied the request", "Bob"): "<already decided: <Bob has denied the request>>",
		fmt.Errorf("of prod: %w", inner):                               "of prod: not allowed: it is not your turn: the request is at the stage “100%s”",
		fmt.Errorf("%w: 100%%s", access.ErrInvalid):                    "invalid input: 100%s",
		errors.New("disk full"):                                        "<" + wordsFailed + ">",
	} {
		if got := told(err).in(shout); got != want {
			t.Errorf("%v is said as %q, not %q", err, got, want)
		}
		if refusal(err) && told(err).String() != Words(err) && !errors.Is(err, access.ErrDecided) {
			t.Errorf("%v is %q and %q", err, told(err), Words(err))
		}
	}
}
