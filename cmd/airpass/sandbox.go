package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"airpass/bot"
	"airpass/config"
	"airpass/sandbox"
	"airpass/sandbox/tour"
)

type sandboxCommand struct {
	Tour   bool   `help:"Play the whole story and exit: 0 only if every step held."`
	JSON   bool   `name:"json" help:"Tell it in JSON, one object a line."`
	Listen string `default:"127.0.0.1:4700" placeholder:"ADDRESS" help:"Where the control server listens; the vendors take the ports after it. Port 0 takes free ones (default 127.0.0.1:4700)."`
	NoBot  bool   `help:"Only the vendors: run airpass yourself with the configuration that is written."`
}

// Help is shown by --help.
func (sandboxCommand) Help() string {
	return `Nothing leaves this machine and nothing is kept: the state is in a temporary directory.

    airpass sandbox --tour
    airpass sandbox --listen 127.0.0.1:0 --json

Move its clock, or make a vendor misbehave, while it is up:

    curl -X POST http://127.0.0.1:4700/clock/advance -d '{"by":"1h"}'
    curl -X POST http://127.0.0.1:4700/okta/faults -d '{"op":"*","answer":"unavailable","times":3}'`
}

// Validate refuses what can be seen to be wrong.
func (c sandboxCommand) Validate() error {
	if c.Tour && c.NoBot {
		return errors.New("--tour needs airpass, and --no-bot leaves it out: choose one")
	}
	return nil
}

// Run plays the tour, or keeps the world up until ctx ends.
func (c sandboxCommand) Run(ctx context.Context, s streams) error {
	if c.Tour {
		return tour.Run(ctx, s.out, tour.Options{JSON: c.JSON, Version: versionText()})
	}
	world, err := sandbox.Start(ctx, sandbox.Options{Listen: c.Listen})
	if err != nil {
		return fmt.Errorf("%w (choose another address with --listen)", err)
	}
	defer world.Close()
	dir, err := os.MkdirTemp("", "airpass-sandbox-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "airpass.yaml")
	if err := os.WriteFile(file, world.Config("sqlite:"+filepath.Join(dir, "airpass.db")), 0o600); err != nil {
		return err
	}
	if err := c.show(s, world, file); err != nil {
		return err
	}
	if c.NoBot {
		<-ctx.Done()
		return nil
	}
	return c.live(ctx, s, world, file)
}

// live runs airpass in the world until ctx ends.
func (c sandboxCommand) live(ctx context.Context, s streams, world *sandbox.World, file string) error {
	// The AWS SDK takes credentials from the environment; what the user has there for
	// real accounts has no business here.
	for _, pair := range world.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	cfg, err := config.Load(file, os.LookupEnv)
	if err != nil {
		return err
	}
	b, err := bot.Start(ctx, bot.Options{Config: cfg, Log: logger(cfg.Log, s.err), Version: versionText()})
	if err != nil {
		return err
	}
	metrics := "http://" + b.Addr() + "/metrics" // its port is known only now
	if c.JSON {
		err = json.NewEncoder(s.out).Encode(map[string]string{"metrics": metrics})
	} else {
		s.printf("  %-16s %s\n\n", "metrics", metrics)
	}
	if err == nil {
		<-ctx.Done()
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 25*time.Second)
	defer cancel()
	return errors.Join(err, b.Close(end))
}

// show says where everything is.
func (c sandboxCommand) show(s streams, world *sandbox.World, file string) error {
	at := world.Addresses()
	if c.JSON {
		return json.NewEncoder(s.out).Encode(map[string]any{"addresses": at, "config": file, "environ": world.Environ(),
			"people": world.People(), "targets": world.Targets()})
	}
	s.printf("The sandbox is up. Ctrl-C ends it, and nothing is kept.\n\n")
	for _, line := range [][2]string{{"control", at.Control + "/"}, {"Slack", at.Slack + "/api/"}, {"Okta", at.Okta}, {"Identity Center", at.IdentityCenter},
		{"STS", at.STS}, {"MWAA", at.MWAA}, {"access portal", at.Portal + "/start"}, {"configuration", file}} {
		s.printf("  %-16s %s\n", line[0], line[1])
	}
	s.printf("\nThe people:\n\n")
	for _, p := range world.People() {
		s.printf("  %-10s %-18s %s\n", p.Key, p.Name, p.About)
	}
	if c.NoBot {
		s.printf("\nairpass is not running. Run it from another terminal:\n\n  env %s \\\n    airpass serve --config %s\n", strings.Join(world.Environ(), " "), file)
		return nil
	}
	s.printf("\nTry next, from another terminal:\n\n  airpass grants list --config %s\n  curl -X POST %s/clock/advance -d '{\"by\":\"1h\"}'\n  airpass sandbox --tour\n\n", file, at.Control)
	return nil
}
