package store

import (
	"fmt"

	"airpass/access"
	"airpass/store/db"
)

func bindingOf(row db.Binding) (access.Binding, error) {
	return access.Binding{Team: row.Team, SlackID: row.SlackID, OktaID: row.OktaID, Email: row.Email, BoundAt: row.BoundAt.UTC()}, nil
}

// Bind stores who somebody in Slack is. If that is stored already the error wraps
// access.ErrStale.
func (tx *Tx) Bind(b access.Binding) error {
	if b.BoundAt.IsZero() {
		b.BoundAt = tx.now
	}
	n, err := tx.q.InsertBinding(tx.ctx, db.InsertBindingParams{Team: b.Team, SlackID: b.SlackID, OktaID: b.OktaID, Email: words(b.Email), BoundAt: moment(b.BoundAt)})
	if err != nil {
		return saved(err, "binding", b.SlackID)
	}
	if n == 0 {
		return fmt.Errorf("%w: binding of %s", access.ErrStale, slackName(b.Team, b.SlackID))
	}
	tx.logBinding("binding.made", b, map[string]string{})
	return nil
}

// Rebind replaces a binding, on an operator's order. Without one the error wraps
// access.ErrNotFound.
func (tx *Tx) Rebind(b access.Binding) error {
	old, known, err := tx.Binding(b.Team, b.SlackID)
	if err != nil {
		return err
	}
	if !known {
		return fmt.Errorf("%w: binding of %s", access.ErrNotFound, slackName(b.Team, b.SlackID))
	}
	if b.BoundAt.IsZero() {
		b.BoundAt = tx.now
	}
	_, err = tx.q.UpdateBinding(tx.ctx, db.UpdateBindingParams{Team: b.Team, SlackID: b.SlackID, OktaID: b.OktaID, Email: words(b.Email), BoundAt: moment(b.BoundAt)})
	if err != nil {
		return saved(err, "binding", b.SlackID)
	}
	tx.logBinding("binding.changed", b, map[string]string{"before": old.OktaID})
	return nil
}

func (tx *Tx) logBinding(kind access.EventKind, b access.Binding, facts map[string]string) {
	facts["slack"], facts["okta_user"] = slackName(b.Team, b.SlackID), b.OktaID
	tx.log(b.OktaID, access.Event{Kind: kind, Facts: facts, Personal: map[string]string{"email": b.Email}})
}

// Binding reads who somebody in Slack is, if that is known.
func (tx *Tx) Binding(team, slackID string) (access.Binding, bool, error) {
	return tx.r.Binding(tx.ctx, team, slackID)
}
