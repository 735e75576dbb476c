package identitycenter

import (
	"fmt"
	"math"
	"time"
)

// seconds is a time as AWS JSON has it: seconds since 1970, with fractions.
func seconds(t time.Time) float64 { return math.Round(float64(t.UnixMilli())) / 1000 }

// iso8601 is a duration of whole seconds, PT1H30M.
func iso8601(d time.Duration) string {
	out := "PT"
	if h := d / time.Hour; h > 0 {
		out += fmt.Sprintf("%dH", h)
	}
	if m := d % time.Hour / time.Minute; m > 0 {
		out += fmt.Sprintf("%dM", m)
	}
	if sec := d % time.Minute / time.Second; sec > 0 {
		out += fmt.Sprintf("%dS", sec)
	}
	return out
}

func errConstraint(member, value, rule string) *apiError {
	return errValidation(fmt.Sprintf("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: %s", value, member, rule))
}

// required refuses an empty member; the SDK refuses most before sending.
func required(members ...string) error {
	for i := 0; i+1 < len(members); i += 2 {
		if members[i+1] == "" {
			return errConstraint(members[i], "null", "Member must not be null")
		}
	}
	return nil
}

// instance checks the instance of a request.
func (s *Server) instance(arn string) error {
	if err := required("instanceArn", arn); err != nil {
		return err
	}
	if arn != s.opts.InstanceARN {
		// An instance of somebody else's is not told from one that does not exist.
		return errDenied("You do not have permission to perform operation on resource " + arn)
	}
	return nil
}

// organization checks the instance of a request about permission sets and accounts, which
// an account instance knows nothing of. How AWS words that is not published; see
// https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListAccountAssignmentsForPrincipal.html.
func (s *Server) organization(arn string) error {
	if err := s.instance(arn); err != nil {
		return err
	}
	if s.owner != "" {
		return errValidation("This action is not valid for account instances of IAM Identity Center.")
	}
	return nil
}

// permissionSet checks the instance of a request and finds its permission set.
func (s *Server) permissionSet(instance, arn string) (*PermissionSet, error) {
	if err := s.organization(instance); err != nil {
		return nil, err
	}
	if err := required("permissionSetArn", arn); err != nil {
		return nil, err
	}
	p := s.set(arn)
	if p == nil {
		return nil, errMissing("PermissionSet not found: " + arn)
	}
	return p, nil
}

// principal checks the form of a principal, not whether there is one.
func principal(kind, id string) error {
	if kind != PrincipalUser && kind != PrincipalGroup {
		return errConstraint("principalType", kind, "Member must satisfy enum value set: [USER, GROUP]")
	}
	if !principalID.MatchString(id) {
		return errConstraint("principalId", id, "Member must satisfy regular expression pattern: "+principalID.String())
	}
	return nil
}

func account(id string) error {
	if !accountID.MatchString(id) {
		return errConstraint("accountId", id, `Member must satisfy regular expression pattern: \d{12}`)
	}
	return nil
}
