//go:build !race

package bot_test

import "time"

const (
	together = 8                       // worlds that are played in at once: they mostly wait
	idle     = 1500 * time.Millisecond // wall time without a call after which airpass counts as idle
	slower   = 1                       // by how much patience is longer
	abreast  = 10                      // tests that run at once
	crowd    = 300                     // people whose access ends in the same minute
)
