package grants

import "airpass/store"

// Paused is the setting that stops new grants: "yes", or empty.
const Paused = "paused"

// HeldBack says why nothing new is given: by whom, or until when; "" if it is.
func HeldBack(tx *store.Tx) (why string, err error) {
	paused, err := tx.Setting(Paused)
	if err != nil || paused != "" {
		return "by an operator", err
	}
	restored, err := tx.Restoration()
	if err == nil && restored != nil {
		why = "until an operator has looked at a database that was restored"
	}
	return why, err
}
