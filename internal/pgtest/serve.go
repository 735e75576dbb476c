//go:build unix

package pgtest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// What a test throws away need not survive a power cut. Several worlds of three replicas,
// each with a pool, are at it at once.
const settings = ` -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c full_page_writes=off -c max_connections=600 -c log_min_messages=fatal `

// guard runs the server until its standard input ends, which it does when the test
// program does, however that dies; then it removes everything.
const guard = `"$1"/postgres -D "$2" -p "$3"` + settings + `-c synchronous_commit=off &
read -r _
kill -INT $!
wait
rm -rf "$2"`

// killed runs the server until its standard input ends, and then stops it as "pg_ctl stop
// -m immediate" does: without a checkpoint and without a word to anybody.
const killed = `"$1"/postgres -D "$2" -p "$3"` + settings + `&
read -r _
kill -QUIT $!
wait`

// Server is a server of a test's own, which can be killed and started again. What was
// committed is there then.
type Server struct {
	t              testing.TB
	bin, dir, port string
	who            *syscall.SysProcAttr
	cmd            *exec.Cmd
	hold           io.Closer
}

// Own starts a server for one test, which ends with it. Where PostgreSQL is not installed
// the test is skipped, or fails where the variable CI is "true".
func Own(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, bin: filepath.Dir(Tool(t, "postgres"))}
	var err error
	if s.dir, s.who, err = cluster(s.bin, ""); err == nil {
		s.port, err = freePort()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Kill(); _ = os.RemoveAll(s.dir) })
	s.Start()
	return s
}

// URL is the url of an empty database there.
func (s *Server) URL() string {
	return "postgres://airpass@127.0.0.1:" + s.port + "/postgres?sslmode=disable"
}

// Start starts it, again after Kill.
func (s *Server) Start() {
	s.t.Helper()
	s.cmd = exec.Command("sh", "-c", killed, "sh", s.bin, s.dir, s.port)
	s.cmd.SysProcAttr, s.cmd.Dir = s.who, s.dir
	var err error
	if s.hold, err = s.cmd.StdinPipe(); err == nil {
		err = s.cmd.Start()
	}
	if err == nil {
		err = ready(s.URL())
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// Kill ends it at once, whatever it is doing.
func (s *Server) Kill() {
	if s.hold == nil {
		return
	}
	_ = s.hold.Close()
	_ = s.cmd.Wait()
	s.hold = nil
}

// cluster makes the folder of a server within another, nothing is the system's for such, and says
// as whom it is run.
func cluster(bin, in string) (dir string, who *syscall.SysProcAttr, err error) {
	if dir, err = os.MkdirTemp(in, "airpass-postgres-"); err != nil {
		return dir, nil, err
	}
	if who, err = owner(dir); err != nil {
		return dir, nil, err
	}
	// What a test throws away need not be guarded by a password.
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", dir, "-U", "airpass", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
	initdb.SysProcAttr, initdb.Dir = who, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return dir, nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	return dir, who, nil
}

// roomy is how much has to be free where a server's files are kept in memory: its log ahead
// of the tables grows to 1 GiB, and two test programs run at once.
const roomy = 4 << 30

// memory is a folder for files in memory, or nothing where that is small: a database is some
// 900 files, and a test makes one and throws it away. A disk's file system is busier with that
// than PostgreSQL with the tests.
func memory() string {
	const dir = "/dev/shm"
	var room syscall.Statfs_t
	if err := syscall.Statfs(dir, &room); err != nil || uint64(room.Bavail)*uint64(room.Bsize) < roomy { //nolint:unconvert // not the same types everywhere
		return ""
	}
	return dir
}

// serve starts a throw-away server on a free port of 127.0.0.1 and returns its url.
func serve() (running, error) {
	bin, err := binaries()
	if err != nil {
		return running{}, err
	}
	dir, who, err := cluster(bin, memory())
	if err != nil {
		return running{}, err
	}
	port, err := freePort()
	if err != nil {
		return running{}, err
	}
	cmd := exec.Command("sh", "-c", guard, "sh", bin, dir, port)
	cmd.SysProcAttr, cmd.Dir = who, dir
	hold, err := cmd.StdinPipe() // stays open until this program ends
	if err != nil {
		return running{}, err
	}
	if err := cmd.Start(); err != nil {
		return running{}, err
	}
	base := "postgres://airpass@127.0.0.1:" + port + "/postgres?sslmode=disable"
	return running{base, hold}, ready(base)
}

func ready(base string) error {
	var err error
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) { //nolint:forbidigo // polls a server that starts
		if err = run(base, "SELECT 1"); err == nil {
			return nil
		}
	}
	return fmt.Errorf("the server did not come up: %w", err)
}

// binaries is the folder of the newest server that is installed.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("no server in /usr/lib/postgresql")
	}
	return filepath.Dir(slices.Max(found)), nil
}

// owner gives the folder to a user who may run a server: PostgreSQL refuses root.
func owner(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{Setpgid: true}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Setpgid: true, Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// Tool returns the path of one of PostgreSQL's programs, of the version whose server tests
// use ("pg_dump"). Where PostgreSQL is not installed the test is skipped, or fails where the
// variable CI is "true".
func Tool(t testing.TB, name string) string {
	t.Helper()
	bin, err := binaries()
	if err == nil {
		return filepath.Join(bin, name)
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("no %s to test with: %v", name, err)
	}
	t.Skipf("NOT TESTED WITH %s: %v", name, err)
	return ""
}
