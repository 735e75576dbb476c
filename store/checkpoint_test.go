package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"airpass/store"
)

// What is written while nobody else works is soon in the file, though no transaction
// copies it there.
func TestTheLogIsCopiedIntoTheFileBesideWriters(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "airpass.db")
	s, err := store.Open(t.Context(), "sqlite:"+path, store.Options{Now: func() time.Time { return noon }, Key: key()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	size := func(name string) int64 {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	value := strings.Repeat("x", 1<<20)
	for range 6 {
		if err := s.Update(t.Context(), tester, func(tx *store.Tx) error { return tx.SetSetting(tx.NewID(), value) }); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(20 * time.Second); size(path) < 6<<20; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the file has %d bytes, its log %d", size(path), size(path+"-wal"))
		}
	}
}
