package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/internal/nearest"
)

// The spans of a target that may be left out.
const (
	defaultDuration = time.Hour
	maxDefault      = 8 * time.Hour
	startDefault    = 14 * day // how far ahead a start may be
	startMost       = 90 * day
	shortest        = access.Shortest
)

// draft is a target while it is read: what it became and where it stands.
type draft struct {
	access.Target
	path   string
	made   Made
	shares []string // the paths of SharesWith
}

func readTargets(root *section, c *Config, policies *policies) []access.Target {
	sections := root.sections("targets")
	root.listed("targets", len(sections), "list what people may ask for, as in airpass.example.yaml")
	// Where the file's environments are broken too, a name that one may bear is not reported.
	lenient := len(c.Environments) == 0 || root.reportedWithin("environments")
	var drafts []draft
	first := map[string]bool{}
	c.made = map[string]Made{}
	for _, s := range sections {
		d := readTarget(s, c, policies, lenient)
		s.close()
		t := d.Target
		if first[t.ID] && t.ID != "" {
			s.problem("role", t.ID+" is a target already", "remove one of the two, or correct environment or role")
			continue
		}
		first[t.ID] = true
		drafts = append(drafts, d)
		if d.made != (Made{}) {
			c.made[t.ID] = d.made
		}
	}
	root.r.checkSharing(drafts)
	all := make([]access.Target, 0, len(drafts))
	for _, d := range drafts {
		all = append(all, d.Target)
	}
	return all
}

func readTarget(s *section, c *Config, policies *policies, lenient bool) draft {
	t := access.Target{Instance: c.AWS.InstanceARN, IdentityStore: c.AWS.IdentityStoreID}
	env := s.environment(c, lenient)
	t.Environment, t.Tags = env.Environment, env.Tags
	t.Role = s.airflowRole()
	if env.Key != "" && t.Role != "" {
		t.ID = access.TargetID(env.Key, t.Role)
	}
	d := draft{path: s.path}
	s.access(&t, &d.made)
	s.anchor(&t, c.AWS.AnchorGroup)
	s.tile(&t, env.Application)
	s.account(&t, c.Okta.EnsureProvisioned.Group)
	s.limits(&t)
	if d.made.PermissionSet && s.r.setup && !s.has("session_duration") {
		s.problem("session_duration", "is missing: it is to be that of the permission set", "write session_duration: 1h, or up to 12h")
	}
	t.Requesters = s.texts("requesters", oktaGroup)
	t.CLI = s.yes("cli")
	s.link(&t, c)
	if t.Hours = s.hours(); t.Hours == nil {
		t.Hours = c.Hours
	}
	s.decided(&t, env, policies)
	t.SharesWith, d.shares = s.textsAt("shares_with", targetID)
	d.Target = t
	return d
}

// environment finds the environment that a target names; an unknown one is let
// pass if lenient.
func (s *section) environment(c *Config, lenient bool) Environment {
	key := s.text("environment", envKey)
	if key == "" {
		return Environment{}
	}
	if e, ok := c.Environment(key); ok {
		return e
	}
	if lenient {
		return Environment{}
	}
	keys := make([]string, 0, len(c.Environments))
	for _, e := range c.Environments {
		keys = append(keys, e.Key)
	}
	mend := "add it to environments, or write one of " + some(keys)
	if near, ok := nearest.Word(key, keys); ok {
		mend = "did you mean " + near + "?"
	}
	s.problem("environment", "there is no environment "+quote(key), mend)
	return Environment{}
}

// some lists the first few names.
func some(names []string) string {
	const few = 5
	if len(names) > few {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
	}
	return strings.Join(names, ", ")
}

// airflowRole reads an Airflow role. IAM tells upper from lower case, so a role that is
// spelled otherwise would be granted and not work.
func (s *section) airflowRole() access.Role {
	names := make([]string, 0, len(access.Roles()))
	for _, r := range access.Roles() {
		names = append(names, string(r))
	}
	mend := "write " + strings.Join(names, ", ")
	text := s.text("role", rule{mend: mend, max: 20})
	s.r.sketch.more(s.name("role"), "enum", names)
	if text == "" {
		if s.has("role") && !s.reported("role") {
			s.problem("role", "is empty", mend)
		}
		return ""
	}
	if slices.Contains(names, text) {
		return access.Role(text)
	}
	for _, name := range names {
		if strings.EqualFold(name, text) {
			s.problem("role", quote(text)+" is not how MWAA spells the role", "write "+name)
			return ""
		}
	}
	if text == "Public" {
		s.problem("role", "Public opens nothing in Airflow", mend)
		return ""
	}
	if near, ok := nearest.Word(text, names); ok {
		mend = "did you mean " + near + "?"
	}
	s.problem("role", quote(text)+" is not an Airflow role", mend)
	return ""
}

// access reads how the target is granted.
func (s *section) access(t *access.Target, made *Made) {
	t.Mode = access.Mode(s.oneOf("mode", "", string(access.ByGroup), string(access.ByUser)))
	s.permissionSet(t, made)
	switch t.Mode {
	case access.ByGroup:
		t.OktaGroup = s.text("okta_group", oktaGroupOr)
		s.pushed(t)
	case access.ByUser:
		t.OktaGroup = s.optional("okta_group", "", oktaGroupOr)
		s.optional("identity_center_group", "", ssoGroup)
		if s.has("identity_center_group") {
			s.problem("identity_center_group", "is not read in mode user, which assigns the person", "remove it, or write mode: group")
		}
	default:
		t.OktaGroup = s.optional("okta_group", "", oktaGroupOr)
		t.IdentityCenterGroup = s.optional("identity_center_group", "", ssoGroup)
	}
	s.oktaGroup(t, made)
	s.checkInstance(t)
}

// toMake is written in place of an id of what airpass setup makes.
const toMake = "create"

// permissionSet reads the target's permission set, which airpass setup may be about to make.
func (s *section) permissionSet(t *access.Target, made *Made) {
	if t.PermissionSet = s.text("permission_set", ssoSetOr); t.PermissionSet != toMake {
		t.PermissionSetName = s.text("permission_set_name", ssoSetName)
		return
	}
	t.PermissionSetName = s.optional("permission_set_name", "", ssoSetName)
	t.PermissionSet, made.PermissionSet = "", true
	s.isMade("permission_set", "the ARN and the name")
}

// oktaGroup sees whether the target's group is one that airpass setup is about to make.
func (s *section) oktaGroup(t *access.Target, made *Made) {
	made.OktaGroupName = s.optional("okta_group_name", "", oktaName)
	if t.OktaGroup == toMake {
		t.OktaGroup, made.OktaGroup = "", true
		s.isMade("okta_group", "the id")
	}
	if !made.OktaGroup {
		made.OktaGroupName = "" // it may stay in the file
	}
}

// pushed reads what the target's group is pushed to. Nobody knows its id before it is pushed.
func (s *section) pushed(t *access.Target) {
	if s.r.setup {
		t.IdentityCenterGroup = s.optional("identity_center_group", "", ssoGroup)
		return
	}
	t.IdentityCenterGroup = s.text("identity_center_group", ssoGroup)
}

// isMade reports what has to be made before anything can be granted.
func (s *section) isMade(field, what string) {
	if !s.r.setup {
		s.problem(field, "is still to be made", "run airpass setup apply, and write "+what+" that it tells")
	}
}

// anchor reads which group holds the permission set besides.
func (s *section) anchor(t *access.Target, usual string) {
	own := s.optional("anchor_group", "", ssoGroupOr)
	switch {
	case own != "" && t.Mode == access.ByGroup:
		s.problem("anchor_group", "is not read in mode group, whose own group holds the permission set all the time", "remove it")
	case t.Mode != access.ByUser || own == "none":
	case own != "":
		t.Anchor = own
	default:
		t.Anchor = usual
	}
}

// account reads how somebody who is not in Identity Center gets an account there. What
// assigns an application cannot be pushed to it, and whoever leaves it loses all of AWS.
// See https://docs.aws.amazon.com/singlesignon/latest/userguide/gs-okta.html.
func (s *section) account(t *access.Target, group string) {
	t.AssignmentGroup = group
	if group != "" && t.OktaGroup == group {
		s.problem("okta_group", "is okta.ensure_provisioned.group, which gives people their account in Identity Center and which nobody is taken out of",
			"write a group of its own for each target")
	}
}

// link reads which link people are given. An instant one is made under a role.
func (s *section) link(t *access.Target, c *Config) {
	t.Instant = s.oneOf("link", "portal", "portal", "instant") == "instant"
	if account := t.Environment.Account; t.Instant && account != "" && c.AWS.Accounts[account].LoginRoleARN == "" {
		s.problem("link", "is instant, and there is no role to sign people in with in the account "+account,
			"add aws.accounts."+account+".login_role_arn, as airpass setup iam prints it, or write portal")
	}
}

// checkInstance reports a permission set of another instance, and an environment in
// a partition into which the instance cannot assign.
func (s *section) checkInstance(t *access.Target) {
	if t.Instance == "" {
		return
	}
	if t.PermissionSet != "" && instanceID(t.PermissionSet) != instanceID(t.Instance) {
		s.problem("permission_set", "is of another Identity Center instance than aws.instance_arn", "name a permission set of "+t.Instance)
	}
	if p := t.Environment.Partition; p != "" && p != arnPart(t.Instance, 1) {
		s.problem("environment", fmt.Sprintf("is in the partition %s, Identity Center is in %s and cannot assign there", p, arnPart(t.Instance, 1)),
			"run another airpass for that partition")
	}
}

// instanceID is the part of an ARN that names the instance: ssoins-….
func instanceID(arn string) string {
	parts := strings.Split(arn, "/")
	if len(parts) < 2 {
		return ""
	}
	return parts[1]
}

// limits reads the target's spans. Without a default duration it is an hour, or
// the maximum if that is less.
func (s *section) limits(t *access.Target) {
	t.SessionDuration, _ = s.duration("session_duration", access.LongestSession, time.Hour, access.LongestSession)
	var okMax, okDefault bool
	t.MaxDuration, okMax = s.duration("max_duration", maxDefault, shortest, maxDuration)
	t.DefaultDuration, okDefault = s.duration("default_duration", min(defaultDuration, t.MaxDuration), shortest, maxDuration)
	if okMax && okDefault && t.DefaultDuration > t.MaxDuration {
		s.problem("default_duration", fmt.Sprintf("%s is longer than max_duration, %s", Duration(t.DefaultDuration), Duration(t.MaxDuration)),
			"write "+Duration(t.MaxDuration)+" or less, or raise max_duration")
	}
	t.StartAhead, _ = s.duration("start_ahead", startDefault, 0, startMost)
	var okChain bool
	t.MaxContinuous, okChain = s.duration("max_continuous", 0, shortest, maxDuration)
	if okMax && okChain && t.MaxContinuous > 0 && t.MaxContinuous < t.MaxDuration {
		s.problem("max_continuous", fmt.Sprintf("%s is shorter than max_duration, %s", Duration(t.MaxContinuous), Duration(t.MaxDuration)),
			"write "+Duration(t.MaxDuration)+" or more, or lower max_duration")
	}
}
