package handlers

import (
	"fmt"
	"strings"

	"airpass/access"
	"airpass/messages"
)

// What people read at once, before anything was looked up.
const (
	wordsWrongTeam     = "This only works for people of the workspace that it was installed for."
	wordsNotStored     = "Something failed on our side, and this was probably not recorded. Nothing was decided. Please try again in a minute."
	wordsNoForm        = "Slack did not open the form, most likely because we were too slow. Please try again."
	wordsNoTargets     = "There is no environment to ask for: none is configured."
	wordsNotUnderstood = "I did not understand that."
	wordsNoEnvironment = "There is no such environment (any more). Choose another one."
	wordsNoDuration    = "Choose for how long."
	wordsDecided       = "This request does not wait for a decision any more."
	wordsNoLess        = "There is nothing shorter that it could be approved for."
	wordsNoReason      = "Say in a few words what for."
	wordsLongReason    = "Use at most 3,000 characters."
	wordsNoRequest     = "This form is not about a request any more. Close it and click the button again."
)

func wordsHelp(command string) string {
	c := messages.Escape(command)
	return "`" + c + "` opens a form in which you ask for access to an Airflow environment: which one, which role, for how long and why. " +
		"You get a message that follows the request: who may approve it, the login link once the access works, and when it ends. " +
		"Until somebody has decided you can cancel it there, and afterwards give the access back.\n`" + c + " help` shows this."
}

func wordsOtherCommand(command string) string { return "I answer to " + command + "." }

func wordsNoRole(there []access.Target) string {
	var names []string
	for _, t := range there {
		names = append(names, string(t.Role))
	}
	return fmt.Sprintf("This environment can be asked for as: %s.", strings.Join(names, ", "))
}

func wordsBadDuration(t access.Target) string {
	if p := t.Policy; len(p.Choices) > 0 {
		var all []string
		for _, d := range p.Choices {
			all = append(all, messages.Spell(d))
		}
		return fmt.Sprintf("%s in %s can be had for %s.", t.Role, t.Environment.Key, strings.Join(all, ", "))
	} else if p.MinDuration > 0 {
		return fmt.Sprintf("%s in %s can be had for %s to %s.", t.Role, t.Environment.Key, messages.Spell(p.MinDuration), messages.Spell(t.MaxDuration))
	}
	return fmt.Sprintf("%s in %s can be had for 15 minutes to %s.", t.Role, t.Environment.Key, messages.Spell(t.MaxDuration))
}

func wordsBadStart(t access.Target) string {
	if t.StartAhead <= 0 {
		return fmt.Sprintf("%s in %s can only be had at once.", t.Role, t.Environment.Key)
	}
	return fmt.Sprintf("%s in %s can begin later than now, and %s from now at the latest.", t.Role, t.Environment.Key, messages.Spell(t.StartAhead))
}

func wordsBadReason(r access.ReasonRule) string {
	words := "Say what for"
	if r.MinLength > 0 {
		words += fmt.Sprintf(", in at least %d characters", r.MinLength)
	}
	if r.Ticket != "" {
		words += ", and name a ticket (" + r.Ticket + ")"
	}
	return words + "."
}
