package report

import (
	"cmp"
	"strconv"
	"time"
)

// told is something that is said of an occurrence, for a table: docs/campaigns.md has the names.
type told struct{ what, value string }

// each is one line for each of some texts.
func each(what string, texts []string) (all []told) {
	for _, text := range texts {
		all = append(all, told{what, text})
	}
	return all
}

func number(what string, n int) told { return told{what, strconv.Itoa(n)} }

// course is when what was.
func (s summary) course() []told {
	return []told{{"campaign", s.Campaign}, {"occurrence", s.Occurrence}, {"state", string(s.State)}, {"final", strconv.FormatBool(s.Final)},
		{"scheduled", stamp(s.Scheduled)}, number("missed", s.Missed), {"begun", stamp(s.Begun)}, {"opened", stamp(s.Opened)}, {"deadline", stamp(s.Deadline)},
		{"closed", stamp(s.Closed)}, {"note", s.Note}, {"written", stamp(s.Written)}}
}

// scope is about what and whom the occurrence was, by its rules.
func (s summary) scope() []told {
	r := s.Rules
	all := []told{{"access", string(r.Scope)}, {"targets", cmp.Or(list(r.Targets), "all")}, {"older_than", none(r.OlderThan)}, {"when", r.When},
		{"reviewers", ruleNames(r.Reviewers)}, {"fallback", ruleNames(r.Fallback)}, {"time_to_answer", none(r.Deadline)}, {"remind_every", none(r.RemindEvery)},
		{"silence", string(r.Silence)}, {"escalate_to", ruleNames(r.EscalateTo)}, {"remove_standing", strconv.FormatBool(r.RemoveStanding)}, {"seal", string(s.RulesSealed.State)}}
	if s.RulesSealed.Event == 0 {
		return all
	}
	return append(all, told{"seal_event", strconv.FormatInt(s.RulesSealed.Event, 10)}, told{"seal_sum", s.RulesSealed.Sum})
}

// none is a duration, or nothing.
func none(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return period(d)
}

// population is how it was found who has what, and whether that is what was sealed.
func (s summary) population() []told {
	p := s.Population
	all := []told{number("targets", p.Targets), number("places", p.Places), number("younger", p.Younger), number("filtered", p.Filtered), number("nobody", p.Nobody)}
	all = append(all, each("unknown", p.Unknown)...)
	all = append(all, each("broken", p.Broken)...)
	all = append(all, each("use", p.Uses)...)
	all = append(all, told{"seal", string(s.Sealed.State)}, told{"seal_of_facts", string(s.Sealed.Shown)}, number("items_stored", s.Sealed.Stored))
	if s.Sealed.Event == 0 {
		return all
	}
	return append(all, number("items_sealed", s.Sealed.Items), told{"seal_event", strconv.FormatInt(s.Sealed.Event, 10)}, told{"seal_sum", s.Sealed.Sum})
}

// told are the counts, by the names that they have as JSON.
func (r results) told() []told {
	return []told{number("items", r.Items), number("open", r.Open), number("kept", r.Kept), number("kept_until", r.KeptUntil), number("revoked", r.Revoked), number("reduced", r.Reduced),
		number("reduced_without_the_lower_role", r.Without), number("other", r.Other), number("kept_by_silence", r.SilentKept), number("revoked_by_silence", r.SilentGone),
		number("removals_verified", r.Gone), number("removals_not_verified", r.Going), number("removals_by_hand", r.ByHand), number("asked_of_nobody", r.Nobody),
		number("escalated", r.Escalated), number("exceptions", r.Exceptions), number("decided_against_the_recommendation", r.Against)}
}

// told is with what the occurrence was compared.
func (t trailRange) told() []told {
	return []told{{"first", strconv.FormatInt(t.First, 10)}, {"last", strconv.FormatInt(t.Last, 10)}, {"hash", t.Hash}, {"key_id", t.KeyID}, {"at", stamp(t.At)},
		number("items_that_differ", t.Differs), number("items_erased", t.Erased)}
}
