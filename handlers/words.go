package handlers

import (
	"strings"
	"time"

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
	wordsNoneLeft      = "None of these requests waits for a decision any more."
	wordsNotAllStored  = "Something failed on our side, and not all of this was recorded. Please look at your Home tab and decide what still waits there."
	wordsNothingSaid   = "Choose something for at least one of them."
	wordsUntilPast     = "Choose a day after today, or none."
	wordsUntilKept     = "A date is for what is kept: leave it out, or keep them."
	wordsNoOther       = "Choose who is to be asked."
	wordsOnlyComment   = "A comment goes with what you say: keep it, reduce it, take it away or ask somebody else, or leave the comment out."
	wordsLifted        = "The cut is not there any more: it was lifted, or is being."
	wordsNothingOpen   = "Nothing of yours is open any more."
	wordsNotAsked      = "This message asks somebody else: what is in it is not yours to decide."
	wordsNoLess        = "There is nothing shorter that it could be approved for."
	wordsNoReason      = "Say in a few words what for."
	wordsLongReason    = "Use at most 3,000 characters."
	wordsLongSaid      = "Use at most %d characters."
	wordsNoRequest     = "This form is not about a request any more. Close it and click the button again."
)

// wordsHelp is markup of our own.
func wordsHelp(lang messages.Printer, command string) string {
	c := messages.Escape(command)
	return strings.Join([]string{
		lang.Say("`%s` opens a form in which you ask for access to an Airflow environment: which one, which role, for how long and why. "+
			"You get a message that follows the request: who may approve it, the login link once the access works, and when it ends.", c),
		lang.Say("`%s request prod Viewer 4h because …` asks in one line; what is missing opens the form.", c),
		lang.Say("`%s me` shows what you have now and what waits for you.", c),
		lang.Say("`%s status` shows your requests.", c),
		lang.Say("`%[1]s extend` asks for more time, and `%[1]s extend prod 2h because …` does so in one line.", c),
		lang.Say("`%[1]s return` gives access back before its time is over, and `%[1]s return prod Viewer` does so in one line.", c),
		lang.Say("`%s who prod` shows who has access to an environment, to its owners, to those who may approve there, and to admins.", c),
		lang.Say("`%s break-glass` is for an emergency: access at once, without a decision, where the policy has it; somebody reviews it afterwards.", c),
		lang.Say("`%s help` shows this.", c),
	}, "\n")
}

// wordsDidYouMean is markup of our own; both words are ours.
func wordsDidYouMean(lang messages.Printer, command, verb string) string {
	return lang.Say("I did not understand that. Did you mean `%s %s`? `%s help` shows what there is.", command, verb, command)
}

func wordsAsked(lang messages.Printer, a access.Attempt) string {
	return lang.Say("Noted: %s for %s. A message from me follows your request.", a.Target, lang.Spell(a.Duration))
}

func wordsExtending(lang messages.Printer, a access.Attempt) string {
	return lang.Say("Noted: %s more for your access to %s. A message from me follows your request.", lang.Spell(a.Duration), a.Target)
}

func wordsGivingBack(lang messages.Printer, a access.Attempt) string {
	return lang.Say("Noted: your access to %s is given back. The message about it shows how far it is.", a.Target)
}

func wordsWhichEnvironment(lang messages.Printer, typed, command string, known []string) string {
	if near, is := nearest.Word(typed, known); is && typed != "" {
		return lang.Say("There is no environment named “%s”. Did you mean %s who %s?", shorten(typed), command, near)
	}
	const most = 30
	list := strings.Join(known[:min(len(known), most)], ", ")
	if len(known) > most {
		list += ", …"
	}
	if typed == "" {
		return lang.Say("Who has access to which environment? There are: %s. For example: %s who %s", list, command, known[0])
	}
	return lang.Say("There is no environment named “%s”. There are: %s.", shorten(typed), list)
}

func wordsOtherCommand(lang messages.Printer, command string) string {
	return lang.Say("I answer to %s.", command)
}

func wordsNoRole(lang messages.Printer, there []access.Target) string {
	var names []string
	for _, t := range there {
		names = append(names, string(t.Role))
	}
	return lang.Say("This environment can be asked for as: %s.", strings.Join(names, ", "))
}

func wordsBadDuration(lang messages.Printer, t access.Target) string {
	if p := t.Policy; len(p.Choices) > 0 {
		var all []string
		for _, d := range p.Choices {
			all = append(all, lang.Spell(d))
		}
		return lang.Say("%s in %s can be had for %s.", t.Role, t.Environment.Key, strings.Join(all, ", "))
	} else if p.MinDuration > 0 {
		return lang.Say("%s in %s can be had for %s to %s.", t.Role, t.Environment.Key, lang.Spell(p.MinDuration), lang.Spell(t.MaxDuration))
	}
	return lang.Say("%s in %s can be had for %s to %s.", t.Role, t.Environment.Key, lang.Spell(15*time.Minute), lang.Spell(t.MaxDuration))
}

func wordsBadStart(lang messages.Printer, t access.Target) string {
	if t.StartAhead <= 0 {
		return lang.Say("%s in %s can only be had at once.", t.Role, t.Environment.Key)
	}
	return lang.Say("%s in %s can begin later than now, and %s from now at the latest.", t.Role, t.Environment.Key, lang.Spell(t.StartAhead))
}

func wordsBadReason(lang messages.Printer, r access.ReasonRule) string {
	switch {
	case r.MinLength > 0 && r.Ticket != "":
		return lang.Say("Say what for, in at least %d characters, and name a ticket (%s).", r.MinLength, r.Ticket)
	case r.MinLength > 0:
		return lang.Say("Say what for, in at least %d characters.", r.MinLength)
	case r.Ticket != "":
		return lang.Say("Say what for, and name a ticket (%s).", r.Ticket)
	}
	return lang.Say("Say what for.")
}
