package portal

import (
	"airpass/sandbox/control"
	"airpass/sandbox/identitycenter"
	"airpass/sandbox/mwaa"
)

// Okta says who is signed in.
type Okta interface {
	// UserForSession returns the login of whoever a session cookie belongs to.
	UserForSession(cookie string) (login string, ok bool)
}

// Center is IAM Identity Center.
type Center interface {
	// AccessOf returns a person's id and everything assigned to them, by themselves
	// or through groups. It returns identitycenter.ErrUnknownUser and
	// identitycenter.ErrDisabledUser.
	AccessOf(userName string) (userID string, list []identitycenter.Access, err error)
	// ApplicationsOf lists the applications that a person has a tile of.
	ApplicationsOf(userName string) ([]identitycenter.Application, error)
	// RoleExists tells whether a role that Identity Center made is still there.
	RoleExists(account, roleName string) bool
	// RolePolicy returns the policy that a role was last provisioned with.
	RolePolicy(account, roleName string) (policy string, ok bool)
}

// Options describes the portal. Okta, Center, MWAA and the addresses are needed; an
// address has a scheme, a host and a port, and no closing slash.
type Options struct {
	// Clock is the sandbox clock; nil is a clock of its own.
	Clock *control.Clock

	Okta   Okta
	Center Center
	MWAA   *mwaa.Server
	// UserName is the person's user name in Identity Center, which Okta puts into the
	// assertion; ok is false for somebody to whom Okta's application is not assigned.
	// Nil: the login, for everybody. See ApplicationUserName.
	UserName func(login string) (userName string, ok bool)
	// Sync is called before Identity Center is asked, so that what is due there has
	// been done. Nil: nothing.
	Sync func()

	// BaseURL is where browsers reach the Handler. Okta must trust it.
	BaseURL string
	// OktaURL is where browsers reach Okta's sign-in.
	OktaURL string
	// AirflowURL is where browsers reach MWAA's handler.
	AirflowURL string

	// SSOWithoutGetEnvironment makes MWAA's /sso page do with
	// airflow:CreateWebLoginToken alone.
	SSOWithoutGetEnvironment bool
}
