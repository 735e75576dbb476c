package campaigns

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/cloudtrail"
	"airpass/reviews"
	"airpass/store"
)

// Trail reads what is recorded of who opens Airflow; *cloudtrail.Client is one.
type Trail interface {
	Read(ctx context.Context, s cloudtrail.Source, from, until time.Time, calls int) (cloudtrail.Reading, error)
}

// LastUses is where it is looked up who has opened Airflow when last. The zero value is nowhere.
type LastUses struct {
	Trail   Trail
	Sources []cloudtrail.Source
}

const (
	// mostCalls bounds what is read of one source for one occurrence: at the pace that
	// CloudTrail allows, a reading of which each of ten replicas has its part ends in time.
	mostCalls = 120
	// alive is how long ago the newest call of anybody may be: before that it is not known
	// whether calls are still recorded.
	alive = 14 * 24 * time.Hour
	// unused is after how long without any use access is not needed, and used within how
	// long it is.
	unused = 30 * 24 * time.Hour
)

// lastUseUnknown is said, not guessed; noneSince comes before a date.
const (
	lastUseUnknown = "unknown"
	noneSince      = "none since "
)

// useSaid reads a last use: when it was, or since when there was none; both zero if it is unknown.
func useSaid(text string) (at, none time.Time) {
	if date, is := strings.CutPrefix(text, noneSince); is {
		none, _ = time.Parse(time.DateOnly, date)
		return at, none
	}
	at, _ = time.Parse(time.RFC3339, text)
	return at, none
}

// Unused says whether it is known of an item that it was not used, and since when.
func (i Item) Unused() (since time.Time, is bool) {
	_, since = useSaid(i.LastUse)
	return since, !since.IsZero()
}

// Used says when an item was used last, if that is known.
func (i Item) Used() (at time.Time, is bool) {
	at, _ = useSaid(i.LastUse)
	return at, !at.IsZero()
}

// told is what one source says, as it is stored.
type told struct {
	From, Until            time.Time
	Complete               bool
	Seen, Foreign, Refused int
	Spans                  []span
	Uses                   []cloudtrail.Use
}

type span struct {
	cloudtrail.Where
	cloudtrail.Span
}

func toldBy(r cloudtrail.Reading) told {
	t := told{From: r.From, Until: r.Until, Complete: r.Complete, Seen: r.Seen, Foreign: r.Foreign, Refused: r.Refused}
	for at, s := range r.Spans {
		t.Spans = append(t.Spans, span{at, s})
	}
	for at, by := range r.Uses {
		for who, when := range by {
			t.Uses = append(t.Uses, cloudtrail.Use{Where: at, Who: who, At: when})
		}
	}
	return t
}

// words says of a source what people have to know to believe it.
func (t told) words(source string) string {
	text := fmt.Sprintf("%s: %d calls from %s to %s, %d of nobody's role session, %d refused", source, t.Seen, t.From.Format(time.DateOnly), t.Until.Format(time.DateOnly), t.Foreign, t.Refused)
	if !t.Complete {
		text += fmt.Sprintf("; there are more than %d calls could read: of who is not among these, the last use is unknown", mostCalls)
	}
	return text
}

// read reads one source.
func (l LastUses) read(ctx context.Context, s cloudtrail.Source, now time.Time) (told, error) {
	until := now.Add(-cloudtrail.Late)
	r, err := l.Trail.Read(ctx, s, until.Add(-cloudtrail.Period), until, mostCalls)
	return toldBy(r), err
}

// opener is who may have opened which environment: by which permission set's role, in a session
// of which name. Without a set it is a role that is not Identity Center's, that of instant
// links among them: which Airflow role it was for is not recorded, so it is counted only.
type opener struct {
	cloudtrail.Where
	set, who string
}

// uses are what the sources say together.
type uses struct {
	last map[opener]time.Time
	// spans is from when on calls are recorded, by account and region, where that has
	// been read completely and calls are still recorded.
	spans   map[cloudtrail.Where]time.Time
	matched map[opener]bool
	words   []string
}

func newUses() *uses {
	return &uses{last: map[opener]time.Time{}, spans: map[cloudtrail.Where]time.Time{}, matched: map[opener]bool{}}
}

// add adds what a source says.
func (u *uses) add(source string, t told) {
	u.words = append(u.words, t.words(source))
	for _, one := range t.Uses {
		o := opener{one.Where, cloudtrail.PermissionSet(one.Role), one.Session}
		if o.set == "" {
			o.who = one.Role + "/" + one.Session
		}
		if one.At.After(u.last[o]) {
			u.last[o] = one.At
		}
	}
	for _, s := range t.Spans {
		if !t.Complete || t.Until.Sub(s.Newest) > alive {
			continue
		}
		if from, is := u.spans[s.Where]; !is || s.Oldest.Before(from) {
			u.spans[s.Where] = s.Oldest
		}
	}
}

// of is when somebody has used what they hold since some time; "none since" a date only where
// it is certain that it would have been seen.
func (u *uses) of(h reviews.Holding, since time.Time) string {
	if u == nil {
		return lastUseUnknown
	}
	e := h.Target.Environment
	where := cloudtrail.Where{Account: e.Account, Region: e.Region, Environment: e.Name}
	session, named := cloudtrail.SessionOf(h.UserName)
	named = named && h.Target.PermissionSetName != ""
	o := opener{where, h.Target.PermissionSetName, session}
	if at, is := u.last[o]; is && named {
		u.matched[o] = true
		return at.UTC().Format(time.RFC3339)
	}
	from, recorded := u.spans[cloudtrail.Where{Account: e.Account, Region: e.Region}]
	if !named || !recorded || h.Target.Instant {
		return lastUseUnknown
	}
	if since.After(from) {
		from = since
	}
	return noneSince + from.UTC().Format(time.DateOnly)
}

// said is what people have to know of what was read, once everybody was looked at.
func (u *uses) said(targets []access.Target) []string {
	if u == nil {
		return nil
	}
	words := slices.Clone(u.words)
	places, environments := map[string]bool{}, map[cloudtrail.Where]bool{}
	for _, t := range targets {
		e := t.Environment
		environments[cloudtrail.Where{Account: e.Account, Region: e.Region, Environment: e.Name}] = true
		if _, recorded := u.spans[cloudtrail.Where{Account: e.Account, Region: e.Region}]; !recorded {
			places[e.Account+" in "+e.Region] = true
		}
	}
	for _, p := range slices.Sorted(maps.Keys(places)) {
		words = append(words, p+": it cannot be told who has not opened Airflow: no recent call of anybody is recorded, or not all could be read")
	}
	foreign := 0
	for o := range u.last {
		if environments[o.Where] && !u.matched[o] {
			foreign++
		}
	}
	if foreign > 0 {
		words = append(words, fmt.Sprintf("%d have opened these environments whose access this is not about, or who cannot be told", foreign))
	}
	return words
}

// lookedUp reads what the sources of a planner say, each once for an occurrence: what was
// read is stored with it. It returns what could not be read, by source.
func (s *Service) lookedUp(ctx context.Context, o access.Occurrence) (*uses, []reviews.Unread, error) {
	l := s.o.Planner.LastUses
	if l.Trail == nil || len(l.Sources) == 0 {
		return nil, nil, nil
	}
	stored, err := s.o.Store.UseReadings(ctx, o.ID)
	if err != nil {
		return nil, nil, err
	}
	u := newUses()
	var failed []reviews.Unread
	for _, source := range l.Sources {
		name := source.String()
		var t told
		if raw, is := stored[name]; is {
			if err := json.Unmarshal(raw, &t); err != nil {
				return nil, nil, fmt.Errorf("what %s said: %w", name, err)
			}
			u.add(name, t)
			continue
		}
		if t, err = l.read(ctx, source, s.o.Now()); err != nil {
			failed = append(failed, unread(source, err))
			continue
		}
		if err := s.keep(ctx, o, name, t); err != nil {
			return nil, nil, err
		}
		u.add(name, t)
	}
	u.missing(failed)
	return u, failed, nil
}

// keep stores what a source says. Somebody else may have stored it first.
func (s *Service) keep(ctx context.Context, o access.Occurrence, source string, t told) error {
	raw, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return s.o.Store.Receive(ctx, actor, func(tx *store.Tx) error { return tx.AddUseReading(o, source, raw) })
}

func unread(s cloudtrail.Source, err error) reviews.Unread {
	return reviews.Unread{What: "who has opened Airflow, in the " + s.String(), System: "cloudtrail", Error: err.Error()}
}

// missing says what could not be read.
func (u *uses) missing(failed []reviews.Unread) {
	for _, f := range failed {
		u.words = append(u.words, f.What+", could not be read: "+f.Error)
	}
}

// lookUp reads the sources once, and keeps nothing.
func (l LastUses) lookUp(ctx context.Context, now time.Time) *uses {
	if l.Trail == nil || len(l.Sources) == 0 {
		return nil
	}
	u := newUses()
	var failed []reviews.Unread
	for _, source := range l.Sources {
		t, err := l.read(ctx, source, now)
		if err != nil {
			failed = append(failed, unread(source, err))
			continue
		}
		u.add(source.String(), t)
	}
	u.missing(failed)
	return u
}
