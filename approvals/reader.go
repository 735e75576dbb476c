package approvals

import (
	"context"
	"time"

	"airpass/access"
	"airpass/store"
)

// meet finds out in which language and time zone somebody reads who is about to be written to for the
// first time: Slack does not say so where people are looked up by their address. It is a
// courtesy, so nothing waits or fails for it.
// See https://docs.slack.dev/reference/methods/users.lookupByEmail.
func (s *Service) meet(ctx context.Context, slackID, oktaID string) {
	r, known, err := s.Store.Reader(ctx, slackID)
	if err != nil || known && r.Zone != "" { // earlier versions remembered the language only
		return
	}
	profile, err := s.Workspace.User(ctx, slackID)
	if err == nil {
		err = s.Store.Update(ctx, judge, func(tx *store.Tx) error {
			return tx.Remember(access.Reader{SlackID: slackID, OktaID: oktaID, Locale: profile.Locale, Zone: profile.Zone})
		})
	}
	if err != nil {
		s.Log.DebugContext(ctx, "it is not known in which language and time zone somebody reads", "user", slackID, "err", err)
	}
}

// zoneTime bounds finding out in which time zone somebody is who waits for a form, wall time.
const zoneTime = time.Second

// Zone is the time zone of somebody in Slack as it was remembered, or as Slack says now; empty
// is unknown.
func (s *Service) Zone(ctx context.Context, slackID, oktaID string) (string, error) {
	ask, stop := context.WithTimeout(ctx, zoneTime)
	defer stop()
	s.meet(ask, slackID, oktaID)
	r, _, err := s.Store.Reader(ctx, slackID)
	return r.Zone, err
}
