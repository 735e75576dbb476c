package page

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"airpass/sandbox/control"
	"airpass/sandbox/mwaa"
	"airpass/sandbox/okta"
)

var (
	errNoEnd     = errors.New("no access has an end that is still to come")
	errNoVendor  = errors.New("there is no such vendor")
	errNoMode    = errors.New("this vendor cannot misbehave in this way")
	errTooFar    = errors.New("move the clock by a year at most")
	errNothing   = errors.New("say how far to move the clock")
	errNotActive = errors.New("only somebody who is ACTIVE can be deactivated, and only somebody who is DEPROVISIONED activated again")
)

// post registers a change whose body is a T. An error of do is what is wrong with it.
func post[T any](mux *http.ServeMux, path string, do func(context.Context, T) error) {
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		var body T
		if !control.ReadJSON(w, r, &body) {
			return
		}
		if err := do(r.Context(), body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

type clockMove struct {
	By control.Duration `json:"by"`
	To string           `json:"to"` // next_end or deadline
}

// farthest is how far one move of the clock goes.
const farthest = 366 * 24 * time.Hour

// moveClock moves the sandbox's clock forward, by a while, to a second after the next end
// of a grant, or to when a campaign is over.
func (p *Page) moveClock(ctx context.Context, m clockMove) error {
	var err error
	by := time.Duration(m.By)
	switch m.To {
	case "next_end":
		by, err = p.toNextEnd(ctx)
	case "deadline":
		by, err = p.toDeadline(ctx)
	}
	switch {
	case err != nil:
		return err
	case by == 0:
		return errNothing
	case by > farthest:
		return errTooFar
	}
	_, err = p.world.Clock.Advance(by)
	return err
}

func (p *Page) toNextEnd(ctx context.Context) (time.Duration, error) {
	grants, err := p.liveGrants(ctx)
	if err != nil {
		return 0, err
	}
	now := p.world.Clock.Now()
	next, ok := nextEnd(grants, now)
	if !ok {
		return 0, errNoEnd
	}
	return next.End.Sub(now) + time.Second, nil
}

// nextEnd is the grant whose end comes first.
func nextEnd(grants []Grant, now time.Time) (Grant, bool) {
	var next Grant
	for _, g := range grants {
		if g.End.After(now) && (next.ID == "" || g.End.Before(next.End)) {
			next = g
		}
	}
	return next, next.ID != ""
}

type modeChange struct {
	Vendor string `json:"vendor"`
	Mode   string `json:"mode"`
}

// setMode makes a vendor misbehave in one way, or work again.
func (p *Page) setMode(_ context.Context, c modeChange) error {
	all := p.vendors()
	at := slices.IndexFunc(all, func(v vendor) bool { return v.key == c.Vendor })
	if at < 0 {
		return fmt.Errorf("%w: %q", errNoVendor, c.Vendor)
	}
	v := all[at]
	i := slices.IndexFunc(v.modes, func(m vendorMode) bool { return m.Key == c.Mode })
	if i < 0 {
		return fmt.Errorf("%w: %q", errNoMode, c.Mode)
	}
	v.faults.Clear()
	for _, f := range v.modes[i].faults {
		v.faults.Add(f)
	}
	return nil
}

type personChange struct {
	Login  string `json:"login"`
	Active bool   `json:"active"`
}

// setPerson deactivates somebody in Okta as an administrator would, or activates them
// again.
func (p *Page) setPerson(_ context.Context, c personChange) error {
	u, err := p.world.Okta.User(c.Login)
	if err != nil {
		return err
	}
	to := okta.Deprovisioned
	if c.Active {
		to = okta.Active
	}
	if from := u.Status; from != to && from != okta.Active && from != okta.Deprovisioned {
		return fmt.Errorf("%w: %s is %s", errNotActive, c.Login, from)
	}
	return p.world.Okta.SetStatus(c.Login, to)
}

type environmentChange struct {
	Account string `json:"account"`
	Region  string `json:"region"`
	Name    string `json:"name"`
	Status  string `json:"status"`
}

// setEnvironment moves an environment to a state, as MWAA would.
func (p *Page) setEnvironment(_ context.Context, c environmentChange) error {
	return p.world.MWAA.SetStatus(c.Account, c.Region, c.Name, mwaa.Status(c.Status))
}
