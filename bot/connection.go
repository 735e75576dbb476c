package bot

import (
	"context"
	"fmt"

	"airpass/config"
	"airpass/handlers/signed"
	"airpass/handlers/socket"
)

// connection is how what people do in Slack comes to the router.
type connection interface {
	// Run brings deliveries until ctx is done; then it finishes what has arrived.
	Run(ctx context.Context) error
	// Ready says why nothing can arrive; nil if it can.
	Ready() error
	// Close gives back what was taken before Run; after Run there is nothing left.
	Close() error
}

// connect makes the connection that is configured. In HTTP mode its address is taken
// from here on, and answers from Run on. hello is told how many connections Slack says
// that there are, from Run on; in HTTP mode there are none.
func (b *Bot) connect(ctx context.Context, c *config.Config, hello func(total int)) (*line, error) {
	if c.Slack.Mode != modeHTTP {
		return newLine(socket.New(socket.Options{AppToken: c.Slack.AppToken.Reveal(), APIURL: c.Slack.APIURL, Router: b.router, Hello: hello, Now: b.now, Log: b.log})), nil
	}
	r, err := signed.Listen(ctx, signed.Options{Secret: func() string { return b.works.Load().config.Slack.SigningSecret.Reveal() },
		Listen: c.Slack.Listen, Path: c.Slack.Path, Router: b.router, Count: b.metrics.delivered, Now: b.now, Log: b.log})
	if err != nil {
		return nil, fmt.Errorf("slack.listen: %w", err)
	}
	return newLine(r), nil
}

const modeHTTP = "http"

// RequestURL is where Slack's requests arrive, without the proxy that is in front of it:
// "http://127.0.0.1:3000/slack". It is empty in Socket Mode.
func (b *Bot) RequestURL() string {
	if r, is := b.line.Load().connection.(*signed.Receiver); is {
		return r.URL()
	}
	return ""
}
