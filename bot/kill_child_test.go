package bot_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"testing"

	"airpass/bot"
	"airpass/config"
	"airpass/internal/parallel"
	"airpass/outbound"
)

// The environment of a child: the test binary, run again as airpass itself.
const (
	childConfig = "AIRPASS_TEST_CHILD" // path of its configuration
	childTells  = "AIRPASS_TEST_TELLS" // whom it tells of each call, before the result is used
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childConfig); path != "" {
		os.Exit(child(path, os.Getenv(childTells)))
	}
	parallel.Tests(sideBySide())
	os.Exit(m.Run())
}

// child serves until it is told to end, is killed, or its parent is gone.
func child(path, tells string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(3)
	}()
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	source := &config.Source{Path: path}
	c, err := source.Load(ctx)
	if err == nil {
		err = bot.Serve(ctx, bot.Options{Config: c, Source: source, Hangup: hangup, Version: "test", AfterCall: teller(tells),
			Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// teller tells the parent of each call and waits for its answer, which does not come
// when this is where the child dies.
func teller(tells string) func(outbound.Call) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	return func(call outbound.Call) {
		form := url.Values{"site": {siteName(call.Site)}, "pid": {strconv.Itoa(os.Getpid())}}
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, tells+"?"+form.Encode(), http.NoBody)
		if err != nil {
			panic(err)
		}
		res, err := client.Do(req)
		if err != nil {
			fmt.Fprintln(os.Stderr, "the parent does not listen:", err)
			return
		}
		_ = res.Body.Close()
	}
}

// process is a running child.
type process struct {
	cmd   *exec.Cmd
	log   *logLines // its own, if it is one of several
	stdin io.Closer // the child ends with it
	dead  chan struct{}
}

// launch runs a child; its log goes to log.
func launch(path, tells string, environ []string, log io.Writer) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.Background(), self)
	cmd.Env = append(append(os.Environ(), environ...), childConfig+"="+path, childTells+"="+tells)
	return run(cmd, log)
}

// run starts a command as a child.
func run(cmd *exec.Cmd, log io.Writer) (*process, error) {
	p := &process{cmd: cmd, dead: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.dead)
	}()
	return p, nil
}

// kill is SIGKILL; the child is dead when it returns.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.dead
}

// end is SIGTERM.
func (p *process) end() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.dead
}
