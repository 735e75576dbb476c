package campaigns

import (
	"errors"
	"strings"
	"testing"

	"airpass/access"
	"airpass/reviews"
)

func somebody(name, status string) access.Person {
	return access.Person{OktaID: "00u" + name, Login: name + "@example.com", Email: name + "@example.com", Status: status}
}

func rule(kind access.ApproverKind, value string) access.Approver {
	return access.Approver{Kind: kind, Value: value}
}

// town is what Okta would have told: Ada's manager is Grace, whose manager is Vera.
func town() *naming {
	second := somebody("ada2", "ACTIVE")
	second.SameAs = "4711"
	return &naming{
		managers: map[string]access.Person{"00uada": somebody("grace", "ACTIVE"), "00uvera": somebody("vera", "ACTIVE"), "00uzoe": somebody("henry", "SUSPENDED"), "00uben": second},
		seconds:  map[string]access.Person{"00uada": somebody("vera", "ACTIVE")},
		logins:   map[string]access.Person{"olivia@example.com": somebody("olivia", "ACTIVE"), "sam@example.com": somebody("sam", "ACTIVE"), "ada@example.com": somebody("ada", "ACTIVE")},
		groups:   map[string][]access.Person{"00gsec": {somebody("ada", "ACTIVE"), somebody("gone", "DEPROVISIONED"), somebody("sam", "ACTIVE"), somebody("olivia", "ACTIVE")}, "00gnone": nil},
		owners: func(environment string) []string {
			return map[string][]string{"prod": {"Olivia@example.com", "ada@example.com", "lost@example.com"}}[environment]
		},
		failed: map[string]error{"okta_group:00gdown": errors.New("no answer")},
	}
}

func held(by access.Person) reviews.Holding {
	return reviews.Holding{Person: &by, Who: by.Login, Target: &access.Target{ID: "prod/Viewer", Environment: access.Environment{Key: "prod"}}}
}

func TestWhoIsAskedAndWhoIsPassedOver(t *testing.T) {
	t.Parallel()
	manager, second, owners := rule(access.ApproverManager, ""), rule(access.ApproverManagers2, ""), rule(access.ApproverOwner, "")
	sam, security, none, down := rule(access.ApproverPerson, "sam@example.com"), rule(access.ApproverGroup, "00gsec"), rule(access.ApproverGroup, "00gnone"), rule(access.ApproverGroup, "00gdown")
	ada, ben := somebody("ada", "ACTIVE"), somebody("ben", "ACTIVE")
	ben.SameAs = "4711"
	elsewhere := held(ada)
	elsewhere.Target.Environment.Key = "dev"
	for name, tt := range map[string]struct {
		holding             reviews.Holding
		reviewers, fallback []access.Approver
		asked               string // logins, and the rule
		passed, unknown     string
	}{
		"the manager":                        {held(ada), []access.Approver{manager, owners}, nil, "grace manager", "", ""},
		"the manager of the manager":         {held(ada), []access.Approver{second}, nil, "vera managers_manager", "", ""},
		"who is their own manager":           {held(somebody("vera", "ACTIVE")), []access.Approver{manager}, []access.Approver{sam}, "sam person:sam@example.com fallback", "manager: vera@example.com has it themself", ""},
		"by another Okta user of theirs":     {held(ben), []access.Approver{manager}, []access.Approver{sam}, "sam person:sam@example.com fallback", "manager: ada2@example.com has it themself", ""},
		"a manager who is not there":         {held(somebody("zoe", "ACTIVE")), []access.Approver{manager, second}, []access.Approver{sam}, "sam person:sam@example.com fallback", "manager: henry@example.com is SUSPENDED in Okta; managers_manager: nobody whom Okta knows", ""},
		"the next rule before the fallback":  {held(somebody("zoe", "ACTIVE")), []access.Approver{manager, owners}, []access.Approver{sam}, "olivia ada environment_owners", "manager: henry@example.com is SUSPENDED in Okta", ""},
		"owners but not oneself":             {held(ada), []access.Approver{owners}, []access.Approver{sam}, "olivia environment_owners", "", ""},
		"no owners":                          {elsewhere, []access.Approver{owners}, []access.Approver{sam}, "sam person:sam@example.com fallback", "environment_owners: the environment has none", ""},
		"a group but not oneself":            {held(ada), []access.Approver{security}, nil, "sam olivia okta_group:00gsec", "", ""},
		"an empty group":                     {held(ada), []access.Approver{none}, []access.Approver{sam}, "sam person:sam@example.com fallback", "okta_group:00gnone: nobody is in it", ""},
		"nobody":                             {held(ada), []access.Approver{rule(access.ApproverPerson, "ada@example.com")}, []access.Approver{rule(access.ApproverPerson, "lost@example.com")}, "", "person:ada@example.com: ada@example.com has it themself; person:lost@example.com: Okta does not know lost@example.com", ""},
		"what is not known is nobody's no":   {held(ada), []access.Approver{down, manager}, []access.Approver{sam}, "", "", "okta_group:00gdown could not be looked up: no answer"},
		"what is not needed need not answer": {held(ada), []access.Approver{manager, down}, []access.Approver{down}, "grace manager", "", ""},
		"an account that is nobody's":        {reviews.Holding{Person: &access.Person{}, Target: held(ada).Target, UserName: "SAM@example.com"}, []access.Approver{manager, sam}, []access.Approver{security}, "ada olivia okta_group:00gsec fallback", "manager: nobody whom Okta knows; person:sam@example.com: sam@example.com has it themself", ""},
	} {
		a := town().ask(access.Campaign{Reviewers: tt.reviewers, Fallback: tt.fallback}, tt.holding)
		var got []string
		for _, r := range a.Reviewers {
			login, _, _ := strings.Cut(r.Login, "@")
			got = append(got, login)
		}
		if a.Rule != "" {
			got = append(got, a.Rule)
		}
		if a.Fallback {
			got = append(got, "fallback")
		}
		if strings.Join(got, " ") != tt.asked || strings.Join(a.Passed, "; ") != tt.passed || a.Unknown != tt.unknown {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestFewReasonsAreTold(t *testing.T) {
	t.Parallel()
	if got := some([]string{"a", "b", "c"}); got != "a, b, c" {
		t.Error(got)
	}
	if got := some([]string{"a", "b", "c", "d", "e"}); got != "a, b, c and 2 more" {
		t.Error(got)
	}
}
