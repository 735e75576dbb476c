package chat_test

import (
	"errors"
	"slices"
	"testing"

	"airpass/access"
	"airpass/sandbox/control"
	"airpass/sandbox/workspace"
)

func TestAUserGroupNamesItsMembersNow(t *testing.T) {
	t.Parallel()
	tw := newTown(t, nil)
	group := workspace.UserGroup{ID: "S0LEADS", Handle: "leads", Name: "Leads", Users: []string{boris, anna, gone}}
	tw.AddUserGroup(group)
	for email, want := range map[string]bool{
		"ANNA+test@example.com": true, "boris@example.com": false, "greta@example.com": false, "nobody@example.com": false,
	} {
		if named, err := tw.client.GroupNames(ctxOf(t), group.ID, email); err != nil || named != want {
			t.Errorf("%s: %v %v", email, named, err)
		}
	}
	if n := tw.Faults().Count("users.info"); n != 0 {
		t.Errorf("members were looked up one by one: %d", n)
	}
	emails, err := tw.client.GroupEmails(ctxOf(t), group.ID, 20)
	if err != nil || !slices.Equal(emails, []string{"anna+test@example.com"}) {
		t.Errorf("%v %v", emails, err)
	}
	if emails, err = tw.client.GroupEmails(ctxOf(t), group.ID, 1); err != nil || len(emails) != 0 {
		t.Errorf("more than one was looked at: %v %v", emails, err)
	}
	group.Users = []string{boris}
	tw.AddUserGroup(group)
	if named, err := tw.client.GroupNames(ctxOf(t), group.ID, "anna+test@example.com"); err != nil || named {
		t.Errorf("she has left: %v %v", named, err)
	}
	if _, err := tw.client.GroupNames(ctxOf(t), "S0NOTHERE", "anna+test@example.com"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("no such group: %v", err)
	}
	tw.Faults().Add(control.Fault{Op: "usergroups.users.list", Times: 1, Answer: "unavailable"})
	_, err = tw.client.GroupNames(ctxOf(t), group.ID, "anna+test@example.com")
	failure(t, "no answer", err, access.Unavailable)
}
