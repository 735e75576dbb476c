package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"airpass/access"
	"airpass/chat"
)

// identity finds out whether the bot token is one of the workspace that is
// configured. A wrong one would show itself only when the first message fails, or,
// for another workspace, when each delivery is refused.
type identity struct {
	ask   func(context.Context) (chat.Identity, error)
	team  string // as configured
	log   *slog.Logger
	wrong atomic.Pointer[string]
	bot   atomic.Pointer[string] // whose the token is, once Slack has said it
}

// firstTime bounds asking about a new token, wall time.
const firstTime = 10 * time.Second

// first asks Slack once about a token that is to take the place of another's. It is an
// error that Slack refuses it, or that it is somebody else's: of another workspace, or
// of another bot, which could not touch the messages of this one. That Slack does not
// answer is none.
func (i *identity) first(ctx context.Context, running *identity) error {
	ctx, cancel := context.WithTimeout(ctx, firstTime)
	defer cancel()
	me, err := i.ask(ctx)
	switch old := running.bot.Load(); {
	case access.ClassOf(err) == access.Denied:
		return fmt.Errorf("slack.bot_token: Slack refuses the new one: %w", err)
	case err != nil:
		i.log.Warn("Slack does not say whose the new bot token is; it is taken into use, and Slack asked again", "error", err)
	case me.Team != i.team:
		return fmt.Errorf("slack.bot_token: the new one is of the workspace %s, and slack.team is %s", me.Team, i.team)
	case old != nil && *old != me.BotUser:
		return fmt.Errorf("%w: slack.bot_token (it is of another app)", errNeedsRestart)
	}
	return nil
}

// check asks Slack until it has answered who the token belongs to, or ctx is done. A
// token that Slack refuses is asked about again: it may be a right that is mended.
func (i *identity) check(ctx context.Context) {
	for failures := 1; ctx.Err() == nil; failures++ {
		me, err := i.ask(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && me.Team != i.team:
			i.complain(fmt.Sprintf("the bot token is of the workspace %s, and slack.team is %s", me.Team, i.team))
			return // a token never changes hands
		case err == nil:
			i.wrong.Store(nil)
			i.bot.Store(&me.BotUser)
			i.log.Info("Slack knows the bot token", "team", me.Team, "bot_user", me.BotUser)
			return
		case errors.Is(err, access.ErrUnavailable): // says nothing about the token
			i.log.Warn("Slack does not say whose the bot token is; asking again", "error", err)
		default:
			i.complain("Slack refuses the bot token: " + err.Error())
		}
		select {
		case <-ctx.Done():
		case <-time.After(access.Backoff(failures, time.Minute)):
		}
	}
}

// complain says once what is wrong, and keeps it for ok.
func (i *identity) complain(why string) {
	if old := i.wrong.Swap(&why); old == nil || *old != why {
		i.log.Error("airpass cannot work in Slack", "why", why)
	}
}

// ok is the error found, or nil; nil also as long as nothing is known.
func (i *identity) ok() error {
	if why := i.wrong.Load(); why != nil {
		return errors.New(*why)
	}
	return nil
}
