package config

import (
	"strings"
	"testing"

	"airpass/access"
)

// What cannot be done about a kind of drift is refused, with what can be.
func TestWhatIsDoneAboutAKindOfDrift(t *testing.T) {
	t.Parallel()
	for kind, wrong := range map[string]string{"stale_principal": "adopt", "group_unassigned": "remove", "no_account": "repair", "other_group": "remove", "policy_attached": "repair", "unconfigured": "remove",
		"missing": "remove", "extra": "repair", "inactive_holder": "repair", "boundary_attached": "remove", "group_gone": "repair", "permission_set_gone": "repair"} {
		_, err := Parse("airpass.yaml", []byte(example(t)+"drift: {actions: {"+kind+": "+wrong+"}}\n"), testEnv)
		if err == nil || !strings.Contains(err.Error(), "drift.actions."+kind+": \""+wrong+"\" cannot be done about this kind") {
			t.Errorf("%s: %s: %v", kind, wrong, err)
		}
		for _, can := range access.DriftActions(kind) {
			if err == nil || !strings.Contains(err.Error(), string(can)) {
				t.Errorf("%s: it does not say that %s can be done: %v", kind, can, err)
			}
			if _, err := Parse("airpass.yaml", []byte(example(t)+"drift: {actions: {"+kind+": "+string(can)+"}}\n"), testEnv); err != nil {
				t.Errorf("%s: %s: %v", kind, can, err)
			}
		}
	}
}
