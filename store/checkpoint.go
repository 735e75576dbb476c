package store

import (
	"context"
	"database/sql"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"time"
)

// SQLite writes changes into a log beside the file, from which they are copied into the
// file now and then. By default the transaction that finds 4 MB of log does so itself,
// with several waits for the disk, while everybody else who wants to write waits for it.
// Here a connection that only reads does it every second, beside those who write; a
// transaction has to only when the log has become large all the same.
// See https://www.sqlite.org/wal.html#ckpt.
const (
	checkpointEvery = time.Second
	checkpointAbove = 4 << 20 // bytes of log
	checkpointPages = 16384   // of 4 KB: 64 MB of log
)

// ownCheckpoint is how SQLite is told to leave it until then.
var ownCheckpoint = "&_pragma=wal_autocheckpoint(" + strconv.Itoa(checkpointPages) + ")"

// keepCheckpointing copies the log into the file until the function that it returns is
// called, which waits for the copying under way.
func keepCheckpointing(look *sql.DB, path string, log *slog.Logger) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(checkpointEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if info, err := os.Stat(path + "-wal"); err != nil || info.Size() < checkpointAbove {
				continue
			}
			if _, err := look.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)"); err != nil && ctx.Err() == nil {
				log.Warn("the database's log could not be copied into its file; it grows", "err", err)
			}
		}
	})
	return func() error {
		cancel()
		running.Wait()
		return nil
	}
}
