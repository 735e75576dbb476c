package handlers

import (
	"fmt"
	"strings"

	"airpass/access"
	"airpass/internal/nearest"
	"airpass/messages"
)

// What people read at once, before anything was looked up.
const (
	wordsWrongTeam     = "This only works for people of the workspace that it was installed for."
	wordsNotStored     = "Something failed on our side, and this was probably not recorded. Nothing was decided. Please try again in a minute."
	wordsNoForm        = "Slack did not open the form, most likely because we were too slow. Please try again."
	wordsNoTargets     = "There is no environment to ask for: none is configured."
	wordsNotUnderstood = "I did not understand that."
	wordsNoTarget      = "Choose what to take."
	wordsNoVerdict     = "Choose what you have found."
	wordsNoGlass       = "Nothing can be taken without a decision: no policy has break_glass."
	wordsNoEnvironment = "There is no such environment (any more). Choose another one."
	wordsNoDuration    = "Choose for how long."
	wordsDecided       = "This request does not wait for a decision any more."
	wordsNoLess        = "There is nothing shorter that it could be approved for."
	wordsNoReason      = "Say in a few words what for."
	wordsLongReason    = "Use at most 3,000 characters."
	wordsNoRequest     = "This form is not about a request any more. Close it and click the button again."
)

// wordsHelp is markup of our own.
func wordsHelp(command string) string {
	c := "`" + messages.Escape(command)
	return strings.Join([]string{
		c + "` opens a form in which you ask for access to an Airflow environment: which one, which role, for how long and why. " +
			"You get a message that follows the request: who may approve it, the login link once the access works, and when it ends.",
		c + " request prod Viewer 4h because …` asks in one line; what is missing opens the form.",
		c + " me` shows what you have now and what waits for you.",
		c + " status` shows your requests.",
		c + " extend` asks for more time, and " + c + " extend prod 2h because …` does so in one line.",
		c + " return` gives access back before its time is over, and " + c + " return prod Viewer` does so in one line.",
		c + " who prod` shows who has access to an environment, to its owners, to those who may approve there, and to admins.",
		c + " break-glass` is for an emergency: access at once, without a decision, where the policy has it; somebody reviews it afterwards.",
		c + " help` shows this.",
	}, "\n")
}

// wordsDidYouMean is markup of our own; both words are ours.
func wordsDidYouMean(command, verb string) string {
	return fmt.Sprintf("I did not understand that. Did you mean `%s %s`? `%s help` shows what there is.", command, verb, command)
}

func wordsAsked(a access.Attempt) string {
	return fmt.Sprintf("Noted: %s for %s. A message from me follows your request.", a.Target, messages.Spell(a.Duration))
}

func wordsExtending(a access.Attempt) string {
	return fmt.Sprintf("Noted: %s more for your access to %s. A message from me follows your request.", messages.Spell(a.Duration), a.Target)
}

func wordsGivingBack(a access.Attempt) string {
	return fmt.Sprintf("Noted: your access to %s is given back. The message about it shows how far it is.", a.Target)
}

func wordsWhichEnvironment(typed, command string, known []string) string {
	if near, is := nearest.Word(typed, known); is && typed != "" {
		return fmt.Sprintf("There is no environment named “%s”. Did you mean %s who %s?", shorten(typed), command, near)
	}
	const most = 30
	list := strings.Join(known[:min(len(known), most)], ", ")
	if len(known) > most {
		list += ", …"
	}
	if typed == "" {
		return fmt.Sprintf("Who has access to which environment? There are: %s. For example: %s who %s", list, command, known[0])
	}
	return fmt.Sprintf("There is no environment named “%s”. There are: %s.", shorten(typed), list)
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
