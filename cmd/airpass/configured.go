package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"airpass/bot"
	"airpass/config"
)

// configured is the flag of every command that needs the configuration.
type configured struct {
	Config string `short:"c" default:"airpass.yaml" env:"AIRPASS_CONFIG" placeholder:"FILE" help:"The configuration file (default airpass.yaml)."`
}

// load reads the file. Warnings go to the log of a server and are not repeated by
// every command.
func (f configured) load() (*config.Config, error) {
	c, err := config.Load(f.Config, os.LookupEnv)
	var problems config.Problems
	if errors.As(err, &problems) {
		return nil, coded{exitConfig, fmt.Errorf("%w\nairpass: %s cannot be used: %s", problems, f.Config, count(len(problems), "problem"))}
	}
	return c, err
}

// operate opens the store for one command and closes it afterwards.
func (f configured) operate(ctx context.Context, do func(*config.Config, *bot.Operator) error) error {
	c, err := f.load()
	if err != nil {
		return err
	}
	op, err := bot.OpenOperator(ctx, c, nil)
	if err != nil {
		return err
	}
	return errors.Join(do(c, op), op.Close())
}

// logger writes the log as configured.
func logger(c config.Log, w io.Writer) *slog.Logger {
	opts := &slog.HandlerOptions{Level: c.Level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
