package okta

import (
	"slices"
	"strings"
	"time"
)

// actor is who did something, as the System Log names it.
type actor struct {
	ID          string `json:"id"`
	Type        string `json:"type"`
	AlternateID string `json:"alternateId"`
	DisplayName string `json:"displayName"`
}

// somebody is an administrator of the org: whoever uses the Go API and the state
// API of the sandbox.
func somebody() actor {
	return actor{ID: "00uAdministrator00d7", Type: "User", AlternateID: "admin@example.com", DisplayName: "Somebody else"}
}

// system is Okta itself: rules, provisioning.
func system() actor {
	return actor{ID: "SystemPrincipal", Type: "SystemPrincipal", AlternateID: "system@okta.com", DisplayName: "Okta System"}
}

// stamp is a moment as Okta writes it, in UTC with milliseconds.
type stamp time.Time

// MarshalJSON writes 2026-11-24T09:30:00.000Z.
func (t stamp) MarshalJSON() ([]byte, error) {
	return []byte(`"` + time.Time(t).UTC().Format("2006-01-02T15:04:05.000Z") + `"`), nil
}

// stampOrNull is null for a moment that has not been.
func stampOrNull(t time.Time) *stamp {
	if t.IsZero() {
		return nil
	}
	s := stamp(t)
	return &s
}

// logEvent is one event of the System Log. It can be filtered by
// debugContext.debugData.requestId, which Okta's own log has too; the answer leaves that
// member out, because Okta's document gives it a type that Okta's log does not keep.
// See https://developer.okta.com/docs/reference/api/event-types/.
type logEvent struct {
	seq       int
	UUID      string            `json:"uuid"`
	Published stamp             `json:"published"`
	Type      string            `json:"eventType"`
	Version   string            `json:"version"`
	Severity  string            `json:"severity"`
	Message   string            `json:"displayMessage"`
	Actor     actor             `json:"actor"`
	Target    []actor           `json:"target"`
	Outcome   map[string]string `json:"outcome"`
	asked     string            // X-Okta-Request-Id of the request that caused it
}

// LogEntry is one event of the System Log.
type LogEntry struct {
	At      time.Time `json:"at"` // sandbox clock
	Type    string    `json:"type"`
	Actor   string    `json:"actor"`   // the actor's alternate id: a login or a client id
	Targets []string  `json:"targets"` // ids
	Result  string    `json:"result"`  // SUCCESS or FAILURE
	// Request is the X-Okta-Request-Id of the request that caused it; empty where none did.
	Request string `json:"request,omitempty"`
}

// Log returns the System Log, oldest first.
func (s *Server) Log() []LogEntry {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]LogEntry, 0, len(s.log))
	for _, e := range s.log {
		entry := LogEntry{At: time.Time(e.Published), Type: e.Type, Actor: e.Actor.AlternateID, Targets: []string{}, Result: e.Outcome["result"], Request: e.asked}
		for _, t := range e.Target {
			entry.Targets = append(entry.Targets, t.ID)
		}
		out = append(out, entry)
	}
	return out
}

// record writes an event that succeeded. The caller holds the lock.
func (s *Server) record(eventType, message string, by actor, targets ...actor) {
	s.write(eventType, message, by, map[string]string{"result": "SUCCESS"}, targets)
}

// recordFailure writes an event that failed, and why.
func (s *Server) recordFailure(eventType, message, reason string, by actor, targets ...actor) {
	s.write(eventType, message, by, map[string]string{"result": "FAILURE", "reason": reason}, targets)
}

func (s *Server) write(eventType, message string, by actor, outcome map[string]string, targets []actor) {
	severity := "INFO"
	if outcome["result"] == "FAILURE" {
		severity = "ERROR"
	}
	s.log = append(s.log, logEvent{
		seq: s.next(), UUID: uuid(), Published: stamp(s.now()), Type: eventType, Version: "0", Severity: severity,
		Message: message, Actor: by, Target: append([]actor{}, targets...), Outcome: outcome, asked: s.asked,
	})
}

// logAttributes are what a log filter can ask about.
func logAttributes(name, _ string) bool {
	return slices.Contains([]string{
		"eventType", "published", "uuid", "actor.id", "actor.alternateId", "outcome.result",
		"target.id", "target.alternateId", "target.type", "debugContext.debugData.requestId",
	}, name)
}

func (e logEvent) attributes(name string) []any {
	switch name {
	case "eventType":
		return one(e.Type)
	case "published":
		return []any{time.Time(e.Published)}
	case "uuid":
		return one(e.UUID)
	case "actor.id":
		return one(e.Actor.ID)
	case "actor.alternateId":
		return one(e.Actor.AlternateID)
	case "debugContext.debugData.requestId":
		return one(e.asked)
	case "outcome.result":
		return one(e.Outcome["result"])
	case "target.id", "target.alternateId", "target.type":
		var out []any
		for _, t := range e.Target {
			out = append(out, map[string]any{"target.id": t.ID, "target.alternateId": t.AlternateID, "target.type": t.Type}[name])
		}
		return out
	}
	return nil
}

// mentions says whether one of the words of q occurs in the event.
func (e logEvent) mentions(word string) bool {
	texts := []string{e.Type, e.Message, e.Actor.ID, e.Actor.AlternateID, e.Actor.DisplayName, e.Outcome["result"]}
	for _, t := range e.Target {
		texts = append(texts, t.ID, t.AlternateID, t.DisplayName)
	}
	return slices.ContainsFunc(texts, func(text string) bool {
		return strings.Contains(strings.ToLower(text), strings.ToLower(word))
	})
}

// getLogs answers the System Log; without since, that of the last seven days.
func (s *Server) getLogs(c *call) (any, error) {
	since, until := s.now().Add(-7*24*time.Hour), s.now().Add(time.Minute)
	for name, at := range map[string]*time.Time{"since": &since, "until": &until} {
		if text := c.query.Get(name); text != "" {
			t, err := time.Parse(time.RFC3339, text)
			if err != nil {
				return nil, errValidation(name, name+": The date format in your query is not recognized.")
			}
			*at = t
		}
	}
	keep, err := parseFilter(c.query.Get("filter"), logAttributes)
	if err != nil {
		return nil, err
	}
	items := []listed{}
	for _, e := range s.log {
		at := time.Time(e.Published)
		if !keep(e.attributes) || at.Before(since) || !at.Before(until) {
			continue
		}
		if slices.ContainsFunc(strings.Fields(c.query.Get("q")), func(w string) bool { return !e.mentions(w) }) {
			continue
		}
		items = append(items, listed{e.seq, e})
	}
	switch c.query.Get("sortOrder") {
	case "", "ASCENDING":
	case "DESCENDING":
		slices.Reverse(items)
	default:
		return nil, errValidation("sortOrder", "sortOrder: ASCENDING or DESCENDING")
	}
	return cut(c, items, bounds{100, 1000})
}
