package doctor

import (
	"fmt"
	"slices"
	"strings"

	"airpass/access"
	"airpass/setup"
)

// denied compares whom the inline policy of a permission set denies everything with whose
// sessions are cut there.
func denied(t access.Target, policy string, cuts []access.Cut) []Finding {
	there := setup.CutIn(policy)
	var known, without []string
	for _, c := range cuts {
		if c.Target.PermissionSet != t.PermissionSet {
			continue
		}
		known = append(known, c.Person)
		if (c.State == access.CutDenied || c.State == access.CutDone) && !slices.Contains(there, c.Person) {
			without = append(without, c.Subject.Login)
		}
	}
	var found []Finding
	if forgotten := slices.DeleteFunc(slices.Clone(there), func(person string) bool { return slices.Contains(known, person) }); len(forgotten) > 0 {
		found = append(found, wrong(t.ID, fmt.Sprintf("the inline policy denies everything to %d people whose sessions nobody cuts: %s", len(forgotten), strings.Join(forgotten, ", ")),
			"whatever they are granted there does not work", "airpass setup apply writes the policy as it is to be; where the permission set is not airpass's, take them out of the statement SessionsCut and provision it"))
	}
	if len(without) > 0 {
		found = append(found, wrong(t.ID, "the sessions of "+strings.Join(without, ", ")+" are cut, and the inline policy does not deny them",
			"sessions that were open go on", "airpass writes the policy anew within 10 minutes while it serves; airpass sessions list says what is in its way"))
	}
	return found
}
