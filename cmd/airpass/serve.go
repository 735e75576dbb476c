package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"airpass/bot"
)

type serveCommand struct{ configured }

// Help is shown by --help.
func (serveCommand) Help() string {
	return `The log goes to standard error. On SIGINT or SIGTERM nothing new is taken, what is under way is finished, then the
process ends; a second signal ends it at once, and the next start goes on where this one stopped.

The configuration is read again on SIGHUP and when it, or a file with a secret, changes. It is taken into use if all
of it is valid and nothing in it needs a restart; otherwise the old one stays, and the log says why.

    airpass serve --config /etc/airpass/airpass.yaml`
}

// Run serves until ctx ends.
func (c serveCommand) Run(ctx context.Context, s streams) error {
	hangup := make(chan os.Signal, 1) // before the start, which may take a while: SIGHUP would end the process
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	source := c.source()
	cfg, err := c.loadFrom(ctx, source)
	if err != nil {
		return err
	}
	log, level := logger(cfg.Log, s.err)
	for _, w := range cfg.Warnings {
		log.Warn("configuration", "problem", w.String())
	}
	return bot.Serve(ctx, bot.Options{Config: cfg, Source: source, Hangup: hangup, Level: level, Log: log, Version: versionText()})
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
