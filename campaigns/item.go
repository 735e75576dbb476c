package campaigns

import (
	"strings"
	"time"

	"airpass/access"
	"airpass/reviews"
)

// Advice is what is recommended.
type Advice string

// What can be recommended.
const (
	Keep   Advice = "keep"
	Revoke Advice = "revoke"
)

// Why something is recommended; another reason is how somebody who is not ACTIVE stands in Okta.
const (
	BecauseNobody   = "nobody in Okta is known whose account this is"
	BecauseUnknown  = "Okta has not said how they stand; look at it again"
	BecauseAlone    = "standing access, and nobody else of the same manager has it"
	BecauseStanding = "standing access; what is needed can be asked for when it is"
	BecauseEnds     = "it ends by itself before the deadline"
	BecauseApproved = "it was approved, and ends by itself"
	BecauseUsed     = "it was used in the last 30 days"
	BecauseUnused   = "no use of it was seen, for 30 days or more"
)

// Item is access of one person to one target, as somebody is asked about it.
type Item struct {
	Target string `json:"target"`
	Who    string `json:"who"` // how to call them: their Okta login, where it is known
	Name   string `json:"name,omitempty"`
	OktaID string `json:"okta_id,omitempty"`
	// SameAs is what other Okta users of theirs have in common with them, where that is configured.
	SameAs  string `json:"same_as,omitempty"`
	Account string `json:"identity_center_user,omitempty"`
	// Standing: it would stay without any grant. Both it and Grant may be.
	Standing bool     `json:"standing"`
	Through  []string `json:"through"` // where it was seen; empty if a grant says so alone
	// Ways are through what standing access would stay, and what airpass can do about each,
	// as of Looked: where the campaign may take it away.
	Ways    []reviews.Way `json:"ways,omitempty"`
	Looked  time.Time     `json:"looked,omitzero"`
	Grant   string        `json:"grant,omitempty"`
	Request string        `json:"request,omitempty"` // the one that the grant, or the first of a chain of extensions, was
	Reason  string        `json:"reason,omitempty"`  // why they asked for it, in their words
	// Since is when the access began; zero is not known. Until is when the grant ends.
	Since    time.Time `json:"since,omitzero"`
	Until    time.Time `json:"until,omitzero"`
	Approved string    `json:"approved,omitempty"` // by whom
	// Besides are the other grants of the same that are live or scheduled, beside Grant and what
	// it extends: what is said of the item is said of all of them.
	Besides []Beside `json:"besides,omitempty"`
	// LastUse is when it was used last, in RFC 3339; "none since" a date, where it is certain
	// that a use would have been seen; or "unknown".
	LastUse string `json:"last_use"`
	Peers   Peers  `json:"peers"`
	Asked   Asked  `json:"asked"`
	// Recommended, and Because of what.
	Recommended Advice `json:"recommended"`
	Because     string `json:"because"`
	// Silence is what would become of it if nobody answered.
	Silence access.Silence `json:"silence"`
}

// Beside is another grant of the same person and target, the last to end of those that extend
// each other.
type Beside struct {
	Grant   string    `json:"grant"`
	Request string    `json:"request"`       // the first
	From    time.Time `json:"from,omitzero"` // if it is to start later
	Until   time.Time `json:"until"`
}

// Words says which it is.
func (b Beside) Words() string {
	words := "grant " + b.Grant + " of request " + b.Request
	if !b.From.IsZero() {
		words += ", from " + b.From.UTC().Format(time.RFC3339)
	}
	return words + ", until " + b.Until.UTC().Format(time.RFC3339)
}

// Peers are the others who have the same target.
type Peers struct {
	Others int `json:"others"`
	// OfManager are those among them who have the same manager; Logins names a few of them.
	OfManager int      `json:"of_manager"`
	Logins    []string `json:"logins,omitempty"`
}

// peersNamed is how many peers are named.
const peersNamed = 5

// teams are those who have targets, by target and manager.
type teams struct {
	all map[string]int
	by  map[[2]string][]string
}

func teamsOf(holdings []reviews.Holding) teams {
	t := teams{map[string]int{}, map[[2]string][]string{}}
	for _, h := range holdings {
		t.all[h.Target.ID]++
		if m := h.Person.Manager; m != "" {
			key := [2]string{h.Target.ID, strings.ToLower(m)}
			t.by[key] = append(t.by[key], h.Who)
		}
	}
	return t
}

func (t teams) peers(h reviews.Holding) Peers {
	p := Peers{Others: t.all[h.Target.ID] - 1}
	if h.Person.Manager == "" {
		return p
	}
	team := t.by[[2]string{h.Target.ID, strings.ToLower(h.Person.Manager)}]
	p.OfManager = len(team) - 1
	for _, who := range team {
		if len(p.Logins) == peersNamed {
			break
		}
		if who != h.Who {
			p.Logins = append(p.Logins, who)
		}
	}
	return p
}

// advise recommends what to do with an item that somebody has until the deadline to
// answer, and says why.
func (i Item) advise(p access.Person, now, deadline time.Time) (Advice, string) {
	used, _ := i.Used()
	since, without := i.Unused()
	switch {
	case i.OktaID == "":
		return Revoke, BecauseNobody
	case p.Status == "":
		return Keep, BecauseUnknown
	case !p.Active():
		return Revoke, "they are " + p.Status + " in Okta"
	case i.Grant != "" && !i.Standing && !i.ends().After(deadline):
		return Keep, BecauseEnds
	case without && now.Sub(since) >= unused:
		return Revoke, BecauseUnused
	case now.Sub(used) < unused:
		return Keep, BecauseUsed
	case i.Grant == "" && i.Peers.OfManager == 0:
		return Revoke, BecauseAlone
	case i.Standing:
		return Revoke, BecauseStanding
	}
	return Keep, BecauseApproved
}

// ends is when the last of an item's grants ends.
func (i Item) ends() time.Time {
	last := i.Until
	for _, b := range i.Besides {
		last = later(last, b.Until)
	}
	return last
}

// silenceOn is what silence would do to an item.
func silenceOn(c access.Campaign, i Item) access.Silence {
	if c.Silence == access.SilenceRevokes && i.Grant == "" && !c.RemoveStanding {
		return access.SilenceKeeps
	}
	return c.Silence
}
