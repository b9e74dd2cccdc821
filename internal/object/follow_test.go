package object

import (
	"errors"
	"fmt"
	"testing"
)

func TestFollowTriesWhileTheObjectIsReplaced(t *testing.T) {
	refused := errors.New("refused")
	replaced := fmt.Errorf("gone: %w", ErrReplaced)
	for _, tt := range []struct {
		name           string
		tries, reloads []error // the last one again and again
		want           error
		tried          int
	}{
		{name: "at once", tries: []error{nil}, tried: 1},
		{name: "refused at once", tries: []error{refused}, want: refused, tried: 1},
		{name: "replaced twice", tries: []error{replaced, replaced, nil}, reloads: []error{nil}, tried: 3},
		{name: "refused then", tries: []error{replaced, refused}, reloads: []error{nil}, want: refused, tried: 2},
		{name: "not loaded again", tries: []error{replaced}, reloads: []error{nil, refused}, want: refused, tried: 2},
		{name: "replaced all the time", tries: []error{replaced}, reloads: []error{nil}, want: ErrReplaced, tried: maxTries},
	} {
		tried, reloaded := 0, 0
		err := Follow(func() error {
			tried++
			return tt.tries[min(tried, len(tt.tries))-1]
		}, func() error {
			reloaded++
			return tt.reloads[min(reloaded, len(tt.reloads))-1]
		})
		if !errors.Is(err, tt.want) || tried != tt.tried {
			t.Errorf("%s: %v after %d tries, want %v after %d", tt.name, err, tried, tt.want, tt.tried)
		}
		if reloaded > tried || reloaded < tried-1 {
			t.Errorf("%s: loaded again %d times for %d tries", tt.name, reloaded, tried)
		}
	}
}
