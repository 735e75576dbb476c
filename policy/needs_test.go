package policy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"airpass/access"
	"airpass/policy"
)

func conditions(t testing.TB) *policy.Conditions {
	t.Helper()
	c, err := policy.NewConditions()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// facts are of a data engineer who asks for two hours of prod/Viewer on a Tuesday noon in
// Berlin.
func facts() policy.Facts {
	at := time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC)
	return policy.Facts{
		Requester:   policy.Requester{Login: "ada@example.com", Department: "Data", Groups: []string{"00gEngineers"}},
		Environment: policy.Environment{Key: "prod", Tags: map[string]string{"tier": "gold"}},
		Role:        access.Viewer, Duration: 2 * time.Hour, Now: at, Start: at,
	}
}

func TestWhatAConditionCanSay(t *testing.T) {
	t.Parallel()
	c := conditions(t)
	for when, want := range map[string]bool{
		`role == "Viewer"`:                                     true,
		`role in ["Op", "Admin"]`:                              false,
		`"00gEngineers" in requester.groups`:                   true,
		`requester.department == "Data" && !requester.on_call`: true,
		`duration <= duration("2h")`:                           true,
		`duration > duration("90m")`:                           true,
		`now.getHours("Europe/Berlin") == 12`:                  true,
		`now.getHours("UTC") == 11`:                            true,
		`now.getDayOfWeek("Europe/Berlin") in [0, 6]`:          false,
		`environment.tags["tier"] == "gold"`:                   true,
		`"owner" in environment.tags`:                          false,
		`environment.key.startsWith("prod")`:                   true,
		`requester.login.endsWith("@example.com")`:             true,
		`start == now && !extension`:                           true,
	} {
		n := c.Needs(access.Policy{Stages: access.Single(manager).Stages, Rules: []access.Rule{{Name: "r", When: when, Approve: true}}}, facts())
		if err := n.Said[0].Err; err != nil || n.Said[0].Holds != want {
			t.Errorf("%s: %v, %v", when, n.Said[0].Holds, err)
		}
	}
}

var (
	manager  = access.Approver{Kind: access.ApproverManager}
	security = access.Approver{Kind: access.ApproverGroup, Value: "00gSecurity"}
)

// The clock of a zone at a change: on 29 March 2026 Berlin has no 02:30.
func TestAZoneIsTheZonesOwnClock(t *testing.T) {
	t.Parallel()
	f := facts()
	for at, hour := range map[string]int{"2026-03-29T00:59:00Z": 1, "2026-03-29T01:00:00Z": 3, "2026-10-25T00:30:00Z": 2, "2026-10-25T01:30:00Z": 2} {
		f.Now, _ = time.Parse(time.RFC3339, at)
		n := conditions(t).Needs(access.Policy{Rules: []access.Rule{{Name: "r", When: fmt.Sprintf(`now.getHours("Europe/Berlin") == %d`, hour), Approve: true}}}, f)
		if n.Auto != "r" {
			t.Errorf("%s is not %d o'clock: %v", at, hour, n.Said)
		}
	}
}

func TestAMistakeIsSaidWithItsPlace(t *testing.T) {
	t.Parallel()
	c := conditions(t)
	for when, words := range map[string]string{
		`role == "Viewer" &&`:                    "line 1, column 2",
		`rolle == "Viewer"`:                      "line 1, column 1: undeclared reference to 'rolle'",
		"true &&\n  requester.grps == []":        "line 2, column 12: undefined field 'grps'",
		`duration > 2`:                           "line 1, column 10: found no matching overload",
		`role`:                                   "it gives string, and must give bool",
		``:                                       "it is empty",
		strings.Repeat("true && ", 600) + "true": "characters",
	} {
		err := c.Check(when)
		if !errors.Is(err, policy.ErrCondition) || !strings.Contains(err.Error(), words) {
			t.Errorf("%.40q: want %q, got %v", when, words, err)
		}
	}
}

func TestWhatARequestNeeds(t *testing.T) {
	t.Parallel()
	own := access.Stage{Name: "own", Approvers: []access.Approver{manager}, Required: 1}
	extra := access.Stage{Name: "extra", Approvers: []access.Approver{security}, Required: 2}
	auto := func(when string) access.Rule { return access.Rule{Name: "auto", When: when, Approve: true} }
	two := func(when string) access.Rule {
		return access.Rule{Name: "two", When: when, Stages: []access.Stage{extra}}
	}
	short := func(when string, d time.Duration) access.Rule {
		return access.Rule{Name: "short", When: when, MaxDuration: d}
	}
	const broken = `environment.tags["owner"] == "x"` // there is no such tag
	for name, tt := range map[string]struct {
		rules  []access.Rule
		stages string
		auto   string
		max    time.Duration
		broken int
	}{
		"no rules":                            {nil, "own", "", 0, 0},
		"a rule that does not hold":           {[]access.Rule{auto("false")}, "own", "", 0, 0},
		"a rule that lets it pass":            {[]access.Rule{auto("true")}, "", "auto", 0, 0},
		"a rule that asks for more":           {[]access.Rule{two("true")}, "own extra", "", 0, 0},
		"whoever asks for more wins":          {[]access.Rule{auto("true"), two("true")}, "own extra", "", 0, 0},
		"in whatever order":                   {[]access.Rule{two("true"), auto("true")}, "own extra", "", 0, 0},
		"the shortest limit counts":           {[]access.Rule{short("true", time.Hour), short("true", 30*time.Minute), short("false", time.Minute)}, "own", "", 30 * time.Minute, 0},
		"broken does not let it pass":         {[]access.Rule{auto(broken)}, "own", "", 0, 1},
		"broken asks for more":                {[]access.Rule{two(broken)}, "own extra", "", 0, 1},
		"broken limits":                       {[]access.Rule{short(broken, time.Hour)}, "own", "", time.Hour, 1},
		"broken beside one that lets it pass": {[]access.Rule{two(broken), auto("true")}, "own extra", "", 0, 1},
		"what cannot be compiled is broken":   {[]access.Rule{auto("nonsense(")}, "own", "", 0, 1},
		"what costs too much is broken":       {[]access.Rule{auto(`requester.groups.all(a, requester.groups.all(b, requester.groups.all(c, requester.groups.all(d, a != b || c != d || true))))`)}, "own", "", 0, 1},
	} {
		f := facts()
		f.Requester.Groups = nil
		for i := range 100 {
			f.Requester.Groups = append(f.Requester.Groups, fmt.Sprint("00g", i))
		}
		n := conditions(t).Needs(access.Policy{Stages: []access.Stage{own}, Rules: tt.rules}, f)
		var stages []string
		for _, s := range n.Stages {
			stages = append(stages, s.Name)
		}
		if strings.Join(stages, " ") != tt.stages || n.Auto != tt.auto || n.MaxDuration != tt.max || len(n.Broken()) != tt.broken {
			t.Errorf("%s: %+v", name, n)
		}
		if len(n.Stages) == 0 && n.Auto == "" {
			t.Errorf("%s: nobody is needed and no rule says so", name)
		}
	}
}

// A policy is evaluated once for each request, whatever else is configured.
func BenchmarkNeeds(b *testing.B) {
	c := conditions(b)
	targets := make([]access.Policy, 500)
	for i := range targets {
		targets[i] = access.Policy{Stages: access.Single(manager).Stages}
		for r := range 50 {
			targets[i].Rules = append(targets[i].Rules, access.Rule{Name: fmt.Sprint("rule ", r), MaxDuration: time.Hour,
				When: fmt.Sprintf(`role == "Viewer" && duration <= duration("%dm") && now.getHours("Europe/Berlin") >= 8 && "00gEngineers" in requester.groups`, r)})
		}
	}
	f := facts()
	c.Needs(targets[0], f)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.Needs(targets[i%len(targets)], f)
	}
}

// FuzzCondition: whatever is written as a condition is judged or refused, and never lets
// through what has not been judged.
func FuzzCondition(f *testing.F) {
	for _, s := range []string{`role == "Viewer"`, `true`, `requester.groups.exists(g, g == "x")`, `now.getHours("Nowhere/At_all") == 1`, `1/0 == 1`, `environment.tags["x"] == "y"`, `"a".matches("(")`} {
		f.Add(s)
	}
	c := conditions(f)
	f.Fuzz(func(t *testing.T, when string) {
		own := access.Stage{Approvers: []access.Approver{manager}, Required: 1}
		n := c.Needs(access.Policy{Stages: []access.Stage{own}, Rules: []access.Rule{{Name: "r", When: when, Approve: true}}}, facts())
		if (n.Auto != "") != (n.Said[0].Holds && n.Said[0].Err == nil) || (n.Auto == "") != (len(n.Stages) == 1) {
			t.Fatalf("%q: %+v", when, n)
		}
		if err := c.Check(when); err != nil && n.Said[0].Err == nil {
			t.Fatalf("%q is refused when it is read, and judged all the same", when)
		}
	})
}

// What a condition says of somebody who may be on call is not known while that is not.
func TestAConditionAboutWhoIsOnCallIsBrokenWhileNobodyKnows(t *testing.T) {
	t.Parallel()
	c, err := policy.NewConditions()
	if err != nil {
		t.Fatal(err)
	}
	p := access.Policy{Stages: []access.Stage{{Name: "manager"}}, Rules: []access.Rule{
		{Name: "on call", When: "requester.on_call", Approve: true},
		{Name: "not on call", When: "!requester.on_call", Stages: []access.Stage{{Name: "more"}}},
		{Name: "viewer", When: `role == "Viewer"`, MaxDuration: time.Hour}}}
	f := policy.Facts{Role: access.Viewer, Requester: policy.Requester{OnCall: true}}
	if n := c.Needs(p, f); n.Auto != "on call" || len(n.Broken()) != 0 {
		t.Errorf("on call: %+v", n)
	}
	f.Unsure = access.ErrUnavailable
	if n := c.Needs(p, f); n.Auto != "" || len(n.Stages) != 2 || len(n.Broken()) != 2 || n.MaxDuration != time.Hour {
		t.Errorf("not known: %+v", n)
	}
}
