package identitycenter

import (
	"errors"
	"slices"
	"testing"
	"time"

	"airpass/access"
	"airpass/outbound"
	"airpass/sandbox/control"
	sandbox "airpass/sandbox/identitycenter"
)

func TestAPermissionSetIsMadeChangedAndProvisioned(t *testing.T) {
	t.Parallel()
	w, ctx := setup(t, ByList), t.Context()
	instance := w.center.InstanceARN()
	form := PermissionSet{Name: "airpass-prod-User", Description: "Airflow User in prod", Session: 90 * time.Minute, RelayState: "https://eu-west-1.console.aws.amazon.com/mwaa/home"}
	arn, err := w.client.CreatePermissionSet(ctx, instance, form, map[string]string{"airpass": "prod/User"})
	must(t, err)
	must(t, w.client.PutInlinePolicy(ctx, instance, arn, `{"Version":"2012-10-17","Statement":[]}`))
	form.Policy = `{"Version":"2012-10-17","Statement":[]}`
	seen, err := w.client.PermissionSet(ctx, instance, arn)
	if must(t, err); seen != form {
		t.Errorf("%+v, want %+v", seen, form)
	}
	tags, err := w.client.Tags(ctx, instance, arn)
	if must(t, err); len(tags) != 1 || tags["airpass"] != "prod/User" {
		t.Errorf("%v", tags)
	}
	all, err := w.client.PermissionSets(ctx, instance)
	if must(t, err); !slices.Contains(all, arn) || !slices.Contains(all, w.set) {
		t.Errorf("%v", all)
	}
	if _, err := w.client.CreatePermissionSet(ctx, instance, form, nil); access.ClassOf(err) != access.Conflict {
		t.Errorf("the same name again: %v", err)
	}

	group := w.group(t, "everybody of prod")
	receipt, err := w.client.AssignGroup(ctx, instance, account, arn, group)
	must(t, err)
	progress, err := w.client.GroupAssigned(ctx, instance, receipt.RequestID)
	if must(t, err); !progress.Known || progress.Done {
		t.Errorf("%+v", progress)
	}
	w.center.SetNeverCompletes(false)
	w.center.SetAssignmentDelay(0)
	progress, err = w.client.GroupAssigned(ctx, instance, receipt.RequestID)
	if must(t, err); !progress.Done {
		t.Errorf("%+v", progress)
	}

	form.Session = 4 * time.Hour
	must(t, w.client.UpdatePermissionSet(ctx, instance, arn, form))
	old, err := w.client.ProvisionedIn(ctx, instance, arn, true)
	if must(t, err); !slices.Equal(old, []string{account}) {
		t.Errorf("%v have an older version", old)
	}
	sets, err := w.client.OutdatedIn(ctx, instance, account)
	if must(t, err); !slices.Equal(sets, []string{arn}) {
		t.Errorf("the account has an older version of %v", sets)
	}
	w.center.SetProvisionDelay(0)
	request, err := w.client.Provision(ctx, instance, arn)
	must(t, err)
	done, failed, err := w.client.Provisioned(ctx, instance, request)
	if must(t, err); !done || failed != "" {
		t.Errorf("done %v, %q", done, failed)
	}
	old, err = w.client.ProvisionedIn(ctx, instance, arn, true)
	if must(t, err); len(old) != 0 {
		t.Errorf("%v still have an older version", old)
	}
	sets, err = w.client.OutdatedIn(ctx, instance, account)
	if must(t, err); len(sets) != 0 {
		t.Errorf("the account still has an older version of %v", sets)
	}
}

func TestHowLongSessionsLastIsChangedAlone(t *testing.T) {
	t.Parallel()
	w, ctx := setup(t, ByList), t.Context()
	instance := w.center.InstanceARN()
	for _, form := range []PermissionSet{
		{Name: "whole", Description: "Airflow User in prod", Session: 8 * time.Hour, RelayState: "https://eu-west-1.console.aws.amazon.com/mwaa/home"},
		{Name: "bare", Session: 8 * time.Hour},
	} {
		made, err := w.center.AddPermissionSet(sandbox.PermissionSet{Name: form.Name, Description: form.Description, SessionDuration: form.Session, RelayState: form.RelayState})
		must(t, err)
		must(t, w.client.SetSession(ctx, instance, made.ARN, time.Hour))
		form.Session = time.Hour
		seen, err := w.client.PermissionSet(ctx, instance, made.ARN)
		if must(t, err); seen != form {
			t.Errorf("%+v, want %+v", seen, form)
		}
	}
	if err := w.client.SetSession(ctx, instance, w.set+"0", time.Hour); err == nil {
		t.Error("a permission set that is not there was changed")
	}
}

func TestWhatIsAttachedToAPermissionSet(t *testing.T) {
	t.Parallel()
	w, ctx := setup(t, ByList), t.Context()
	instance, administrator := w.center.InstanceARN(), "arn:aws:iam::aws:policy/AdministratorAccess"
	for _, is := range []Attached{
		{}, {Policies: []string{administrator}}, {Boundary: administrator}, {Boundary: "/bounds"},
		{Policies: []string{administrator, "/own", "/teams/data/more"}, Boundary: "/teams/bounds"},
	} {
		must(t, w.center.AttachPolicies(w.set, is.Boundary, is.Policies...))
		seen, err := w.client.Attached(ctx, instance, w.set)
		if must(t, err); !slices.Equal(seen.Policies, is.Policies) || seen.Boundary != is.Boundary {
			t.Errorf("%+v, want %+v", seen, is)
		}
	}
	for _, op := range []outbound.Site{outbound.ListManagedPolicies, outbound.ListCustomerPolicies, outbound.GetBoundary} {
		w.center.Faults().Add(control.Fault{Op: op.Name, Answer: "denied"})
		if _, err := w.client.Attached(ctx, instance, w.set); access.ClassOf(err) != access.Denied {
			t.Errorf("%s is denied: %v", op.Name, err)
		}
	}
}

func TestAGroupIsFoundByItsName(t *testing.T) {
	t.Parallel()
	w := setup(t, ByList)
	id := w.group(t, "airflow-prod")
	found, err := w.client.GroupID(t.Context(), "airflow-prod")
	if must(t, err); found != id {
		t.Errorf("%s, want %s", found, id)
	}
	if _, err := w.client.GroupID(t.Context(), "airflow"); !errors.Is(err, access.ErrNotFound) {
		t.Error(err)
	}
}

// What is made is never asked for twice by the client itself.
func TestNothingIsMadeTwiceByItself(t *testing.T) {
	t.Parallel()
	w, ctx := setup(t, ByList), t.Context()
	instance := w.center.InstanceARN()
	for _, site := range []outbound.Site{outbound.CreatePermissionSet, outbound.UpdatePermissionSet, outbound.PutInlinePolicy, outbound.ProvisionPermissionSet} {
		w.center.Faults().Add(control.Fault{Op: site.Name, Answer: "throttled"})
		var err error
		switch site {
		case outbound.CreatePermissionSet:
			_, err = w.client.CreatePermissionSet(ctx, instance, PermissionSet{Name: "n", Description: "d", Session: time.Hour, RelayState: "r"}, nil)
		case outbound.UpdatePermissionSet:
			err = w.client.UpdatePermissionSet(ctx, instance, w.set, PermissionSet{Description: "d", Session: time.Hour, RelayState: "r"})
		case outbound.PutInlinePolicy:
			err = w.client.PutInlinePolicy(ctx, instance, w.set, "{}")
		case outbound.ProvisionPermissionSet:
			_, err = w.client.Provision(ctx, instance, w.set)
		}
		if access.ClassOf(err) != access.Throttled || w.count(site.Name) != 1 {
			t.Errorf("%s: %v after %d calls", site.Name, err, w.count(site.Name))
		}
	}
}
