package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"airpass/access"
	"airpass/awsanchors"
	"airpass/awsconfig"
	"airpass/config"
	"airpass/outbound"
	"airpass/store"
)

// place is somewhere that whoever has the database cannot change, where the signed head of
// the audit trail is put. One of the three says how.
type place struct {
	name string // what it is and where: what is new is put into a new place
	// say puts it there at once, each time and whether it has moved or not.
	say func(ctx context.Context, h store.Head)
	// post puts it there in the transaction that notes so.
	post func(tx *store.Tx, h store.Head) error
	// put puts it there by a step of its own, which is tried until it succeeds: the head is
	// stored before, so that what is tried again is the same.
	put func(ctx context.Context, h store.Head) error
}

// places are where the head is put, by the configuration in use: the log always.
func (b *Bot) places() []place {
	w := b.works.Load()
	all := []place{{name: "log", say: b.logHead}}
	if channel := w.config.Audit.AnchorChannel; channel != "" {
		all = append(all, place{name: "slack:" + channel, post: func(tx *store.Tx, h store.Head) error { return postHead(tx, channel, h) }})
	}
	if bucket := w.config.Audit.AnchorBucket; bucket != nil {
		all = append(all, place{name: "s3:" + bucket.Bucket + "/" + bucket.Prefix, put: func(ctx context.Context, h store.Head) error { return putHead(ctx, w.vendors.anchors, h) }})
	}
	return all
}

// anchor has the signed head put wherever it is not yet.
func (b *Bot) anchor(ctx context.Context) error {
	head, err := b.store.Head(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range b.places() {
		if p.say != nil {
			p.say(ctx, head)
			continue
		}
		errs = append(errs, b.store.Update(ctx, anchoring(), func(tx *store.Tx) error {
			a, wanted, err := tx.WantAnchor(p.name, head)
			if err != nil || !wanted || p.post == nil {
				return err
			}
			a.PlacedAt, a.NextAt = tx.Now(), time.Time{}
			return errors.Join(p.post(tx, head), tx.SaveAnchor(a))
		}))
	}
	return errors.Join(errs...)
}

func anchoring() access.Actor { return access.System("anchor") }

// anchorRetry is the longest time between two attempts at a place.
const anchorRetry = 10 * time.Minute

// placeAnchor is the step that puts a head where it waits to be. A place that is not in the
// configuration any more waits no longer.
func (b *Bot) placeAnchor(ctx context.Context, name string, version int64) error {
	a, err := b.store.Anchor(ctx, name)
	if err != nil || a.Version != version || a.NextAt.IsZero() {
		return err
	}
	next := store.Anchor{Place: a.Place, Version: a.Version, PlacedAt: a.PlacedAt}
	for _, p := range b.places() {
		if p.name != name || p.put == nil {
			continue
		}
		failed := p.put(ctx, a.Head)
		if failed == nil {
			next.PlacedAt = b.now()
			continue
		}
		next.Attempts, next.LastError = a.Attempts+1, failed.Error()
		next.NextAt = b.now().Add(access.Backoff(next.Attempts, anchorRetry))
		b.log.WarnContext(ctx, "the audit head could not be anchored; it is tried again", "place", name, "seq", a.Head.Seq, "at", next.NextAt, "error", failed)
	}
	err = b.store.Update(ctx, anchoring(), func(tx *store.Tx) error { return tx.SaveAnchor(next) })
	if errors.Is(err, access.ErrStale) { // another replica has done the same
		return nil
	}
	return err
}

func (b *Bot) logHead(ctx context.Context, h store.Head) {
	b.log.InfoContext(ctx, "audit head", "seq", h.Seq, "hash", h.Hash, "key_id", h.KeyID, "mac", h.MAC, "at", h.At)
}

// postHead has the head posted by the outbox, which tries until Slack takes it.
func postHead(tx *store.Tx, channel string, h store.Head) error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	_, err = tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.AdminNotice, To: channel, State: access.MessageNew, NextAt: tx.Now(),
		Text: fmt.Sprintf("The audit trail has %d events. To find out later whether they are all still there: airpass audit verify --head FILE, with this in the file:\n%s", h.Seq, text)})
	return err
}

// putHead writes the head into the bucket. Of one head there is one object, whoever writes
// it and however often: its key says which it is, and what is there is not written over.
func putHead(ctx context.Context, to *awsanchors.Client, h store.Head) error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return to.Put(ctx, to.Key(h.Seq, h.At), append(text, '\n'))
}

// newAnchors reaches the bucket of anchors under a role; nil if none is configured.
func newAnchors(c *config.Config, role awsconfig.Role, caller *outbound.Caller, now func() time.Time) (*awsanchors.Client, error) {
	bucket := c.Audit.AnchorBucket
	if bucket == nil {
		return nil, nil //nolint:nilnil // no bucket is no error
	}
	mode := map[string]string{"governance": "GOVERNANCE", "compliance": "COMPLIANCE"}[bucket.Mode]
	client, err := awsanchors.New(awsanchors.Options{Bucket: bucket.Bucket, Prefix: bucket.Prefix, Region: cmp.Or(bucket.Region, c.AWS.Region), Mode: mode, Retain: bucket.Retain,
		Role: role, Profile: c.AWS.Profile, URL: cmp.Or(c.AWS.Endpoints.S3, c.AWS.EndpointURL), STSURL: stsOf(c), Now: now, Caller: caller})
	if err != nil {
		return nil, fmt.Errorf("audit.anchor_bucket: %w", err)
	}
	return client, nil
}

// roleOfAnchors is the role that writes anchors.
func roleOfAnchors(c *config.Config) awsconfig.Role {
	if bucket := c.Audit.AnchorBucket; bucket != nil {
		return awsconfig.Role{RoleARN: bucket.RoleARN, ExternalID: bucket.ExternalID}
	}
	return awsconfig.Role{}
}

// ReadAnchors reaches the configured bucket of anchors as whoever runs the program, an
// auditor: the role that writes cannot read. It is nil if none is configured.
func ReadAnchors(ctx context.Context, c *config.Config) (*awsanchors.Client, error) {
	now, _, err := clockOf(ctx, Options{Config: c})
	if err != nil {
		return nil, err
	}
	return newAnchors(c, awsconfig.Role{}, outbound.New(outbound.Options{Budgets: budgets(c.Quotas), Now: now}), now) //nolint:contextcheck // a client is built; it calls nobody yet
}
