package store

import (
	"maps"
	"strings"

	"airpass/access"
)

// What who decides was shown is in the event of the decision: what is not personal among its
// facts, the rest as personal values. What names others than whom it is about is apart, as of
// the items of a campaign, so that it is erased with any of them.

// shownOf adds what a card says of what a request asks for.
func shownOf(r access.Request, facts map[string]string) {
	t := r.Target
	for name, fact := range map[string]string{"asked": r.Asked().String(), "airflow_role": string(t.Role), "environment": t.Environment.Name,
		"account": t.Environment.Account, "region": t.Environment.Region, "permission_set": t.PermissionSet,
		"shares_with": strings.Join(t.SharesWith, " "), "extends": r.Extends} {
		if fact != "" {
			facts[name] = fact
		}
	}
	if !r.StartAt.IsZero() {
		facts["start"] = r.StartAt.Format(timeLayout)
	}
	if r.NewAccount {
		facts["new_account"] = "yes"
	}
	if r.Seen.Private {
		facts["private"] = "yes"
	}
}

// shownHeld adds which targets the person has who asks.
func (tx *Tx) shownHeld(r access.Request, facts map[string]string) error {
	live, err := tx.GrantsOf(r.Subject.OktaID, true)
	if err != nil {
		return err
	}
	var held []string
	for _, g := range live {
		held = append(held, g.Target.ID)
	}
	if len(held) > 0 {
		facts["held"] = strings.Join(held, " ")
	}
	return nil
}

// shownGrant adds what a card says of what became of a request.
func (tx *Tx) shownGrant(r access.Request, facts map[string]string) error {
	facts["taken"] = moment(r.DecidedAt).Format(timeLayout)
	g, granted, err := tx.GrantOf(r.ID)
	if err != nil || !granted {
		return err
	}
	facts["state"], facts["end"] = string(g.State), g.EndAt.Format(timeLayout)
	if !g.EndedAt.IsZero() {
		facts["ended"] = g.EndedAt.Format(timeLayout)
	}
	return nil
}

// shownPerson is who a card says that asks, and why, and what of it names others: their manager
// and those of the same name.
func (tx *Tx) shownPerson(r access.Request) (own, others string, err error) {
	p := r.Subject
	own = encode(texts(map[string]string{"name": p.Name, "login": p.Login, "email": p.Email, "title": p.Title, "department": p.Department, "reason": r.Reason}))
	alike, err := tx.r.Namesakes(tx.ctx, p)
	if err != nil {
		return "", "", err
	}
	named := map[string]any{}
	for name, text := range texts(map[string]string{"manager": p.Manager, "manager_name": p.ManagerName}) {
		named[name] = text
	}
	var logins []string
	for _, other := range alike {
		logins = append(logins, other.Login)
	}
	if len(logins) > 0 {
		named["logins"] = logins
	}
	if len(named) == 0 {
		return own, "", nil
	}
	return own, encode(named), nil
}

// texts are those that are not empty.
func texts(all map[string]string) map[string]string {
	maps.DeleteFunc(all, func(_, text string) bool { return text == "" })
	return all
}
