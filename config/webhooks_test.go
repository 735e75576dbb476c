package config

import (
	"slices"
	"strings"
	"testing"
)

func TestWebhooks(t *testing.T) {
	t.Parallel()
	const good = "\nwebhooks:\n  - name: siem\n    url: https://siem.example.com/airpass\n    secret: {value: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}\n    kinds: [request, grant.active]\n    since: beginning\n"
	c, err := Parse("airpass.yaml", []byte(example(t)+good), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	h := c.Webhooks[0]
	if len(c.Webhooks) != 1 || h.Name != "siem" || h.URL != "https://siem.example.com/airpass" || len(SigningKey(h.Secret)) != 24 || !slices.Equal(h.Kinds, []string{"request", "grant.active"}) || !h.Whole || h.Personal {
		t.Errorf("%+v", c.Webhooks)
	}
	if len(SigningKey(NewSecret(strings.Repeat("ab", 32)))) != 32 {
		t.Error("a key in hexadecimal")
	}
	for name, m := range map[string][3]string{
		"a short key":       {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8G", "shorter than 24 bytes"},
		"no base64":         {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!!", "shorter than 24 bytes"},
		"plain http":        {"https://siem", "http://siem", "plain http"},
		"no kind":           {"grant.active", "grant.active.now", "kind of event"},
		"another beginning": {"beginning", "tomorrow", "not known here"},
		"no name":           {"name: siem\n    url", "url", "missing"},
	} {
		_, err := Parse("airpass.yaml", []byte(example(t)+strings.Replace(good, m[0], m[1], 1)), testEnv)
		if err == nil || !strings.Contains(err.Error(), m[2]) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Parse("airpass.yaml", []byte(example(t)+good+strings.TrimPrefix(good, "\nwebhooks:\n")), testEnv); err == nil || !strings.Contains(err.Error(), "earlier webhook") {
		t.Error(err)
	}
}
