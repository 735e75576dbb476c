package config

import (
	"slices"
	"strings"
	"testing"
)

func TestWhereTheLastUseIsLookedUp(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:logs:eu-central-1:999999999999:log-group:trails/airflow-use"
	c := parsedUses(t, example(t)+"\nlast_use: {log_groups: [\""+arn+":*\"], event_history: true}\n")
	if want := []LogGroup{{arn, "999999999999", "eu-central-1", "trails/airflow-use"}}; !slices.Equal(c.LastUse.LogGroups, want) || !c.LastUse.EventHistory || !c.LastUse.On() {
		t.Errorf("%+v", c.LastUse)
	}
	if c := parsedUses(t, example(t)); c.LastUse.On() {
		t.Errorf("it is opt-in: %+v", c.LastUse)
	}
	if _, err := Parse("airpass.yaml", []byte(example(t)+"\nlast_use: {log_groups: [airflow-use]}\n"), testEnv); err == nil || !strings.Contains(err.Error(), "last_use.log_groups[0]") {
		t.Error(err)
	}
}

func parsedUses(t *testing.T, text string) *Config {
	t.Helper()
	c, err := Parse("airpass.yaml", []byte(text), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
