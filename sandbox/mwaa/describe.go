package mwaa

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// GetEnvironment returns an environment of the caller's account, as the API
// operation of that name does. It returns an *APIError.
func (s *Server) GetEnvironment(c Caller, region, name string) (Environment, error) {
	asked := Environment{Account: c.Account, Region: region, Name: name}
	if !nameForm.MatchString(name) {
		return asked, errValidation("The environment name " + strconv.Quote(name) + " is not valid")
	}
	if err := s.authorize(c, "airflow:GetEnvironment", asked.ARN()); err != nil {
		return asked, err
	}
	return s.find(asked)
}

func (s *Server) find(asked Environment) (Environment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.environment(asked.Account, asked.Region, asked.Name)
	if e == nil {
		return asked, errMissing(asked)
	}
	return e.copy(), nil
}

// ListEnvironments returns the names of the environments in the caller's account and
// a region, sorted. It returns an *APIError.
func (s *Server) ListEnvironments(c Caller, region string) ([]string, error) {
	if err := s.authorize(c, "airflow:ListEnvironments", "*"); err != nil {
		return nil, err
	}
	names := []string{}
	for _, e := range s.Environments() {
		if e.Account == c.Account && e.Region == region {
			names = append(names, e.Name)
		}
	}
	slices.Sort(names)
	return names, nil
}

type listed struct {
	Environments []string
	NextToken    string `json:",omitempty"`
}

// list answers a page of at most 25 names. A token is the last name of its page.
func (s *Server) list(c Caller, region string, r *http.Request) (any, error) {
	names, err := s.ListEnvironments(c, region)
	if err != nil {
		return nil, err
	}
	size := 25
	if text := r.URL.Query().Get("MaxResults"); text != "" {
		if size, err = strconv.Atoi(text); err != nil || size < 1 || size > 25 {
			return nil, errValidation("MaxResults must be between 1 and 25")
		}
	}
	after, err := base64.RawURLEncoding.DecodeString(r.URL.Query().Get("NextToken"))
	if err != nil {
		return nil, errValidation("NextToken is not valid")
	}
	names = slices.DeleteFunc(names, func(n string) bool { return cmp.Compare(n, string(after)) <= 0 })
	if len(names) <= size {
		return listed{Environments: names}, nil
	}
	return listed{names[:size], base64.RawURLEncoding.EncodeToString([]byte(names[size-1]))}, nil
}

// epoch is a time as the model has it: seconds since 1970.
func epoch(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// describe is the Environment of the model.
// See https://docs.aws.amazon.com/mwaa/latest/API/API_Environment.html.
func describe(e Environment) map[string]any {
	address := "https://" + e.Hostname
	if e.BareHostname {
		address = e.Hostname
	}
	out := map[string]any{
		"Name": e.Name, "Arn": e.ARN(), "Status": e.Status, "CreatedAt": epoch(e.Created),
		"AirflowVersion": e.AirflowVersion, "WebserverAccessMode": e.AccessMode, "EndpointManagement": "SERVICE",
		"ExecutionRoleArn": "arn:aws:iam::" + e.Account + ":role/airflow-" + e.Name,
		"ServiceRoleArn":   "arn:aws:iam::" + e.Account + ":role/aws-service-role/airflow.amazonaws.com/AWSServiceRoleForAmazonMWAA",
		"SourceBucketArn":  "arn:aws:s3:::airflow-" + e.Account + "-" + e.Region, "DagS3Path": "dags",
		"EnvironmentClass": "mw1.small", "MinWorkers": 1, "MaxWorkers": 10, "Schedulers": 2,
		"WeeklyMaintenanceWindowStart": "SUN:03:30",
		"NetworkConfiguration": map[string]any{
			"SubnetIds": []string{"subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"}, "SecurityGroupIds": []string{"sg-0a1b2c3d4e5f60001"},
		},
	}
	if len(e.Tags) > 0 {
		out["Tags"] = e.Tags
	}
	if e.Status != Creating && e.Status != CreateFailed {
		out["WebserverUrl"] = address
	}
	if e.Status == UpdateFailed {
		out["LastUpdate"] = map[string]any{"Status": "FAILED", "CreatedAt": epoch(e.Created.Add(24 * time.Hour)), "Error": map[string]string{
			"ErrorCode": "INCORRECT_CONFIGURATION", "ErrorMessage": "The requirements could not be installed",
		}}
	}
	return out
}
