package config

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
)

// Webhook is a receiver that is told of the events of the audit trail.
type Webhook struct {
	Name     string
	URL      string
	Secret   Secret   // see SigningKey
	Kinds    []string // of events, or the words before their full stops; none is all
	Personal bool     // with names, addresses and words
	Whole    bool     // from the first event on
}

// whsec is how Standard Webhooks writes secrets.
const whsec = "whsec_"

// minSigningKey is the least that Standard Webhooks takes, in bytes.
const minSigningKey = 24

// SigningKey decodes the secret of a webhook: base64 after whsec_, else like an audit key.
func SigningKey(s Secret) []byte {
	if text, standard := strings.CutPrefix(s.Reveal(), whsec); standard {
		for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding} {
			if b, err := enc.DecodeString(text); err == nil {
				return b
			}
		}
		return nil
	}
	return decodeKey(s.Reveal())
}

var eventKind = rule{regexp.MustCompile(`^[a-z]+(\.[a-z]+)?$`), "a kind of event", "write a kind of docs/audit-format.md, such as grant.active, or grant for all that begin so", false, 60}

func readWebhooks(root *section) []Webhook {
	var all []Webhook
	for _, s := range root.sections("webhooks") {
		one := s.webhook()
		s.close()
		if slices.ContainsFunc(all, func(o Webhook) bool { return o.Name == one.Name && one.Name != "" }) {
			s.problem("name", quote(one.Name)+" is the name of an earlier webhook", "give it another name")
			continue
		}
		all = append(all, one)
	}
	return all
}

func (s *section) webhook() Webhook {
	const mend = "write where events are posted, such as https://siem.example.com/airpass"
	one := Webhook{Name: s.text("name", policyName)}
	local := false
	if u := s.address("url", mend); u != nil {
		one.URL, local = u.String(), loopback(u.Hostname())
	}
	s.present("url", mend)
	one.Secret = s.needSecret("secret", local)
	if !one.Secret.IsZero() && len(SigningKey(one.Secret)) < minSigningKey {
		s.problem("secret", "is shorter than 24 bytes, or not base64 after whsec_", "make one with: openssl rand -hex 32")
	}
	one.Kinds = s.texts("kinds", eventKind)
	one.Personal = s.yes("personal")
	one.Whole = s.oneOf("since", "now", "now", "beginning") == "beginning"
	return one
}
