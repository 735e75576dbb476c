package page

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"airpass/sandbox/identitycenter"
)

// Campaign is a campaign of whoever gives access, and how far its newest occurrence is.
type Campaign struct {
	Name      string       `json:"name"`
	Next      time.Time    `json:"next"`            // by its schedule
	State     string       `json:"state,omitempty"` // of the occurrence; empty if there was none yet
	Opened    time.Time    `json:"opened,omitzero"`
	Deadline  time.Time    `json:"deadline,omitzero"`
	Closed    time.Time    `json:"closed,omitzero"`
	Problem   string       `json:"problem,omitempty"` // why it does not get on
	Tally     Tally        `json:"tally"`
	Reviewers []Reviewer   `json:"reviewers"`
	Items     []ReviewItem `json:"items"`
}

// Tally is how many items of an occurrence stand how. Some stand in several ways: what
// silence has decided was taken away too.
type Tally struct {
	Items     int `json:"items"`
	Open      int `json:"open"`
	Kept      int `json:"kept"`
	Revoked   int `json:"revoked"`
	Reduced   int `json:"reduced"`
	Delegated int `json:"delegated"` // are asked of others than at first
	Silent    int `json:"silent"`    // decided by silence
	Removing  int `json:"removing"`  // not seen to be gone yet
	Gone      int `json:"gone"`
}

// Reviewer is somebody who is asked, and how far they are.
type Reviewer struct {
	Login   string `json:"login"`
	Items   int    `json:"items"`
	Open    int    `json:"open"`
	Told    int    `json:"told"` // how often, the first time counted
	Overdue bool   `json:"overdue"`
}

// ReviewItem is access that an occurrence asks about.
type ReviewItem struct {
	ID     string   `json:"id"`
	Login  string   `json:"login"`
	Target string   `json:"target"`
	State  string   `json:"state"`
	Words  string   `json:"words"` // what became of it
	Note   string   `json:"note,omitempty"`
	Asked  []string `json:"asked"` // logins
}

var (
	errNoCampaign = errors.New("the sandbox runs without airpass: nobody is there to begin a campaign")
	errNoDeadline = errors.New("no campaign waits for an answer")
)

type campaignStart struct {
	Name string `json:"name"`
}

// startCampaign lets a campaign take place now.
func (p *Page) startCampaign(ctx context.Context, c campaignStart) error {
	if p.start == nil {
		return errNoCampaign
	}
	return p.start(ctx, c.Name)
}

func (p *Page) liveCampaigns(ctx context.Context) ([]Campaign, error) {
	if p.campaigns == nil {
		return []Campaign{}, nil
	}
	list, err := p.campaigns(ctx)
	if list == nil {
		list = []Campaign{}
	}
	return list, err
}

// waited is how long after a deadline what was said before it is still waited for.
const waited = 10 * time.Minute

// toDeadline is how far it is to when silence decides, the earliest first.
func (p *Page) toDeadline(ctx context.Context) (time.Duration, error) {
	all, err := p.liveCampaigns(ctx)
	if err != nil {
		return 0, err
	}
	by := time.Duration(0)
	for _, c := range all {
		if left := c.Deadline.Sub(p.world.Clock.Now()) + waited + time.Second; c.State == "open" && left > 0 && (by == 0 || left < by) {
			by = left
		}
	}
	if by == 0 {
		err = errNoDeadline
	}
	return by, err
}

type handmade struct{}

// byHand is access that people were given long ago, past airpass, for a campaign to ask about.
func byHand() [][2]string {
	return [][2]string{{"ada", "prod/Viewer"}, {"ben", "prod/Viewer"}, {"ben", "prod/User"}, {"chen", "prod/Op"}, {"zoe", "prod/Viewer"}, {"vera", "prod/Admin"}, {"pavel", "prod/Admin"}}
}

// giveByHand assigns permission sets as somebody does in the console.
func (p *Page) giveByHand(context.Context, handmade) error {
	users := p.world.IdentityCenter.Users()
	for _, one := range byHand() {
		login, t := p.world.Person(one[0]).Login, p.world.Target(one[1])
		at := slices.IndexFunc(users, func(u identitycenter.User) bool { return u.UserName == login })
		if at < 0 {
			return fmt.Errorf("%s has no account in Identity Center", login)
		}
		if err := p.world.IdentityCenter.Assign(identitycenter.Assignment{Account: t.Account, PermissionSetARN: t.PermissionSet,
			PrincipalType: identitycenter.PrincipalUser, PrincipalID: users[at].ID}); err != nil {
			return err
		}
	}
	return nil
}
