package reviews

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"airpass/access"
	"airpass/identitycenter"
)

// identities ties the people of Okta to their accounts in Identity Center. It is read in
// pages of everybody, once, and only if somebody was found anywhere.
type identities struct {
	accounts map[string]identitycenter.Account // by id; nil if they could not be read
	names    map[string]string                 // of accounts, by Okta user id; nil if not read
	byName   map[string]string                 // ids of accounts by user name
	oktaBy   map[string]string                 // Okta user ids by id of the account
	has      map[string]bool                   // an account, by Okta user id
	people   map[string]*access.Person         // as Okta tells, by Okta user id
	thin     bool                              // who has no account is not certain enough to act on
}

// identify reads who the people in the places are. What cannot be read is told, and
// nothing is concluded from it.
func (c Comparer) identify(ctx context.Context, s *survey, unread func(what string, side Side, err error)) *identities {
	i := &identities{byName: map[string]string{}, oktaBy: map[string]string{}, has: map[string]bool{}, people: map[string]*access.Person{}}
	if !s.anybody() {
		return i
	}
	accounts, err := patiently(ctx, func() ([]identitycenter.Account, error) { return c.Assignments.Accounts(ctx) })
	if err == nil && len(accounts) == 0 {
		err = errEmpty
	}
	if err != nil {
		unread("the people of Identity Center", AWS, err)
	} else {
		i.accounts = make(map[string]identitycenter.Account, len(accounts))
		for _, a := range accounts {
			i.accounts[a.ID], i.byName[strings.ToLower(a.UserName)] = a, a.ID
		}
	}
	names, err := patiently(ctx, func() (map[string]string, error) { return c.Directory.IdentityCenterUserNames(ctx) })
	if err == nil && len(names) == 0 {
		err = errEmpty
	}
	if err != nil {
		unread("the user names of Identity Center in Okta", Okta, err)
	} else {
		i.names = names
	}
	i.tie(s.known)
	if err := i.ask(ctx, c.Directory, s); err != nil {
		unread("the people in Okta", Okta, err)
	}
	for account, okta := range i.oktaBy {
		if _, is := i.accounts[account]; is {
			i.has[okta] = true
		}
	}
	i.thin = i.thinly(s)
	return i
}

// thinly says whether the names tie fewer than half of those in the Okta groups to an account.
// Then Okta provisions people under other names than it says, or no longer provisions: that
// everybody else has no account is the wrong conclusion.
func (i *identities) thinly(s *survey) bool {
	members := map[string]bool{} // and whether the name ties them
	for p, there := range s.there {
		for id := range there {
			if p.oktaGroup != "" {
				members[id] = i.account(id) != ""
			}
		}
	}
	tied := 0
	for _, is := range members {
		if is {
			tied++
		}
	}
	return 2*tied < len(members)
}

func (s *survey) anybody() bool {
	for p, there := range s.there {
		for _, h := range there {
			if !h.group || p.oktaGroup != "" {
				return true
			}
		}
		if len(s.lacking(p)) > 0 {
			return true
		}
	}
	return false
}

// lacking are the Okta user ids of those who are not in a place that was read, although grants
// say so.
func (s *survey) lacking(p place) []string {
	var all []string
	for id, k := range s.known[p] {
		if k.wanted && k.okta != "" && s.there[p][id] == nil {
			all = append(all, k.okta)
		}
	}
	return all
}

// tie finds whose accounts are: by the names under which Okta provisions people, and by
// what airpass has granted under them.
func (i *identities) tie(all knowledge) {
	for okta, name := range i.names {
		if id, is := i.byName[strings.ToLower(name)]; is && name != "" {
			i.oktaBy[id] = okta
		}
	}
	for _, who := range all {
		for _, k := range who {
			if k.account != "" && i.oktaBy[k.account] == "" {
				i.oktaBy[k.account] = k.okta
			}
		}
	}
}

var oktaUserID = regexp.MustCompile(`^00u[0-9A-Za-z]{17}$`)

// ask reads how people stand in Okta whom no group's list has told of, those who should be
// somewhere among them. An account that is nobody's so far may carry its person's Okta user id;
// it counts if Okta knows it.
func (i *identities) ask(ctx context.Context, okta Directory, s *survey) error {
	var ask []string
	candidate := map[string]string{}
	for p, there := range s.there {
		for id, h := range there {
			switch {
			case p.oktaGroup != "":
				i.people[id] = h.person
			case h.group:
			case i.oktaBy[id] != "":
				ask = append(ask, i.oktaBy[id])
			default:
				for _, external := range i.accounts[id].ExternalIDs {
					if oktaUserID.MatchString(external) {
						candidate[id] = external
						ask = append(ask, external)
					}
				}
			}
		}
		ask = append(ask, s.lacking(p)...)
	}
	ask = slices.DeleteFunc(ask, func(id string) bool { _, told := i.people[id]; return told })
	if len(ask) > 0 {
		people, err := patiently(ctx, func() (map[string]access.Person, error) { return okta.People(ctx, ask) })
		if err != nil {
			return err
		}
		i.tell(people)
	}
	for id, external := range candidate {
		if _, is := i.people[external]; is {
			i.oktaBy[id] = external
		}
	}
	return nil
}

// tell adds what Okta tells of people.
func (i *identities) tell(people map[string]access.Person) {
	for id, p := range people {
		i.people[id] = &p
	}
}

// stale: nobody has this id in Identity Center any more.
func (i *identities) stale(account string) bool {
	_, is := i.accounts[account]
	return i.accounts != nil && account != "" && !is
}

// noAccount: it is known that this person has no account.
func (i *identities) noAccount(okta string) bool {
	if i.accounts == nil || i.names == nil {
		return false
	}
	return !i.has[okta]
}

// account is the account that somebody has in Identity Center now, by the name under which Okta
// provisions them; empty if none is known.
func (i *identities) account(okta string) string {
	name := i.names[okta]
	if name == "" {
		return ""
	}
	return i.byName[strings.ToLower(name)]
}

// inactive: Okta says that this person is not ACTIVE.
func (i *identities) inactive(okta string) bool {
	p, is := i.people[okta]
	return is && p.Status != "" && !p.Active()
}

// call is how to call somebody.
func (i *identities) call(okta, account string) string {
	if p, is := i.people[okta]; is && p.Login != "" {
		return p.Login
	}
	if a, is := i.accounts[account]; is && a.UserName != "" {
		return a.UserName + " (Identity Center user " + account + ")"
	}
	if okta == "" || i.stale(account) {
		return "Identity Center user " + account
	}
	return "Okta user " + okta
}
