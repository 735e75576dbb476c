package config

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"airpass/access"
)

// readDrift reads when drift is looked for and what is done about it. Permission sets are
// written by the role that cuts sessions.
func readDrift(root *section, cuts bool) Drift {
	s := root.section("drift")
	defer s.close()
	var d Drift
	if s.has("schedule") {
		d.Calendar = s.calendar("schedule")
	} else {
		s.value("schedule")
	}
	actions := s.section("actions")
	defer actions.close()
	for _, kind := range access.DriftKinds() {
		var allowed []string
		for _, a := range access.DriftActions(kind) {
			allowed = append(allowed, string(a))
		}
		if text, is := actions.value(kind).(*ast.StringNode); is && access.DriftAction(text.Value).Known() && !slices.Contains(allowed, text.Value) {
			mend := "write " + strings.Join(allowed, " or ") // all of them: what is spelled alike may be the opposite
			if len(allowed) == 1 {
				mend += ": people mend it, and airpass drift says how"
			}
			actions.problem(kind, quote(text.Value)+" cannot be done about this kind", mend)
			continue
		}
		action := access.DriftAction(actions.oneOf(kind, string(access.ReportDrift), allowed...))
		if action == "" || action == access.ReportDrift {
			continue
		}
		if !cuts && (kind == "policy_edited" || kind == "session_edited" || kind == "not_provisioned") {
			actions.problem(kind, "is repair, and no role may write permission sets", "add aws.cuts, which names one, or write report; airpass setup apply writes them at the command line")
		}
		if d.Actions == nil {
			d.Actions = map[string]access.DriftAction{}
		}
		d.Actions[kind] = action
	}
	return d
}
