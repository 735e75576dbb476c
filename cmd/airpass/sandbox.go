package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
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
	Page   string `placeholder:"ADDRESS" help:"Where the page for your browser is served. Port 0 takes a free one (default 127.0.0.1:8080, or the next port that is free)."`
	Listen string `default:"127.0.0.1:4700" placeholder:"ADDRESS" help:"Where the control server listens; the vendors take the ports after it. Port 0 takes free ones (default 127.0.0.1:4700)."`
	HTTP   bool   `name:"http" help:"Slack posts signed requests to airpass, instead of Socket Mode."`
	NoBot  bool   `help:"Only the vendors: run airpass yourself with the configuration that is written."`
}

// Help is shown by --help.
func (sandboxCommand) Help() string {
	return `Open the address that is printed first: Slack, as anybody of the town, and beside it what happens in Okta, AWS and Airflow.
Nothing leaves this machine and nothing is kept: the state is in a temporary directory.

    airpass sandbox --tour
    airpass sandbox --listen 127.0.0.1:0 --json
    airpass sandbox --http

The page moves the clock and breaks vendors with a click. So does the control server:

    curl -X POST http://127.0.0.1:4700/clock/advance -d '{"by":"1h"}'
    curl -X POST http://127.0.0.1:4700/okta/faults -d '{"op":"*","answer":"unavailable","times":3}'`
}

// Validate refuses what can be seen to be wrong.
func (c sandboxCommand) Validate() error {
	if c.Tour && c.NoBot {
		return errors.New("--tour needs airpass, and --no-bot leaves it out: choose one")
	}
	if c.Page != "" {
		if err := loopback(c.Page); err != nil {
			return fmt.Errorf("--page %w", err)
		}
	}
	if c.Tour && c.HTTP {
		return errors.New("the tour is told in Socket Mode: leave out --http")
	}
	if _, port, err := net.SplitHostPort(c.Listen); err == nil && port == "0" && c.HTTP && c.NoBot {
		return errors.New("--http with --no-bot needs a port with --listen: Slack must know where you will run airpass")
	}
	return nil
}

// Run plays the tour, or keeps the world up until ctx ends.
func (c sandboxCommand) Run(ctx context.Context, s streams) error {
	if c.Tour {
		return tour.Run(ctx, s.out, tour.Options{JSON: c.JSON, Version: versionText()})
	}
	world, err := sandbox.Start(ctx, sandbox.Options{Listen: c.Listen, HTTP: c.HTTP, Tiles: true, Campaign: true})
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
	at, err := listenForPage(ctx, c.Page)
	if err != nil {
		return fmt.Errorf("the page: %w (choose another address with --page)", err)
	}
	up := running{Page: "http://" + at.Addr().String() + "/", Addresses: world.Addresses(), Config: file,
		Environ: world.Environ(), People: world.People(), Targets: world.Targets()}
	if c.NoBot {
		defer servePage(at, world, nil)()
		err = c.show(s, up)
		<-ctx.Done()
		return err
	}
	return errors.Join(c.live(ctx, s, world, at, up), closed(at))
}

// closed closes a listener that may be closed.
func closed(l net.Listener) error {
	if err := l.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// running says where everything is. It is what --json writes.
type running struct {
	Page      string            `json:"page"`
	Addresses sandbox.Addresses `json:"addresses"`
	Metrics   string            `json:"metrics,omitempty"`
	Config    string            `json:"config"`
	Environ   []string          `json:"environ"`
	People    []sandbox.Person  `json:"people"`
	Targets   []sandbox.Target  `json:"targets"`
}

// live runs airpass in the world, and the page beside it, until ctx ends.
func (c sandboxCommand) live(ctx context.Context, s streams, world *sandbox.World, at net.Listener, up running) error {
	// The AWS SDK takes credentials from the environment; what the user has there for
	// real accounts has no business here.
	for _, pair := range up.Environ {
		name, value, _ := strings.Cut(pair, "=")
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	cfg, err := (&config.Source{Path: up.Config}).Load(ctx)
	if err != nil {
		return err
	}
	// Schedules follow the wall clock, which nobody can move: somebody deactivated on the
	// page is noticed while one watches.
	if cfg.Schedules.Deactivation, err = config.ParseSchedule("@every 10s"); err != nil {
		return err
	}
	log, level := logger(cfg.Log, s.err)
	b, err := bot.Start(ctx, bot.Options{Config: cfg, Level: level, Log: log, Version: versionText()})
	if err != nil {
		return err
	}
	if c.HTTP {
		world.PostTo(b.RequestURL())
	}
	stop := servePage(at, world, b)
	up.Metrics = "http://" + b.Addr() + "/metrics" // its port is known only now
	if err = c.show(s, up); err == nil {
		<-ctx.Done()
	}
	stop()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 25*time.Second)
	defer cancel()
	return errors.Join(err, b.Close(end))
}

// show says where everything is, the page first.
func (c sandboxCommand) show(s streams, up running) error {
	if c.JSON {
		return json.NewEncoder(s.out).Encode(up)
	}
	s.printf("\n  Open  %s  in your browser.\n\n", up.Page)
	s.printf("It is Slack, as anybody of a small town, and beside it the outside world. Ctrl-C ends it, and nothing is kept.\n\n")
	at := up.Addresses
	for _, line := range [][2]string{{"control", at.Control + "/"}, {"Slack", at.Slack + "/api/"}, {"Okta", at.Okta}, {"Identity Center", at.IdentityCenter},
		{"STS", at.STS}, {"MWAA", at.MWAA}, {"access portal", at.Portal + "/start"}, {"metrics", up.Metrics}, {"configuration", up.Config}} {
		if line[1] != "" {
			s.printf("  %-16s %s\n", line[0], line[1])
		}
	}
	s.printf("\nThe people:\n\n")
	for _, p := range up.People {
		s.printf("  %-10s %-18s %s\n", p.Key, p.Name, p.About)
	}
	if c.NoBot {
		s.printf("\nairpass is not running. Run it from another terminal:\n\n  env %s \\\n    airpass serve --config %s\n", strings.Join(up.Environ, " "), up.Config)
		return nil
	}
	s.printf("\nFrom another terminal:\n\n  airpass grants list --config %s\n  curl -X POST %s/clock/advance -d '{\"by\":\"1h\"}'\n  airpass sandbox --tour\n\n", up.Config, at.Control)
	return nil
}
