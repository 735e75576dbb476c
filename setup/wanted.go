package setup

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"airpass/access"
)

// Wanted is what airpass setup sees to for one target. Ids of what it is still to make
// are empty in the target.
type Wanted struct {
	Target access.Target
	// MakeSet: the permission set is made if there is none; MakeGroup: the Okta group is.
	MakeSet, MakeGroup bool
	// GroupName is what the Okta group is called that is made; empty is the usual name.
	GroupName string
	// RelayState is the console's page for the environment.
	RelayState string
	// Console are further actions for that page; see Inline.
	Console []string
}

// PermissionSet is what a permission set says of itself, and its inline policy.
type PermissionSet struct {
	Name        string
	Description string
	Session     time.Duration
	RelayState  string
	Policy      string // JSON; empty if there is none
}

// longestName is what AWS allows.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html.
const longestName = 32

// SetName is what the permission set of a target is called unless the configuration says
// otherwise. A long key is cut, and told apart by a digest.
func SetName(t access.Target) string {
	name := usualName(t)
	if len(name) <= longestName {
		return name
	}
	sum := sha256.Sum256([]byte(t.Environment.Key))
	end := "-" + hex.EncodeToString(sum[:])[:4] + "-" + string(t.Role)
	return strings.TrimRight(name[:longestName-len(end)], "-") + end
}

func usualName(t access.Target) string { return "airpass-" + t.Environment.Key + "-" + string(t.Role) }

// Set is the permission set as it is to be. Of the people in cut the sessions are cut.
func (w Wanted) Set(cut ...string) PermissionSet {
	t := w.Target
	p := PermissionSet{Name: t.PermissionSetName, Session: t.SessionDuration, RelayState: w.RelayState, Policy: Inline(t, w.Console, cut...).String(),
		Description: fmt.Sprintf("Airflow %s in %s, for a while and on request. Made by airpass", t.Role, t.Environment.Name)}
	if p.Name == "" {
		p.Name = SetName(t)
	}
	return p
}

// Group is what the Okta group that is made is called.
func (w Wanted) Group() string {
	if w.GroupName != "" {
		return w.GroupName
	}
	return usualName(w.Target)
}

// GroupDescription tells the Okta group that was made for the target: groups of Okta have no tags.
func (w Wanted) GroupDescription() string {
	return mark(w.Target.ID) + " Made by airpass: people come and go with their grants. Push it to AWS IAM Identity Center; never assign that application to it"
}

// mark is in the description of an Okta group that airpass setup made.
func mark(target string) string { return "[" + Tag + "=" + target + "]" }
