package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"airpass/bot"
	"airpass/campaigns/report"
	"airpass/config"
)

type exportReviews struct {
	configured
	Name   string `arg:"" help:"The id of an occurrence, or the name of a campaign for its newest."`
	Format string `enum:"html,csv,json" default:"html" help:"html (the default) is for people and paper, csv for spreadsheets, json for programs."`
	Out    string `placeholder:"FILE" predictor:"file" help:"Write it there, and not to standard output."`
}

// Help is shown by --help.
func (exportReviews) Help() string {
	return `Scope, population and how it was found, every decision with who, when, why and the facts as they were shown, what silence
decided, removals with the moment in which they were seen, exceptions, and the reviewers. An occurrence that is not over is
written as it stands. For example:

    airpass reviews export quarterly --out quarterly.html
    airpass reviews export quarterly --format csv > quarterly.csv
    airpass reviews verify quarterly.html`
}

// Run writes a report.
func (c exportReviews) Run(ctx context.Context, s streams) error {
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		o, err := occurrence(ctx, op, c.Name)
		if err != nil {
			return err
		}
		if c.Out == "" {
			return report.Write(ctx, op.Store, o.ID, report.Format(c.Format), "", s.out)
		}
		// Only a whole report is there under the name.
		file, err := os.CreateTemp(filepath.Dir(c.Out), ".airpass-report-*")
		if err != nil {
			return err
		}
		defer func() { _ = os.Remove(file.Name()) }()
		err = report.Write(ctx, op.Store, o.ID, report.Format(c.Format), filepath.Dir(c.Out), file)
		if err = errors.Join(err, file.Close()); err == nil {
			err = os.Rename(file.Name(), c.Out)
		}
		return err
	})
}

type verifyReviews struct {
	configured
	File string `arg:"" predictor:"file" help:"What reviews export has written."`
}

// Help is shown by --help.
func (verifyReviews) Help() string {
	return `The file must be what was signed, byte for byte; and the audit trail must be what was sealed, up to its end when the report was
written at least: the report's signature is an anchor of it, as a head is for audit verify. For example:

    airpass reviews verify quarterly.html

Exit code 4: one of them is not.`
}

// Run verifies a report.
func (c verifyReviews) Run(ctx context.Context, s streams) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	return c.operate(ctx, func(_ *config.Config, op *bot.Operator) error {
		g, why, err := report.Check(op.Store, file)
		if err != nil {
			return fmt.Errorf("read %s: %w", c.File, err)
		}
		if why != "" {
			s.printf("NOT what was signed: %s\n", why)
			return errFinding
		}
		s.printf("the report is what was signed at %s, over events %d to %d of the trail\n", when(g.Head.At), g.First, g.Head.Seq)
		r, err := op.Store.VerifyAudit(ctx, g.Head)
		if err != nil {
			return err
		}
		if r.Why != "" {
			s.printf("NOT what was sealed: %s\n", r.Why)
			return errFinding
		}
		s.printf("%s of the trail verified, up to %s\n", count(int(r.Events), "event"), r.Head.Hash)
		return nil
	})
}
