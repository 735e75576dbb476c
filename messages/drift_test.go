package messages_test

import (
	"fmt"
	"testing"

	"airpass/access"
	"airpass/messages"
)

func TestDriftReadsAsItDid(t *testing.T) {
	t.Parallel()
	look := access.DriftLook{At: noon, Targets: 7, Places: 12}
	golden(t, "drift-gone", messages.Drift(messages.DriftView{Look: look}))
	var some []access.Finding
	for i := range 12 {
		some = append(some, access.Finding{Kind: "extra", FindingFacts: access.FindingFacts{Says: fmt.Sprintf("person%d@example.com is in Okta group <00g1>", i)}})
	}
	some[0].Kind, some[0].Done, some[0].DoneAt = "missing", access.RepairDrift, noon
	for i, plan := range []access.FindingFacts{
		{Wrong: "aws", Proposed: access.RepairDrift, Action: access.RepairDrift}, {Wrong: "okta", Proposed: access.AdoptDrift, Action: access.RemoveDrift},
		{Wrong: "aws", Proposed: access.AdoptDrift, Action: access.ReportDrift}, {Wrong: "grants", Proposed: access.ReportDrift, Action: access.ReportDrift},
	} {
		some[i].Wrong, some[i].Proposed, some[i].Action = plan.Wrong, plan.Proposed, plan.Action
	}
	look.Unknown = 3
	golden(t, "drift-found", messages.Drift(messages.DriftView{Look: look, First: some, Counts: map[string]int{"extra": 30, "missing": 1}}))
}
