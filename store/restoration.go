package store

import (
	"context"
	"encoding/json"
	"fmt"

	"airpass/access"
)

// restorationSetting has an access.Restoration as JSON, or is empty.
const restorationSetting = "restoration"

// Restoration reads whether the database waits to be compared with the outside; nil
// if it does not.
func (tx *Tx) Restoration() (*access.Restoration, error) { return tx.r.Restoration(tx.ctx) }

// Restoration reads whether the database waits to be compared with the outside; nil
// if it does not.
func (r reads) Restoration(ctx context.Context) (*access.Restoration, error) {
	text, err := r.Setting(ctx, restorationSetting)
	if err != nil || text == "" {
		return nil, err
	}
	var is access.Restoration
	if err := json.Unmarshal([]byte(text), &is); err != nil {
		return nil, fmt.Errorf("setting %s: %w", restorationSetting, err)
	}
	return &is, nil
}

// SetRestoration stores that the database waits to be compared, or with nil that it
// does no longer. What Slack shows is not known then: it is later than the database.
func (tx *Tx) SetRestoration(is *access.Restoration) error {
	text := ""
	if is != nil {
		raw, err := json.Marshal(is)
		if err != nil {
			return err
		}
		text = string(raw)
		if err := tx.q.ForgetShows(tx.ctx); err != nil {
			return fmt.Errorf("forget what Slack shows: %w", err)
		}
	}
	return tx.SetSetting(restorationSetting, text)
}
