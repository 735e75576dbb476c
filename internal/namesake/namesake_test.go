package namesake_test

import (
	"testing"

	"airpass/internal/namesake"
)

func TestNamesThatPeopleTakeForTheSame(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"Zoë Müller", "zoe muller", "ZOE MULLER", "Zoe\u0308 Mu\u0308ller", " Zoë  Müller ", "Zoë\u00a0Müller", "Zo\u200bë Müller"},
		{"Jürgen Groß", "Jurgen Gross"}, {"Łukasz Nowak", "lukasz nowak"}, {"Anne-Marie O’Brien", "Anne Marie O'Brien", "anne marie obrien"},
		{"Søren Kjær", "Soren Kjaer"}, {"ＡＬＥＸ Kim", "Alex Kim"}, {"İpek Işık", "ipek isik"},
	} {
		for _, name := range same {
			if got, want := namesake.Key(name), namesake.Key(same[0]); got != want || got == "" {
				t.Errorf("%q is %q, %q is %q", name, got, same[0], want)
			}
		}
	}
	for _, other := range [][2]string{{"Alex Kim", "Alexa Kim"}, {"Alex Kim", "Kim Alex"}, {"Ada", "Ada Lindqvist"}, {"Chen Wei", "陈伟"}} {
		if namesake.Key(other[0]) == namesake.Key(other[1]) {
			t.Errorf("%q and %q are the same", other[0], other[1])
		}
	}
	if namesake.Key("–\u200b ") != "" {
		t.Error("a name of nothing")
	}
}
