package store

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// csvColumns are described in docs/audit-format.md.
func csvColumns() []string {
	return []string{"seq", "at", "kind", "actor_kind", "actor_id", "actor_name", "request", "grant", "ref", "facts", "values", "hash"}
}

// ExportAuditCSV is ExportAudit as a table for people and spreadsheets. What is exported
// so cannot be verified: that needs the sealed bytes.
func (s *Store) ExportAuditCSV(ctx context.Context, w io.Writer, f AuditFilter) error {
	out := csv.NewWriter(w)
	if err := out.Write(csvColumns()); err != nil {
		return err
	}
	err := s.EachAuditLine(ctx, f, func(l AuditLine) error {
		row, err := l.cells()
		if err == nil {
			err = out.Write(row)
		}
		return err
	})
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	return err
}

func (l AuditLine) cells() ([]string, error) {
	e, err := l.Recorded()
	if err != nil {
		return nil, err
	}
	facts, err1 := json.Marshal(e.Facts)
	values, err2 := json.Marshal(e.Personal)
	if err1 != nil || err2 != nil {
		return nil, errors.Join(err1, err2)
	}
	row := []string{strconv.FormatInt(l.Seq, 10), l.At.Format(timeLayout), string(l.Kind), string(e.Actor.Kind), e.Actor.ID, e.Actor.Name,
		e.Request, e.Grant, e.Ref, string(facts), string(values), l.row.Hash}
	for i, cell := range row {
		row[i] = harmless(cell)
	}
	return row, nil
}

// harmless keeps a spreadsheet from taking what somebody has named themselves for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
