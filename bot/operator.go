package bot

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"time"

	"airpass/access"
	"airpass/campaigns"
	"airpass/config"
	"airpass/cuts"
	"airpass/grants"
	"airpass/store"
)

// Operator is airpass as the command line uses it: the store and the services that
// change rows. What is to be done outside is left to the process that serves.
type Operator struct {
	Store  *store.Store
	Grants *grants.Service
	Cuts   *cuts.Service
	// Campaigns starts and closes them; what they are about is read by the process that serves.
	Campaigns *campaigns.Service
}

// OpenOperator opens the configured store beside a process that may be serving it.
func OpenOperator(ctx context.Context, c *config.Config, log *slog.Logger) (*Operator, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	now, _, err := clockOf(ctx, Options{Config: c})
	if err != nil {
		return nil, err
	}
	st, err := openStore(ctx, c, now, log, nil)
	if err != nil {
		return nil, err
	}
	if err := newEngine(st, now, log).insertOnly(); err != nil {
		_ = st.Close()
		return nil, err
	}
	return &Operator{Store: st, Grants: newGrants(c, st, vendors{}, nil, nil, now, log, nil, nil), Cuts: newCuts(c, st, nil, now, log),
		Campaigns: newCampaigns(c, st, vendors{}, nil, now, log)}, nil
}

// Actor is who works at the command line, as the audit trail names them.
func (o *Operator) Actor() access.Actor { return atCommandLine() }

// atCommandLine is who runs this process.
func atCommandLine() access.Actor {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return access.Actor{Kind: access.ByOperator, ID: u.Username}
	}
	return access.Actor{Kind: access.ByOperator, ID: fmt.Sprintf("uid %d", os.Getuid())}
}

// Close closes the store.
func (o *Operator) Close() error {
	return o.Store.Close()
}

// serveTime is how long a graceful end may take.
const serveTime = 25 * time.Second

// Serve runs airpass until ctx ends, then stops it gracefully.
func Serve(ctx context.Context, o Options) error {
	b, err := Start(ctx, o)
	if err != nil {
		return err
	}
	<-ctx.Done()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), serveTime)
	defer cancel()
	return b.Close(end)
}
