package access

import "testing"

func TestPrincipalsAreReplacedAndNothingElse(t *testing.T) {
	const alice, id = "arn:aws:iam::111122223333:user/alice", "AIDAALICEALICEALICE1"
	with := map[string]string{alice: id}
	for document, want := range map[string]string{
		`{"Statement":{"Principal":{"AWS":"` + alice + `"}}}`:                              `{"Statement":{"Principal":{"AWS":"` + id + `"}}}`,
		`{"Statement":[{"NotPrincipal":{"AWS":["*","` + alice + `"]}}]}`:                   `{"Statement":[{"NotPrincipal":{"AWS":["*","` + id + `"]}}]}`,
		`{"Statement":[{"Principal":"*","Resource":"` + alice + `"}]}`:                     `{"Statement":[{"Principal":"*","Resource":"` + alice + `"}]}`,
		`{"Statement":[{"Condition":{"ArnEquals":{"aws:PrincipalArn":"` + alice + `"}}}]}`: `{"Statement":[{"Condition":{"ArnEquals":{"aws:PrincipalArn":"` + alice + `"}}}]}`,
		`{"Id":"<&>","Statement":[{"Condition":{"NumericEquals":{"s3:max-keys":1e3}}}]}`:   `{"Id":"<&>","Statement":[{"Condition":{"NumericEquals":{"s3:max-keys":1e3}}}]}`,
	} {
		got, err := ReplacePrincipals([]byte(document), with)
		if err != nil || string(got) != want {
			t.Errorf("%s became %s, %v", document, got, err)
		}
	}
	if _, err := ReplacePrincipals([]byte(`[`), with); err == nil {
		t.Error("what is no document was taken")
	}
}
