package strictjson

import "slices"

// Fields reads the values of an object by name. The first problem stands and is
// returned by Err, so that a reader asks for all names it knows and looks once. A name
// that is missing and one with null read as the zero value.
type Fields struct {
	object Value
	known  []string
	err    error
}

// Fields returns a reader of v, which is an object.
func (v Value) Fields() *Fields {
	f := &Fields{object: v}
	if v.Kind != Object {
		f.err = &Error{Problem: WrongKind}
	}
	return f
}

// value returns the value of a name if it is of that kind.
func (f *Fields) value(name string, kind Kind) Value {
	f.known = append(f.known, name)
	i := slices.Index(f.object.Names, name)
	if i < 0 || f.object.Items[i].Kind == Null {
		return Value{}
	}
	v := f.object.Items[i]
	if v.Kind != kind {
		f.fail(WrongKind, name)
		return Value{}
	}
	return v
}

func (f *Fields) fail(problem Problem, name string) {
	if f.err == nil {
		f.err = &Error{Problem: problem, Name: name}
	}
}

// Text returns a string.
func (f *Fields) Text(name string) string { return f.value(name, String).Text }

// Texts returns an object of strings, nil where it is missing.
func (f *Fields) Texts(name string) map[string]string {
	v := f.value(name, Object)
	if v.Kind != Object {
		return nil
	}
	texts := make(map[string]string, len(v.Names))
	for i, item := range v.Items {
		if item.Kind != String && item.Kind != Null {
			f.fail(WrongKind, name)
			return nil
		}
		texts[v.Names[i]] = item.Text
	}
	return texts
}

// Err returns the first problem, which is a value of the wrong kind or a name that was
// not asked for. It is a *Error, nil if there is no problem.
func (f *Fields) Err() error {
	if f.err != nil {
		return f.err
	}
	for _, name := range f.object.Names {
		if !slices.Contains(f.known, name) {
			return &Error{Problem: UnknownName, Name: name}
		}
	}
	return nil
}
