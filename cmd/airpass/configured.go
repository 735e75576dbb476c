package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"airpass/bot"
	"airpass/config"
)

// configured is the flag of every command that needs the configuration.
type configured struct {
	Config string `short:"c" default:"airpass.yaml" env:"AIRPASS_CONFIG" placeholder:"FILE" predictor:"file" help:"The configuration file (default airpass.yaml)."`
}

// source is the file, to be read again and again.
func (f configured) source() *config.Source {
	s := &config.Source{Path: f.Config}
	s.FetchWith(bot.Secrets(nil))
	return s
}

// load reads the file. Warnings go to the log of a server and are not repeated by
// every command.
func (f configured) load(ctx context.Context) (*config.Config, error) {
	return f.loadFrom(ctx, f.source())
}

// loadFrom is load with a source to keep.
func (f configured) loadFrom(ctx context.Context, source *config.Source) (*config.Config, error) {
	c, err := source.Load(ctx)
	return c, f.judged(err)
}

// form is load without the secrets that are kept in AWS: nobody is called, and nobody
// need be allowed to yet.
func (f configured) form() (*config.Config, error) {
	c, err := f.source().Form()
	return c, f.judged(err)
}

// blind is form for commands that need no secrets, wherever they are kept: they run where
// the file is reviewed, and before there are any.
func (f configured) blind() (*config.Config, error) {
	s := f.source()
	s.Blind = true
	c, err := s.Form()
	return c, f.judged(err)
}

// setupForm is form for airpass setup: what that makes need not be there yet, nor the
// secrets.
func (f configured) setupForm() (*config.Config, error) {
	s := f.source()
	s.Setup, s.Blind = true, true
	c, err := s.Form()
	return c, f.judged(err)
}

// setupLoad is load for airpass setup, with these secrets only, if any are named.
func (f configured) setupLoad(ctx context.Context, only ...string) (*config.Config, error) {
	s := f.source()
	s.Setup, s.Only = true, only
	return f.loadFrom(ctx, s)
}

// judged gives the problems of the file their exit code, and counts them.
func (f configured) judged(err error) error {
	var problems config.Problems
	if errors.As(err, &problems) && !errors.Is(err, config.ErrAway) {
		return coded{exitConfig, fmt.Errorf("%w\nairpass: %s cannot be used: %s", problems, f.Config, countProblems(problems))}
	}
	return err
}

// operate opens the store for one command and closes it afterwards.
func (f configured) operate(ctx context.Context, do func(*config.Config, *bot.Operator) error) error {
	c, err := f.load(ctx)
	if err != nil {
		return err
	}
	if noStore(c) { // opening would make an empty one, and report on that
		return fmt.Errorf("no store at %s: serve makes it at its first start", c.Store.Path)
	}
	op, err := bot.OpenOperator(ctx, c, nil)
	if err != nil {
		return err
	}
	return errors.Join(do(c, op), op.Close())
}

// noStore says that there is no SQLite file yet.
func noStore(c *config.Config) bool {
	if c.Store.Kind != config.SQLite {
		return false
	}
	_, err := os.Stat(c.Store.Path)
	return errors.Is(err, fs.ErrNotExist)
}

// logger writes the log as configured. Its level can be changed.
func logger(c config.Log, w io.Writer) (*slog.Logger, *slog.LevelVar) {
	level := new(slog.LevelVar)
	level.Set(c.Level)
	opts := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts)), level
	}
	return slog.New(slog.NewTextHandler(w, opts)), level
}

// usage is a command line that is wrong in a way that only shows once the configuration
// or the store is read.
func usage(format string, args ...any) error {
	return coded{exitUsage, fmt.Errorf("airpass: "+format+"\nSee airpass --help.", args...)}
}

// given reports a reason that says nothing.
func given(reason string) error {
	if strings.TrimSpace(reason) == "" {
		return errors.New("--reason is empty: say why")
	}
	return nil
}

// countProblems counts what stops airpass apart from what it runs with.
func countProblems(all config.Problems) string {
	warnings := 0
	for _, p := range all {
		if p.Warning {
			warnings++
		}
	}
	if warnings == 0 {
		return count(len(all), "problem")
	}
	return count(len(all)-warnings, "problem") + ", " + count(warnings, "warning")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
