package identitycenter

import (
	"errors"
	"slices"
	"testing"
	"time"

	"airpass/access"
	sandbox "airpass/sandbox/identitycenter"
)

// tile makes a SAML application, as somebody does in the console.
func (w *world) tile(t *testing.T, name string) string {
	t.Helper()
	app, err := w.center.MakeSAML(sandbox.Application{Name: name, URL: "https://example.com/start", SAML: sandbox.SAML{ACS: "https://example.com/acs", Audience: "https://example.com"}})
	must(t, err)
	return app.ARN
}

func TestAnApplicationIsRead(t *testing.T) {
	t.Parallel()
	w := setup(t, ByPrincipal)
	arn := w.tile(t, "tile")
	for range 60 { // more than are on a page
		w.tile(t, "another")
	}
	all, err := w.client.Applications(t.Context(), w.center.InstanceARN())
	must(t, err)
	if i := slices.IndexFunc(all, func(a access.Application) bool { return a.ARN == arn }); len(all) != 61 || i < 0 || all[i].Name != "tile" {
		t.Errorf("%d: %+v", len(all), all[0])
	}
	group := w.group(t, "team")
	must(t, w.center.EditApplication(arn, func(a *sandbox.Application) {
		a.Assigned = []sandbox.Principal{{Type: sandbox.PrincipalUser, ID: w.mia}, {Type: sandbox.PrincipalGroup, ID: group}}
	}))
	a, err := w.client.Application(t.Context(), arn)
	must(t, err)
	if a.Protocol != "SAML" || !a.Enabled || !a.Visible || !a.Required || a.URL != "https://example.com/start" || a.Refused != "" ||
		!slices.Equal(a.People, []string{w.mia}) || !slices.Equal(a.Groups, []string{group}) {
		t.Errorf("%+v", a)
	}
	must(t, w.center.EditApplication(arn, func(a *sandbox.Application) { a.Disabled, a.ForEverybody = true, true }))
	w.center.RefuseSAMLAssignments(true)
	if a, err = w.client.Application(t.Context(), arn); err != nil || a.Enabled || a.Required || a.Refused == "" {
		t.Errorf("%+v %v", a, err)
	}
	if _, err = w.client.Application(t.Context(), arn[:len(arn)-4]+"0000"); !errors.Is(err, access.ErrNotFound) {
		t.Error(err)
	}
}

func TestATileComesAndGoesAtOnce(t *testing.T) {
	t.Parallel()
	w := setup(t, ByPrincipal)
	r := access.Ref{Kind: access.ApplicationAssignment, OktaUser: "00umia", Person: w.mia, Application: w.tile(t, "tile")}
	for range 2 { // doing it twice is no failure
		if receipt, err := w.client.Add(t.Context(), r); err != nil || !receipt.Done || receipt.RequestID != "" {
			t.Errorf("%+v %v", receipt, err)
		}
	}
	other := r
	other.Person = w.noa
	if seen := w.see(t, r); !seen.Present || !seen.Ready || len(seen.Through) != 0 {
		t.Errorf("%+v", seen)
	}
	if seen := w.see(t, other); seen.Present {
		t.Error("somebody else has it, too")
	}
	if p, err := w.client.Progress(t.Context(), w.intent(r, access.Add, ""), time.Time{}); err != nil || p.Known {
		t.Errorf("nothing is ever under way: %+v %v", p, err)
	}
	for range 2 {
		if receipt, err := w.client.Remove(t.Context(), r); err != nil || !receipt.Done {
			t.Errorf("%+v %v", receipt, err)
		}
	}
	if seen := w.see(t, r); seen.Present {
		t.Error("it was taken away")
	}
	// Nobody has a tile of an application that is gone; it cannot be added either.
	must(t, w.center.DeleteApplication(r.Application))
	if seen := w.see(t, r); seen.Present {
		t.Error("the application is gone")
	}
	if _, err := w.client.Add(t.Context(), r); access.ClassOf(err) != access.Missing {
		t.Error(err)
	}
	if receipt, err := w.client.Remove(t.Context(), r); err != nil || !receipt.Done {
		t.Errorf("%+v %v", receipt, err)
	}
}

func TestARefusedTileIsNotAbsence(t *testing.T) {
	t.Parallel()
	w := setup(t, ByPrincipal)
	r := access.Ref{Kind: access.ApplicationAssignment, OktaUser: "00umia", Person: w.mia, Application: w.tile(t, "tile")}
	w.center.RefuseSAMLAssignments(true)
	if _, err := w.client.Observe(t.Context(), r, time.Time{}); access.ClassOf(err) != access.Rejected {
		t.Error(err)
	}
	if _, err := w.client.Add(t.Context(), r); access.ClassOf(err) != access.Rejected {
		t.Error(err)
	}
	r.Application = ""
	if _, err := w.client.Add(t.Context(), r); !errors.Is(err, access.ErrInvalid) {
		t.Error(err)
	}
}
