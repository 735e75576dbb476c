// Command airpass gives people access to Amazon MWAA for a while, asked for and
// approved in Slack. See "airpass --help"; each command is a few lines that call a
// package.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // zones of schedules, where the system has none

	"github.com/alecthomas/kong"
)

// version is set by the linker (-X main.version=…) and never written elsewhere.
var version = ""

// Exit codes, as told by --help.
const (
	exitFailed  = 1 // it could not be done, or the tour did not hold
	exitUsage   = 2 // the command line is wrong
	exitConfig  = 3 // the configuration file has problems
	exitDiffers = 2 // of setup plan: something is to be done
	exitFinding = 4 // done, and what was looked for was found
)

// coded is an error with an exit code of its own.
type coded struct {
	code int
	err  error
}

func (c coded) Error() string { return c.err.Error() }
func (c coded) Unwrap() error { return c.err }

// errFinding: the command has said what it found, and nothing is left to say.
var errFinding = errors.New("found something")

// errDiffers: the plan was told, and something is to be done.
var errDiffers = errors.New("something is to be done")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends the process at once
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// streams are where commands write, and read answers.
type streams struct {
	out, err io.Writer
	in       io.Reader // what a question is answered with
}

func (s streams) printf(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format, args...) }

// run carries out one command line and returns its exit code.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	exited := -1 // --help has been answered
	parser, err := kong.New(&commands{}, kong.Name("airpass"), kong.Description(about), kong.Writers(out, errs),
		kong.Exit(func(code int) { exited = code }), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(streams{out, errs, os.Stdin}),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}))
	if err != nil {
		panic("the command line's own definition: " + err.Error())
	}
	if completing() {
		return complete(parser, out, errs)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	switch {
	case exited >= 0:
		return exited
	case err != nil:
		_, _ = fmt.Fprintf(errs, "airpass: %v\nSee airpass --help.\n", err)
		return exitUsage
	}
	err = parsed.Run()
	var c coded
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFinding):
		return exitFinding
	case errors.Is(err, errDiffers):
		return exitDiffers
	case errors.As(err, &c):
		_, _ = fmt.Fprintln(errs, c.Error())
		return c.code
	}
	_, _ = fmt.Fprintf(errs, "airpass: %v\n", err)
	return exitFailed
}
