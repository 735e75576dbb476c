package portal_test

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"airpass/sandbox/identitycenter"
)

// permissionSet makes the permission set, with sessions of an hour.
func (w *world) permissionSet(policy string) {
	w.t.Helper()
	p, err := w.center.AddPermissionSet(identitycenter.PermissionSet{Name: set, InlinePolicy: policy, RelayState: console("dev")})
	must(w.t, err)
	w.set = p.ARN
}

// changePolicy edits the permission set and provisions it, as an operator's script
// does with the SDK.
func (w *world) changePolicy(policy string) {
	w.t.Helper()
	_, err := w.admin.PutInlinePolicyToPermissionSet(w.t.Context(), &ssoadmin.PutInlinePolicyToPermissionSetInput{
		InstanceArn: aws.String(w.center.InstanceARN()), PermissionSetArn: aws.String(w.set), InlinePolicy: aws.String(policy),
	})
	must(w.t, err)
	_, err = w.admin.ProvisionPermissionSet(w.t.Context(), &ssoadmin.ProvisionPermissionSetInput{
		InstanceArn: aws.String(w.center.InstanceARN()), PermissionSetArn: aws.String(w.set),
		TargetType: types.ProvisionTargetTypeAwsAccount, TargetId: aws.String(account),
	})
	must(w.t, err)
	w.advance(5 * time.Second)
}

// userID is a person's id in Identity Center.
func (w *world) userID(userName string) string {
	w.t.Helper()
	for _, u := range w.center.Users() {
		if u.UserName == userName {
			return u.ID
		}
	}
	w.t.Fatal("not in Identity Center: ", userName)
	return ""
}

func (w *world) assignment(userName string) identitycenter.Assignment {
	return identitycenter.Assignment{
		Account: account, PermissionSetARN: w.set, PrincipalType: identitycenter.PrincipalUser, PrincipalID: w.userID(userName),
	}
}

func (w *world) assign(userName string) {
	w.t.Helper()
	must(w.t, w.center.Assign(w.assignment(userName)))
}

func (w *world) unassign(userName string) {
	w.t.Helper()
	must(w.t, w.center.Unassign(w.assignment(userName)))
}
