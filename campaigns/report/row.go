package report

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/store"
)

// row is an item as a report shows it.
type row struct {
	Item     string   `json:"item"`
	Target   string   `json:"target"`
	Who      string   `json:"who"`
	Name     string   `json:"name,omitempty"`
	OktaID   string   `json:"okta_id,omitempty"`
	Account  string   `json:"identity_center_user,omitempty"`
	Standing bool     `json:"standing"`
	Through  []string `json:"through"`
	Grant    string   `json:"grant,omitempty"`
	Request  string   `json:"request,omitempty"`
	Reason   string   `json:"reason,omitempty"` // of the request
	// Since to Because are the facts as they were shown to who decided.
	Since       time.Time          `json:"since,omitzero"`
	Until       time.Time          `json:"until,omitzero"`
	Approved    string             `json:"approved,omitempty"`
	Besides     []campaigns.Beside `json:"besides,omitempty"`
	LastUse     string             `json:"last_use"`
	Peers       campaigns.Peers    `json:"peers"`
	Recommended campaigns.Advice   `json:"recommended"`
	Because     string             `json:"because"`

	Asked    []string `json:"asked"`
	AskedIDs []string `json:"asked_okta_ids"`
	Rule     string   `json:"rule,omitempty"` // that names them, at first
	Fallback bool     `json:"fallback,omitempty"`
	// Passed is who was asked before, and why others are since; the newest last.
	Passed []passing `json:"passed,omitempty"`

	State     access.ItemState   `json:"state"`
	Verdict   access.ItemVerdict `json:"verdict,omitempty"`
	Silent    bool               `json:"silent,omitempty"`
	KeepUntil time.Time          `json:"keep_until,omitzero"`
	// Of what is reduced, the target that takes its place, and the request that gives it.
	ReduceTo string `json:"reduce_to,omitempty"`
	Lower    string `json:"lower_request,omitempty"`

	Decider   string    `json:"decided_by,omitempty"`
	DeciderID string    `json:"decided_by_okta_id,omitempty"`
	Decided   time.Time `json:"decided,omitzero"`
	Comment   string    `json:"comment,omitempty"`
	// Gone is when what was taken away was seen to be gone; Settled when nothing more was to come.
	Gone    time.Time `json:"removal_verified,omitzero"`
	Settled time.Time `json:"settled,omitzero"`
	// Exceptions are what did not go as it should, in words.
	Exceptions []string `json:"exceptions"`
	// Erased is what the audit trail had of it and has no more, because somebody was erased.
	Erased []string `json:"erased,omitempty"`
}

// rows makes rows of the items of an occurrence.
type rows struct {
	store      *store.Store
	occurrence access.Occurrence
	panels     map[string][]access.Person
	trail      *trail
	// findings are of items by their ids: those of which there are any, once all were compared.
	findings map[string]finding
	compared bool
}

// each calls do with every item, in the order in which they were found, and returns a sum
// that is another if an item has changed since.
func (r rows) each(ctx context.Context, do func(access.CampaignItem, row) error) (sum int64, err error) {
	const page = 500
	for after := ""; ; {
		items, err := r.store.CampaignItems(ctx, r.occurrence.ID, after, page)
		if err != nil {
			return sum, err
		}
		for _, i := range items {
			after = i.ID
			sum += i.Version
			one, err := r.of(ctx, i)
			if err != nil {
				return sum, err
			}
			if err := do(i, one); err != nil {
				return sum, err
			}
		}
		if len(items) < page {
			return sum, nil
		}
	}
}

func (r rows) of(ctx context.Context, i access.CampaignItem) (row, error) {
	f, err := campaigns.Facts(i)
	if err != nil {
		return row{}, err
	}
	out := row{Item: i.ID, Target: i.Target, Who: i.Who, Name: f.Name, OktaID: i.Subject, Account: i.Account, Standing: i.Standing, Through: append([]string{}, f.Through...), Grant: i.Grant, Request: f.Request, Reason: f.Reason,
		Since: f.Since, Until: f.Until, Approved: f.Approved, Besides: f.Besides, LastUse: f.LastUse, Peers: f.Peers, Recommended: f.Recommended, Because: f.Because,
		Rule: f.Asked.Rule, Fallback: f.Asked.Fallback, State: i.State, Verdict: i.Verdict, Silent: i.Silent, KeepUntil: i.KeepUntil, ReduceTo: i.ReduceTo, Lower: i.Lower,
		Decider: cmp.Or(i.Decider.Login, i.Decider.OktaID), DeciderID: i.Decider.OktaID, Decided: i.DecidedAt, Comment: i.Comment, Settled: i.SettledAt, Asked: []string{}, AskedIDs: []string{}}
	for _, p := range r.panels[i.Panel] {
		out.Asked, out.AskedIDs = append(out.Asked, cmp.Or(p.Login, p.OktaID)), append(out.AskedIDs, p.OktaID)
	}
	out.Passed = r.passed(i)
	if out.Gone, err = r.gone(ctx, i); err != nil {
		return out, err
	}
	found, err := r.finding(ctx, i, f, out)
	out.Exceptions, out.Erased = slices.Concat(exceptions(r.occurrence, i, f), unanswered(out.Passed), found.exceptions()), found.erased
	return out, err
}

// finding compares an item with the trail, the first time that it is asked for.
func (r rows) finding(ctx context.Context, i access.CampaignItem, f campaigns.Item, one row) (finding, error) {
	if r.compared {
		return r.findings[i.ID], nil
	}
	found := r.trail.compare(i, f)
	if campaigns.NameOfPanel(one.AskedIDs) != i.Panel {
		found.differs = append(found.differs, "who is asked together")
	}
	is, err := r.seenGone(ctx, i)
	if err != nil {
		return found, err
	}
	if !is {
		found.differs = append(found.differs, "when it was seen to be gone")
	}
	if found.any() {
		r.findings[i.ID] = found
	}
	return found, nil
}

// exceptions are what did not go with an item as it should, in words.
func exceptions(o access.Occurrence, i access.CampaignItem, f campaigns.Item) []string {
	all := []string{}
	say := func(is bool, words string) {
		if is {
			all = append(all, words)
		}
	}
	say(i.Panel == "", strings.TrimSuffix("nobody could be asked: "+f.Asked.Unknown, ": "))
	say(i.State == access.ItemOpen && o.State == access.OccurrenceClosed, "nobody has said anything, and the occurrence was closed before silence could decide")
	say(i.Silent && i.Verdict == access.KeepItem, "kept, although nobody has said that it is needed")
	say(i.Subject == "", "nobody in Okta is known whose account it is")
	say(i.State == access.ItemRemoving, strings.TrimSuffix("it is taken away, and was not seen to be gone yet: "+i.LastError, ": "))
	say(i.LowerFailed != "", i.ReduceTo+" could not be given instead, and it was taken away all the same: "+i.LowerFailed)
	say(i.State == access.ItemSettled && i.Verdict != access.KeepItem && i.LastError != "", i.LastError)
	return all
}
