package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"airpass/access"
	"airpass/bot"
	"airpass/config"
	"airpass/store"
)

type verifyCommand struct {
	configured
	Head    string `placeholder:"FILE" xor:"anchor" help:"A signed head that was kept elsewhere: finds out whether the end was cut off. - is standard input."`
	Anchors bool   `xor:"anchor" help:"The same with the heads in audit.anchor_bucket, read from S3 as whoever runs this."`
}

// Help is shown by --help.
func (verifyCommand) Help() string {
	return `For example:

    airpass audit verify
    airpass audit verify --head head.json
    AWS_PROFILE=auditor airpass audit verify --anchors

The file is what audit head writes, a line "audit head" of the log in JSON, or an object of the bucket of anchors. Without it,
and without --anchors, nobody can tell that the newest events were cut off. Of the bucket the newest 100 anchors are read, and
100 that are spread over the others, in every version that there is of them; the role that writes them is not assumed. Exit
code 4: the trail is not what was sealed.`
}

// Run verifies.
func (c verifyCommand) Run(ctx context.Context, s streams) error {
	kept, err := c.heads(ctx, s)
	if err != nil {
		return err
	}
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		r, err := op.Store.VerifyAudit(ctx, kept.heads...)
		if err == nil && r.Why == "" && r.Erased != r.Recorded { // somebody may have been erased while it was read
			r, err = op.Store.VerifyAudit(ctx, kept.heads...)
		}
		if err != nil {
			return err
		}
		if r.Why != "" {
			s.printf("NOT what was sealed: %s\n", r.Why)
			if r.Unmet != nil && c.Anchors {
				s.printf("the anchor is %s\n", kept.from[r.Unmet.MAC])
			}
			if r.FirstBad > 0 {
				s.printf("%s before that are right\n", count(int(r.Events), "event"))
			}
			return errFinding
		}
		s.printf("%s verified, up to %s\n", count(int(r.Events), "event"), r.Head.Hash)
		s.printf("%s erased, %d of them recorded\n", count(int(r.Erased), "personal value"), r.Recorded)
		if len(kept.heads) == 0 {
			s.printf("without --head or --anchors nobody can tell whether newer ones were cut off\n")
		}
		if r.Erased != r.Recorded {
			s.printf("NOT what was recorded: personal values were deleted or put back past airpass\n")
			return errFinding
		}
		if kept.wrong {
			return errFinding
		}
		return nil
	})
}

// heads are the anchors that the trail is held to.
func (c verifyCommand) heads(ctx context.Context, s streams) (anchors, error) {
	if c.Anchors {
		cfg, err := c.load(ctx)
		if err != nil {
			return anchors{}, err
		}
		return readAnchors(ctx, cfg, s)
	}
	h, err := c.anchor()
	if err != nil || h == nil {
		return anchors{}, err
	}
	return anchors{heads: []store.Head{*h}}, nil
}

func (c verifyCommand) anchor() (*store.Head, error) {
	if c.Head == "" {
		return nil, nil //nolint:nilnil // no anchor is no error
	}
	in := io.Reader(os.Stdin)
	if c.Head != "-" {
		f, err := os.Open(c.Head)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	var h store.Head
	if err := json.NewDecoder(io.LimitReader(in, 1<<20)).Decode(&h); err != nil {
		return nil, fmt.Errorf("read the head from %s: %w", c.Head, err)
	}
	return &h, nil
}

type headCommand struct{ configured }

// Help is shown by --help.
func (headCommand) Help() string {
	return `For example:

    airpass audit head > head.json`
}

// Run writes the head.
func (c headCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		h, err := op.Store.Head(ctx)
		if err != nil {
			return err
		}
		return json.NewEncoder(s.out).Encode(h)
	})
}

type exportCommand struct {
	configured
	From    time.Time `format:"2006-01-02T15:04:05Z07:00" placeholder:"TIME" help:"Only at or after this moment (RFC 3339)."`
	To      time.Time `format:"2006-01-02T15:04:05Z07:00" placeholder:"TIME" help:"Only before this moment."`
	Kind    string    `placeholder:"KIND" help:"Only of this kind, like grant.active."`
	Actor   string    `placeholder:"ID" help:"Only by this actor: an Okta user id, an operator's name, a part of airpass."`
	Request string    `placeholder:"REQUEST" help:"Only about this request."`
	Grant   string    `placeholder:"GRANT" help:"Only about this grant."`
	After   int64     `placeholder:"NUMBER" help:"Only events with a greater number."`
	Person  string    `placeholder:"ID" help:"Only what this Okta user did, and what is about them and their requests."`
	Target  string    `placeholder:"TARGET" help:"Only about requests for this target and what they gave."`
	CSV     bool      `name:"csv" help:"As a table for spreadsheets, which cannot be verified."`
}

// Help is shown by --help.
func (exportCommand) Help() string {
	return `For example:

    airpass audit export > trail.jsonl
    airpass audit export --from 2026-11-01T00:00:00Z --kind grant.active
    airpass audit export --person 00u1ab2cd3EF4gh5IJ67 --csv > ada.csv
    airpass audit export --target prod/Admin --from 2026-07-01T00:00:00Z --to 2026-10-01T00:00:00Z`
}

// Validate refuses what can be seen to be wrong.
func (c exportCommand) Validate() error {
	if !c.From.IsZero() && !c.To.IsZero() && c.From.After(c.To) {
		return errors.New("--from is after --to")
	}
	return nil
}

// Run exports.
func (c exportCommand) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		out := &counted{Writer: s.out}
		export := op.Store.ExportAudit
		if c.CSV {
			export = op.Store.ExportAuditCSV
		}
		err := export(ctx, out, store.AuditFilter{Person: c.Person, Target: c.Target, From: c.From, To: c.To, Kind: access.EventKind(c.Kind),
			Actor: c.Actor, Request: c.Request, Grant: c.Grant, After: c.After})
		if err == nil && out.n == 0 && c.Kind != "" && !slices.Contains(access.EventKinds(), access.EventKind(c.Kind)) {
			return usage("--kind %q is no kind of event: %s", c.Kind, kindsOfEvents())
		}
		return err
	})
}

// counted counts the bytes that are written.
type counted struct {
	io.Writer
	n int
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n += n
	return n, err
}

// kindsOfEvents lists what --kind takes. What is in the trail and not in this list is exported
// all the same: another version has written it.
func kindsOfEvents() string {
	var all []string
	for _, k := range access.EventKinds() {
		all = append(all, string(k))
	}
	return strings.Join(all, ", ")
}
