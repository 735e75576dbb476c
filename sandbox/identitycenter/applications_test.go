package identitycenter

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
)

func TestApplicationAssignmentsTakeEffectAtOnce(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	app, err := i.AddApplication(Application{Name: "airflow"})
	must(t, err)
	anna1, group := i.id(anna), i.team.ID
	must(t, i.SetMembership(group, anna, true))
	for range 2 { // twice is no error
		_, err = i.admin.CreateApplicationAssignment(i.ctx(), &ssoadmin.CreateApplicationAssignmentInput{ApplicationArn: &app.ARN, PrincipalId: &anna1, PrincipalType: types.PrincipalTypeUser})
		must(t, err)
	}
	_, err = i.admin.CreateApplicationAssignment(i.ctx(), &ssoadmin.CreateApplicationAssignmentInput{ApplicationArn: &app.ARN, PrincipalId: &group, PrincipalType: types.PrincipalTypeGroup})
	must(t, err)
	_, err = i.admin.CreateApplicationAssignment(i.ctx(), &ssoadmin.CreateApplicationAssignmentInput{ApplicationArn: &app.ARN, PrincipalId: &group, PrincipalType: types.PrincipalTypeUser})
	wantCode(t, err, "ResourceNotFoundException")

	one, err := i.admin.DescribeApplicationAssignment(i.ctx(), &ssoadmin.DescribeApplicationAssignmentInput{ApplicationArn: &app.ARN, PrincipalId: &anna1, PrincipalType: types.PrincipalTypeUser})
	must(t, err)
	if *one.PrincipalId != anna1 {
		t.Errorf("%+v", one)
	}
	n := 0
	for pages := ssoadmin.NewListApplicationAssignmentsPaginator(i.admin, &ssoadmin.ListApplicationAssignmentsInput{ApplicationArn: &app.ARN, MaxResults: aws.Int32(1)}); pages.HasMorePages(); {
		out, err := pages.NextPage(i.ctx())
		must(t, err)
		n += len(out.ApplicationAssignments)
	}
	hers, err := i.admin.ListApplicationAssignmentsForPrincipal(i.ctx(), &ssoadmin.ListApplicationAssignmentsForPrincipalInput{
		InstanceArn: aws.String(i.InstanceARN()), PrincipalId: &anna1, PrincipalType: types.PrincipalTypeUser, Filter: &types.ListApplicationAssignmentsFilter{ApplicationArn: &app.ARN},
	})
	must(t, err)
	if n != 2 || len(hers.ApplicationAssignments) != 2 {
		t.Errorf("%d, %+v", n, hers)
	}
	if shown, err := i.ApplicationsOf(anna); err != nil || len(shown) != 1 {
		t.Errorf("%+v %v", shown, err)
	}
	for range 2 {
		_, err = i.admin.DeleteApplicationAssignment(i.ctx(), &ssoadmin.DeleteApplicationAssignmentInput{ApplicationArn: &app.ARN, PrincipalId: &group, PrincipalType: types.PrincipalTypeGroup})
		must(t, err)
	}
	_, err = i.admin.DescribeApplicationAssignment(i.ctx(), &ssoadmin.DescribeApplicationAssignmentInput{ApplicationArn: &app.ARN, PrincipalId: &group, PrincipalType: types.PrincipalTypeGroup})
	wantCode(t, err, "ResourceNotFoundException")
}

func TestApplicationsAreListedAndUpdated(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	app, err := i.AddApplication(Application{Name: "airflow"})
	must(t, err)
	_, err = i.AddApplication(Application{Name: "other", Account: data})
	must(t, err)
	n := 0
	for pages := ssoadmin.NewListApplicationsPaginator(i.admin, &ssoadmin.ListApplicationsInput{InstanceArn: aws.String(i.InstanceARN()), MaxResults: aws.Int32(1)}); pages.HasMorePages(); n++ {
		_, err := pages.NextPage(i.ctx())
		must(t, err)
	}
	filtered, err := i.admin.ListApplications(i.ctx(), &ssoadmin.ListApplicationsInput{InstanceArn: aws.String(i.InstanceARN()), Filter: &types.ListApplicationsFilter{ApplicationAccount: aws.String(data)}})
	must(t, err)
	if n != 2 || len(filtered.Applications) != 1 || *filtered.Applications[0].Name != "other" {
		t.Errorf("%d, %+v", n, filtered)
	}
	update := func(url string) error {
		_, err := i.admin.UpdateApplication(i.ctx(), &ssoadmin.UpdateApplicationInput{ApplicationArn: &app.ARN, Description: aws.String("Airflow"), PortalOptions: &types.UpdateApplicationPortalOptions{
			SignInOptions: &types.SignInOptions{Origin: types.SignInOriginApplication, ApplicationUrl: &url},
		}})
		return err
	}
	must(t, update("https://example.com/start"))
	wantCode(t, update("https://example.com/"+strings.Repeat("a", 500)), "ValidationException")
	out, err := i.admin.DescribeApplication(i.ctx(), &ssoadmin.DescribeApplicationInput{ApplicationArn: &app.ARN})
	must(t, err)
	if *out.PortalOptions.SignInOptions.ApplicationUrl != "https://example.com/start" || *out.Description != "Airflow" || out.Status != types.ApplicationStatusEnabled {
		t.Errorf("%+v", out)
	}
	_, err = i.admin.UpdateApplication(i.ctx(), &ssoadmin.UpdateApplicationInput{ApplicationArn: &app.ARN, Status: types.ApplicationStatusDisabled})
	must(t, err)
	if !i.Applications()[0].Disabled {
		t.Error("it is not disabled")
	}
	_, err = i.admin.DescribeApplication(i.ctx(), &ssoadmin.DescribeApplicationInput{ApplicationArn: aws.String(strings.Replace(app.ARN, "apl-", "apl-0", 1))})
	wantCode(t, err, "ResourceNotFoundException")
}

// No page says that the API takes assignments of SAML applications.
func TestTheAPIMayRefuseASAMLApplication(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	form := Application{Name: "tile", URL: "https://example.com/start"}
	if _, err := i.MakeSAML(form); !errors.Is(err, ErrInvalid) {
		t.Errorf("the console takes a form without an ACS URL: %v", err)
	}
	form.SAML = SAML{ACS: "https://example.com/acs", Audience: "https://example.com/"}
	app, err := i.MakeSAML(form)
	must(t, err)
	other, err := i.AddApplication(Application{Name: "oauth", ProviderARN: oauthProvider})
	must(t, err)
	i.RefuseSAMLAssignments(true)
	for arn, code := range map[string]string{app.ARN: "ValidationException", other.ARN: ""} {
		who := aws.String(i.id(anna))
		_, create := i.admin.CreateApplicationAssignment(i.ctx(), &ssoadmin.CreateApplicationAssignmentInput{ApplicationArn: &arn, PrincipalId: who, PrincipalType: types.PrincipalTypeUser})
		_, describe := i.admin.DescribeApplicationAssignment(i.ctx(), &ssoadmin.DescribeApplicationAssignmentInput{ApplicationArn: &arn, PrincipalId: who, PrincipalType: types.PrincipalTypeUser})
		_, list := i.admin.ListApplicationAssignments(i.ctx(), &ssoadmin.ListApplicationAssignmentsInput{ApplicationArn: &arn})
		_, remove := i.admin.DeleteApplicationAssignment(i.ctx(), &ssoadmin.DeleteApplicationAssignmentInput{ApplicationArn: &arn, PrincipalId: who, PrincipalType: types.PrincipalTypeUser})
		for _, err := range []error{create, describe, list, remove} {
			if code == "" {
				must(t, err)
				continue
			}
			wantCode(t, err, code)
		}
	}
	if _, err := i.admin.DescribeApplication(i.ctx(), &ssoadmin.DescribeApplicationInput{ApplicationArn: &app.ARN}); err != nil {
		t.Errorf("what it is can still be read: %v", err)
	}
}

func TestATileIsForTheAssignedUnlessItIsForEverybody(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	app, err := i.AddApplication(Application{Name: "tile"})
	must(t, err)
	sees := func() bool {
		shown, err := i.ApplicationsOf(anna)
		must(t, err)
		return len(shown) == 1
	}
	required := func(is bool) {
		_, err := i.admin.PutApplicationAssignmentConfiguration(i.ctx(), &ssoadmin.PutApplicationAssignmentConfigurationInput{ApplicationArn: &app.ARN, AssignmentRequired: &is})
		must(t, err)
		out, err := i.admin.GetApplicationAssignmentConfiguration(i.ctx(), &ssoadmin.GetApplicationAssignmentConfigurationInput{ApplicationArn: &app.ARN})
		must(t, err)
		if *out.AssignmentRequired != is {
			t.Errorf("assignment required: %v", *out.AssignmentRequired)
		}
	}
	if sees() {
		t.Error("nobody has assigned it")
	}
	required(false)
	if !sees() {
		t.Error("it is for everybody")
	}
	required(true)
	if sees() {
		t.Error("nobody has assigned it")
	}
	must(t, i.DeleteApplication(app.ARN))
	_, err = i.admin.DescribeApplication(i.ctx(), &ssoadmin.DescribeApplicationInput{ApplicationArn: &app.ARN})
	wantCode(t, err, "ResourceNotFoundException")
}
