package setup

import (
	"fmt"
	"slices"
	"strings"

	"airpass/access"
)

// Seen is what is there for a target.
type Seen struct {
	Set   *SeenSet   // nil: there is none
	Group *SeenGroup // the Okta group; nil: there is none, or none is wanted
	// Pushed is the Identity Center group of the Okta group's name; empty if there is none.
	Pushed string
	// Members is how many are in the Identity Center group that is to hold the permission set.
	Members int
}

// SeenSet is a permission set that is there.
type SeenSet struct {
	ARN string
	PermissionSet
	// Tag is the value of the tag; empty if it does not carry it.
	Tag string
	// In are the accounts that have it, Outdated those of them with an older version.
	In, Outdated []string
	// Groups hold it in the target's account.
	Groups []string
	// Cut are those whose sessions are cut there, if CutsKnown: who keeps that was asked.
	Cut       []string
	CutsKnown bool
}

// cut are those whom its policy is to deny. Where nobody was asked it is left to say so
// itself.
func (s SeenSet) cut() []string {
	if s.CutsKnown {
		return s.Cut
	}
	return CutIn(s.Policy)
}

// SeenGroup is an Okta group that is there.
type SeenGroup struct {
	ID, Name, Description string
	Plain                 bool
	Unsafe                string // why nobody may be added and taken out; empty if they may
}

// Do is a sort of change.
type Do string

// The sorts of changes, in the order in which they are made.
const (
	CreateGroup Do = "create_okta_group"
	CreateSet   Do = "create_permission_set"
	UpdateSet   Do = "update_permission_set"
	PutPolicy   Do = "put_inline_policy"
	Provision   Do = "provision"
	Assign      Do = "assign_to_group"
)

// Change is one thing that airpass setup apply does.
type Change struct {
	Do     Do      `json:"do"`
	Of     string  `json:"of"` // the thing's name or id
	Fields []Field `json:"fields,omitempty"`
}

// Field is what changes in a thing.
type Field struct {
	Name   string `json:"name"`
	Is     string `json:"is,omitempty"`
	Wanted string `json:"wanted"`
}

// Plan is what airpass setup apply would do for one target, and what it would not.
type Plan struct {
	Target  string   `json:"target"`
	Changes []Change `json:"changes,omitempty"`
	// Refused is what is wanted and not done; then nothing is done for the target.
	Refused []string `json:"refused,omitempty"`
	// Kept is what is not airpass's, and stays as it is.
	Kept []string `json:"kept,omitempty"`
	// ByHand is what no API does, or what airpass leaves to people.
	ByHand   []string `json:"by_hand,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
	// File is what is to be written in the configuration.
	File []Field `json:"file,omitempty"`
}

// Compare says what is to be done for a target.
func Compare(w Wanted, s Seen) Plan {
	p := Plan{Target: w.Target.ID}
	p.group(w, s.Group)
	if p.set(w, s.Set) {
		p.holder(w, s)
	}
	p.file(w, s)
	if w.Target.CLI {
		p.Warnings = append(p.Warnings, "cli: true allows airflow:CreateCliToken, which knows no Airflow role: whoever is granted "+w.Target.ID+" has the power of Airflow's command line in the whole environment "+w.Target.Environment.Name)
	}
	if len(p.Refused) > 0 {
		p.Changes = nil
	}
	return p
}

func (p *Plan) refuse(format string, args ...any) {
	p.Refused = append(p.Refused, fmt.Sprintf(format, args...))
}

func (p *Plan) change(do Do, of string, fields ...Field) {
	p.Changes = append(p.Changes, Change{Do: do, Of: of, Fields: fields})
}

// group looks at the Okta group.
func (p *Plan) group(w Wanted, g *SeenGroup) {
	switch {
	case g == nil && w.MakeGroup:
		p.change(CreateGroup, w.Group(), Field{Name: "description", Wanted: w.GroupDescription()})
	case g == nil:
	case w.MakeGroup && !g.Plain:
		p.refuse("the Okta group %s (%s) is not a plain group of Okta's own: take another okta_group_name", g.Name, g.ID)
	case w.MakeGroup && !strings.Contains(g.Description, mark(w.Target.ID)):
		p.refuse("an Okta group is called %s (%s), and its description does not say %s: airpass has not made it and does not take it. Write okta_group: %s to use it as it is, or take another okta_group_name",
			g.Name, g.ID, mark(w.Target.ID), g.ID)
	case g.Unsafe != "":
		p.refuse("%s: the group that is pushed and the one that assigns the application have to be two", g.Unsafe)
	}
}

// set looks at the permission set, and says whether it is, or will be, airpass's.
func (p *Plan) set(w Wanted, s *SeenSet) bool {
	wanted := w.Set()
	if s != nil {
		wanted = w.Set(s.cut()...)
	}
	switch {
	case s == nil && w.MakeSet:
		p.change(CreateSet, wanted.Name, append(described(PermissionSet{}, wanted), Field{Name: "tag", Wanted: Tag + "=" + w.Target.ID})...)
		p.change(PutPolicy, wanted.Name, Field{Name: "inline_policy", Wanted: wanted.Policy})
		return true
	case s == nil:
		p.refuse("there is no permission set %s: correct permission_set, or write create", w.Target.PermissionSet)
		return false
	case s.Tag != w.Target.ID && w.MakeSet:
		p.refuse("a permission set is called %s (%s), and %s: it is never changed. Write its ARN as permission_set to use it as it is, take another permission_set_name, or hand it over with the tag %s=%s",
			s.Name, s.ARN, tagOf(s), Tag, w.Target.ID)
		return false
	case s.Tag != w.Target.ID:
		p.Kept = append(p.Kept, fmt.Sprintf("permission set %s: %s, so it is never changed; airpass doctor says whether it is as it has to be", s.Name, tagOf(s)))
		return false
	case s.Name != wanted.Name:
		p.refuse("the permission set %s is called %s, the configuration says %s, and AWS renames none: write permission_set_name: %s", s.ARN, s.Name, wanted.Name, s.Name)
		return false
	}
	p.edits(wanted, s)
	return true
}

func tagOf(s *SeenSet) string {
	if s.Tag == "" {
		return "does not carry airpass's tag"
	}
	return "carries the tag " + Tag + "=" + s.Tag
}

// edits are what is different in a permission set of airpass's, and what of it has not
// arrived in the accounts.
func (p *Plan) edits(wanted PermissionSet, s *SeenSet) {
	before := len(p.Changes)
	if fields := described(s.PermissionSet, wanted); len(fields) > 0 {
		p.change(UpdateSet, s.Name, fields...)
	}
	if !SamePolicy(s.Policy, wanted.Policy) {
		p.change(PutPolicy, s.Name, Field{Name: "inline_policy", Is: s.Policy, Wanted: wanted.Policy})
	}
	to := s.Outdated
	if len(p.Changes) > before {
		to = s.In
	}
	if len(to) > 0 {
		p.change(Provision, s.Name, Field{Name: "accounts", Wanted: strings.Join(to, ", ")})
	}
}

// described are the fields that differ, but for the policy and the name.
func described(is, wanted PermissionSet) []Field {
	var all []Field
	add := func(name, is, wanted string) {
		if is != wanted {
			all = append(all, Field{name, is, wanted})
		}
	}
	session := ""
	if is.Session > 0 {
		session = is.Session.String()
	}
	add("description", is.Description, wanted.Description)
	add("session_duration", session, wanted.Session.String())
	add("relay_state", is.RelayState, wanted.RelayState)
	return all
}

// holder looks at the group that is to hold the permission set all the time: the pushed
// one, or the anchor.
func (p *Plan) holder(w Wanted, s Seen) {
	t := w.Target
	id := t.Anchor
	if t.Mode == access.ByGroup {
		if id = pushedGroup(t, s); id == "" {
			name := w.Group()
			if s.Group != nil {
				name = s.Group.Name
			}
			p.ByHand = append(p.ByHand, fmt.Sprintf("push the Okta group %s to AWS IAM Identity Center (the application's Push Groups), and run this again: then the permission set is assigned to it", name))
			return
		}
	}
	switch {
	case id == "":
		return
	case t.Mode == access.ByUser && s.Members > 0:
		p.refuse("%d people are in the anchor group %s: they would have %s for good. Empty it, or take another anchor_group", s.Members, id, t.ID)
		return
	case s.Set != nil && slices.Contains(s.Set.Groups, id):
		return
	case s.Members > 0:
		p.Warnings = append(p.Warnings, fmt.Sprintf("%d people are in the group %s already: they have %s once it is assigned, without a grant", s.Members, id, t.ID))
	}
	p.change(Assign, w.Set().Name, Field{Name: "group", Wanted: id}, Field{Name: "account", Wanted: t.Environment.Account})
}

func pushedGroup(t access.Target, s Seen) string {
	if t.IdentityCenterGroup != "" {
		return t.IdentityCenterGroup
	}
	return s.Pushed
}

// file is what of the things that are there is not in the configuration yet.
func (p *Plan) file(w Wanted, s Seen) {
	if len(p.Refused) > 0 {
		return
	}
	add := func(field, value string) { p.File = append(p.File, Field{Name: field, Wanted: value}) }
	if w.MakeSet && s.Set != nil {
		add("permission_set", s.Set.ARN)
		add("permission_set_name", s.Set.Name)
	}
	if w.MakeGroup && s.Group != nil {
		add("okta_group", s.Group.ID)
	}
	if t := w.Target; t.Mode == access.ByGroup && t.IdentityCenterGroup == "" && s.Pushed != "" {
		add("identity_center_group", s.Pushed)
	}
}
