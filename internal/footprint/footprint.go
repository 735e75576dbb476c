// Package footprint says how much memory this process has had at most, for benchmarks that
// hold it to a bound. It knows nothing of what is measured.
package footprint

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// mib is a mebibyte.
const mib = 1 << 20

// Heap watches the heap until the returned function is called, which says how many MiB of it
// were in use at most.
func Heap() (most func() float64) {
	runtime.GC()
	var top atomic.Uint64
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			top.Store(max(top.Load(), m.HeapInuse))
			select {
			case <-end:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() float64 { close(end); <-ended; return float64(top.Load()) / mib }
}

// Resident forgets how much memory the process has had, and returns what says how many MiB
// it has had at most since; zero where that cannot be known.
// See https://docs.kernel.org/filesystems/proc.html (clear_refs, VmHWM).
func Resident(tb testing.TB) (most func() float64) {
	tb.Helper()
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		tb.Logf("how much memory the process has at most is not known: %v", err)
		return func() float64 { return 0 }
	}
	return func() float64 {
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			tb.Fatal(err)
		}
		_, after, _ := strings.Cut(string(status), "VmHWM:")
		var kib float64
		if _, err := fmt.Sscan(after, &kib); err != nil {
			tb.Fatal(err)
		}
		return kib * 1024 / mib
	}
}
