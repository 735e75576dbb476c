// Package parallel has a test program run more tests at once than there are processors.
// Stories wait for vendors, budgets, browsers and each other's processes far more than they
// compute: two at a time leave both processors of a small machine idle.
package parallel

import (
	"flag"
	"runtime"
	"strconv"
)

// Tests has so many parallel tests run at once, unless the command line says how many.
// TestMain calls it.
func Tests(most int) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f != nil && f.Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		_ = flag.Set("test.parallel", strconv.Itoa(max(most, runtime.GOMAXPROCS(0))))
	}
}
