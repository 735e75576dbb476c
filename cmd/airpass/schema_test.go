package main

import (
	"encoding/json"
	"testing"
)

func TestConfigSchemaWritesOneObject(t *testing.T) {
	t.Parallel()
	r := cli(t, "config", "schema").want(t, 0)
	var schema struct {
		Properties map[string]any
		Required   []string
	}
	if err := json.Unmarshal([]byte(r.out), &schema); err != nil || r.errs != "" || schema.Properties["slack"] == nil || len(schema.Required) == 0 {
		t.Errorf("%v %+v %s", err, schema.Required, r.errs)
	}
}
