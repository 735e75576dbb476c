package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
)

// Source is a configuration file that may be read again and again.
type Source struct {
	Path string
	// Setup reads it for airpass setup: what that makes need not be there yet.
	Setup bool
	// Blind reads it without its secrets, for commands that need none: variables, files and
	// AWS are not asked for them, and they are missing in what Form returns.
	Blind bool
	// Only, if any, are the sections and fields whose secrets are read ("okta", "store.url"),
	// for commands that need no others: those are left out as with Blind.
	Only []string
	// Env looks environment variables up; nil is os.LookupEnv.
	Env func(string) (string, bool)

	mu    sync.Mutex
	files []string
	open  OpenVault
	vault Vault // as reached last
	reach Reach
}

// FetchWith says how secrets that are kept in AWS are fetched from now on; without it
// they cannot be.
func (s *Source) FetchWith(open OpenVault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open, s.vault = open, nil
}

// Load reads and checks the file as it is now, and fetches the secrets that are kept
// in AWS, once everything else about the file is known to be right. The error is that
// of the function Load; it wraps ErrAway too where nothing is wrong but that AWS does not answer.
func (s *Source) Load(ctx context.Context) (*Config, error) { return s.LoadAgain(ctx, nil) }

// LoadAgain is Load while a configuration is in use: a secret that AWS does not give
// now is what it was then, which Config.Stale tells.
func (s *Source) LoadAgain(ctx context.Context, inUse *Config) (*Config, error) {
	data, c, err := s.read()
	if err != nil || len(c.kept) == 0 {
		return c, err
	}
	vault, err := s.vaultOf(c)
	if err != nil {
		return nil, err
	}
	var before map[Kept]Secret
	if inUse != nil {
		before = inUse.fetched
	}
	c, err = s.parse(data, fetch(ctx, vault, c.kept, before))
	var all Problems
	if errors.As(err, &all) && all.away() {
		return nil, fmt.Errorf("%w:\n%w", ErrAway, all)
	}
	return c, err
}

// Form reads and checks the file as it is now, and asks nobody: secrets that are kept
// in AWS are missing in what it returns.
func (s *Source) Form() (*Config, error) {
	_, c, err := s.read()
	return c, err
}

// Rotated fetches the secrets of a configuration that are kept in AWS again, and says
// whether any of them is another than it was. The error is about those that could not be fetched.
func (s *Source) Rotated(ctx context.Context, c *Config) (rotated bool, err error) {
	if len(c.kept) == 0 {
		return false, nil
	}
	vault, err := s.vaultOf(c)
	if err != nil {
		return false, err
	}
	var failed []error
	for k, got := range fetch(ctx, vault, c.kept, nil) {
		switch {
		case got.err != nil:
			failed = append(failed, got.err)
		case got.value.Reveal() != c.fetched[k].Reveal():
			rotated = true
		}
	}
	return rotated, errors.Join(failed...)
}

// read reads the file and checks everything but what has to be fetched.
func (s *Source) read() ([]byte, *Config, error) {
	data, err := readFile(s.Path)
	if err != nil {
		s.looked([]string{s.Path})
		return nil, nil, fmt.Errorf("read the configuration: %w", err)
	}
	c, err := s.parse(data, nil)
	return data, c, err
}

func (s *Source) parse(data []byte, fetched map[Kept]found) (*Config, error) {
	env := s.Env
	if env == nil {
		env = os.LookupEnv
	}
	c, files, err := parse(s.Path, data, env, fetched, reading{setup: s.Setup, blind: s.Blind, only: s.Only})
	s.looked(files)
	return c, err
}

func (s *Source) looked(files []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = files
}

// vaultOf is the vault of a configuration, the same as before while it is reached in
// the same way: it keeps credentials.
func (s *Source) vaultOf(c *Config) (Vault, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	reach := c.reach()
	switch {
	case s.open == nil:
		return nil, fmt.Errorf("%s: secrets are kept in AWS, which is not asked here", s.Path)
	case s.vault != nil && s.reach == reach:
		return s.vault, nil
	}
	vault, err := s.open(reach)
	if err != nil {
		return nil, fmt.Errorf("secrets in AWS: %w", err)
	}
	s.vault, s.reach = vault, reach
	return vault, nil
}

// Files are the file and the secret files that it named when it was loaded last, also
// if it was refused then: a change of any of them is a reason to load it again.
func (s *Source) Files() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.files) == 0 {
		return []string{s.Path}
	}
	return append([]string(nil), s.files...)
}
