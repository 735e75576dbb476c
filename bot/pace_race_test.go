//go:build race

package bot_test

import "time"

// Under the race detector everything takes several times as long.
const (
	together = 2
	idle     = 6 * time.Second
	slower   = 4
	abreast  = 4
	crowd    = 60
)
