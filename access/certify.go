package access

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CampaignReviewer is somebody who is asked in an occurrence of a campaign.
type CampaignReviewer struct {
	ID         string
	Occurrence string
	Person     Person // as they were known when they came to be asked
	Reminders  int    // how often they were told, the first time counted
	NextAt     time.Time
	Version    int64
}

// CampaignMessage is the id of the message that asks a reviewer.
func CampaignMessage(reviewer string) string { return "campaign-" + reviewer }

// GraceOfReview is how long what somebody has said about an item can be taken back: then
// something comes of it.
const GraceOfReview = 30 * time.Minute

// UndoOf says what is to be taken back: what a reviewer has said at a moment.
func UndoOf(reviewer string, at time.Time) string {
	return reviewer + "-" + strconv.FormatInt(at.UnixMilli(), 10)
}

// ParseUndo reads what UndoOf writes. Of what an earlier version has written the moment is zero:
// it is whatever they have said last.
func ParseUndo(text string) (reviewer string, at time.Time) {
	reviewer, moment, _ := strings.Cut(text, "-")
	if ms, err := strconv.ParseInt(moment, 10, 64); err == nil {
		at = time.UnixMilli(ms).UTC()
	}
	return reviewer, at
}

// OfPerson says whether an item is of somebody's own access; same is the attribute by
// which two Okta users of one human are known, as it was of who has the access.
func (i CampaignItem) OfPerson(p Person, same string) bool {
	return i.Subject != "" && p.Same(Person{OktaID: i.Subject, SameAs: same})
}

// Certified is what a reviewer says of some items.
type Certified struct {
	Reviewer string // the id of a CampaignReviewer
	Verdicts map[string]ItemVerdict
	// To are the ids of the targets to which those are reduced of which that is said.
	To map[string]string
}

// Items are the ids of the items, in their order.
func (c Certified) Items() []string { return slices.Sorted(maps.Keys(c.Verdicts)) }

// MaxCertified is how many items are decided at once in a form: as many as a person reads.
const MaxCertified = 8

// String writes it as ParseCertified reads it: "reviewer keep:item,reduce:item:prod/Viewer".
func (c Certified) String() string {
	var all []string
	for _, id := range c.Items() {
		one := string(c.Verdicts[id]) + ":" + id
		if c.Verdicts[id] == ReduceItem {
			one += ":" + c.To[id]
		}
		all = append(all, one)
	}
	return c.Reviewer + " " + strings.Join(all, ",")
}

// ParseCertified reads what String writes. The error wraps ErrInvalid.
func ParseCertified(text string) (Certified, error) {
	reviewer, rest, _ := strings.Cut(text, " ")
	c := Certified{Reviewer: reviewer, Verdicts: map[string]ItemVerdict{}, To: map[string]string{}}
	for _, one := range strings.Split(rest, ",") {
		verdict, id, is := strings.Cut(one, ":")
		id, to, reduces := strings.Cut(id, ":")
		v := ItemVerdict(verdict)
		if !is || id == "" || !v.known() && v != "" || reduces != (v == ReduceItem) || reduces && to == "" {
			return c, fmt.Errorf("%w: not what is said of items", ErrInvalid)
		}
		if c.Verdicts[id] = v; reduces {
			c.To[id] = to
		}
	}
	return c, nil
}

// known says whether it is a verdict about an item.
func (v ItemVerdict) known() bool { return v == KeepItem || v == RevokeItem || v == ReduceItem }

// CertifiedMany is what a reviewer says of all items that are open and that they have chosen
// by what they have in common.
type CertifiedMany struct {
	Reviewer string // the id of a CampaignReviewer
	Verdict  ItemVerdict
	Until    time.Time // until when what is kept is kept; zero is for good
	Digest   string    // of the items that they were shown
	Choice   string    // see package campaigns
}

// String writes it as ParseCertifiedMany reads it: "reviewer keep:2027-06-30T21:59:59Z digest
// choice", the moment only if there is one.
func (c CertifiedMany) String() string {
	verdict := string(c.Verdict)
	if !c.Until.IsZero() {
		verdict += ":" + SaysKeptUntil(c.Until)
	}
	return strings.Join([]string{c.Reviewer, verdict, c.Digest, c.Choice}, " ")
}

// ParseCertifiedMany reads what String writes. The error wraps ErrInvalid.
func ParseCertifiedMany(text string) (CertifiedMany, error) {
	wrong := fmt.Errorf("%w: not what is said of many items", ErrInvalid)
	parts := strings.SplitN(text, " ", 4)
	if len(parts) != 4 || parts[0] == "" || parts[2] == "" || parts[3] == "" {
		return CertifiedMany{}, wrong
	}
	verdict, until, dated := strings.Cut(parts[1], ":")
	c := CertifiedMany{Reviewer: parts[0], Verdict: ItemVerdict(verdict), Digest: parts[2], Choice: parts[3]}
	if dated {
		var err error
		if c.Until, err = KeptUntilOf(until); err != nil || until == "" || c.Verdict != KeepItem {
			return CertifiedMany{}, wrong
		}
	}
	if !c.Verdict.known() {
		return CertifiedMany{}, wrong
	}
	return c, nil
}

// KeptUntil is the end of the day until which somebody says at a moment that something is kept:
// of a day of their time zone, or of UTC where that is not known. It is a day after the one of that
// moment there; false if it is not, or no day. Empty is for good, and zero.
func KeptUntil(day, zone string, at time.Time) (until time.Time, is bool) {
	if day == "" {
		return until, true
	}
	where, err := time.LoadLocation(zone)
	if err != nil {
		where = time.UTC
	}
	noon, err := time.ParseInLocation(time.DateOnly+" 15", day+" 12", where)
	if err != nil || day <= at.In(where).Format(time.DateOnly) {
		return until, false
	}
	// Some clocks are changed around midnight, and skip its last hour or have it twice; all are
	// changed at a quarter.
	const quarter = 15 * time.Minute
	for until = noon; until.Format(time.DateOnly) == day; {
		until = until.Add(quarter)
	}
	return until.Add(-time.Second).UTC(), true
}

// SaysKeptUntil writes it as KeptUntilOf reads it.
func SaysKeptUntil(until time.Time) string {
	if until.IsZero() {
		return ""
	}
	return until.UTC().Format(time.RFC3339)
}

// KeptUntilOf reads the moment until which something is kept as it was recorded. Earlier versions
// have recorded a day, and meant its beginning in UTC. Empty is for good, and zero. The error
// wraps ErrInvalid.
func KeptUntilOf(text string) (until time.Time, err error) {
	if text == "" {
		return until, nil
	}
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if until, err = time.Parse(form, text); err == nil {
			return until, nil
		}
	}
	return until, fmt.Errorf("%w: not until when something is kept", ErrInvalid)
}
