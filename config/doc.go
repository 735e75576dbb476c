// Package config reads airpass's one YAML file into a Config: every default filled
// in, every value checked, and every problem reported at once with its line, what is
// wrong and how to mend it.
//
// It owns the file's schema, how secrets are named in it, and the building of
// access.Target values. It does not know Slack, Okta, AWS or a store, and calls
// none of them: what only a vendor can answer is not checked here, and secrets that are
// kept in AWS come through a Vault.
package config
