package object

import "errors"

// maxTries is how often Follow tries to use an object that is replaced each time.
const maxTries = 32

// Follow calls try, which uses an object as it was loaded, until it returns
// something else than ErrReplaced. Before each further call reload loads the object
// that has replaced it; an error of reload ends Follow. ErrReplaced is returned
// only for an object that is replaced all the time.
func Follow(try, reload func() error) error {
	err := try()
	for n := 1; n < maxTries && errors.Is(err, ErrReplaced); n++ {
		if err := reload(); err != nil {
			return err
		}
		err = try()
	}
	return err
}
