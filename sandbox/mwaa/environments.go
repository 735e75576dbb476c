package mwaa

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Errors of the Go state API. The HTTP API answers with AWS's own error bodies.
var (
	// ErrNotFound: no such environment.
	ErrNotFound = errors.New("no such MWAA environment")
	// ErrTaken: the name is in use in this account and region.
	ErrTaken = errors.New("already taken")
	// ErrInvalid: what was given cannot exist on MWAA.
	ErrInvalid = errors.New("not possible on MWAA")
)

// Status is the state of an environment.
// See https://docs.aws.amazon.com/mwaa/latest/API/API_Environment.html.
type Status string

// The states of an environment.
const (
	Creating         Status = "CREATING"
	CreateFailed     Status = "CREATE_FAILED"
	Available        Status = "AVAILABLE"
	Updating         Status = "UPDATING"
	Deleting         Status = "DELETING"
	Deleted          Status = "DELETED"
	Unavailable      Status = "UNAVAILABLE"
	UpdateFailed     Status = "UPDATE_FAILED"
	RollingBack      Status = "ROLLING_BACK"
	CreatingSnapshot Status = "CREATING_SNAPSHOT"
	Pending          Status = "PENDING"
	Maintenance      Status = "MAINTENANCE"
)

// serves tells whether the web server is up in this state.
func (s Status) serves() bool {
	return !slices.Contains([]Status{Creating, CreateFailed, Deleting, Deleted, Unavailable}, s)
}

// Statuses are all states of an environment, the usual ones first.
func Statuses() []Status {
	return []Status{
		Available, Updating, Unavailable, Maintenance, Pending, UpdateFailed, CreatingSnapshot, RollingBack,
		Creating, CreateFailed, Deleting, Deleted,
	}
}

func (s Status) valid() bool { return slices.Contains(Statuses(), s) }

// AccessMode says from where a web server is reached.
// See https://docs.aws.amazon.com/mwaa/latest/userguide/configuring-networking.html.
type AccessMode string

// The access modes. PublicAndPrivate needs Airflow 3.2.
const (
	PublicOnly       AccessMode = "PUBLIC_ONLY"
	PrivateOnly      AccessMode = "PRIVATE_ONLY"
	PublicAndPrivate AccessMode = "PUBLIC_AND_PRIVATE"
)

// Environment is one MWAA environment.
type Environment struct {
	Account string `json:"account"` // 12 digits
	Region  string `json:"region"`
	Name    string `json:"name"`
	// Status is AVAILABLE where empty.
	Status Status `json:"status"`
	// AirflowVersion is 2.10.3 where empty; the major version decides the paths and
	// cookies of the web server.
	AirflowVersion string `json:"airflow_version"`
	// AccessMode is PUBLIC_ONLY where empty.
	AccessMode AccessMode `json:"access_mode"`
	// Hostname is that of the web server; empty: one is made. The API's WebserverUrl
	// is https:// and the hostname, or with BareHostname the hostname alone, as in
	// examples that AWS publishes.
	Hostname     string            `json:"hostname"`
	BareHostname bool              `json:"bare_hostname,omitempty"`
	Tags         map[string]string `json:"tags,omitempty"`
	Created      time.Time         `json:"created"` // sandbox clock
}

var (
	accountForm = regexp.MustCompile(`^\d{12}$`)
	regionForm  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)
	nameForm    = regexp.MustCompile(`^[a-zA-Z][0-9a-zA-Z_-]{0,79}$`)
	versionForm = regexp.MustCompile(`^[23]\.\d+\.\d+$`)
	hostForm    = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`)
)

// ARN is the environment's own.
func (e Environment) ARN() string { return e.arn("environment/" + e.Name) }

// RoleARN is that of an Airflow role ("Viewer") in the environment.
func (e Environment) RoleARN(role string) string { return e.arn("role/" + e.Name + "/" + role) }

func (e Environment) arn(resource string) string {
	return "arn:aws:airflow:" + e.Region + ":" + e.Account + ":" + resource
}

// airflow3 tells the family of paths and cookies.
func (e Environment) airflow3() bool { return strings.HasPrefix(e.AirflowVersion, "3.") }

func (e Environment) copy() Environment {
	e.Tags = maps.Clone(e.Tags)
	return e
}

// Add adds an environment and returns it as it is kept. It returns ErrTaken for a
// name or hostname in use, ErrInvalid for what cannot exist on MWAA.
func (s *Server) Add(e Environment) (Environment, error) {
	e = e.copy()
	e.Status, e.AirflowVersion = cmp.Or(e.Status, Available), cmp.Or(e.AirflowVersion, "2.10.3")
	e.AccessMode, e.Hostname = cmp.Or(e.AccessMode, PublicOnly), cmp.Or(e.Hostname, madeHostname(e))
	if e.Created.IsZero() {
		e.Created = s.now().Add(-30 * 24 * time.Hour)
	}
	if err := e.check(); err != nil {
		return Environment{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.environment(e.Account, e.Region, e.Name) != nil || s.byHostname(e.Hostname) != nil {
		return Environment{}, fmt.Errorf("%w: environment %s or hostname %s", ErrTaken, e.Name, e.Hostname)
	}
	s.environments = append(s.environments, &e)
	return e.copy(), nil
}

func (e Environment) check() error {
	switch {
	case !accountForm.MatchString(e.Account):
		return fmt.Errorf("%w: account %q", ErrInvalid, e.Account)
	case !regionForm.MatchString(e.Region):
		return fmt.Errorf("%w: region %q", ErrInvalid, e.Region)
	case !nameForm.MatchString(e.Name):
		return fmt.Errorf("%w: environment name %q", ErrInvalid, e.Name)
	case !e.Status.valid():
		return fmt.Errorf("%w: status %q", ErrInvalid, e.Status)
	case !versionForm.MatchString(e.AirflowVersion):
		return fmt.Errorf("%w: Airflow version %q", ErrInvalid, e.AirflowVersion)
	case !hostForm.MatchString(e.Hostname):
		return fmt.Errorf("%w: hostname %q", ErrInvalid, e.Hostname)
	}
	switch e.AccessMode {
	case PublicOnly, PrivateOnly:
		return nil
	case PublicAndPrivate:
		if e.airflow3() && !strings.HasPrefix(e.AirflowVersion, "3.0.") && !strings.HasPrefix(e.AirflowVersion, "3.1.") {
			return nil
		}
	}
	return fmt.Errorf("%w: access mode %q with Airflow %s", ErrInvalid, e.AccessMode, e.AirflowVersion)
}

// madeHostname has the form that AWS gives web servers, the same in every run.
// Since August 2025 they are under on.aws:
// https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-web.html.
func madeHostname(e Environment) string {
	sum := sha256.Sum256([]byte(e.ARN()))
	h := hex.EncodeToString(sum[:16])
	id := h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	if e.AccessMode == PrivateOnly {
		return id + "-vpce.c7.airflow." + e.Region + ".on.aws"
	}
	return id + ".c7.airflow." + e.Region + ".on.aws"
}

// SetStatus moves an environment to a state, any state. It returns ErrNotFound and
// ErrInvalid.
func (s *Server) SetStatus(account, region, name string, status Status) error {
	if !status.valid() {
		return fmt.Errorf("%w: status %q", ErrInvalid, status)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.environment(account, region, name)
	if e == nil {
		return fmt.Errorf("%w: %s in %s of %s", ErrNotFound, name, region, account)
	}
	e.Status = status
	return nil
}

// SetWebserver gives an environment's web server another name, as AWS does at times, and
// says whether the API writes it without https://. Those who are signed in are not any
// more. It returns ErrNotFound, ErrTaken and ErrInvalid.
func (s *Server) SetWebserver(account, region, name, hostname string, bare bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.environment(account, region, name)
	if e == nil {
		return fmt.Errorf("%w: %s in %s of %s", ErrNotFound, name, region, account)
	}
	if other := s.byHostname(hostname); other != nil && other != e {
		return fmt.Errorf("%w: hostname %s", ErrTaken, hostname)
	}
	changed := e.copy()
	changed.Hostname, changed.BareHostname = hostname, bare
	if err := changed.check(); err != nil {
		return err
	}
	*e = changed
	return nil
}

// Environments returns every environment, in the order in which they were added.
func (s *Server) Environments() []Environment {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Environment{}
	for _, e := range s.environments {
		out = append(out, e.copy())
	}
	return out
}

func (s *Server) environment(account, region, name string) *Environment {
	for _, e := range s.environments {
		if e.Account == account && e.Region == region && e.Name == name {
			return e
		}
	}
	return nil
}

func (s *Server) byHostname(host string) *Environment {
	for _, e := range s.environments {
		if e.Hostname == host {
			return e
		}
	}
	return nil
}
