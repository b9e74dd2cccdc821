package access

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// matchSlowly is what match means: each token in turn, each choice of a star.
func matchSlowly(tokens []token, text string, fold bool) bool {
	if len(tokens) == 0 {
		return text == ""
	}
	switch t := tokens[0]; t.kind {
	case star:
		for {
			if matchSlowly(tokens[1:], text, fold) {
				return true
			}
			if text == "" {
				return false
			}
			_, n := utf8.DecodeRuneInString(text)
			text = text[n:]
		}
	case anyOne:
		_, n := utf8.DecodeRuneInString(text)
		return text != "" && matchSlowly(tokens[1:], text[n:], fold)
	default:
		if len(text) < len(t.text) {
			return false
		}
		head := text[:len(t.text)]
		return (head == t.text || fold && strings.EqualFold(head, t.text)) && matchSlowly(tokens[1:], text[len(t.text):], fold)
	}
}

func TestWildcardsMatch(t *testing.T) {
	tests := []struct {
		pattern, text string
		fold, want    bool
	}{
		{"", "", false, true},
		{"", "a", false, false},
		{"*", "", false, true},
		{"*", "a/b:c\nd", false, true},
		{"?", "", false, false},
		{"?", "a", false, true},
		{"?", "é", false, true},
		{"??", "é", false, false},
		{"*?", "é", false, true},
		{"a*", "a", false, true},
		{"a*", "ba", false, false},
		{"*a", "bba", false, true},
		{"*a", "bab", false, false},
		{"*ab*ab", "ab", false, false},
		{"*ab*ab", "abab", false, true},
		{"*ab?b", "abababb", false, false},
		{"*ab?b", "abababxb", false, true},
		{"a**b", "ab", false, true},
		{"Get*", "getobject", false, false},
		{"s3:Get*", "S3:gETobject", true, true},
		{"s3:*Object", "s3:getobjectacl", true, false},
		{"s3:*Object*", "s3:getobjectacl", true, true},
		{"logs/????-??-??/*", "logs/2024-01-02/a", false, true},
		{"logs/????-??-??/*", "logs/2024-1-02/a", false, false},
		{"[a-z]", "b", false, false},
		{"\\*", "\\anything", false, true},
	}
	for _, tt := range tests {
		s := wildcards
		if tt.fold {
			s |= ignoreCase
		}
		p, problem := compile(tt.pattern, s)
		if problem != "" {
			t.Fatal(problem)
		}
		if got := match(p.tokens, tt.text, p.fold); got != tt.want {
			t.Errorf("%q matches %q: %v, want %v", tt.pattern, tt.text, got, tt.want)
		}
	}
}

func TestWildcardsMatchAsTheirDefinitionSays(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	word := func(alphabet []string, most int) string {
		var b strings.Builder
		for range random.IntN(most) {
			b.WriteString(alphabet[random.IntN(len(alphabet))])
		}
		return b.String()
	}
	matched := 0
	for range 20_000 {
		pattern := word([]string{"a", "A", "b", "é", "*", "?"}, 8)
		text := word([]string{"a", "A", "b", "é"}, 10)
		fold := random.IntN(2) == 0
		p, _ := compile(pattern, wildcards)
		want := matchSlowly(p.tokens, text, fold)
		if got := match(p.tokens, text, fold); got != want {
			t.Fatalf("%q matches %q (fold %v): %v, want %v", pattern, text, fold, got, want)
		}
		if got := matchWide(p.tokens, text, fold); got != want {
			t.Fatalf("%q matches %q (fold %v): %v when matched widely, want %v", pattern, text, fold, got, want)
		}
		if want {
			matched++
		}
	}
	if matched < 1000 {
		t.Errorf("only %d of the patterns matched", matched)
	}
}

func TestLongPatternsMatchLongTexts(t *testing.T) {
	hostile, _ := compile("*"+strings.Repeat("a?é", 300)+"b*", wildcards)
	for text, want := range map[string]bool{
		strings.Repeat("aaé", 600):                                    false,
		strings.Repeat("aaé", 300) + "b":                              true,
		"x" + strings.Repeat("aaé", 500) + "bc":                       true,
		strings.Repeat("aaé", 299) + "b":                              false,
		strings.Repeat("aaé", 300) + "\xff":                           false,
		strings.Repeat("aaé", 100) + strings.Repeat("aéé", 300) + "b": true,
	} {
		if got := match(hostile.tokens, text, false); got != want {
			t.Errorf("%.20q... of %d bytes: %v, want %v", text, len(text), got, want)
		}
	}
}

func TestVariablesResolve(t *testing.T) {
	e := newEvaluation(&Request{
		Principal: Principal{AccountID: "111111111111", Name: "al*ce", ID: "AIDA1", Tags: map[string]string{"Team": "red", "Empty": ""}},
		Context:   testContext{"s3:prefix": {"home/"}, "aws:tagkeys": {"a", "b"}},
	})
	tests := []struct {
		text, matches, not string
	}{
		{"${aws:username}/*", "al*ce/x", "alice/x"},
		{"${AWS:UserName}", "al*ce", "AL*CE"},
		{"${ aws:userid }", "AIDA1", "AIDA2"},
		{"${s3:prefix}?", "home/x", "home/"},
		{"${aws:PrincipalTag/team}", "red", "blue"},
		{"${aws:PrincipalTag/Empty}", "", "x"},
		{"${aws:PrincipalTag/none, 'all'}", "all", "none"},
		{"${aws:PrincipalTag/team,'all'}", "red", "all"},
		{"${aws:PrincipalTag/none, 'a}b,*'}", "a}b,*", "a}b,c"},
		{"${aws:PrincipalTag/none, ''}x", "x", "y"},
		{"a${*}b", "a*b", "axb"},
		{"a${?}b", "a?b", "axb"},
		{"${$}{aws:username}", "${aws:username}", "al*ce"},
		{"$", "$", "x"},
		{"$x{", "$x{", "x"},
		{"x${aws:username}${aws:userid}y", "xal*ceAIDA1y", "xy"},
	}
	for _, tt := range tests {
		p, problem := compile(tt.text, wildcards|variables)
		if problem != "" {
			t.Errorf("%s: %s", tt.text, problem)
			continue
		}
		if ok, resolved := p.matches(&e, tt.matches); !ok || !resolved {
			t.Errorf("%s does not match %q", tt.text, tt.matches)
		}
		if ok, _ := p.matches(&e, tt.not); ok {
			t.Errorf("%s matches %q", tt.text, tt.not)
		}
	}
	for _, text := range []string{"${aws:PrincipalTag/none}", "${aws:tagkeys}", "${aws:tagkeys, 'a'}", "${aws:sourceip}*"} {
		p, _ := compile(text, wildcards|variables)
		if matched, resolved := p.matches(&e, ""); matched || resolved {
			t.Errorf("%s has a value: %v, %v", text, matched, resolved)
		}
	}
}

func TestBrokenVariablesAreRefused(t *testing.T) {
	for _, text := range []string{
		"${", "${}", "${aws:username", "${username}", "${:x}", "${aws:}", "${aws:username,}", "${aws:username, x}",
		"${aws:username, 'x}", "${aws:username, 'x' y}", "${aws:${aws:username}}", "${aws:user*}",
	} {
		if _, problem := compile(text, wildcards|variables); problem == "" {
			t.Errorf("%s is taken", text)
		}
		p, problem := compile(text, 0)
		if problem != "" || !match(p.tokens, text, false) {
			t.Errorf("%s is no literal text without variables: %s", text, problem)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("arn:aws:s3:::b*/?${aws:username, 'x'}", "arn:aws:s3:::bucket/ax", false)
	f.Add("*a?*é", "\xffa\xc3\xa9é", true)
	f.Add("s3:Get*", "S3:GETOBJECT", true)
	f.Fuzz(func(t *testing.T, pattern, text string, fold bool) {
		if len(pattern) > 20 || len(text) > 40 || !utf8.ValidString(pattern) {
			return
		}
		if _, problem := compile(pattern, wildcards|variables); problem != "" && !strings.Contains(pattern, "${") {
			t.Fatalf("%q: %s", pattern, problem)
		}
		p, problem := compile(pattern, wildcards)
		if problem != "" {
			t.Fatalf("%q: %s", pattern, problem)
		}
		got, want := match(p.tokens, text, fold), matchSlowly(p.tokens, text, false)
		if !fold && got != want && utf8.ValidString(text) || fold && want && !got && utf8.ValidString(text) {
			t.Errorf("%q matches %q (fold %v): %v, want %v", pattern, text, fold, got, want)
		}
		if wide := matchWide(p.tokens, text, fold); wide != got && utf8.ValidString(text) {
			t.Errorf("%q matches %q (fold %v): %v, but widely %v", pattern, text, fold, got, wide)
		}
		if match(p.tokens, pattern, fold) != true && !strings.ContainsAny(pattern, "?*") {
			t.Errorf("%q does not match itself", pattern)
		}
	})
}

func BenchmarkHostilePattern(b *testing.B) {
	for name, pattern := range map[string]string{
		"stars":     strings.Repeat("a*", 500) + "b",
		"literal":   "*" + strings.Repeat("a", 500) + "b",
		"questions": "*" + strings.Repeat("a?", 250) + "b",
	} {
		p, _ := compile(pattern, wildcards)
		text := strings.Repeat("a", 1024)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				match(p.tokens, text, false)
			}
		})
	}
}
