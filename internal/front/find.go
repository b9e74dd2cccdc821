package front

// Find looks through err and the errors that it wraps, each before those that it
// wraps, for the first that match recognizes, and returns what match made of it. found
// is false if match recognizes no error.
func Find[T any](err error, match func(error) (T, bool)) (answer T, found bool) {
	if err == nil {
		return answer, false
	}
	if answer, found = match(err); found {
		return answer, true
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return Find(e.Unwrap(), match)
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			if answer, found = Find(err, match); found {
				return answer, true
			}
		}
	}
	return answer, false
}
