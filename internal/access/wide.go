package access

import "unicode/utf8"

// costly is from how many steps on match could be made to go back again and
// again by question marks behind a star, and matchWide is the better way.
const costly = 1 << 14

// hasQuestion reports whether tokens hold a star and a question mark after it,
// where looking for a literal's text cannot skip ahead.
func hasQuestion(tokens []token) bool {
	stars := false
	for _, t := range tokens {
		if t.kind == star {
			stars = true
		} else if t.kind == anyOne && stars {
			return true
		}
	}
	return false
}

// bits is a set of numbers.
type bits []uint64

func (b bits) add(i int) { b[i/64] |= 1 << (i % 64) }

func (b bits) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

// matchWide is match in time that hostile policies and texts cannot drive up: it
// follows all ways through the pattern at once, 64 of its characters in a step.
func matchWide(tokens []token, text string, fold bool) bool {
	length := 0
	for _, t := range tokens {
		switch t.kind {
		case anyOne:
			length++
		case literal:
			length += utf8.RuneCountInString(t.text)
		}
	}
	words := length/64 + 1
	// Having matched i characters of the pattern, stay is where any character may
	// come without a step forward, anyNext and next where it may with one.
	stay, anyNext := make(bits, words), make(bits, words)
	next := make(map[rune]bits)
	at := 0
	for _, t := range tokens {
		switch t.kind {
		case star:
			stay.add(at)
		case anyOne:
			anyNext.add(at)
			at++
		case literal:
			for rest := t.text; rest != ""; at++ {
				var c rune
				c, rest = cutCharacter(rest, fold)
				if next[c] == nil {
					next[c] = make(bits, words)
				}
				next[c].add(at)
			}
		}
	}
	reached := make(bits, words)
	reached.add(0)
	for text != "" {
		var c rune
		c, text = cutCharacter(text, fold)
		given, carry, alive := next[c], uint64(0), uint64(0)
		for i, r := range reached {
			step := anyNext[i]
			if given != nil {
				step |= given[i]
			}
			step &= r
			reached[i] = step<<1 | carry | r&stay[i]
			carry = step >> 63
			alive |= reached[i]
		}
		if alive == 0 {
			return false
		}
	}
	return reached.has(length)
}

// cutCharacter returns text's first character and the rest. A byte that is none
// in UTF-8 is one of its own, beyond all others.
func cutCharacter(text string, fold bool) (rune, string) {
	c, n := utf8.DecodeRuneInString(text)
	switch {
	case c == utf8.RuneError && n == 1:
		c = utf8.MaxRune + 1 + rune(text[0])
	case fold && c < utf8.RuneSelf:
		c = rune(lower(byte(c)))
	}
	return c, text[n:]
}
