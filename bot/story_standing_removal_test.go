package bot_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/bot"
	campaignreport "airpass/campaigns/report"
	"airpass/config"
	"airpass/reviews"
	"airpass/sandbox/identitycenter"
	"airpass/sandbox/okta"
)

// inferred lets silence take away this many without an admin.
func inferred(most int) func(*config.Config) {
	return func(c *config.Config) { c.Caps = config.Caps{InferredMax: most} }
}

// pushed says whether somebody is in the group of Identity Center to which a target is pushed.
func (tw *town) pushed(who, target string) bool {
	tw.IdentityCenter.Sync()
	for _, g := range tw.IdentityCenter.Groups() {
		if g.ID == tw.Target(target).IdentityCenterGroup {
			return slices.Contains(g.Members, tw.Person(who).Login)
		}
	}
	return false
}

// ways are the places of an item: why people have to take it away there, or that airpass does.
func ways(all []reviews.Way) string {
	var says []string
	for _, w := range all {
		if w.Ref != nil {
			says = append(says, string(w.Ref.Kind))
		} else {
			says = append(says, string(w.ByHand))
		}
	}
	slices.Sort(says)
	return strings.Join(says, ", ")
}

func TestStandingAccessIsTakenAwayByANoAndBySilence(t *testing.T) {
	t.Parallel()
	tw := settleWith(t, quick(), campaign("scope: {access: standing}, reviewers: [{person: grace@example.com}], fallback: [environment_owners], deadline: 7d, remove_standing: true"), unhurried, inferred(1))
	other, err := tw.IdentityCenter.AddGroup(identitycenter.Group{Name: "somebody's group"})
	tw.must(err)
	_, err = tw.Okta.AddRule(okta.Rule{Name: "nobody's", Attribute: "user.department", Value: "None", Groups: []string{tw.Target("prod/User").OktaGroup}})
	tw.must(err,
		tw.IdentityCenter.Assign(tw.byHand("ada", "prod/Viewer")),
		tw.Okta.SetMember(tw.Target("dev/User").OktaGroup, tw.Person("chen").OktaID, true),
		tw.Okta.SetMember(tw.Target("prod/User").OktaGroup, tw.Person("ben").OktaID, true),
		tw.IdentityCenter.Assign(tw.byHand("ben", "prod/User")),
		tw.IdentityCenter.Assign(tw.ofGroup(other.ID, "dev/User")),
		tw.IdentityCenter.SetMembership(other.ID, tw.Person("pavel").Login, true),
	)
	tw.eventually("chen is pushed", func() bool { return tw.pushed("chen", "dev/User") })
	seen := items(tw.preview())
	for item, want := range map[string]string{
		"prod/Viewer ada": "account_assignment", "dev/User chen": "okta_membership, pushed_membership",
		"prod/User ben":  string(reviews.ByHandRule) + ", account_assignment",
		"dev/User pavel": string(reviews.ByHandGroup),
	} {
		if i := seen[item]; ways(i.Ways) != want || i.Silence != access.SilenceRevokes {
			t.Errorf("%s: %s, %+v", item, ways(i.Ways), i)
		}
	}
	tw.starts()
	tw.sees("grace", stillNeeded, "0 of 4 are decided")
	tw.certifies("grace", map[string]string{"ben": "revoke", "chen": "revoke", "pavel": "revoke"})
	tw.sees("grace", stillNeeded, "3 of 4 are decided: 0 kept, 3 taken away")
	tw.advance(access.GraceOfReview + time.Minute)
	tw.eventually("chen's membership is gone", func() bool { return !tw.member("chen", "dev/User") && !tw.pushed("chen", "dev/User") })
	tw.eventually("ben's assignment is gone", func() bool { return tw.assignments("ben", "prod/User") == 0 })
	tw.settles("chen", "")
	tw.settles("ben", string(reviews.ByHandRule))
	tw.settles("pavel", string(reviews.ByHandGroup))
	if !tw.member("ben", "prod/User") || tw.assignments("ada", "prod/Viewer") != 1 {
		t.Error("more was taken away than was said")
	}
	tw.advance(7 * 24 * time.Hour)
	tw.eventually("what nobody has said anything about is gone", func() bool { return tw.assignments("ada", "prod/Viewer") == 0 })
	tw.settles("ada", "")
	tw.gone("ada", "chen")
}

// gone looks at when the report says that access was seen to be gone: when the trail has seen the
// last thing of it go.
func (tw *town) gone(people ...string) {
	tw.Helper()
	var page bytes.Buffer
	last := map[string]time.Time{}
	tw.operate(func(op *bot.Operator) error {
		for seq := int64(0); ; {
			lines, err := op.Store.AuditLines(tw.ctx(), seq, 500)
			if err != nil || len(lines) == 0 {
				return errors.Join(err, campaignreport.Write(tw.ctx(), op.Store, tw.occurrence().ID, campaignreport.JSON, "", &page))
			}
			for _, l := range lines {
				e, err := l.Recorded()
				if seq = l.Seq; err != nil {
					return err
				}
				if e.Kind == "entitlement.absent" {
					last[access.OwnerOf(e.Ref)] = e.At
				}
			}
		}
	})
	var told struct {
		Items []struct {
			OktaID string    `json:"okta_id"`
			Gone   time.Time `json:"removal_verified"`
		} `json:"items"`
	}
	tw.must(json.NewDecoder(&page).Decode(&told))
	for _, who := range people {
		id := tw.Person(who).OktaID
		n := 0
		for _, i := range told.Items {
			if i.OktaID != id {
				continue
			}
			if n++; last[id].IsZero() || !i.Gone.Equal(last[id]) {
				tw.Errorf("%s: gone %s by the report, and %s by the trail", who, i.Gone, last[id])
			}
		}
		if n != 1 {
			tw.Errorf("%d items of %s", n, who)
		}
	}
}

// settles waits, as long as it takes, until nothing more comes of somebody's item, and looks
// at what is left of it to people.
func (tw *town) settles(of, left string) {
	tw.Helper()
	for range 20 {
		items, _ := tw.itemsOf(tw.occurrence())
		for _, i := range items {
			if !strings.HasPrefix(i.Who, of) || i.State != access.ItemSettled {
				continue
			}
			if i.Verdict != access.RevokeItem || !strings.Contains(i.LastError, left) || left == "" && i.LastError != "" {
				tw.Errorf("%s: %+v", of, i)
			}
			return
		}
		tw.advance(5 * time.Minute)
		tw.idle()
	}
	tw.Errorf("nothing comes of the item of %s", of)
}
