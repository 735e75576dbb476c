package config

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
)

// scopes are what airpass asks of Okta when it signs in as an application.
func scopes() []string {
	return []string{"okta.users.read", "okta.groups.manage", "okta.apps.read"}
}

func readOkta(root *section) Okta {
	s, ok := root.required("okta")
	if !ok {
		return Okta{}
	}
	defer s.close()
	c := Okta{}
	var local bool
	c.OrgURL, local = s.orgURL()
	s.credentials(&c, local)
	c.EmailAttribute = s.optional("email_attribute", "email", oktaAttribute)
	m := s.section("manager")
	c.Manager = Manager{Attribute: m.optional("attribute", "managerId", oktaAttribute),
		Kind: m.oneOf("kind", "login", "okta_id", "login", "email", "employee_number")}
	m.close()
	c.PersonAttribute = s.optional("person_attribute", "", oktaAttribute)
	c.IdentityCenterApp = s.text("identity_center_app", oktaApp)
	u := s.section("identity_center_user_name")
	c.IdentityCenterUserName = u.userName()
	u.close()
	c.EnsureProvisioned = s.ensureProvisioned()
	c.Setup = s.setup(local)
	return c
}

// setup reads as whom airpass setup signs in, if not as airpass itself.
func (s *section) setup(local bool) *Okta {
	sub := s.section("setup")
	defer sub.close()
	if !s.has("setup") {
		sub.known = append(sub.known, "api_token", "client_id", "private_key", "key_id", "scopes")
		return nil
	}
	var c Okta
	sub.credentials(&c, local)
	if sub.has("client_id") && !sub.has("scopes") {
		c.Scopes = []string{"okta.groups.manage", "okta.apps.read"}
	}
	return &c
}

func (s *section) ensureProvisioned() EnsureProvisioned {
	e := s.section("ensure_provisioned")
	defer e.close()
	if !s.has("ensure_provisioned") {
		e.known = append(e.known, "group")
		return EnsureProvisioned{}
	}
	return EnsureProvisioned{Group: e.text("group", oktaGroup)}
}

func (s *section) userName() UserName {
	c := UserName{From: s.oneOf("from", "app_user", "app_user", "attribute")}
	if c.From == "attribute" {
		c.Attribute = s.text("attribute", oktaAttribute)
		return c
	}
	s.optional("attribute", "", oktaAttribute)
	if s.has("attribute") && c.From == "app_user" {
		s.problem("attribute", "is not read when the name comes from the application's user", "write from: attribute, or remove it")
	}
	return c
}

// orgURL reads the org's address; the SDK refuses the admin console's.
func (s *section) orgURL() (org string, local bool) {
	const mend = "write the org's own address, like https://example.okta.com"
	if !s.present("org_url", mend) {
		return "", false
	}
	u := s.address("org_url", mend)
	if u == nil {
		return "", false
	}
	first, rest, _ := strings.Cut(u.Host, ".")
	if name, admin := strings.CutSuffix(first, "-admin"); admin {
		s.problem("org_url", "is the admin console's address", "write https://"+name+"."+rest)
	}
	if strings.Trim(u.Path, "/") != "" {
		s.problem("org_url", "has a path", "write https://"+u.Host)
	}
	return strings.TrimRight(u.String(), "/"), loopback(u.Hostname())
}

func (s *section) credentials(c *Okta, local bool) {
	app := s.has("client_id") || s.has("private_key") || s.has("key_id") || s.has("scopes")
	if s.has("api_token") || !app {
		if !s.present("api_token", "write api_token: {env: AIRPASS_OKTA_API_TOKEN}, or client_id, private_key and key_id") {
			s.known = append(s.known, "client_id", "private_key", "key_id", "scopes")
			return
		}
		c.APIToken = s.secret("api_token", local)
		if app {
			s.problem("api_token", "stands beside client_id and its fields", "keep one way of signing in")
		}
		c.ClientID, c.KeyID = s.optional("client_id", "", oktaClient), s.optional("key_id", "", oktaKeyID)
		c.PrivateKey, c.Scopes = s.secret("private_key", local), s.texts("scopes", oktaScope)
		return
	}
	s.value("api_token")
	c.ClientID = s.text("client_id", oktaClient)
	c.PrivateKey = s.rsaKey("private_key", local)
	c.KeyID = s.text("key_id", oktaKeyID)
	if c.Scopes = s.texts("scopes", oktaScope); len(c.Scopes) == 0 {
		c.Scopes = scopes()
	}
}

// rsaKey reads an RSA private key. The SDK takes only PKCS#1, so PKCS#8, which
// openssl writes by default, is rewritten.
func (s *section) rsaKey(field string, local bool) Secret {
	secret := s.needSecret(field, local)
	if secret.IsZero() {
		return secret
	}
	const mend = "store the private key as PEM: openssl genrsa -traditional 2048"
	block, _ := pem.Decode([]byte(secret.Reveal()))
	if block == nil {
		s.problem(field, "is not a PEM file", mend)
		return Secret{}
	}
	if _, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil && block.Type == "RSA PRIVATE KEY" {
		return secret
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	rsaKey, ok := key.(*rsa.PrivateKey)
	if err != nil || !ok {
		s.problem(field, "is not an RSA private key", mend)
		return Secret{}
	}
	der := x509.MarshalPKCS1PrivateKey(rsaKey)
	return NewSecret(string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: der})))
}
