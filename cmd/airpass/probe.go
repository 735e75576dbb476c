package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// probeTime bounds a probe. Wall time.
const probeTime = 3 * time.Second

type probeCommand struct {
	configured
	Ready bool `help:"Ask whether it is ready (/readyz), not only whether it lives (/healthz)."`
}

// Help is shown by --help.
func (probeCommand) Help() string {
	return `For health checks where there is no curl, as in the container image. It asks http.listen of the configuration, on
this machine, and ends with code 0 if the answer is yes.

    airpass probe --config /etc/airpass/airpass.yaml
    airpass probe --ready`
}

// Run asks once.
func (c probeCommand) Run(ctx context.Context, s streams) error {
	cfg, err := c.load(ctx)
	if err != nil {
		return err
	}
	address, err := nearby(cfg.HTTP.Listen)
	if err != nil {
		return err
	}
	path := "/healthz"
	if c.Ready {
		path = "/readyz"
	}
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	words, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s: %s", path, answer.Status, strings.TrimSpace(string(words)))
	}
	s.printf("%s\n", strings.TrimSpace(string(words)))
	return nil
}

// nearby is where somebody on this machine reaches an address that is listened on.
func nearby(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("http.listen: %w", err)
	}
	if port == "0" {
		return "", fmt.Errorf("http.listen is %s: the port is chosen anew at each start, and cannot be known here", listen)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port), nil
}
