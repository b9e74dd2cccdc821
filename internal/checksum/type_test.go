package checksum

import "testing"

func TestTypesOfUploadsInParts(t *testing.T) {
	for _, tt := range []struct {
		algorithm        Algorithm
		full, composite  bool
		withoutTypeNamed Type
	}{
		{None, true, false, FullObject},
		{CRC32, true, true, Composite},
		{CRC32C, true, true, Composite},
		{CRC64NVME, true, false, FullObject},
		{SHA1, false, true, Composite},
		{SHA256, false, true, Composite},
		{SHA512, false, true, Composite},
		{MD5, false, true, Composite},
		{XXHash64, false, true, Composite},
		{XXHash3, false, true, Composite},
		{XXHash128, false, true, Composite},
	} {
		a := tt.algorithm
		if a.Supports(FullObject) != tt.full || a.Supports(Composite) != tt.composite || a.Supports(Composite+1) {
			t.Errorf("%v supports full %t, composite %t, another %t",
				a, a.Supports(FullObject), a.Supports(Composite), a.Supports(Composite+1))
		}
		if got := a.DefaultType(); got != tt.withoutTypeNamed {
			t.Errorf("%v is %v by default, want %v", a, got, tt.withoutTypeNamed)
		}
	}
	if unknown := XXHash128 + 1; unknown.Supports(FullObject) || unknown.Supports(Composite) {
		t.Error("an algorithm that is none supports a type")
	}
}

func TestTypesAreParsedByTheirNames(t *testing.T) {
	for name, want := range map[string]Type{"FULL_OBJECT": FullObject, "composite": Composite} {
		if got, ok := ParseType(name); !ok || got != want {
			t.Errorf("%q is %v, %t", name, got, ok)
		}
	}
	for _, name := range []string{"", "FULL", "FULL-OBJECT"} {
		if got, ok := ParseType(name); ok {
			t.Errorf("%q is %v", name, got)
		}
	}
}
