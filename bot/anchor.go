package bot

import (
	"context"
	"encoding/json"
	"fmt"

	"airpass/access"
	"airpass/store"
)

// anchor puts the signed head of the audit trail where whoever has the database cannot
// change it: into the log, and into a channel if one is named, unless it is there already.
func (b *Bot) anchor(ctx context.Context) error {
	head, err := b.store.Head(ctx)
	if err != nil {
		return err
	}
	b.log.InfoContext(ctx, "audit head", "seq", head.Seq, "hash", head.Hash, "key_id", head.KeyID, "mac", head.MAC, "at", head.At)
	channel := b.works.Load().config.Audit.AnchorChannel
	if channel == "" || b.anchored.Load() == head.Seq {
		return nil
	}
	if err := b.post(ctx, channel, head); err != nil {
		return err
	}
	b.anchored.Store(head.Seq)
	return nil
}

// post has the head posted by the outbox, which tries until Slack takes it.
func (b *Bot) post(ctx context.Context, channel string, head store.Head) error {
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	return b.store.Update(ctx, access.System("anchor"), func(tx *store.Tx) error {
		_, err := tx.CreateMessage(access.Message{ID: tx.NewID(), Kind: access.AdminNotice, To: channel, State: access.MessageNew, NextAt: tx.Now(),
			Text: fmt.Sprintf("The audit trail has %d events. To find out later whether they are all still there: airpass audit verify --head FILE, with this in the file:\n%s", head.Seq, text)})
		return err
	})
}
