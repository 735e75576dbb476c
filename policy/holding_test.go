package policy_test

import (
	"errors"
	"strings"
	"testing"

	"airpass/access"
	"airpass/policy"
)

func holding() policy.Holding {
	return policy.Holding{Person: policy.Holder{Login: "ada@example.com", Department: "Data"}, Standing: true, Role: access.Admin,
		Environment: policy.Environment{Key: "prod", Tags: map[string]string{"tier": "gold"}}}
}

func TestWhatAFilterCanSay(t *testing.T) {
	t.Parallel()
	c := conditions(t)
	for filter, want := range map[string]bool{
		``:                          true,
		`role in ["Op", "Admin"]`:   true,
		`!standing`:                 false,
		`person.department == "HR"`: false,
		`environment.key.startsWith("prod") && environment.tags["tier"] == "gold"`: true,
		`person.login.endsWith("@example.com") && standing`:                        true,
	} {
		if got, err := c.Chooses(filter, holding()); got != want || err != nil {
			t.Errorf("%s: %v, %v", filter, got, err)
		}
	}
}

func TestAFilterThatFailsChoosesAndSaysWhy(t *testing.T) {
	t.Parallel()
	c := conditions(t)
	for filter, words := range map[string]string{
		`environment.tags["owner"] == "x"`: "no such key: owner",
		`requester.login == "x"`:           "undeclared reference to 'requester'",
	} {
		if chosen, err := c.Chooses(filter, holding()); !chosen || err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v, %v", filter, chosen, err)
		}
	}
}

// Requests and access that is held are described by different names.
func TestAFilterIsNoConditionAndAConditionIsNoFilter(t *testing.T) {
	t.Parallel()
	c := conditions(t)
	if c.CheckFilter(`standing`) != nil || c.Check(`extension`) != nil {
		t.Error("what each may name is refused")
	}
	if err := c.CheckFilter(`extension`); !errors.Is(err, policy.ErrCondition) {
		t.Errorf("a filter about a request: %v", err)
	}
	if err := c.Check(`standing`); !errors.Is(err, policy.ErrCondition) {
		t.Errorf("a condition about access that is held: %v", err)
	}
}
