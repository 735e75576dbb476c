package grants

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"airpass/access"
	"airpass/store"
)

// waitingSilence is the setting that says of each occurrence of a campaign which batch of
// what silence would take away waits for an admin: several campaigns may be over at once.
const waitingSilence = "removals.silence"

// The settings in which versions before kept one batch for all campaigns. They are read, so
// that a batch that was told or confirmed while versions change is neither told again nor
// forgotten; while such a version runs it may confirm what it has told.
const (
	pendingSilence   = "removals.silence.pending"
	confirmedSilence = "removals.silence.confirmed"
)

// silences are the batches that wait, by the ids of their occurrences.
type silences map[string]silenced

type silenced struct {
	Batch     string `json:"batch"`
	Confirmed bool   `json:"confirmed,omitempty"`
}

func silencesOf(value string) (silences, error) {
	all := silences{}
	if value == "" {
		return all, nil
	}
	if err := json.Unmarshal([]byte(value), &all); err != nil {
		return nil, fmt.Errorf("the setting %s: %w", waitingSilence, err)
	}
	return all, nil
}

// lockSilences reads the batches that wait; nobody else changes them before this transaction
// ends.
func lockSilences(tx *store.Tx) (silences, error) {
	value, err := tx.LockSetting(waitingSilence)
	if err != nil {
		return nil, err
	}
	return silencesOf(value)
}

func (all silences) save(tx *store.Tx) error {
	value, err := all.value()
	if err != nil {
		return err
	}
	return tx.SetSetting(waitingSilence, value)
}

// value is how the setting has them.
func (all silences) value() (string, error) {
	if len(all) == 0 {
		return "", nil
	}
	value, err := json.Marshal(all)
	if err != nil {
		return "", fmt.Errorf("the setting %s: %w", waitingSilence, err)
	}
	return string(value), nil
}

// MayInfer applies the cap to what silence would take away of an occurrence: so many of all
// its items. batch says exactly what that is. Above the cap the admins are told once, and it
// is allowed when they have confirmed this batch.
func (c Cap) MayInfer(tx *store.Tx, o access.Occurrence, batch string, many int) (bool, error) {
	limit := c.limit(o.Items)
	if many <= limit {
		return true, nil
	}
	all, err := lockSilences(tx)
	if err != nil {
		return false, err
	}
	if by, err := tx.Occurrence(o.ID); err != nil || by.State == access.OccurrenceClosed { // meanwhile
		return false, err
	}
	about := store.Batch{Many: many, Of: o.Items, Cap: limit, Which: batch}
	name := nameOf(about)
	before, err := tx.Setting(confirmedSilence)
	if err != nil || before == name {
		return err == nil, err
	}
	if waits := all[o.ID]; waits.Batch == name {
		return waits.Confirmed, nil
	}
	all[o.ID] = silenced{Batch: name}
	value, err := all.value()
	if err == nil {
		err = tx.SetWaiting(waitingSilence, value, about)
	}
	if err == nil {
		err = tx.TouchAdminHomes()
	}
	if err != nil {
		return false, err
	}
	told, err := tx.Setting(pendingSilence)
	if err != nil || told == name {
		return false, err
	}
	return false, c.tell(tx, fmt.Sprintf("The campaign %s is over, and nobody has said anything about %d of %d items whose access silence takes away. That is more than %d, so nothing was taken away. If it is meant: airpass removals confirm %s",
		o.Campaign, many, o.Items, limit, name))
}

// WaitsOf is the batch of what silence would take away of an occurrence, where that waits
// for an admin; empty: nothing does.
func WaitsOf(ctx context.Context, st *store.Store, occurrence string) (batch string, err error) {
	value, err := st.Setting(ctx, waitingSilence)
	if err != nil {
		return "", err
	}
	all, err := silencesOf(value)
	if waits := all[occurrence]; !waits.Confirmed {
		batch = waits.Batch
	}
	return batch, err
}

// confirmSilence confirms the batch with this name; false if none waits.
func confirmSilence(tx *store.Tx, name string) (bool, error) {
	all, err := lockSilences(tx)
	if err != nil {
		return false, err
	}
	for occurrence, waits := range all {
		if waits.Batch == name {
			all[occurrence] = silenced{Batch: name, Confirmed: true}
			return true, errors.Join(all.save(tx), tx.TouchAdminHomes())
		}
	}
	return false, nil
}

// ForgetSilence says that nothing waits any more of an occurrence, which is over.
func ForgetSilence(tx *store.Tx, occurrence string) error {
	all, err := lockSilences(tx)
	if err != nil {
		return err
	}
	if _, waits := all[occurrence]; !waits {
		return nil
	}
	delete(all, occurrence)
	return all.save(tx)
}

// SilenceWaits says whether what silence would take away waits for an admin.
func SilenceWaits(ctx context.Context, s *store.Store) (bool, error) {
	value, err := s.Setting(ctx, waitingSilence)
	if err != nil {
		return false, err
	}
	all, err := silencesOf(value)
	for _, waits := range all {
		if !waits.Confirmed {
			return true, nil
		}
	}
	return false, err
}
