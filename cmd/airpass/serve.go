package main

import (
	"context"
	"fmt"
	"runtime/debug"

	"airpass/bot"
)

type serveCommand struct{ configured }

// Help is shown by --help.
func (serveCommand) Help() string {
	return `The log goes to standard error. On SIGINT or SIGTERM nothing new is taken, what is under way is finished, then the
process ends; a second signal ends it at once, and the next start goes on where this one stopped.

    airpass serve --config /etc/airpass/airpass.yaml`
}

// Run serves until ctx ends.
func (c serveCommand) Run(ctx context.Context, s streams) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	log := logger(cfg.Log, s.err)
	for _, w := range cfg.Warnings {
		log.Warn("configuration", "problem", w.String())
	}
	return bot.Serve(ctx, bot.Options{Config: cfg, Log: log, Version: versionText()})
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(s streams) error {
	_, err := fmt.Fprintf(s.out, "airpass %s\n", versionText())
	return err
}

// versionText is what the linker was given, else what Go knows of the build.
func versionText() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	text := info.Main.Version
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" && (text == "" || text == "(devel)") {
			text = setting.Value
		}
	}
	if text == "" {
		return "(devel)"
	}
	return text
}
