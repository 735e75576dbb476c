package report

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"airpass/access"
	"airpass/store"
)

// Format is in which form a report is written.
type Format string

// The formats.
const (
	HTML Format = "html" // for people, on screen and paper
	CSV  Format = "csv"  // for spreadsheets
	JSON Format = "json" // for programs
)

// ErrChanges says that the occurrence has changed again and again while its report was written.
var ErrChanges = errors.New("the occurrence changes while its report is written: try again")

// verifyCommand finds out whether a report, or the trail that it was compared with, was changed.
const verifyCommand = "airpass reviews verify FILE"

// tries is how often a report is begun again because an item has changed meanwhile.
const tries = 5

// Write writes the report of an occurrence, as it stands at one moment. spool is a directory
// for a file that is there meanwhile; empty is the system's for such files.
func Write(ctx context.Context, st *store.Store, id string, f Format, spool string, out io.Writer) error {
	file, err := os.CreateTemp(spool, ".airpass-report-*")
	if err != nil {
		return fmt.Errorf("a place for the report: %w", err)
	}
	defer func() { _ = file.Close(); _ = os.Remove(file.Name()) }()
	for n := 0; ; n++ {
		err = write(ctx, st, id, f, file)
		if err == nil || !errors.Is(err, ErrChanges) || n == tries {
			break
		}
		if err := errors.Join(file.Truncate(0), rewind(file)); err != nil {
			return err
		}
	}
	if err == nil {
		err = rewind(file)
	}
	if err == nil {
		_, err = io.Copy(out, file)
	}
	return err
}

func rewind(f io.Seeker) error {
	_, err := f.Seek(0, io.SeekStart)
	return err
}

// form writes a report in one of the formats. What it writes is signed up to the line of
// the signature, which sign writes.
type form interface {
	begin(s summary) error
	// exception, removal and item are told of the same items, one kind after the other.
	exception(r row) error
	removal(r row) error
	item(r row) error
	end() error
	sign(token string) error
}

func (f Format) form(w io.Writer) (form, error) {
	switch f {
	case HTML:
		return &page{w: w}, nil
	case CSV:
		return newTable(w), nil
	case JSON:
		return &object{w: w}, nil
	}
	return nil, fmt.Errorf("%w: a report is html, csv or json, not %q", access.ErrInvalid, f)
}

// write writes a report, or fails with ErrChanges if something has changed meanwhile.
func write(ctx context.Context, st *store.Store, id string, f Format, out io.Writer) error {
	head, err := st.Head(ctx) // before all else: what happens while that is read is after it
	if err != nil {
		return err
	}
	o, err := st.Occurrence(ctx, id)
	if err != nil {
		return err
	}
	panels, err := st.CampaignPanels(ctx, o.ID)
	if err != nil {
		return err
	}
	r := &rows{store: st, occurrence: o, panels: panels, findings: map[string]finding{}}
	if r.trail, err = readTrail(ctx, st, o, head); err != nil {
		return err
	}
	s, sum, err := summarize(ctx, r)
	if err != nil {
		return err
	}
	s.Written, s.Verify = head.At, verifyCommand
	s.Trail.First, s.Trail.Last, s.Trail.Hash, s.Trail.KeyID, s.Trail.At = r.trail.first, head.Seq, head.Hash, head.KeyID, head.At
	digest := sha256.New()
	w, err := f.form(io.MultiWriter(out, digest))
	if err != nil {
		return err
	}
	if err := body(ctx, w, r, s, sum); err != nil {
		return err
	}
	if err := unchanged(ctx, st, o, head); err != nil {
		return err
	}
	if err := samePanels(ctx, st, o, panels); err != nil {
		return err
	}
	return signed(st, w, f, digest, s.Trail.First, head)
}

// body writes what is signed; sum is what each returned before.
func body(ctx context.Context, w form, r *rows, s summary, sum int64) error {
	if err := w.begin(s); err != nil {
		return err
	}
	for _, do := range []func(row) error{
		func(one row) error {
			if len(one.Exceptions) == 0 {
				return nil
			}
			return w.exception(one)
		},
		func(one row) error {
			if one.Verdict == "" || one.Verdict == access.KeepItem {
				return nil
			}
			return w.removal(one)
		},
		w.item,
	} {
		again, err := r.each(ctx, func(_ access.CampaignItem, one row) error { return do(one) })
		if err != nil {
			return err
		}
		if again != sum {
			return ErrChanges
		}
	}
	return w.end()
}

// unchanged fails with ErrChanges if something was recorded of an occurrence after a head, or
// somebody was erased.
func unchanged(ctx context.Context, st *store.Store, o access.Occurrence, head store.Head) error {
	t := &trail{last: head.Seq}
	for now := int64(-1); now != t.last; {
		now = t.last
		lines, err := st.AuditLines(ctx, t.last, trailPage)
		if err != nil {
			return err
		}
		for _, l := range lines {
			t.last = l.Seq
			e, err := l.Recorded()
			if err != nil {
				return err
			}
			if concerns(e, o) {
				return ErrChanges
			}
		}
	}
	return nil
}

// samePanels fails with ErrChanges if others are asked than before: while an occurrence is
// built, no event says so.
func samePanels(ctx context.Context, st *store.Store, o access.Occurrence, before map[string][]access.Person) error {
	now, err := st.CampaignPanels(ctx, o.ID)
	if err == nil && !maps.EqualFunc(before, now, slices.Equal) {
		err = ErrChanges
	}
	return err
}

// signed writes the signature over what was written.
func signed(st *store.Store, w form, f Format, digest hash.Hash, first int64, head store.Head) error {
	g, err := st.Sign(purpose(f), [32]byte(digest.Sum(nil)), first, head)
	if err != nil {
		return err
	}
	token, err := tokenOf(g)
	if err != nil {
		return err
	}
	return w.sign(token)
}

// purpose is what a signature is for.
func purpose(f Format) string { return "campaign report " + string(f) }

// stamp writes a moment, or nothing.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
