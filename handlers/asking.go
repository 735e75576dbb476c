package handlers

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"airpass/access"
	"airpass/internal/nearest"
	"airpass/messages"
)

// said is what was understood of a request that somebody typed.
type said struct {
	messages.Asked
	unclear []string // words of it that mean nothing here
	twice   []string // what was said more than once
}

// understand reads what somebody typed: environment, role and duration in any order, and
// behind "because" the reason. It guesses nothing: what it does not know is unclear.
func understand(text string, targets []access.Target) said {
	var s said
	before, reason := because(text)
	s.Reason = reason
	var spoken []string
	for _, w := range strings.FieldsFunc(before, func(r rune) bool { return unicode.IsSpace(r) || r == ',' }) {
		if environment, role, two := strings.Cut(w, "/"); two {
			spoken = append(spoken, environment, role)
			continue
		}
		spoken = append(spoken, w)
	}
	for i := 0; i < len(spoken); i++ {
		lower := make([]string, 0, len(spoken)-i)
		for _, w := range spoken[i:] {
			lower = append(lower, strings.ToLower(w))
		}
		if d, n := span(lower); n > 0 {
			s.once(s.Duration != 0, strings.Join(spoken[i:i+n], " "))
			s.Duration = d
			i += n - 1
			continue
		}
		s.word(spoken[i], targets)
	}
	if s.Role == "" { // where there is one role only, nothing is left to say
		if there := in(targets, s.Environment); len(there) == 1 {
			s.Role = string(there[0].Role)
		}
	}
	return s
}

// word takes one word for what it is.
func (s *said) word(w string, targets []access.Target) {
	environment := slices.IndexFunc(targets, func(t access.Target) bool { return strings.EqualFold(t.Environment.Key, w) })
	role := slices.IndexFunc(access.Roles(), func(r access.Role) bool { return strings.EqualFold(string(r), w) })
	switch {
	case environment >= 0 && (s.Environment == "" || role < 0):
		s.once(s.Environment != "", w)
		s.Environment = targets[environment].Environment.Key
	case role >= 0:
		s.once(s.Role != "", w)
		s.Role = string(access.Roles()[role])
	case !slices.Contains([]string{"for", "in", "on", "as", "to", "the", "access", "please", "role"}, strings.ToLower(w)):
		s.unclear = append(s.unclear, w)
	}
}

func (s *said) once(already bool, w string) {
	if already {
		s.twice = append(s.twice, w)
	}
}

var why = regexp.MustCompile(`(?i)(?:^|\s)(?:because\b|reason:)[\s:,]*`)

// because splits what is asked for from why.
func because(text string) (before, reason string) {
	at := why.FindStringIndex(text)
	if at == nil {
		return text, ""
	}
	return text[:at[0]], strings.TrimSpace(text[at[1]:])
}

// filledIn is a form as it would be submitted with what was said.
func (s said) filledIn() interaction {
	p := interaction{}
	p.View.State.Values = map[string]map[string]filled{}
	fields := map[string]string{messages.FieldEnvironment: s.Environment, messages.FieldRole: s.Role, messages.FieldReason: s.Reason}
	if s.Duration != 0 {
		fields[messages.FieldDuration] = s.Duration.String()
	}
	for name, value := range fields {
		p.View.State.Values[name] = map[string]filled{name: {Value: &value}}
	}
	return p
}

// clear says that all of it was understood.
func (s said) clear() bool { return len(s.unclear)+len(s.twice) == 0 }

// doubt says what was not understood; empty if all was.
func (s said) doubt(lang messages.Printer, targets []access.Target) string {
	var lines []string
	for _, w := range s.unclear {
		line := lang.Say("I did not understand “%s”.", shorten(w))
		if near, is := nearest.Word(w, names(targets)); is {
			line += " " + lang.Say("Did you mean %s?", near)
		}
		lines = append(lines, line)
	}
	for _, w := range s.twice {
		lines = append(lines, lang.Say("“%s” says something that was said already.", shorten(w)))
	}
	return strings.Join(lines[:min(len(lines), 5)], "\n")
}

// tooLong says that a target cannot be had for as long as was said; empty if it can.
func (s said) tooLong(lang messages.Printer, targets []access.Target) string {
	i := slices.IndexFunc(targets, func(t access.Target) bool { return t.ID == s.named() })
	if i < 0 || s.Duration == 0 || targets[i].CheckDuration(s.Duration) == nil {
		return ""
	}
	return wordsBadDuration(lang, targets[i])
}

// names are the words that mean something: environments and roles.
func names(targets []access.Target) []string {
	var all []string
	for _, t := range targets {
		all = append(all, t.Environment.Key, string(t.Role))
	}
	slices.Sort(all)
	return slices.Compact(all)
}
