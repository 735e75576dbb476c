package workspace

import (
	"fmt"
	"time"
)

// trigger is a trigger id: one chance to open a modal for the person who did
// something, for three seconds of wall time.
type trigger struct {
	user string
	at   time.Time
	used bool
	// view is the modal in which the person did it, if any.
	view string
}

// newTrigger makes a trigger id. The caller holds the lock.
func (w *Workspace) newTrigger(user, view string) string {
	now := time.Now()
	w.counter++
	id := fmt.Sprintf("%d.%d.%s", now.UnixNano()/1000, w.counter, randomHex(16))
	w.triggers[id] = &trigger{user: user, at: now, view: view}
	if len(w.triggers) > 20_000 {
		for old, t := range w.triggers {
			if now.Sub(t.at) > time.Minute {
				delete(w.triggers, old)
			}
		}
	}
	return id
}

// exchange uses a trigger id up. The caller holds the lock.
func (w *Workspace) exchange(id string) (*trigger, *apiError) {
	t, ok := w.triggers[id]
	switch {
	case id == "":
		return nil, &apiError{code: "invalid_arguments", messages: []string{"missing required field: trigger_id"}}
	case !ok:
		return nil, &apiError{code: "invalid_trigger_id"}
	case t.used:
		return nil, &apiError{code: "exchanged_trigger_id"}
	case time.Since(t.at) > w.opts.TriggerTTL:
		return nil, &apiError{code: "expired_trigger_id"}
	}
	t.used = true
	return t, nil
}
