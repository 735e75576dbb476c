package approvals

import (
	"context"
	"errors"
	"slices"

	"airpass/access"
)

// away says whether somebody cannot be asked in Slack: they have no account there (any more),
// or their status is one that means that they are away.
func (s *Service) away(ctx context.Context, p access.Person) (bool, error) {
	var bound []access.Binding
	var err error
	if s.Store != nil { // which an explanation does without
		if bound, err = s.Store.BindingOf(ctx, p.OktaID); err != nil {
			return false, err
		}
	}
	var profile Profile
	if len(bound) > 0 {
		profile, err = s.Workspace.User(ctx, bound[0].SlackID)
	} else {
		profile, err = s.Workspace.UserByEmail(ctx, p.Email)
	}
	if errors.Is(err, access.ErrNotFound) {
		return true, nil
	}
	return err == nil && (profile.Deleted || profile.Status != "" && slices.Contains(s.AwayStatus, profile.Status)), err
}

// someAway says whether one of the people of a stage is away: of the first of them, as many
// as it requires, so that what it costs does not grow with the groups that it names.
func (s *Service) someAway(ctx context.Context, people []access.Person, stage access.Stage) (bool, error) {
	for _, p := range people[:min(len(people), max(stage.Required, 1))] {
		if is, err := s.away(ctx, p); is || err != nil {
			return is, err
		}
	}
	return false, nil
}
