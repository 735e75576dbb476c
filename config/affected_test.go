package config

import (
	"strings"
	"testing"
	"time"

	"airpass/access"
)

// TestLiveGrantsThatAnEditAffects approves grants under one file, edits it, and
// asks which of them the new file no longer describes.
func TestLiveGrantsThatAnEditAffects(t *testing.T) {
	t.Parallel()
	before, err := Load(examplePath, testEnv)
	if err != nil {
		t.Fatal(err)
	}
	var live []access.Target
	for _, id := range []string{"staging/User", "prod/Viewer", "prod/Viewer", "prod/Admin"} {
		target, ok := before.Target(id)
		if !ok {
			t.Fatalf("no %s", id)
		}
		live = append(live, target)
	}
	if found := Affected(before, live); len(found) != 0 {
		t.Fatalf("nothing was edited, yet: %v", found)
	}
	text := strings.NewReplacer("role: Admin", "role: Op", "okta_group: 00g2prodViewerGroup1", "okta_group: 00g2prodViewerGroup2",
		"max_continuous: 5d ", "# max_continuous: 5d ").Replace(example(t))
	after, err := Parse("airpass.yaml", []byte(text), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	found := Affected(after, live)
	if len(found) != 2 {
		t.Fatalf("found %v", found)
	}
	if f := found[0]; f.Target != "prod/Admin" || !f.Deleted || f.Grants != 1 || f.String() != "prod/Admin: no longer in the file; 1 live grant will end as approved" {
		t.Errorf("found %v", f)
	}
	want := "prod/Viewer: 2 live grants made when max_continuous was 5d, is not set; okta_group was 00g2prodViewerGroup1, is 00g2prodViewerGroup2"
	if got := found[1].String(); got != want {
		t.Errorf("found\n%s, want\n%s", got, want)
	}
}

func TestEveryFieldOfATargetIsCompared(t *testing.T) {
	t.Parallel()
	c, err := Load(examplePath, testEnv)
	if err != nil {
		t.Fatal(err)
	}
	for field, edit := range map[string]func(*access.Target){
		"environment.account": func(t *access.Target) { t.Environment.Account = "1" },
		"environment.name":    func(t *access.Target) { t.Environment.Name = "x" },
		"instance":            func(t *access.Target) { t.Instance = "x" },
		"permission_set":      func(t *access.Target) { t.PermissionSet = "x" },
		"mode":                func(t *access.Target) { t.Mode = access.ByUser },
		"session_duration":    func(t *access.Target) { t.SessionDuration = time.Minute },
		"requesters":          func(t *access.Target) { t.Requesters = []string{"x"} },
		"policy":              func(t *access.Target) { t.Policy = access.Policy{} },
		"shares_with":         func(t *access.Target) { t.SharesWith = []string{"x"} },
	} {
		was, _ := c.Target("staging/User")
		edit(&was)
		found := Affected(c, []access.Target{was})
		if len(found) != 1 || len(found[0].Changes) != 1 || found[0].Changes[0].Field != field {
			t.Errorf("%s: found %v", field, found)
		}
	}
}
