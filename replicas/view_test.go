package replicas_test

import (
	"testing"

	"airpass/replicas"
)

func TestAllTogetherStayWithinSlacksTenConnections(t *testing.T) {
	t.Parallel()
	want := map[int]int{1: 2, 2: 4, 5: 10, 6: 6, 10: 10, 11: 10, 30: 10}
	for live := 1; live <= 30; live++ {
		sum := 0
		for place := range live {
			n := replicas.View{Live: live, Place: place}.Connections()
			if n == 0 && place < 10 {
				t.Errorf("of %d replicas number %d holds none", live, place)
			}
			sum += n
		}
		if sum > 10 {
			t.Errorf("%d replicas hold %d connections", live, sum)
		}
		if w, is := want[live]; is && sum != w {
			t.Errorf("%d replicas hold %d connections, want %d", live, sum, w)
		}
	}
}
