package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// maxSecret bounds a secret, in bytes; a 16384-bit RSA key fits.
const maxSecret = 64 << 10

// secret reads a secret: a map with one of env, file and value. harmless says that
// an inline value needs no warning, because it opens only something on this machine.
// Nothing that was written there is ever repeated in a message.
func (s *section) secret(field string, harmless bool) Secret {
	n := s.value(field)
	if n == nil {
		return Secret{}
	}
	return s.r.secret(s.name(field), n, harmless)
}

// needSecret is secret for one that must be there.
func (s *section) needSecret(field string, harmless bool) Secret {
	if !s.present(field, secretMend(field)) {
		return Secret{}
	}
	return s.secret(field, harmless)
}

func secretMend(field string) string {
	name := strings.ToUpper(field[strings.LastIndexAny(field, ".")+1:])
	return fmt.Sprintf("write {env: AIRPASS_%s} or {file: PATH}", name)
}

func (r *reader) secret(path string, n ast.Node, harmless bool) Secret {
	if !isMap(n) {
		r.problem(path, "is written into the file as it is", secretMend(path))
		return Secret{}
	}
	s := r.newSection(path, n)
	env, file, value := s.has("env"), s.has("file"), s.has("value")
	count := 0
	for _, there := range []bool{env, file, value} {
		if there {
			count++
		}
	}
	var text string
	var ok bool
	switch {
	case count > 1:
		r.problem(path, "names more than one of env, file and value", "keep one of them")
	case env:
		text, ok = s.fromEnv()
	case file:
		text, ok = s.fromFile()
	case value:
		text, ok = r.scalar(join(path, "value"), s.value("value"), rule{digits: true, mend: "write text"})
		if ok && !harmless && !r.harmless {
			r.warn(path, "is written into the file", secretMend(path))
		}
	default:
		r.problem(path, "names no secret", secretMend(path))
	}
	s.known = []string{"env", "file", "value"}
	s.close()
	if ok && text == "" {
		r.problem(path, "is empty", "give it a value")
	}
	if !ok || text == "" {
		return Secret{}
	}
	return NewSecret(text)
}

func (s *section) fromEnv() (string, bool) {
	name, ok := s.r.scalar(s.name("env"), s.value("env"), rule{mend: "write the name of an environment variable"})
	if !ok {
		return "", false
	}
	var text string
	if s.r.env != nil {
		text, ok = s.r.env(name)
	}
	if s.r.env == nil || !ok {
		if !envName(name) { // it may be the secret itself
			s.problem("env", "does not look like the name of an environment variable", "write a name such as AIRPASS_TOKEN")
			return "", false
		}
		s.problem("env", "the environment variable "+name+" is not set", "set "+name)
		return "", false
	}
	return strings.TrimRight(text, "\r\n"), true
}

// envName says whether name is written the way variables are, so that a secret
// put there by mistake is not repeated.
func envName(name string) bool {
	if len(name) == 0 || len(name) > 64 {
		return false
	}
	for i, c := range []byte(name) {
		if !(c == '_' || c >= 'A' && c <= 'Z' || i > 0 && c >= '0' && c <= '9') {
			return false
		}
	}
	return true
}

func (s *section) fromFile() (string, bool) {
	path, ok := s.r.scalar(s.name("file"), s.value("file"), rule{mend: "write the path of a file"})
	if !ok {
		return "", false
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.r.dir, path)
	}
	s.r.files = append(s.r.files, path)
	text, err := readSecretFile(path)
	if err != nil {
		s.problem("file", "cannot be read: "+err.Error(), "name a regular file that airpass may read")
		return "", false
	}
	return strings.TrimRight(text, "\r\n"), true
}

// readSecretFile reads a regular file; a device or pipe could block for ever. The
// error does not repeat the path, which could be the secret put there by mistake.
func readSecretFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", bare(err)
	}
	if !info.Mode().IsRegular() {
		return "", errors.New("it is not a regular file")
	}
	f, err := os.Open(path) //nolint:gosec // the operator names their own file
	if err != nil {
		return "", bare(err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", bare(err)
	}
	if len(data) > maxSecret {
		return "", fmt.Errorf("it is larger than %d bytes", maxSecret)
	}
	return string(data), nil
}

func bare(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
