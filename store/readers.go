package store

import (
	"cmp"
	"context"

	"airpass/access"
	"airpass/store/db"
)

func readerOf(row db.Reader) (access.Reader, error) {
	return access.Reader{SlackID: row.SlackID, OktaID: row.OktaID, Locale: row.Locale, Zone: row.Zone}, nil
}

// Reader reads in which language and time zone somebody in Slack reads, if that is known.
func (r reads) Reader(ctx context.Context, slackID string) (access.Reader, bool, error) {
	row, err := r.q.Reader(ctx, slackID)
	return optional(row, err, readerOf, "reader", slackID)
}

// Reader reads in which language and time zone somebody in Slack reads, if that is known.
func (tx *Tx) Reader(slackID string) (access.Reader, bool, error) {
	return tx.r.Reader(tx.ctx, slackID)
}

// Remember stores in which language and time zone somebody reads, where that is news. What is
// not known leaves what was known. It is a matter of courtesy and no audit event.
func (tx *Tx) Remember(r access.Reader) error {
	if r.Locale == "" && r.Zone == "" {
		return nil
	}
	old, known, err := tx.Reader(r.SlackID)
	r.Locale, r.Zone = cmp.Or(r.Locale, old.Locale), cmp.Or(r.Zone, old.Zone)
	if err != nil || known && old == r {
		return err
	}
	if err := tx.q.PutReader(tx.ctx, db.PutReaderParams{SlackID: r.SlackID, OktaID: r.OktaID, Locale: words(r.Locale), Zone: words(r.Zone)}); err != nil {
		return saved(err, "reader", r.SlackID)
	}
	return nil
}
