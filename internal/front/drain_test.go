package front

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestNotEveryRefusedBodyIsDrained(t *testing.T) {
	for name, c := range map[string]struct {
		limited  bool
		draining int32
		size     int
		read     int64
		closed   bool
	}{
		"a short one":                      {false, 0, 1000, 1000, false},
		"a long one":                       {false, 0, 1 << 20, 1 << 20, false},
		"the last of many":                 {false, maxDrains - 1, 1000, 1000, false},
		"one of too many":                  {false, maxDrains, 1000, 0, true},
		"a short one that came too fast":   {true, 0, 1000, 1000, false},
		"a long one that came too fast":    {true, 0, 1 << 20, maxLimitedDrain, true},
		"one that is longer than all that": {false, 0, maxDrain + 1, maxDrain, true},
	} {
		got := make(chan int64, 1)
		addr := serveBodies(t, time.Minute, func(x *exchange, _ *deadlines) {
			x.front.draining.Store(c.draining)
			x.drain(c.limited)
			if n := x.front.draining.Load(); n != c.draining {
				t.Errorf("%s: %d are being drained afterwards, want %d", name, n, c.draining)
			}
			got <- x.body.read
		})
		res, err := http.Post("http://"+addr, "text/plain", strings.NewReader(strings.Repeat("a", c.size)))
		if read := <-got; read != c.read {
			t.Errorf("%s: %d bytes drained, want %d", name, read, c.read)
		}
		if err == nil { // else the connection was closed before all was sent
			res.Body.Close()
			if res.Close != c.closed {
				t.Errorf("%s: connection closed: %t, want %t", name, res.Close, c.closed)
			}
		} else if !c.closed {
			t.Errorf("%s: %v", name, err)
		}
	}
}
