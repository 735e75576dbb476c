package main

import (
	"cmp"
	"strings"
	"time"
	"unicode"

	"airpass/access"
)

// shownGrant is a grant as the command line shows it.
type shownGrant struct {
	ID           string             `json:"id"`
	Request      string             `json:"request"`
	State        access.GrantState  `json:"state"`
	Who          string             `json:"who"` // Okta login
	OktaID       string             `json:"okta_id"`
	Target       string             `json:"target"`
	Start        time.Time          `json:"start"`
	End          time.Time          `json:"end"`
	Active       time.Time          `json:"active,omitzero"`
	Ended        time.Time          `json:"ended,omitzero"`
	EndReason    access.EndReason   `json:"end_reason,omitempty"`
	EndNote      string             `json:"end_note,omitempty"`
	LastError    string             `json:"last_error,omitempty"`
	Link         access.LinkState   `json:"link,omitempty"`
	Review       string             `json:"review,omitempty"` // of what was taken by break-glass
	Entitlements []entitlementShown `json:"entitlements,omitempty"`
}

// entitlementShown is something that a grant holds.
type entitlementShown struct {
	ID        string          `json:"id"`
	Kind      access.Kind     `json:"kind"`
	Key       string          `json:"key"`
	Origin    access.Origin   `json:"origin"`
	Presence  access.Presence `json:"presence"`
	Verified  time.Time       `json:"verified,omitzero"`
	Unwanted  time.Time       `json:"unwanted_since,omitzero"`
	Next      time.Time       `json:"next_look,omitzero"`
	Failures  int             `json:"failures,omitempty"`
	LastError string          `json:"last_error,omitempty"`
	Through   []string        `json:"through,omitempty"`
}

func shown(g access.Grant) shownGrant {
	return shownGrant{ID: g.ID, Request: g.RequestID, State: g.State, Who: g.Subject.Login, OktaID: g.Subject.OktaID, Target: g.Target.ID,
		Start: g.StartAt, End: g.EndAt, Active: g.ActiveAt, Ended: g.EndedAt, EndReason: g.EndReason, EndNote: g.EndNote,
		LastError: g.LastError, Link: g.LinkState}
}

func shownEntitlement(e access.Entitlement) entitlementShown {
	return entitlementShown{ID: e.ID, Kind: e.Ref.Kind, Key: e.Ref.Key(), Origin: e.Origin, Presence: e.Presence, Verified: e.VerifiedAt,
		Unwanted: e.UnwantedSince, Next: e.NextAt, Failures: e.Attempts, LastError: e.LastError, Through: e.Through}
}

func (g shownGrant) print(s streams) {
	line := func(name, value string) {
		if value != "" {
			s.printf("%-10s %s\n", name, printable(value))
		}
	}
	line("grant", g.ID)
	line("request", g.Request)
	line("state", string(g.State))
	line("who", g.Who+" ("+g.OktaID+")")
	line("target", g.Target)
	line("start", when(g.Start))
	line("active", when(g.Active))
	line("end", when(g.End))
	line("ended", when(g.Ended))
	line("why", strings.TrimSuffix(string(g.EndReason)+": "+g.EndNote, ": "))
	line("failed", g.LastError)
	line("link", string(g.Link))
	line("review", g.Review)
	for _, e := range g.Entitlements {
		s.printf("\n%s\n", printable(e.Key))
		s.printf("  %s, %s, looked at %s\n", e.Presence, e.Origin, cmp.Or(when(e.Verified), "never"))
		for _, words := range []struct{ name, value string }{
			{"not needed since", when(e.Unwanted)}, {"failed", e.LastError}, {"next look", when(e.Next)},
			{"the same access also through", strings.Join(e.Through, ", ")},
		} {
			if words.value != "" {
				s.printf("  %s: %s\n", words.name, printable(words.value))
			}
		}
	}
}

// when writes a moment for people who compare it with a log; nothing for zero.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// printable keeps what others wrote from moving the terminal's cursor or columns.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}
