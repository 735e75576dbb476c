// Package sandbox is a whole world for airpass on this machine: Slack, Okta, IAM
// Identity Center, STS, MWAA, the access portal, and Secrets Manager with the Parameter
// Store, each served over real HTTP on a port of its own, with a small company's people in them and one clock that moves.
//
// It owns the wiring between the vendors (Okta provisions Identity Center; portal and
// console ask Okta, Identity Center and MWAA), who is in the town and what they may
// ask for, the configuration file that makes airpass live there, and the control
// server through which somebody else moves the clock and makes vendors misbehave.
//
// It does not know what airpass does, and imports nothing of it: whoever wants to know
// what came of something looks at the vendors.
package sandbox
