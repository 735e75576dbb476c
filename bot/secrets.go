package bot

import (
	"context"
	"time"

	"airpass/awssecrets"
	"airpass/config"
	"airpass/outbound"
)

// Secrets is how a configuration fetches what it keeps in AWS, through a caller; nil is
// one of its own, for a command that calls nobody else.
func Secrets(caller *outbound.Caller) config.OpenVault {
	if caller == nil {
		caller = outbound.New(outbound.Options{Budgets: secretBudgets()})
	}
	return func(r config.Reach) (config.Vault, error) {
		return awssecrets.New(awssecrets.Options{Region: r.Region, Profile: r.Profile, SecretsManagerURL: r.SecretsManagerURL, SSMURL: r.SSMURL, Caller: caller})
	}
}

// secretBudgets are far below what AWS allows an account (GetParameter: 40 a second
// by default), because others fetch secrets there too. All replicas share them.
func secretBudgets() map[outbound.Vendor]outbound.Budget {
	return map[outbound.Vendor]outbound.Budget{
		outbound.SecretsManager: {PerSecond: 10, Burst: 20, Here: 4},
		outbound.SSM:            {PerSecond: 5, Burst: 20, Here: 4},
	}
}

// look looks for rotated secrets in AWS now and then, until ctx is done. How often is
// said by the configuration that was read last.
func (r *reloader) look(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.renewed:
			continue // it may say another interval
		case <-time.After(r.inUse().Secrets.Every):
		}
		rotated, err := r.source.Rotated(ctx, r.inUse())
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			r.bot.log.Warn("secrets could not be looked at in AWS; those in use stay", "error", err)
		}
		if rotated {
			r.reload(ctx, "a secret in AWS has changed")
		}
	}
}

// inUse is the configuration that was read last and taken into use.
func (r *reloader) inUse() *config.Config {
	if c := r.last.Load(); c != nil {
		return c
	}
	return r.bot.works.Load().config
}

// keep notes the configuration that was read, which may mean the same as the one
// in use and yet name its secrets elsewhere.
func (r *reloader) keep(c *config.Config) {
	r.last.Store(c)
	for _, stale := range c.Stale {
		r.bot.log.Warn("configuration", "problem", stale.String())
	}
	select {
	case r.renewed <- struct{}{}:
	default:
	}
}
