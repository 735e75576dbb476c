package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"airpass/access"
	"airpass/internal/nearest"
)

const approverMend = "write manager, managers_manager, environment_owners, {person: LOGIN}, {okta_group: 00g…}, {slack_group: S…} or {on_call: P…}"

// approvers reads a list of who may decide.
func (s *section) approvers(field string) []access.Approver {
	var all []access.Approver
	paths, nodes := s.items(field)
	s.r.sketch.note(element(s.name(field)), shape{"enum": approverWords(), "description": approverMend})
	s.r.sketch.atLeastOne(s.name(field))
	for i, n := range nodes {
		a, ok := s.r.approver(paths[i], n)
		if !ok {
			continue
		}
		if slices.Contains(all, a) {
			s.r.problem(paths[i], "is in the list twice", "remove one of the two")
			continue
		}
		all = append(all, a)
	}
	if s.has(field) && len(nodes) == 0 && !s.reportedWithin(field) {
		s.problem(field, "is empty: nobody could decide", approverMend)
	}
	return all
}

// approverWords are the approvers that need no name.
func approverWords() []string {
	return []string{string(access.ApproverManager), string(access.ApproverManagers2), string(access.ApproverOwner)}
}

// approver reads one rule. environment_owners has no value yet: who they are depends on
// the environment of the target; see ownersOf.
func (r *reader) approver(path string, n ast.Node) (access.Approver, bool) {
	if isMap(n) {
		return r.namedApprover(r.newSection(path, n))
	}
	text, ok := r.scalar(path, n, rule{mend: approverMend})
	if n == nil {
		r.problem(path, "is empty", approverMend)
	}
	if !ok {
		return access.Approver{}, false
	}
	words := approverWords()
	if slices.Contains(words, text) {
		return access.Approver{Kind: access.ApproverKind(text)}, true
	}
	mend := approverMend
	if near, ok := nearest.Word(text, words); ok {
		mend = "did you mean " + near + "?"
	} else if oktaGroup.pattern.MatchString(text) {
		mend = "write {okta_group: " + text + "}"
	} else if strings.Contains(text, "@") {
		mend = "write {person: " + text + "}"
	}
	r.problem(path, quote(text)+" says not who may decide", mend)
	return access.Approver{}, false
}

// namedApprover reads a rule that names somebody or a group of people.
func (r *reader) namedApprover(s *section) (a access.Approver, ok bool) {
	defer s.close()
	var found []access.Approver
	written := 0
	for _, form := range []struct {
		kind  access.ApproverKind
		looks rule
	}{{access.ApproverPerson, oktaLogin}, {access.ApproverGroup, oktaGroup}, {access.ApproverSlack, slackGroup}, {access.ApproverOnCall, pagerSchedule}} {
		value := s.optional(string(form.kind), "", form.looks)
		if s.has(string(form.kind)) {
			written++
		}
		if value != "" {
			found = append(found, access.Approver{Kind: form.kind, Value: value})
		}
	}
	if onCall := string(access.ApproverOnCall); s.has(onCall) && !r.schedules && !s.reported(onCall) {
		s.problem(onCall, "cannot be looked up: the file has no section pagerduty", "add pagerduty: with api_token, as in airpass.example.yaml")
	}
	switch {
	case written > 1:
		r.problem(s.path, "names several in one entry", "write an entry for each")
	case written == 0:
		r.problem(s.path, "names nobody", approverMend)
	case len(found) == 1:
		return found[0], true
	}
	return a, false
}

// ownersOf puts the owners of an environment where a list says environment_owners. An
// environment without owners is reported at path, once.
func (r *reader) ownersOf(path string, list []access.Approver, env Environment) []access.Approver {
	var all []access.Approver
	for _, a := range list {
		if a.Kind != access.ApproverOwner {
			all = append(all, a)
			continue
		}
		if len(env.Owners) == 0 && env.Key != "" && !r.wrong[path] {
			r.problem(path, "the environment "+env.Key+" has no owners", "add owners to it, or write other approvers")
		}
		for _, login := range env.Owners {
			all = append(all, access.Approver{Kind: access.ApproverOwner, Value: login})
		}
	}
	return all
}

// atMost is how many people a list of approvers can name; known is false where only
// asking tells.
func atMost(list []access.Approver) (people int, known bool) {
	logins := map[string]bool{}
	others := 0
	for _, a := range list {
		switch a.Kind {
		case access.ApproverPerson, access.ApproverOwner:
			logins[strings.ToLower(a.Value)] = true
		case access.ApproverManager, access.ApproverManagers2:
			others++
		default:
			return 0, false
		}
	}
	return len(logins) + others, true
}

// checkRequired reports a stage that can never have as many as it requires.
func (r *reader) checkRequired(path string, s access.Stage) {
	if most, known := atMost(s.Approvers); known && len(s.Approvers) > 0 && s.Required > most {
		r.problem(path, fmt.Sprintf("the stage %s requires %d people, and its approvers are %d at most", s.Name, s.Required, most),
			"lower required, or name more approvers")
	}
}
