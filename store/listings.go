package store

import (
	"context"
	"fmt"
	"strings"

	"airpass/access"
	"airpass/store/db"
)

// GrantFilter chooses grants; what is empty does not choose.
type GrantFilter struct {
	State   access.GrantState
	Subject string // Okta user id, login or e-mail
	Target  string // its id
	// Environment is the key of one; its targets' ids begin with it.
	Environment string
	Live        bool   // only those that have not ended: one being revoked still has access
	Limit       int    // 100 when zero
	After       string // the id after which a page begins
}

// RequestFilter chooses requests; what is empty does not choose.
type RequestFilter struct {
	State   access.RequestState
	Subject string // Okta user id
	Target  string // its id
	Limit   int    // 100 when zero
	After   string // the id after which a page begins
}

// where collects conditions; each is written with one $ for its argument.
type where struct {
	conditions []string
	args       []any
}

func (w *where) add(condition string, arg any) {
	w.args = append(w.args, arg)
	w.conditions = append(w.conditions, strings.ReplaceAll(condition, "$", fmt.Sprintf("$%d", len(w.args))))
}

// ids runs the one query that is put together by hand: the ids of a page, newest first.
func (s *Store) ids(ctx context.Context, table string, w where, limit int) ([]string, error) {
	if limit <= 0 {
		limit = 100
	}
	query := "SELECT id FROM " + table
	if len(w.conditions) > 0 {
		query += " WHERE " + strings.Join(w.conditions, " AND ")
	}
	rows, err := s.look.QueryContext(ctx, query+fmt.Sprintf(" ORDER BY id DESC LIMIT %d", limit), w.args...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", table, err)
	}
	defer func() { _ = rows.Close() }()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("list %s: %w", table, err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// Grants are the grants that a filter chooses, newest first.
func (s *Store) Grants(ctx context.Context, f GrantFilter) ([]access.Grant, error) {
	var w where
	if f.State != "" {
		w.add("state = $", string(f.State))
	}
	if f.Subject != "" {
		w.add("(subject_id = $ OR subject_login = lower($) OR subject_email = lower($))", f.Subject)
	}
	if f.Target != "" {
		w.add("target_id = $", f.Target)
	}
	if f.Environment != "" {
		w.add("substr(target_id, 1, length($)) = $", f.Environment+"/")
	}
	if f.Live {
		w.conditions = append(w.conditions, "state <> 'ended'")
	}
	if f.After != "" {
		w.add("id < $", f.After)
	}
	return page(ctx, s, "grants", w, f.Limit, s.q.Grant, grantOf)
}

// Requests are the requests that a filter chooses, newest first.
func (s *Store) Requests(ctx context.Context, f RequestFilter) ([]access.Request, error) {
	var w where
	if f.State != "" {
		w.add("state = $", string(f.State))
	}
	if f.Subject != "" {
		w.add("subject_id = $", f.Subject)
	}
	if f.Target != "" {
		w.add("target_id = $", f.Target)
	}
	if f.After != "" {
		w.add("id < $", f.After)
	}
	return page(ctx, s, "requests", w, f.Limit, s.q.Request, requestOf)
}

func page[R db.Grant | db.Request, D any](ctx context.Context, s *Store, table string, w where, limit int,
	read func(context.Context, string) (R, error), convert func(R) (D, error)) ([]D, error) {
	ids, err := s.ids(ctx, table, w, limit)
	if err != nil {
		return nil, err
	}
	list := make([]D, 0, len(ids))
	for _, id := range ids {
		row, err := read(ctx, id)
		if err != nil {
			return nil, found(err, table, id)
		}
		d, err := convert(row)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}
