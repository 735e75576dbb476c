// Package handlers is what Slack says: it verifies that a delivery is from our
// workspace, decodes it, has the attempt in it stored, and says what to acknowledge
// it with. Nothing outside is called before that; forms are opened and words are
// sent afterwards.
//
// It owns the decoding and the checks that need nothing but the configuration. It
// does not know who a person is, whether they may, Okta, AWS, or how deliveries
// arrive: packages socket and signed bring them.
package handlers
