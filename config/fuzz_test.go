package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// FuzzParse feeds the loader with whatever: it never panics, never hangs, refuses with
// problems that have a place, and what it accepts keeps the promises of its types.
// Its seeds are long, so run it with -fuzzminimizetime 1x, or minimising eats the time.
func FuzzParse(f *testing.F) {
	f.Add([]byte(example(f)))
	for _, seed := range []string{"", "slack: {}", "slack: [", "a: &a {<<: *a}", "targets: [*x]", "? a\n: b", "%YAML 1.2\n---\na: 1",
		"schedules: {sweep: TZ=0, deactivation: '@every 1ns'}", "audit: {key: {file: /dev/stdin}}"} {
		f.Add([]byte(seed))
	}
	for _, b := range brokenFiles() {
		f.Add([]byte(strings.Replace(example(f), b.old, b.new, 1)))
	}
	f.Add([]byte(campaigned(f)))
	f.Add([]byte(policied(f)))
	for _, b := range brokenPolicies() {
		f.Add([]byte(strings.Replace(policied(f), b.old, b.new, 1)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		// The fuzzer itself does not notice an input that hangs.
		watchdog := time.AfterFunc(20*time.Second, func() { panic(fmt.Sprintf("hangs on %q", data)) })
		defer watchdog.Stop()
		c, err := Parse("airpass.yaml", data, testEnv)
		var all Problems
		if err != nil {
			if c != nil || !errors.As(err, &all) || !all.Fatal() {
				t.Fatalf("error %T: %v", err, err)
			}
		} else {
			all = c.Warnings
			keepsPromises(t, c)
		}
		for _, p := range all {
			if p.Line < 1 || p.Column < 1 || p.Message == "" || p.File != "airpass.yaml" {
				t.Fatalf("problem %+v", p)
			}
			if strings.ContainsAny(p.String(), "\r\n") {
				t.Fatalf("problem of several lines: %q", p.String())
			}
		}
		for _, secret := range []string{"hush-bot", "hush-app", "hush-okta", "hush-store"} {
			if err != nil && strings.Contains(err.Error(), secret) && !strings.Contains(string(data), secret) {
				t.Fatalf("an error repeats a secret: %v", err)
			}
		}
	})
}

func keepsPromises(t *testing.T, c *Config) {
	t.Helper()
	if !strings.HasSuffix(c.Slack.APIURL, "/") || c.Slack.BotToken.IsZero() || len(c.Slack.AllowedDomains) == 0 {
		t.Fatalf("slack: %+v", c.Slack)
	}
	if c.Store.Kind == "" || len(KeyBytes(c.Audit.Key)) < minKey || len(c.Targets()) == 0 {
		t.Fatalf("store %+v, audit %+v, %d targets", c.Store, c.Audit, len(c.Targets()))
	}
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, s := range []Schedule{c.Schedules.Sweep, c.Schedules.Deactivation, c.Schedules.AuditHead} {
		if !s.Next(now).After(now) {
			t.Fatalf("%s fires at %v", s, s.Next(now))
		}
	}
	for _, target := range c.Targets() {
		if target.ID == "" || target.DefaultDuration > target.MaxDuration || len(target.Policy.Approvers()) == 0 ||
			len(target.Entitlements("00u", "p")) == 0 || target.Instance == "" || target.PermissionSet == "" {
			t.Fatalf("target %+v", target)
		}
		if err := target.CheckDuration(target.DefaultDuration); err != nil {
			t.Fatal(err)
		}
	}
}
