package approvals

import (
	"context"

	"airpass/access"
	"airpass/store"
)

// meet finds out in which language somebody reads who is about to be written to for the
// first time: Slack does not say so where people are looked up by their address. It is a
// courtesy, so nothing waits or fails for it.
// See https://docs.slack.dev/reference/methods/users.lookupByEmail.
func (s *Service) meet(ctx context.Context, slackID, oktaID string) {
	_, known, err := s.Store.Reader(ctx, slackID)
	if err != nil || known {
		return
	}
	profile, err := s.Workspace.User(ctx, slackID)
	if err == nil && profile.Locale != "" {
		err = s.Store.Update(ctx, judge, func(tx *store.Tx) error {
			return tx.Remember(access.Reader{SlackID: slackID, OktaID: oktaID, Locale: profile.Locale})
		})
	}
	if err != nil {
		s.Log.DebugContext(ctx, "it is not known in which language somebody reads", "user", slackID, "err", err)
	}
}
