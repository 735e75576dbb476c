package config

import (
	"context"
	"os"
	"sync"
)

// Source is a configuration file that may be read again and again.
type Source struct {
	Path string
	// Env looks environment variables up; nil is os.LookupEnv.
	Env func(string) (string, bool)

	mu    sync.Mutex
	files []string
}

// Load reads and checks the file as it is now. The error is that of the function Load.
func (s *Source) Load(context.Context) (*Config, error) {
	env := s.Env
	if env == nil {
		env = os.LookupEnv
	}
	c, files, err := load(s.Path, env)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = files
	return c, err
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
