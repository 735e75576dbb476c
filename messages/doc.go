// Package messages is what Slack sees: pure functions from stored state to text and
// blocks, the modals, and the outbox that brings the stored messages into Slack.
//
// It owns every word shown in Slack (texts.go) and the escaping of what people
// write. It does not know who may decide, how access is given, or the Slack SDK's
// client: it sends through the Sender that it declares.
package messages
