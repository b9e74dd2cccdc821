package iam

import (
	"encoding/base64"
	"slices"
	"strings"
)

// maxItems is the longest page of a list, and otherItems a page's length where
// the request does not say it.
const (
	maxItems   = 1000
	otherItems = 100
)

// truncated ends the results of lists.
type truncated struct {
	IsTruncated bool
	Marker      string `xml:",omitempty"`
}

// more returns the end of a page after which next begins; "" if it is the last.
func more(next string) truncated {
	if next == "" {
		return truncated{}
	}
	return truncated{IsTruncated: true, Marker: base64.RawURLEncoding.EncodeToString([]byte(next))}
}

// page returns what Marker and MaxItems ask for.
func (r *request) page() (after string, max int, err error) {
	if max, err = r.parameters.number("MaxItems", 1, maxItems, otherItems); err != nil {
		return "", 0, err
	}
	marker := r.parameters.get("Marker")
	if marker == "" {
		return "", max, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(marker)
	if err != nil || len(text) == 0 || len(text) > 2048 {
		return "", 0, validationFailed("Invalid Marker: " + quoted(marker))
	}
	return string(text), max, nil
}

// cut returns the page of all that Marker and MaxItems ask for, in the order of
// their names, which tell them apart.
func cut[T any](r *request, all []T, name func(T) string) ([]T, truncated, error) {
	all = slices.SortedFunc(slices.Values(all), func(a, b T) int { return strings.Compare(name(a), name(b)) })
	return cutAt(r, all, name, func(all []T, after string) int {
		at, found := slices.BinarySearchFunc(all, after, func(a T, after string) int { return strings.Compare(name(a), after) })
		if found {
			at++
		}
		return at
	})
}

// cutInOrder does the same of a list that keeps its order. A page goes on after
// the one that the last ended with, or begins anew if that is gone.
func cutInOrder[T any](r *request, all []T, name func(T) string) ([]T, truncated, error) {
	return cutAt(r, all, name, func(all []T, after string) int {
		return 1 + slices.IndexFunc(all, func(a T) bool { return name(a) == after })
	})
}

func cutAt[T any](r *request, all []T, name func(T) string, from func([]T, string) int) ([]T, truncated, error) {
	after, max, err := r.page()
	if err != nil {
		return nil, truncated{}, err
	}
	if after != "" {
		all = all[from(all, after):]
	}
	if len(all) <= max {
		return all, truncated{}, nil
	}
	return all[:max], more(name(all[max-1])), nil
}

// pathPrefix returns PathPrefix.
func (r *request) pathPrefix() (string, error) {
	prefix := r.parameters.get("PathPrefix")
	switch {
	case prefix == "":
		return "/", nil
	case prefix[0] != '/':
		return "", validationFailed("The specified value for pathPrefix is invalid. It must begin with / and contain only alphanumeric characters and/or / characters.")
	case len(prefix) > 512:
		return "", constraint(quoted(prefix), "pathPrefix", "Member must have length less than or equal to 512")
	}
	return prefix, nil
}

// mapped returns f of each.
func mapped[S, T any](all []S, f func(*S) T) members[T] {
	m := members[T]{Member: make([]T, len(all))}
	for i := range all {
		m.Member[i] = f(&all[i])
	}
	return m
}
