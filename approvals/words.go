package approvals

import (
	"errors"
	"fmt"

	"airpass/access"
	"airpass/store"
)

// phrase is words for a person: the English, and what is put into it. They are kept apart
// until it is known who reads them.
type phrase struct {
	english string
	args    []any
	plain   bool // words that have no other language, and nothing put into them
}

func says(english string, args ...any) phrase { return phrase{english: english, args: args} }

// asItIs is words that are shown as they are.
func asItIs(words string) phrase { return phrase{english: words, plain: true} }

// String is the phrase in English, as the database and the log have it.
func (p phrase) String() string { return p.in(fmt.Sprintf) }

// in is the phrase as somebody says it who is given the English and what is put into it.
func (p phrase) in(say func(english string, args ...any) string) string {
	if p.plain {
		return p.english
	}
	args := make([]any, 0, len(p.args))
	for _, a := range p.args {
		if inner, is := a.(phrase); is {
			a = inner.in(say)
		}
		args = append(args, a)
	}
	return say(p.english, args...)
}

// denial is a sentinel error of access with words for whoever is refused.
type denial struct {
	phrase
	of error
}

func (d *denial) Error() string { return d.of.Error() + ": " + d.String() }
func (d *denial) Unwrap() error { return d.of }

func refuse(english string, args ...any) error {
	return &denial{says(english, args...), access.ErrNotAllowed}
}

// because is refuse for another reason than that it is not allowed.
func because(of error, english string, args ...any) error {
	return &denial{says(english, args...), of}
}

// whole is a denial with its reason, where that says more than that it is not allowed.
func (d *denial) whole() phrase {
	switch {
	case errors.Is(d.of, access.ErrDecided):
		return says("already decided: %s", d.phrase)
	case errors.Is(d.of, access.ErrLapsed):
		return says("lapsed: %s", d.phrase)
	case errors.Is(d.of, access.ErrOwnRequest):
		return says("nobody decides their own request: %s", d.phrase)
	}
	return d.phrase
}

// told are the words of an error for a person. The words of an error that is no refusal of
// ours are English.
func told(err error) phrase {
	var d *denial
	switch {
	case errors.As(err, &d) && err.Error() == d.Error():
		return d.whole()
	case errors.Is(err, access.ErrNobody):
		return says(wordsNobody)
	case !refusal(err):
		return says(wordsFailed)
	}
	return asItIs(Words(err))
}

const (
	wordsNobody = "nobody could decide this request: the people whom its policy names are not active in Okta, or are yourself. Ask the owners of the environment."
	wordsFailed = "something failed on our side"
	wordsLate   = "the directories that airpass has to ask did not answer in time, so nothing was done. Please try again later."
)

// say is a phrase in the language of whom it is for, as it is remembered.
func (s *Service) say(tx *store.Tx, slackID string, p phrase) (string, error) {
	if s.Speak == nil {
		return p.String(), nil
	}
	r, _, err := tx.Reader(slackID)
	if err != nil {
		return "", err
	}
	return p.in(func(english string, args ...any) string { return s.Speak(r.Locale, english, args...) }), nil
}
