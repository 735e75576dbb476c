package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"airpass/access"
)

// Lineage notices that a database is not the one that was served before, or has lost
// its newest changes: a backup was restored, or a replica promoted that lagged behind.
//
// What it compares with lies outside of what is restored: on SQLite the end of the audit
// trail in a file beside the database, which backups must leave out; on PostgreSQL the
// identity of the server, of its timeline and of the database, as stored inside; and on
// both, while the process lives, the end of the trail that it has seen. It is used by
// one goroutine.
type Lineage struct {
	s     *Store
	known *trailEnd // nil before the first look
}

// trailEnd is the newest audit event at some moment.
type trailEnd struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// lineageSetting says which life of the database this is: the server's identity on
// PostgreSQL, "kept" on SQLite once there is a file beside it.
const (
	lineageSetting = "lineage"
	lineageKept    = "kept"
)

// keeper is who changes that setting.
var keeper = access.System("lineage")

// Lineage begins to follow the database.
func (s *Store) Lineage() *Lineage { return &Lineage{s: s} }

// anchor is the file beside a SQLite database.
func (s *Store) anchor() string { return s.path + ".anchor" }

// Check says why the database seems to have been restored or to have lost changes; ""
// if it does not. A database that is seen for the first time has not.
func (l *Lineage) Check(ctx context.Context) (why string, err error) {
	if l.known != nil {
		return l.lost(ctx, *l.known)
	}
	life, err := l.s.Setting(ctx, lineageSetting)
	if err != nil {
		return "", err
	}
	if l.s.dialect == postgres {
		now, err := l.s.identity(ctx)
		if err != nil || life == "" || life == now {
			return "", err
		}
		return fmt.Sprintf("PostgreSQL's identity is %s and was %s: the database was restored, copied, or failed over", now, life), nil
	}
	kept, err := l.s.readAnchor()
	switch {
	case err != nil:
		return "", err
	case kept != nil:
		return l.lost(ctx, *kept)
	case life == lineageKept:
		return fmt.Sprintf("%s is not there: the database was restored or moved without it", filepath.Base(l.s.anchor())), nil
	}
	return "", nil
}

// lost says whether the trail has no longer the event that was its end once.
func (l *Lineage) lost(ctx context.Context, end trailEnd) (string, error) {
	if end.Seq == 0 {
		return "", nil
	}
	e, err := l.s.q.AuditEvent(ctx, end.Seq)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		head, err := l.s.q.AuditHead(ctx)
		if err != nil {
			return "", fmt.Errorf("read the audit head: %w", err)
		}
		return fmt.Sprintf("the audit trail ends with event %d and had %d: its newest changes are lost", head.Seq, end.Seq), nil
	case err != nil:
		return "", fmt.Errorf("read audit event %d: %w", end.Seq, err)
	case e.Hash != end.Hash:
		return fmt.Sprintf("audit event %d is another one than before: this is another copy of the database", end.Seq), nil
	}
	return "", nil
}

// Remember takes the database as it is now for the one that is served from here on.
func (l *Lineage) Remember(ctx context.Context) error {
	life := lineageKept
	if l.s.dialect == postgres {
		var err error
		if life, err = l.s.identity(ctx); err != nil {
			return err
		}
	}
	old, err := l.s.Setting(ctx, lineageSetting)
	if err == nil && old != life {
		err = l.s.Update(ctx, keeper, func(tx *Tx) error { return tx.SetSetting(lineageSetting, life) })
	}
	if err != nil {
		return err
	}
	head, err := l.s.q.AuditHead(ctx)
	if err != nil {
		return fmt.Errorf("read the audit head: %w", err)
	}
	end := trailEnd{Seq: head.Seq, Hash: head.Hash}
	if l.s.dialect == sqlite && (l.known == nil || *l.known != end) {
		if err := l.s.writeAnchor(end); err != nil {
			return err
		}
	}
	l.known = &end
	return nil
}

// identity tells one life of a PostgreSQL database from another: of a dump that was
// restored the database is another, of a restored base backup or a promoted replica the
// timeline.
// See https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-CONTROLDATA.
func (s *Store) identity(ctx context.Context) (string, error) {
	var id string
	err := s.look.QueryRowContext(ctx, `SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
		(SELECT timeline_id FROM pg_control_checkpoint()), (SELECT oid FROM pg_database WHERE datname = current_database()))`).Scan(&id)
	if err != nil {
		return "", fmt.Errorf("read PostgreSQL's identity: %w", err)
	}
	return id, nil
}

func (s *Store) readAnchor() (*trailEnd, error) {
	text, err := os.ReadFile(s.anchor())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the anchor: %w", err)
	}
	var end trailEnd
	if err := json.Unmarshal(text, &end); err != nil {
		return nil, fmt.Errorf("%w: %s is not what airpass wrote: %w", access.ErrInvalid, s.anchor(), err)
	}
	return &end, nil
}

// writeAnchor replaces the file in one step: half a file would be read as damage.
func (s *Store) writeAnchor(end trailEnd) error {
	text, err := json.Marshal(end)
	if err != nil {
		return err
	}
	fresh := s.anchor() + ".new"
	f, err := os.OpenFile(fresh, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write the anchor: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(fresh, s.anchor())
	}
	if err != nil {
		return fmt.Errorf("write the anchor: %w", err)
	}
	return nil
}
