package replicas

import (
	"time"

	"airpass/store"
)

// roster remembers when each replica's beats were last seen to go up.
type roster struct {
	deadAfter time.Duration
	seen      map[string]sighting
	looked    time.Time
}

type sighting struct {
	beats int64
	at    time.Time // by the clock of whoever looks
}

// look tells the living from the dead. One that is seen for the first time is alive:
// when in doubt there are more of us. So is everybody for whom it was not looked for
// long: whoever could not look cannot tell who has beaten.
func (r *roster) look(rows []store.Replica, now time.Time) (living, dead []store.Replica) {
	seen := make(map[string]sighting, len(rows))
	blind := now.Sub(r.looked) > r.deadAfter/2
	for _, row := range rows {
		s, known := r.seen[row.ID]
		if !known || blind || s.beats != row.Beats {
			s = sighting{row.Beats, now}
		}
		seen[row.ID] = s
		if now.Sub(s.at) > r.deadAfter {
			dead = append(dead, row)
		} else {
			living = append(living, row)
		}
	}
	r.seen, r.looked = seen, now
	return living, dead
}
