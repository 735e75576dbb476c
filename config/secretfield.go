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

// secret reads a secret: a map with one of env, file, aws_secret, ssm and value. harmless says that
// an inline value needs no warning, because it opens only something on this machine.
// Nothing that was written there is ever repeated in a message.
func (s *section) secret(field string, harmless bool) Secret {
	n := s.value(field)
	s.r.sketch.secret(s.name(field))
	if n == nil {
		return Secret{}
	}
	return s.r.secret(s.name(field), n, harmless)
}

// needSecret is secret for one that must be there.
func (s *section) needSecret(field string, harmless bool) Secret {
	s.r.sketch.secret(s.name(field))
	if !s.present(field, secretMend(field)) {
		return Secret{}
	}
	return s.secret(field, harmless)
}

func secretMend(field string) string {
	name := strings.ToUpper(field[strings.LastIndexAny(field, ".")+1:])
	return fmt.Sprintf("write {env: AIRPASS_%s}, {file: PATH}, {aws_secret: NAME} or {ssm: PARAMETER}", name)
}

// The ways to name a secret.
const (
	inEnv     = "env"
	inFile    = "file"
	inSecrets = "aws_secret"
	inSSM     = "ssm"
	inline    = "value"
	jsonKey   = "key" // of inSecrets
)

// secretForms are the ways to name a secret, in the order in which they are told.
func secretForms() []string { return []string{inEnv, inFile, inSecrets, inSSM, inline} }

func (r *reader) secret(path string, n ast.Node, harmless bool) Secret {
	if r.sketch.secret(path) {
		return Secret{}
	}
	if !isMap(n) {
		r.problem(path, "is written into the file as it is", secretMend(path))
		return Secret{}
	}
	s := r.newSection(path, n)
	var written []string
	for _, form := range secretForms() {
		if s.has(form) {
			written = append(written, form)
		}
	}
	var text string
	var ok bool
	switch {
	case len(written) > 1:
		r.problem(path, "names more than one of env, file, aws_secret, ssm and value", "keep one of them")
	case len(written) == 0:
		r.problem(path, "names no secret", secretMend(path))
	case s.has(jsonKey) && written[0] != inSecrets:
		r.problem(path, "has a key, which only what is in aws_secret has", "remove key, or write aws_secret")
	default:
		text, ok = s.from(written[0], harmless)
	}
	s.known = append(secretForms(), jsonKey)
	s.close()
	if ok && text == "" && (!r.spares(path) || written[0] == inline) {
		r.problem(path, "is empty", "give it a value")
	}
	if !ok || text == "" {
		return Secret{}
	}
	return NewSecret(text)
}

// from reads a secret from where it is kept.
func (s *section) from(form string, harmless bool) (text string, ok bool) {
	switch form {
	case inEnv:
		return s.fromEnv()
	case inFile:
		return s.fromFile()
	case inSecrets, inSSM:
		return s.fromAWS(form)
	}
	text, ok = s.r.scalar(s.name(inline), s.value(inline), rule{digits: true, mend: "write text"})
	if ok && !harmless && !s.r.harmless {
		s.r.warn(s.path, "is written into the file", secretMend(s.path))
	}
	return text, ok
}

func (s *section) fromEnv() (string, bool) {
	name, ok := s.r.scalar(s.name("env"), s.value("env"), rule{mend: "write the name of an environment variable"})
	if !ok {
		return "", false
	}
	if s.r.spares(s.path) && envName(name) {
		return "", true
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
	if s.r.spares(s.path) {
		return "", true
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
