package setup_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/setup"
)

func wantedFor(env access.Environment) setup.Wanted {
	return setup.Wanted{MakeSet: true, RelayState: "https://console.example.com/" + env.Region,
		Target: access.Target{ID: "prod/Viewer", Mode: access.ByUser, Role: access.Viewer, Environment: env, Instance: instance, SessionDuration: time.Hour}}
}

// there is the permission set as it is to be.
func there(w setup.Wanted) *setup.SeenSet {
	return &setup.SeenSet{ARN: set, PermissionSet: w.Set(), Tag: w.Target.ID, In: []string{w.Target.Environment.Account}}
}

func TestThePlanInEveryPartition(t *testing.T) {
	t.Parallel()
	for partition, env := range everyPartition() {
		w := wantedFor(env)
		w.Target.Anchor = "44444444-5555-4666-8777-888888888888"
		golden(t, "plan-"+partition+".txt", strings.TrimSuffix(setup.Compare(w, setup.Seen{}).String(), "\n"))
	}
}

func TestNamesFitWhatAWSAllows(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, key := range []string{"p", "prod", strings.Repeat("a", 32), strings.Repeat("a", 31) + "b", "the-data-platform-of-everybody-1", "the-data-platform-of-everybody-2"} {
		for _, role := range access.Roles() {
			name := setup.SetName(access.Target{Role: role, Environment: access.Environment{Key: key}})
			if len(name) > 32 || !strings.HasPrefix(name, "airpass-") || !strings.HasSuffix(name, "-"+string(role)) {
				t.Errorf("%s of %d characters", name, len(name))
			}
			if of := key + "/" + string(role); seen[name] != "" {
				t.Errorf("%s is %s and %s", name, seen[name], of)
			} else {
				seen[name] = of
			}
		}
	}
}

// Setup lifts no cut, whatever else it mends in the policy.
func TestACutStaysWhatIsMendedBesides(t *testing.T) {
	t.Parallel()
	w := wantedFor(everyPartition()["aws"])
	for name, edit := range map[string]func(string) string{
		"nothing else":  func(p string) string { return p },
		"a wider role":  func(p string) string { return strings.Replace(p, "role/data-prod/Viewer", "role/data-prod/*", 1) },
		"written tight": func(p string) string { return strings.NewReplacer("\n", "", "  ", "").Replace(p) },
	} {
		s := there(w)
		cut := setup.Inline(w.Target, nil, "u-2", "u-1").String()
		s.Policy = edit(cut)
		p := setup.Compare(w, setup.Seen{Set: s})
		for _, c := range p.Changes {
			if c.Do == setup.PutPolicy && c.Fields[0].Wanted != cut {
				t.Errorf("%s: %s", name, c.Fields[0].Wanted)
			}
		}
		if (len(p.Changes) > 0) != (name == "a wider role") {
			t.Errorf("%s: %+v", name, p.Changes)
		}
	}
}

// What is right is left alone; each thing that is not is mended by the change for it.
func TestOnlyWhatDiffersIsChanged(t *testing.T) {
	t.Parallel()
	w := wantedFor(everyPartition()["aws"])
	if p := setup.Compare(w, setup.Seen{Set: there(w)}); len(p.Changes)+len(p.Refused) != 0 {
		t.Errorf("%+v", p)
	}
	for name, c := range map[string]struct {
		edit func(*setup.SeenSet)
		do   []setup.Do
	}{
		"session":                     {func(s *setup.SeenSet) { s.Session = 2 * time.Hour }, []setup.Do{setup.UpdateSet, setup.Provision}},
		"relay state":                 {func(s *setup.SeenSet) { s.RelayState = "" }, []setup.Do{setup.UpdateSet, setup.Provision}},
		"policy":                      {func(s *setup.SeenSet) { s.Policy = "" }, []setup.Do{setup.PutPolicy, setup.Provision}},
		"nowhere yet":                 {func(s *setup.SeenSet) { s.Policy, s.In = "", nil }, []setup.Do{setup.PutPolicy}},
		"an edit that did not arrive": {func(s *setup.SeenSet) { s.Outdated = s.In }, []setup.Do{setup.Provision}},
		"spelled otherwise":           {func(s *setup.SeenSet) { s.Policy = strings.ReplaceAll(s.Policy, "\n", "") }, nil},
		"without the tag":             {func(s *setup.SeenSet) { s.Tag, s.Policy = "", "" }, nil},
		"of another target":           {func(s *setup.SeenSet) { s.Tag, s.Policy = "prod/Admin", "" }, nil},
	} {
		s := there(w)
		c.edit(s)
		var do []setup.Do
		p := setup.Compare(w, setup.Seen{Set: s})
		for _, change := range p.Changes {
			do = append(do, change.Do)
		}
		if !slices.Equal(do, c.do) || (s.Tag != w.Target.ID) != (len(p.Refused) == 1) {
			t.Errorf("%s: %v, refused %v", name, do, p.Refused)
		}
		// Named by its ARN, what is not airpass's is no fault of the plan.
		w := w
		w.MakeSet, w.Target.PermissionSet, w.Target.PermissionSetName = false, s.ARN, s.Name
		if p := setup.Compare(w, setup.Seen{Set: s}); len(p.Refused) > 0 || (s.Tag != w.Target.ID) != (len(p.Kept) == 1) {
			t.Errorf("%s by its ARN: %+v", name, p)
		}
	}
}

func TestTheGroupOfAPlanIsOneOfItsOwn(t *testing.T) {
	t.Parallel()
	w := wantedFor(everyPartition()["aws"])
	w.Target.Mode, w.MakeGroup = access.ByGroup, true
	ours := setup.SeenGroup{ID: "00g1", Name: w.Group(), Description: w.GroupDescription(), Plain: true}
	p := setup.Compare(w, setup.Seen{Set: there(w), Group: &ours})
	if len(p.Refused)+len(p.Changes) != 0 || len(p.ByHand) != 1 {
		t.Errorf("%+v", p)
	}
	p = setup.Compare(w, setup.Seen{Set: there(w), Group: &ours, Pushed: "g-1", Members: 2})
	if len(p.Changes) != 1 || p.Changes[0].Do != setup.Assign || len(p.Warnings) != 1 || !strings.Contains(fmt.Sprint(p.File), "g-1") {
		t.Errorf("%+v", p)
	}
	for name, edit := range map[string]func(*setup.SeenGroup){
		"somebody's":        func(g *setup.SeenGroup) { g.Description = "mine" },
		"another target's":  func(g *setup.SeenGroup) { g.Description = "[airpass=prod/Admin]" },
		"an application's":  func(g *setup.SeenGroup) { g.Plain = false },
		"the assigning one": func(g *setup.SeenGroup) { g.Unsafe = "it assigns Identity Center" },
	} {
		g := ours
		edit(&g)
		if p := setup.Compare(w, setup.Seen{Group: &g}); len(p.Refused) != 1 || len(p.Changes) != 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
