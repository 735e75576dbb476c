package config

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// holder keeps a secret where fmt may not call methods.
type holder struct{ hidden Secret }

func TestASecretNeverPrints(t *testing.T) {
	t.Parallel()
	s := NewSecret("hush-hush")
	if s.Reveal() != "hush-hush" {
		t.Fatal("Reveal does not give the value")
	}
	c, err := Load(examplePath, testEnv)
	if err != nil {
		t.Fatal(err)
	}
	c.Audit.OldKeys = map[string]Secret{"k0": s}
	c.Store.URL = NewSecret("postgres://ada:hush@db/airpass")
	var printed []string
	for _, v := range []any{s, &s, holder{s}, &holder{s}, []Secret{s}, map[string]Secret{"k": s}, *c, c, c.Slack, c.Store} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%10s", "%-5q", "%t", "%p", "%w"} {
			printed = append(printed, fmt.Sprintf(verb, v)) // wrong verbs are the point
		}
		printed = append(printed, fmt.Sprint(v), fmt.Errorf("failed with %v", v).Error())
		j, err := json.Marshal(v)
		printed = append(printed, string(j), fmt.Sprint(err))
		y, err := yaml.Marshal(v)
		printed = append(printed, string(y), fmt.Sprint(err))
		x, err := xml.Marshal(v)
		printed = append(printed, string(x), fmt.Sprint(err))
		for _, h := range []func(*bytes.Buffer) slog.Handler{
			func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
			func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			var b bytes.Buffer
			slog.New(h(&b)).Info("loaded", "value", v, slog.Group("g", "value", v))
			printed = append(printed, b.String())
		}
	}
	for _, text := range printed {
		for _, bad := range []string{"hush", "68757368", "5ec4e7ff", "104 117 115 104"} {
			if strings.Contains(strings.ToLower(text), bad) {
				t.Errorf("printed: %.400s", text)
			}
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if got := fmt.Sprintf(verb, s); got != Redacted {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}

// TestErrorsNeverRepeatASecret puts a secret in every place where one could be
// written by mistake.
func TestErrorsNeverRepeatASecret(t *testing.T) {
	t.Parallel()
	text := example(t)
	const hush = "xoxb-hush0123"
	places := map[string]string{
		"{env: AIRPASS_SLACK_BOT_TOKEN}":        hush,
		"bot_token: {env: ":                     "bot_token: {" + hush + ", env: ",
		"{env: AIRPASS_SLACK_APP_TOKEN}":        "{value: " + hush + "}",
		"{env: AIRPASS_OKTA_API_TOKEN}":         "[" + hush + "]",
		"{env: AIRPASS_AUDIT_KEY}":              "{env: " + hush + "}",
		"key: {env: AIRPASS_AUDIT_KEY}":         "key: {file: " + hush + "}",
		" {env: AIRPASS_AUDIT_KEY} ":            " {" + hush + ": 1, " + hush + ": 2} ",
		"  key: ":                               "  key: " + hush + ": ",
		"url: sqlite:airpass.db":                "url: mysql://ada:" + hush + "@db/airpass",
		"sqlite:airpass.db":                     "postgres://ada:" + hush + "@db:port/airpass",
		"https://example.okta.com":              "https://ada:" + hush + "@example.okta.com",
		"https://example.awsapps.com/start":     "http://ada:" + hush + "@example.com/",
		"app_token: {env: AIRPASS_SLACK_APP_T":  "app_token: {value: \"" + hush + "\n  x: ]AIRPASS_SLACK_APP_T",
		"api_token: {env: AIRPASS_OKTA_API_TOK": "api_token: " + hush + "\n  - {env: AIRPASS_OKTA_API_TOK",
	}
	for old, new := range places {
		if !strings.Contains(text, old) {
			t.Fatalf("the example has no %q", old)
		}
		_, err := Parse("airpass.yaml", []byte(strings.Replace(text, old, new, 1)), testEnv)
		if err == nil {
			t.Errorf("%q is accepted", new)
			continue
		}
		var all Problems
		if !errors.As(err, &all) {
			t.Errorf("%q: error is %T", new, err)
		}
		if strings.Contains(err.Error()+fmt.Sprintf("%+v%#v", all, all), "hush") {
			t.Errorf("%q: the error repeats it:\n%v", new, err)
		}
	}
}

func TestASecretFromAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte("xoxb-hush\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(example(t), "{env: AIRPASS_SLACK_BOT_TOKEN}", "{file: token}", 1)
	c, err := Parse(filepath.Join(dir, "airpass.yaml"), []byte(text), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Slack.BotToken.Reveal(); got != "xoxb-hush" {
		t.Errorf("read %q", got)
	}
}

func TestAuditKeysAreDecoded(t *testing.T) {
	t.Parallel()
	raw := strings.Repeat("k", 32) + "!"
	for text, want := range map[string]int{
		strings.Repeat("ab", 32):                       32,
		strings.Repeat("ab", 16):                       16, // half a key in hexadecimal is no 32 raw bytes
		"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=": 32,
		raw: 33,
	} {
		if got := len(KeyBytes(NewSecret(text))); got != want {
			t.Errorf("%q is a key of %d bytes, want %d", text, got, want)
		}
	}
}

func TestOktaSignsInWithAKey(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := x509.MarshalPKCS8PrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	pem1 := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	for name, text := range map[string]string{"PKCS#1": pem1,
		"PKCS#8": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))} {
		c, err := signIn(t, text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if strings.TrimSpace(c.Okta.PrivateKey.Reveal()) != strings.TrimSpace(pem1) {
			t.Errorf("%s does not become PKCS#1", name)
		}
		if len(c.Okta.Scopes) == 0 || c.Okta.KeyID != "k" || !c.Okta.APIToken.IsZero() {
			t.Errorf("okta: %+v", c.Okta)
		}
	}
	for _, text := range []string{"hush", `{"kty":"RSA"}`, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: ec}))} {
		_, err := signIn(t, text)
		if err == nil || !strings.Contains(err.Error(), "okta.private_key: is not") || !strings.Contains(err.Error(), "openssl") {
			t.Errorf("got %v", err)
		}
	}
}

func signIn(t *testing.T, key string) (*Config, error) {
	t.Helper()
	text := strings.Replace(example(t), "  api_token: {env: AIRPASS_OKTA_API_TOKEN}",
		"  client_id: 0oa1ab2cd3EF4gh5IJ67\n  private_key: {env: OKTA_KEY}\n  key_id: k", 1)
	return Parse("airpass.yaml", []byte(text), func(name string) (string, bool) {
		if name == "OKTA_KEY" {
			return key, true
		}
		return testEnv(name)
	})
}
