package iam_test

import (
	"errors"
	"testing"

	"airpass/sandbox/mwaa/iam"
)

const (
	viewer = "arn:aws:airflow:eu-west-1:111122223333:role/dev/Viewer"
	admin  = "arn:aws:airflow:eu-west-1:111122223333:role/dev/Admin"
	login  = "airflow:CreateWebLoginToken"
)

func TestWhatAPolicySays(t *testing.T) {
	t.Parallel()
	ann := map[string]string{"identitystore:userId": "u-ann", "aws:TokenIssueTime": "2026-11-01T10:00:00Z"}
	for name, c := range map[string]struct {
		policy string
		action string
		res    string
		want   iam.Decision
	}{
		"nothing":                {``, login, viewer, iam.ImplicitDeny},
		"one statement":          {`{"Statement":{"Effect":"Allow","Action":"airflow:CreateWebLoginToken","Resource":"` + viewer + `"}}`, login, viewer, iam.Allow},
		"another role":           {`{"Statement":{"Effect":"Allow","Action":"airflow:CreateWebLoginToken","Resource":"` + viewer + `"}}`, login, admin, iam.ImplicitDeny},
		"action ignores case":    {`{"Statement":[{"Effect":"Allow","Action":["AIRFLOW:create*"],"Resource":["*"]}]}`, login, viewer, iam.Allow},
		"resource does not":      {`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:aws:airflow:*:*:role/dev/viewer"}]}`, login, viewer, iam.ImplicitDeny},
		"wildcards":              {`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:aws:airflow:*:*:role/*/View??"}]}`, login, viewer, iam.Allow},
		"deny wins":              {`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"airflow:*","Resource":"*"}]}`, login, viewer, iam.ExplicitDeny},
		"deny for this person":   {`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":["*"],"Resource":"*","Condition":{"StringEquals":{"IdentityStore:UserId":["u-bob","u-ann"]}}}]}`, login, viewer, iam.ExplicitDeny},
		"deny for somebody else": {`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":["*"],"Resource":"*","Condition":{"StringEquals":{"identitystore:userId":"u-bob"}}}]}`, login, viewer, iam.Allow},
		"older than": {`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*",
			"Condition":{"StringLike":{"identitystore:userId":"u-*"},"DateLessThan":{"aws:TokenIssueTime":"2026-11-01T11:00:00Z"}}}]}`, login, viewer, iam.ExplicitDeny},
		"not older than": {`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*",
			"Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-11-01T10:00:00Z"}}}]}`, login, viewer, iam.Allow},
		"a key that is missing": {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"data"}}}}`, login, viewer, iam.ImplicitDeny},
	} {
		p, err := iam.Parse(c.policy)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := p.Decide(iam.Request{Action: c.action, Resource: c.res, Context: ann}); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestWhatIsNotUnderstoodIsRefused(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{
		`no`, `{}`, `{"Statement":[{"Effect":"allow","Action":"*","Resource":"*"}]}`,
		`{"Statement":[{"Effect":"Allow","NotAction":"*","Resource":"*"}]}`,
		`{"Statement":[{"Effect":"Allow","Action":"*"}]}`,
		`{"Statement":[{"Effect":"Allow","Action":{"a":1},"Resource":"*"}]}`,
		`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}`,
	} {
		if _, err := iam.Parse(doc); !errors.Is(err, iam.ErrPolicy) {
			t.Errorf("%s: %v", doc, err)
		}
	}
}
