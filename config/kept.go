package config

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml/ast"

	"airpass/access"
)

// Kept names a secret that is kept in AWS.
type Kept struct {
	Parameter bool   // of the Parameter Store; else of Secrets Manager
	Name      string // or ARN
}

// Vault fetches secrets that are kept in AWS. An error tells its class as
// access.ClassOf does, and never holds a secret.
type Vault interface {
	// Secret is the current version of what Secrets Manager has under a name or ARN.
	Secret(ctx context.Context, name string) (string, error)
	// Parameter is the decrypted value of a parameter of the Parameter Store.
	Parameter(ctx context.Context, name string) (string, error)
}

// Reach is what the file says about how the vault is reached.
type Reach struct {
	Region, Profile           string
	SecretsManagerURL, SSMURL string // empty is AWS's own
}

// OpenVault makes a Vault, and calls nobody.
type OpenVault func(Reach) (Vault, error)

// Secrets is how secrets that are kept in AWS are fetched.
type Secrets struct {
	Every  time.Duration // how often they are looked at, wall time
	Region string        // of those that are named without one; aws.region if it is not set
}

// ErrAway says that a secret could not be fetched and nothing is known against it: it
// may be had in a while.
var ErrAway = errors.New("secrets cannot be fetched from AWS now")

// readSecrets reads how secrets are fetched. The shortest interval is far below the
// services' quotas (thousands a second; 40 for parameters) and their price.
func readSecrets(root *section) Secrets {
	s := root.section("secrets")
	defer s.close()
	c := Secrets{Region: s.optional("region", "", awsRegion)}
	c.Every, _ = s.duration("every", 5*time.Minute, time.Second, day)
	return c
}

// Kept are the secrets of this configuration that are kept in AWS, in no order.
func (c *Config) Kept() []Kept { return slices.Collect(maps.Keys(c.kept)) }

// reach is how the vault of a configuration is reached.
func (c *Config) reach() Reach {
	return Reach{Region: cmp.Or(c.Secrets.Region, c.AWS.Region), Profile: c.AWS.Profile,
		SecretsManagerURL: cmp.Or(c.AWS.Endpoints.SecretsManager, c.AWS.EndpointURL), SSMURL: cmp.Or(c.AWS.Endpoints.SSM, c.AWS.EndpointURL)}
}

// found is what came of fetching a secret.
type found struct {
	value Secret
	stale error // why value is the one of before
	err   error // why there is none
}

// Names and ARNs: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html,
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html. A parameter's may end in
// a version or label.
var (
	secretName    = regexp.MustCompile(`^(arn:(aws|aws-cn|aws-us-gov):secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:)?[A-Za-z0-9/_+=.@-]{1,512}$`)
	parameterName = regexp.MustCompile(`^(arn:(aws|aws-cn|aws-us-gov):ssm:[a-z0-9-]+:[0-9]{12}:parameter/)?[A-Za-z0-9_./-]{1,1000}(:[A-Za-z0-9_.-]{1,100})?$`)
	// Slack's tokens are names too, as far as AWS is concerned.
	slackToken = regexp.MustCompile(`^x(ox[a-z]|app)-`)
)

// fromAWS reads what is kept in Secrets Manager or the Parameter Store. While nothing
// has been fetched it only notes what there is to fetch, and says that nothing is known.
func (s *section) fromAWS(form string) (text string, ok bool) {
	looks, mend := secretName, "write the name or ARN of a secret in Secrets Manager"
	if form == inSSM {
		looks, mend = parameterName, "write the name or ARN of a parameter of the Systems Manager Parameter Store"
	}
	name, ok := s.r.scalar(s.name(form), s.value(form), rule{mend: mend})
	if !ok {
		return "", false
	}
	if !looks.MatchString(name) || slackToken.MatchString(name) { // it may be the secret itself
		s.problem(form, "does not look like a name in AWS", mend)
		return "", false
	}
	key := ""
	if s.has(jsonKey) {
		if key, ok = s.r.scalar(s.name(jsonKey), s.value(jsonKey), rule{digits: true, mend: "write the name of a member of the secret's JSON"}); !ok {
			return "", false
		}
	}
	if !s.r.blind && s.r.spares(s.path) {
		return "", true
	}
	return s.fetched(form, Kept{Parameter: form == inSSM, Name: name}, key)
}

// fetched is what was fetched.
func (s *section) fetched(form string, k Kept, key string) (text string, ok bool) {
	s.r.kept[k] = true
	if s.r.fetched == nil {
		return "", false
	}
	got, asked := s.r.fetched[k]
	switch {
	case !asked:
		s.problem(form, "is kept in AWS, which is not asked here", "name the secret otherwise")
		return "", false
	case got.err != nil:
		s.problem(form, "cannot be fetched: "+got.err.Error(), mendOf(got.err))
		s.r.problems[len(s.r.problems)-1].away = away(got.err)
		return "", false
	case got.stale != nil:
		at := s.r.where(s.name(form))
		s.r.stale = append(s.r.stale, Problem{File: s.r.file, Line: at.line, Column: at.column, Field: s.name(form), Warning: true,
			Message: "cannot be fetched, so what it was before stays in use: " + got.stale.Error()})
	}
	text = got.value.Reveal()
	if key != "" {
		if text, ok = member(text, key); !ok {
			s.problem(jsonKey, "names nothing in the secret, which must be a JSON object with text under that name", "write the name of one of its members, or remove key")
			return "", false
		}
	}
	return strings.TrimRight(text, "\r\n"), true
}

// member is the text under a name of a JSON object.
func member(object, name string) (string, bool) {
	dec := json.NewDecoder(bytes.NewReader([]byte(object)))
	dec.UseNumber()
	var members map[string]any
	if dec.Decode(&members) != nil {
		return "", false
	}
	switch v := members[name].(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	}
	return "", false
}

func mendOf(err error) string {
	switch access.ClassOf(err) {
	case access.Missing:
		return "make it, or correct the name; without an ARN it is looked for in secrets.region, or aws.region"
	case access.Denied:
		return "let airpass's own credentials read it: secretsmanager:GetSecretValue or ssm:GetParameter, and kms:Decrypt where it has its own key"
	}
	return "try again in a while"
}

// away says whether an error tells nothing against the secret.
func away(err error) bool {
	class := access.ClassOf(err)
	return class == access.Unavailable || class == access.Throttled
}

// noSecret reports a secret's name where something must be known before AWS can be asked,
// and where there is no secret at all.
func (r *reader) noSecret(path string, n ast.Node) bool {
	for _, v := range mapValues(n) {
		if v == nil || v.Key == nil {
			continue
		}
		if key := tokenText(v.Key); key != inSecrets && key != inSSM {
			continue
		}
		if strings.HasPrefix(path, "aws.") || strings.HasPrefix(path, "secrets.") {
			r.problem(path, "is needed to reach AWS, so that it cannot be fetched from there", "write it here; credentials come from AWS's usual places")
		} else {
			r.problem(path, "is no secret and must be text", "write it here")
		}
		return true
	}
	return false
}

// fetch fetches everything that is kept; what is away is as it was before, where that is known.
func fetch(ctx context.Context, vault Vault, kept map[Kept]bool, before map[Kept]Secret) map[Kept]found {
	all := make(map[Kept]found, len(kept))
	var mu sync.Mutex
	var under sync.WaitGroup
	for k := range kept {
		under.Go(func() {
			ask := vault.Secret
			if k.Parameter {
				ask = vault.Parameter
			}
			text, err := ask(ctx, k.Name)
			got := found{value: NewSecret(text), err: err}
			if old, known := before[k]; err != nil && away(err) && known {
				got = found{value: old, stale: err}
			}
			mu.Lock()
			defer mu.Unlock()
			all[k] = got
		})
	}
	under.Wait()
	return all
}
