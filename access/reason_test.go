package access

import (
	"errors"
	"testing"
)

func TestWhatAReasonHasToBeLike(t *testing.T) {
	t.Parallel()
	rule := ReasonRule{MinLength: 10, Ticket: `DATA-[0-9]+`, TicketLink: "https://tickets.example.com/{ticket}"}
	for reason, ok := range map[string]bool{"DATA-12 backfill": true, "see DATA-12": true, "DATA-12": false, "   DATA-12   ": false, "a long reason without one": false} {
		if err := rule.Check(reason); (err == nil) != ok || err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", reason, err)
		}
	}
	if err := (ReasonRule{}).Check(""); err != nil {
		t.Error(err)
	}
	if err := (ReasonRule{Ticket: "["}).Check("anything"); err == nil {
		t.Error("a pattern that is none lets a reason pass")
	}
	if ticket, link := rule.Link("see DATA-12 and DATA-13"); ticket != "DATA-12" || link != "https://tickets.example.com/DATA-12" {
		t.Error(ticket, link)
	}
	if _, link := rule.Link("none"); link != "" {
		t.Error(link)
	}
	if _, link := (ReasonRule{Ticket: `.+`, TicketLink: "https://x/{ticket}"}).Link("a/../b|<x>"); link != "https://x/a%2F..%2Fb%7C%3Cx%3E" {
		t.Error(link)
	}
}
