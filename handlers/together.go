package handlers

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/slack-go/slack"

	"airpass/access"
	"airpass/messages"
)

// several reads the ids of requests that are approved together; none if they are not what
// we wrote.
func several(value string) []string {
	ids := strings.Split(value, ",")
	if len(ids) > messages.MaxBulk || slices.ContainsFunc(ids, func(id string) bool { return !validID(id) }) {
		return nil
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// together opens the form that lists the requests which are approved together, as far as they
// wait still.
func (r *Router) together(d Delivery, p interaction, ids []string) Ack {
	return r.shown(d, p.User.ID, func(ctx context.Context) {
		lang := r.speaking(ctx, p.User.ID)
		var waiting []access.Request
		for _, id := range ids {
			request, err := r.o.Request(ctx, id)
			switch {
			case err != nil:
				r.o.Log.Warn("could not read a request that a form is about", "request", id, "user", p.User.ID, "error", err)
				r.say(ctx, p.channel(), p.User.ID, lang.Say(wordsNoForm))
				return
			case request.State == access.RequestPending:
				waiting = append(waiting, request)
			}
		}
		if len(waiting) == 0 {
			r.say(ctx, p.channel(), p.User.ID, lang.Say(wordsNoneLeft))
			return
		}
		r.openNow(ctx, p.Trigger, p.channel(), p.User.ID, messages.TogetherForm(lang, waiting))
	})
}

// approveTogether stores an attempt for each request, as if each had been clicked: each is
// judged by itself. They are stored side by side, so that Slack is answered in time.
func (r *Router) approveTogether(ctx context.Context, d Delivery, p interaction) (Ack, error) {
	ids := several(p.View.Metadata)
	if len(ids) == 0 || !validID(p.View.ID) {
		return r.unknown(d, p.Type, p.View.CallbackID)
	}
	errs := make([]error, len(ids))
	var stored sync.WaitGroup
	for i, id := range ids {
		stored.Go(func() {
			errs[i] = r.record(ctx, d, p.User.ID, p.Type, access.Attempt{Kind: access.AttemptApprove, Request: id, Delivery: "view:" + p.View.ID + ":" + id})
		})
	}
	stored.Wait()
	if err := errors.Join(errs...); err != nil {
		return r.tell(d, p.channel(), p.User.ID, wordsNotAllStored), err
	}
	return Ack{Body: slack.NewClearViewSubmissionResponse()}, nil
}
