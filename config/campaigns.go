package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/internal/nearest"
)

// Campaign is a campaign and when it takes place.
type Campaign struct {
	access.Campaign
	Calendar Calendar
}

// Campaign finds one by its name.
func (c *Config) Campaign(name string) (Campaign, bool) {
	for _, one := range c.Campaigns {
		if one.Name == name {
			return one, true
		}
	}
	return Campaign{}, false
}

// The spans of a campaign.
const (
	defaultDeadline = 14 * day
	longestDeadline = 90 * day
	defaultRemind   = 2 * day
)

func readCampaigns(root *section, c *Config) []Campaign {
	var all []Campaign
	for _, s := range root.sections("campaigns") {
		one := s.campaign(c)
		s.close()
		if slices.ContainsFunc(all, func(o Campaign) bool { return o.Name == one.Name && one.Name != "" }) {
			s.problem("name", quote(one.Name)+" is the name of an earlier campaign", "give it another name")
			continue
		}
		all = append(all, one)
	}
	return all
}

func (s *section) campaign(c *Config) Campaign {
	one := Campaign{Campaign: access.Campaign{Name: s.text("name", policyName)}, Calendar: s.calendar("schedule")}
	scope := s.section("scope")
	scope.scope(&one.Campaign, c)
	scope.close()
	if s.present("reviewers", reviewerMend) {
		one.Reviewers = s.reviewers("reviewers")
	}
	s.standIns(&one.Campaign, c.Admins)
	s.owned(one.Campaign, c)
	one.Deadline, _ = s.duration("deadline", defaultDeadline, day, longestDeadline)
	one.RemindEvery, _ = s.duration("remind_every", defaultRemind, time.Hour, longestDeadline)
	if s.has("remind_every") && one.RemindEvery >= one.Deadline && !s.reported("deadline") {
		s.problem("remind_every", fmt.Sprintf("%s is not before the deadline, %s: nobody would be reminded", Duration(one.RemindEvery), Duration(one.Deadline)), "write less than "+Duration(one.Deadline))
	}
	s.silence(&one.Campaign)
	one.RemoveStanding = s.yes("remove_standing")
	switch {
	case one.RemoveStanding && one.Scope == access.LiveGrants:
		s.problem("remove_standing", "says nothing where scope.access is grants", "remove it, or write scope: {access: holders}")
	case one.RemoveStanding && one.Silence == access.SilenceRevokes:
		s.r.warn(s.name("remove_standing"), "has a reviewer's no, and silence, take away access that airpass did not give", "if it is meant, run airpass reviews preview "+one.Name+" first")
	case one.RemoveStanding:
		s.r.warn(s.name("remove_standing"), "has a reviewer's no take away access that airpass did not give", "if it is meant, run airpass reviews preview "+one.Name+" first")
	}
	if between := one.Calendar.shortestBetween(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)); one.Calendar.fields != nil && between < one.Deadline {
		field := "deadline"
		if !s.has(field) {
			field = "schedule"
		}
		mend := "write a schedule that is rarer, or a deadline of " + Duration(between.Truncate(day)) + " or less"
		if between < day { // no deadline is that short: of a daily one, where the clocks go forward
			mend = "write a schedule that is rarer: a deadline is " + Duration(day) + " at least, and the day on which clocks go forward is shorter"
		}
		s.problem(field, fmt.Sprintf("one begins %s after another, and has until %s after its own beginning: people would be asked twice", Duration(between), Duration(one.Deadline)), mend)
	}
	return one
}

// scope reads what a campaign asks about.
func (s *section) scope(one *access.Campaign, c *Config) {
	one.Scope = access.CampaignScope(s.oneOf("access", string(access.AllHolders), string(access.AllHolders), string(access.LiveGrants), string(access.StandingAccess)))
	one.OlderThan, _ = s.duration("older_than", 0, time.Hour, maxDuration)
	if s.has("older_than") && one.Scope == access.StandingAccess {
		s.problem("older_than", "never counts where access is standing: when that began is not known", "remove it, or write access: holders")
	}
	var at []string
	one.Targets, at = s.textsAt("targets", targetID)
	s.r.sketch.atLeastOne(s.name("targets"))
	if s.has("targets") && len(one.Targets) == 0 && !s.reportedWithin("targets") {
		s.problem("targets", "is empty: nothing would be asked about", "list targets, like [prod/Admin], or remove it for all")
	}
	for i, id := range one.Targets {
		s.r.knownTarget(at[i], id, c)
	}
	one.When = s.filter("when", c.Conditions)
	if strings.TrimSpace(one.When) == "false" {
		s.problem("when", "never holds, so nothing would be asked about", "correct the filter, or remove it")
	}
}

// knownTarget reports an id that is no target's; where targets are wrong too it may be one's.
func (r *reader) knownTarget(path, id string, c *Config) {
	if _, is := c.Target(id); is || r.wrong["targets"] || r.wrongBelow["targets"] {
		return
	}
	ids := make([]string, 0, len(c.targets))
	for _, t := range c.targets {
		ids = append(ids, t.ID)
	}
	mend := "write one of " + some(ids)
	if near, is := nearest.Word(id, ids); is {
		mend = "did you mean " + near + "?"
	}
	r.problem(path, "there is no target "+quote(id), mend)
}

const reviewerMend = "write manager, managers_manager, environment_owners, {person: LOGIN} or {okta_group: 00g…}"

// reviewers reads who is asked: approvers whom Okta names for as long as a campaign lasts.
func (s *section) reviewers(field string) []access.Approver {
	all := s.approvers(field)
	for _, a := range all {
		if a.Kind == access.ApproverSlack || a.Kind == access.ApproverOnCall {
			s.problem(field, "names "+a.String()+", and what a campaign asks is open for days: who is meant has to be known in Okta", reviewerMend)
		}
	}
	return all
}

// standIns reads who is asked where no reviewer can be: admins, if nobody is named.
func (s *section) standIns(one *access.Campaign, admins []string) {
	one.Fallback = s.reviewers("fallback")
	if s.has("fallback") {
		return
	}
	for _, login := range admins {
		one.Fallback = append(one.Fallback, access.Approver{Kind: access.ApproverPerson, Value: login})
	}
	if len(one.Fallback) == 0 {
		s.problem("fallback", "is missing, and there are no admins: nobody would be asked about what a reviewer has themself", reviewerMend)
	}
}

// owned reports an environment without owners where nobody else would be asked.
func (s *section) owned(one access.Campaign, c *Config) {
	owners := access.Approver{Kind: access.ApproverOwner}
	if len(one.Reviewers) != 1 || one.Reviewers[0] != owners {
		return
	}
	for _, t := range c.targets {
		env, known := c.Environment(t.Environment.Key)
		if known && len(env.Owners) == 0 && (len(one.Targets) == 0 || slices.Contains(one.Targets, t.ID)) {
			s.problem("reviewers", "the environment "+env.Key+" has no owners", "add owners to it, or name other reviewers besides")
			return
		}
	}
}

func (s *section) silence(one *access.Campaign) {
	one.Silence = access.Silence(s.oneOf("silence", string(access.SilenceRevokes), string(access.SilenceRevokes), string(access.SilenceKeeps), string(access.SilenceEscalates)))
	one.EscalateTo = s.reviewers("escalate_to")
	escalates := one.Silence == access.SilenceEscalates
	switch {
	case s.reported("silence"):
	case escalates && !s.has("escalate_to"):
		s.problem("silence", "is escalate, and there is nobody to escalate to", "add escalate_to: "+reviewerMend)
	case !escalates && s.has("escalate_to"):
		s.problem("escalate_to", "is never asked where silence is "+string(one.Silence), "write silence: escalate, or remove it")
	}
}

// calendarPattern is as much of a calendar's form as a pattern can tell.
const calendarPattern = `^\s*((CRON_)?TZ=\S+\s+)?(@(yearly|annually|monthly|weekly|daily|midnight)|\S+(\s+\S+){4})\s*$`

func (s *section) calendar(field string) Calendar {
	const five = `write five fields with a zone, like "CRON_TZ=Europe/Berlin 0 9 1 1,4,7,10 *" (minute, hour, day of month, month, day of week)`
	text := s.text(field, rule{mend: five, max: 200})
	s.r.sketch.more(s.name(field), "pattern", calendarPattern)
	if text == "" {
		return Calendar{}
	}
	c, err := ParseCalendar(text)
	if err != nil {
		mend := scheduleMend(text, err, five)
		if errors.Is(err, errLocal) {
			mend = "name a zone, like CRON_TZ=Europe/Berlin"
		}
		s.problem(field, fmt.Sprintf("%s is not a schedule: %v", quote(text), err), mend)
	}
	return c
}
