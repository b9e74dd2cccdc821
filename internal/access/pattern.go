package access

import (
	"strings"
	"unicode/utf8"
)

// pattern is a text of a policy, compiled: literal text, wildcards where they
// count and policy variables.
type pattern struct {
	tokens []token
	// variable says that tokens holds variables, which a request resolves.
	variable bool
	// fold says that letters match whatever their case, for ASCII only.
	fold bool
}

type token struct {
	kind tokenKind
	// text is a literal's text or a variable's condition key in lower case.
	text string
	// fallback is what a variable stands for when the request has no such key,
	// where hasFallback.
	fallback    string
	hasFallback bool
}

type tokenKind uint8

const (
	literal tokenKind = iota
	// star matches any number of characters, also none.
	star
	// anyOne matches one character.
	anyOne
	variable
)

// syntax says what is special in a text.
type syntax uint8

const (
	wildcards syntax = 1 << iota
	variables
	ignoreCase
)

// compile reads a text. An error is a sentence about a broken variable.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func compile(text string, s syntax) (pattern, string) {
	p := pattern{fold: s&ignoreCase != 0}
	start := 0
	flush := func(end int) {
		p.literal(text[start:end])
	}
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case s&wildcards != 0 && (c == '*' || c == '?'):
			flush(i)
			p.wildcard(c)
			i++
		case s&variables != 0 && strings.HasPrefix(text[i:], "${"):
			flush(i)
			length, problem := p.readVariable(text[i:])
			if problem != "" {
				return pattern{}, problem
			}
			i += length
		default:
			i++
			continue
		}
		start = i
	}
	flush(len(text))
	return p, ""
}

// literal appends text, joined to a literal before it.
func (p *pattern) literal(text string) {
	if text == "" {
		return
	}
	if n := len(p.tokens); n > 0 && p.tokens[n-1].kind == literal {
		p.tokens[n-1].text += text
		return
	}
	p.tokens = append(p.tokens, token{kind: literal, text: text})
}

// wildcard appends * or ?. Several stars in a row are one.
func (p *pattern) wildcard(c byte) {
	switch n := len(p.tokens); {
	case c == '?':
		p.tokens = append(p.tokens, token{kind: anyOne})
	case n == 0 || p.tokens[n-1].kind != star:
		p.tokens = append(p.tokens, token{kind: star})
	}
}

// readVariable appends the variable that text begins with: ${key} or
// ${key, 'default'}, or one of the three that stand for a special character.
// It returns how long it is.
func (p *pattern) readVariable(text string) (int, string) {
	const broken = "Invalid policy variable: ${ needs a condition key, an optional default in single quotes, and }."
	end := strings.IndexAny(text, ",}")
	if end < 0 {
		return 0, broken
	}
	key := strings.TrimSpace(text[2:end])
	if text[end] == '}' && (key == "*" || key == "?" || key == "$") {
		p.literal(key)
		return end + 1, ""
	}
	if !validKey(key) {
		return 0, broken
	}
	t := token{kind: variable, text: strings.ToLower(key)}
	rest := text[end:]
	if rest[0] == ',' {
		quoted := strings.TrimLeft(rest[1:], " ")
		if !strings.HasPrefix(quoted, "'") {
			return 0, broken
		}
		fallback, after, found := strings.Cut(quoted[1:], "'")
		rest = strings.TrimLeft(after, " ")
		if !found || !strings.HasPrefix(rest, "}") {
			return 0, broken
		}
		t.fallback, t.hasFallback = fallback, true
	}
	p.variable = true
	p.tokens = append(p.tokens, t)
	return len(text) - len(rest) + 1, ""
}

// validKey reports whether key has the form of a condition key: a service or
// issuer, a colon and a name.
func validKey(key string) bool {
	prefix, name, found := strings.Cut(key, ":")
	return found && prefix != "" && name != "" && len(key) <= 512 && !strings.ContainsAny(key, "${}'*?\"")
}

// everything reports whether p matches every text.
func (p *pattern) everything() bool { return len(p.tokens) == 1 && p.tokens[0].kind == star }

// fixed reports whether p stands for one text whatever the request is.
func (p *pattern) fixed() bool {
	return len(p.tokens) == 0 || len(p.tokens) == 1 && p.tokens[0].kind == literal
}

// resolve returns p's tokens with the request's values for variables, and
// whether there is a value for each.
func (p *pattern) resolve(e *evaluation) ([]token, bool) {
	if !p.variable {
		return p.tokens, true
	}
	r := pattern{tokens: make([]token, 0, len(p.tokens))}
	for _, t := range p.tokens {
		switch t.kind {
		case variable:
			value, ok := e.value(t)
			if !ok {
				return nil, false
			}
			r.literal(value)
		case literal:
			r.literal(t.text)
		default:
			r.tokens = append(r.tokens, t)
		}
	}
	return r.tokens, true
}

// value returns what a variable stands for: the one value of its key. With
// several values or none there is no text that it could be.
func (e *evaluation) value(t token) (string, bool) {
	if values := e.values(t.text); len(values) == 1 {
		return values[0], true
	} else if len(values) == 0 && t.hasFallback {
		return t.fallback, true
	}
	return "", false
}

// matches reports whether text matches p, and whether all of p's variables had
// values. Without them nothing matches.
func (p *pattern) matches(e *evaluation, text string) (matched, resolved bool) {
	tokens, ok := p.resolve(e)
	return ok && match(tokens, text, p.fold), ok
}

// text returns the one text that p without wildcards stands for.
func (p *pattern) text(e *evaluation) (string, bool) {
	tokens, ok := p.resolve(e)
	if !ok || len(tokens) == 0 {
		return "", ok
	}
	return tokens[0].text, true
}

// match reports whether tokens without variables match all of text. It goes
// back to the last star only, for what an earlier one took can never matter.
func match(tokens []token, text string, fold bool) bool {
	if len(tokens)*len(text) > costly && hasQuestion(tokens) {
		return matchWide(tokens, text, fold)
	}
	at, next := 0, 0
	lastStar, resume := -1, 0
	for {
		switch {
		case next == len(tokens):
			if at == len(text) {
				return true
			}
		case tokens[next].kind == star:
			if next == len(tokens)-1 {
				return true
			}
			lastStar, resume = next, at
			next++
			continue
		case tokens[next].kind == anyOne:
			if at < len(text) {
				at += width(text[at:])
				next++
				continue
			}
		case hasPrefix(text[at:], tokens[next].text, fold):
			at += len(tokens[next].text)
			next++
			continue
		}
		if lastStar < 0 || resume == len(text) {
			return false
		}
		resume += width(text[resume:])
		if after := tokens[lastStar+1]; after.kind == literal && !fold {
			skip := strings.Index(text[resume:], after.text)
			if skip < 0 {
				return false
			}
			resume += skip
		}
		at, next = resume, lastStar+1
	}
}

// width is the length of text's first character.
func width(text string) int {
	if text[0] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRuneInString(text)
	return n
}

func hasPrefix(text, prefix string, fold bool) bool {
	if !fold {
		return strings.HasPrefix(text, prefix)
	}
	if len(text) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if lower(text[i]) != lower(prefix[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
