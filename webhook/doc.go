// Package webhook tells others what happens: each event of the audit trail, as a
// CloudEvent, by HTTP POST to receivers that are configured. It owns how an event is
// written and signed, and in which order and how often it is sent. It does not know what
// an event means, and nothing else waits for it.
//
// There is no table of what is still to be sent: the sealed trail is that table. Of each
// receiver it is stored after which event it is, so that none can be lost between a
// change and its telling. Events are sent one after another in the order of the trail; the
// next is sent once the receiver has answered 2xx to the one before. After a death, or an
// answer that was lost, the last ones are sent again with the same id.
//
// See https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md,
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
package webhook
