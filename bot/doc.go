// Package bot builds airpass from its configuration and runs it: the store, the
// vendors' clients, the services, the job engine, the connection to Slack, and the
// probes. Everything is wired in Start, step by step, and closed in the reverse order.
//
// It owns no rule: what may happen is decided in packages approvals and grants, what
// is said in package messages.
package bot
