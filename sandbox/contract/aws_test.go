package contract

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const (
	goodInstance = `{"Instances":[{"InstanceArn":"arn:aws:sso:::instance/ssoins-72230a4b1c9d5e6f","IdentityStoreId":"d-9067f2ab3c","CreatedDate":1732440000.5,"Status":"ACTIVE"}]}`
	goodSet      = `{"PermissionSet":{"Name":"mwaa-1","PermissionSetArn":"arn:aws:sso:::permissionSet/ssoins-72230a4b1c9d5e6f/ps-72230a4b1c9d5e6f","SessionDuration":"PT1H"}}`
	goodMember   = `{"Results":[{"GroupId":"ec7d0558-60d1-709c-b30d-81f909a1dfe7","MemberId":{"UserId":"ec7d0558-60d1-709c-b30d-81f909a1dfe7"},"MembershipExists":true}]}`
	goodToken    = `{"WebToken":"t","WebServerHostname":"example.com","IamIdentity":"assumed-role/a/b","AirflowIdentity":"a"}`
	goodIdentity = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/ops</Arn><UserId>AIDA</UserId><Account>111122223333</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>`
	goodRole     = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIA123456789012</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2026-11-24T10:00:00Z</Expiration></Credentials><PackedPolicySize>1</PackedPolicySize></AssumeRoleResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>`
	goodXMLError = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>`
)

// TestAWSRejects shows that the check can fail, in each way it knows.
func TestAWSRejects(t *testing.T) {
	t.Parallel()
	admin, store, sts, mwaa := AWS(t, "sso-admin"), AWS(t, "identitystore"), AWS(t, "sts"), AWS(t, "mwaa")
	without := func(text, part string) string { return strings.Replace(text, part, "", 1) }
	instead := func(text, part, other string) string { return strings.Replace(text, part, other, 1) }
	for name, c := range map[string]struct {
		api    *AWSAPI
		op     string
		status int
		body   string
		wrong  bool
	}{
		"a good list":             {api: admin, op: "ListInstances", body: goodInstance},
		"no such operation":       {api: admin, op: "ListEverything", body: `{}`, wrong: true},
		"not JSON":                {api: admin, op: "ListInstances", body: `hello`, wrong: true},
		"two objects":             {api: admin, op: "ListInstances", body: `{}{}`, wrong: true},
		"a list for an object":    {api: admin, op: "ListInstances", body: `[]`, wrong: true},
		"a misspelt member":       {api: admin, op: "ListInstances", body: instead(goodInstance, "CreatedDate", "CreatedDat"), wrong: true},
		"an unknown value":        {api: admin, op: "ListInstances", body: instead(goodInstance, "ACTIVE", "AWAKE"), wrong: true},
		"a time as text":          {api: admin, op: "ListInstances", body: instead(goodInstance, "1732440000.5", `"2026-11-24T10:00:00Z"`), wrong: true},
		"a time in milliseconds":  {api: admin, op: "ListInstances", body: instead(goodInstance, "1732440000.5", "1732440000500"), wrong: true},
		"an id out of pattern":    {api: admin, op: "ListInstances", body: instead(goodInstance, "ssoins-", "in-"), wrong: true},
		"null":                    {api: admin, op: "ListInstances", body: `{"NextToken":null}`, wrong: true},
		"an object for a list":    {api: admin, op: "ListInstances", body: `{"Instances":{}}`, wrong: true},
		"another status":          {api: admin, op: "ListInstances", status: 201, body: `{}`, wrong: true},
		"a good set":              {api: admin, op: "DescribePermissionSet", body: goodSet},
		"a name too long":         {api: admin, op: "DescribePermissionSet", body: instead(goodSet, "mwaa-1", strings.Repeat("a", 33)), wrong: true},
		"an empty string":         {api: admin, op: "DescribePermissionSet", body: instead(goodSet, "mwaa-1", ""), wrong: true},
		"no duration":             {api: admin, op: "DescribePermissionSet", body: instead(goodSet, "PT1H", "1h"), wrong: true},
		"a number for a string":   {api: admin, op: "DescribePermissionSet", body: instead(goodSet, `"mwaa-1"`, "7"), wrong: true},
		"nothing":                 {api: admin, op: "UpdatePermissionSet", body: `{}`},
		"something for nothing":   {api: admin, op: "UpdatePermissionSet", body: `{"Done":true}`, wrong: true},
		"a good error":            {api: admin, op: "ListInstances", status: 400, body: `{"__type":"com.amazonaws.swbup#ValidationException","Message":"no"}`},
		"an error of no type":     {api: admin, op: "ListInstances", status: 400, body: `{"Message":"no"}`, wrong: true},
		"an error without words":  {api: admin, op: "ListInstances", status: 400, body: `{"__type":"ValidationException"}`, wrong: true},
		"an error not listed":     {api: admin, op: "ListInstances", status: 400, body: `{"__type":"ConflictException","Message":"no"}`, wrong: true},
		"an error of another":     {api: admin, op: "DescribePermissionSet", status: 400, body: `{"__type":"ServiceQuotaExceededException","Message":"no"}`, wrong: true},
		"a common error":          {api: admin, op: "ListInstances", status: 400, body: `{"__type":"UnrecognizedClientException","message":"no"}`},
		"a fault as 400":          {api: admin, op: "ListInstances", status: 400, body: `{"__type":"InternalServerException","Message":"no"}`, wrong: true},
		"a fault":                 {api: admin, op: "ListInstances", status: 500, body: `{"__type":"InternalServerException","Message":"no"}`},
		"a gateway's page":        {api: admin, op: "ListInstances", status: 503, body: `<html></html>`},
		"a page as an error":      {api: admin, op: "ListInstances", status: 400, body: `<html></html>`, wrong: true},
		"a good membership":       {api: store, op: "IsMemberInGroups", body: goodMember},
		"text for a boolean":      {api: store, op: "IsMemberInGroups", body: instead(goodMember, "true", `"true"`), wrong: true},
		"an empty union":          {api: store, op: "IsMemberInGroups", body: instead(goodMember, `"UserId":"ec7d0558-60d1-709c-b30d-81f909a1dfe7"`, ""), wrong: true},
		"a required member":       {api: store, op: "IsMemberInGroups", body: `{}`, wrong: true},
		"what is newer":           {api: store, op: "ListUsers", body: `{"Users":[{"UserId":"ec7d0558-60d1-709c-b30d-81f909a1dfe7","IdentityStoreId":"d-9067f2ab3c","UserStatus":"ENABLED"}]}`},
		"what is newer, wrong":    {api: store, op: "ListUsers", body: `{"Users":[{"UserId":"ec7d0558-60d1-709c-b30d-81f909a1dfe7","IdentityStoreId":"d-9067f2ab3c","UserStatus":"ASLEEP"}]}`, wrong: true},
		"too many e-mails":        {api: store, op: "ListUsers", body: `{"Users":[{"UserId":"ec7d0558-60d1-709c-b30d-81f909a1dfe7","IdentityStoreId":"d-9067f2ab3c","Emails":[{"Value":"a"},{"Value":"b"}]}]}`, wrong: true},
		"a good token":            {api: mwaa, op: "CreateWebLoginToken", body: goodToken},
		"an identity too long":    {api: mwaa, op: "CreateWebLoginToken", body: instead(goodToken, `"AirflowIdentity":"a"`, `"AirflowIdentity":"`+strings.Repeat("a", 65)+`"`), wrong: true},
		"no environments":         {api: mwaa, op: "ListEnvironments", body: `{}`, wrong: true},
		"a good REST error":       {api: mwaa, op: "GetEnvironment", status: 403, body: `{"Message":"no"}`},
		"a common REST error":     {api: mwaa, op: "GetEnvironment", status: 429, body: `{"message":"no"}`},
		"somebody else's":         {api: mwaa, op: "GetEnvironment", status: 404, body: `{"error":"no"}`, wrong: true},
		"a REST error and more":   {api: mwaa, op: "GetEnvironment", status: 404, body: `{"message":"no","code":4}`, wrong: true},
		"a good identity":         {api: sts, op: "GetCallerIdentity", body: goodIdentity},
		"no request id":           {api: sts, op: "GetCallerIdentity", body: without(goodIdentity, "<RequestId>r</RequestId>"), wrong: true},
		"another namespace":       {api: sts, op: "GetCallerIdentity", body: without(goodIdentity, ` xmlns="https://sts.amazonaws.com/doc/2011-06-15/"`), wrong: true},
		"another's answer":        {api: sts, op: "AssumeRole", body: goodIdentity, wrong: true},
		"a misspelt element":      {api: sts, op: "GetCallerIdentity", body: strings.ReplaceAll(goodIdentity, "Arn>", "ARN>"), wrong: true},
		"a good role":             {api: sts, op: "AssumeRole", body: goodRole},
		"a key too short":         {api: sts, op: "AssumeRole", body: instead(goodRole, "ASIA123456789012", "ASIA"), wrong: true},
		"a date in another form":  {api: sts, op: "AssumeRole", body: instead(goodRole, "2026-11-24T10:00:00Z", "1732440000"), wrong: true},
		"an element missing":      {api: sts, op: "AssumeRole", body: without(goodRole, "<SessionToken>t</SessionToken>"), wrong: true},
		"a word for a number":     {api: sts, op: "AssumeRole", body: instead(goodRole, ">1<", ">one<"), wrong: true},
		"a good XML error":        {api: sts, op: "AssumeRole", status: 403, body: goodXMLError},
		"an XML error of no kind": {api: sts, op: "AssumeRole", status: 403, body: instead(goodXMLError, "AccessDenied", "Nonsense"), wrong: true},
		"the sender's 500":        {api: sts, op: "AssumeRole", status: 500, body: goodXMLError, wrong: true},
		"a listed XML error":      {api: sts, op: "AssumeRole", status: 400, body: instead(goodXMLError, "AccessDenied", "MalformedPolicyDocument")},
		"with another status":     {api: sts, op: "AssumeRole", status: 403, body: instead(goodXMLError, "AccessDenied", "MalformedPolicyDocument"), wrong: true},
	} {
		if c.status == 0 {
			c.status = http.StatusOK
		}
		if err := c.api.Check(c.op, c.status, []byte(c.body)); (err != nil) != c.wrong {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAWSRESTErrorsAreNamedByTheirHeader(t *testing.T) {
	t.Parallel()
	mwaa := AWS(t, "mwaa")
	for code, wrong := range map[string]bool{"ResourceNotFoundException": false, "ValidationException": true, "Nonsense": true, "": true} {
		h := http.Header{}
		if code != "" {
			h.Set("X-Amzn-ErrorType", code)
		}
		if err := mwaa.CheckResponse("GetEnvironment", 404, h, []byte(`{"message":"no"}`)); (err != nil) != wrong {
			t.Errorf("%q: %v", code, err)
		}
	}
}

// TestAWSWatch shows that what a server answers is found, named, checked and passed on.
func TestAWSWatch(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method, path, target, form, answer string
		checked                            string
		failures                           int
	}{
		"JSON":         {method: "POST", path: "/", target: "SWBExternalService.ListInstances", answer: goodInstance, checked: "ListInstances 200"},
		"broken JSON":  {method: "POST", path: "/", target: "SWBExternalService.ListInstances", answer: `{"Instances":7}`, checked: "ListInstances 200", failures: 1},
		"the other":    {method: "POST", path: "/", target: "AWSIdentityStore.IsMemberInGroups", answer: goodMember, checked: "IsMemberInGroups 200"},
		"REST":         {method: "GET", path: "/environments/data%2Fprod", answer: `{"Environment":{"Name":"data"}}`, checked: "GetEnvironment 200"},
		"broken REST":  {method: "POST", path: "/webtoken/prod", answer: `{"WebToken":1}`, checked: "CreateWebLoginToken 200", failures: 1},
		"query":        {method: "POST", path: "/", form: "Action=GetCallerIdentity&Version=2011-06-15", answer: goodIdentity, checked: "GetCallerIdentity 200"},
		"broken query": {method: "POST", path: "/", form: "Action=GetCallerIdentity&Version=2011-06-15", answer: "<a/>", checked: "GetCallerIdentity 200", failures: 1},
		"none of them": {method: "GET", path: "/favicon.ico", answer: "x"},
	} {
		m := &mute{TB: t}
		answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(c.answer)) })
		watch := WatchAWS(m, answer, AWS(t, "sso-admin"), AWS(t, "identitystore"), AWS(t, "sts"), AWS(t, "mwaa"))
		r := httptest.NewRequestWithContext(t.Context(), c.method, c.path, strings.NewReader(c.form))
		r.Header.Set("X-Amz-Target", c.target)
		rec := httptest.NewRecorder()
		watch.ServeHTTP(rec, r)
		if m.failures != c.failures || rec.Body.String() != c.answer {
			t.Errorf("%s: %d failures, %s", name, m.failures, rec.Body)
		}
		if got := watch.Checked(); len(got) > 1 || c.checked != "" && got[c.checked] != 1 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAWSKnowsNoOtherService(t *testing.T) {
	t.Parallel()
	if _, err := LoadAWS("nonsense"); err == nil {
		t.Error("there is no such service")
	}
}
