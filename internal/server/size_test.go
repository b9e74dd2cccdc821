package server

import "testing"

func TestSizesAreReadWithTheirUnits(t *testing.T) {
	for _, c := range []struct {
		text string
		want Size
		show string
	}{
		{"0", 0, "0B"},
		{"17", 17, "17B"},
		{"17B", 17, "17B"},
		{"1KiB", 1024, "1KiB"},
		{"512MiB", 512 << 20, "512MiB"},
		{" 2 GiB ", 2 << 30, "2GiB"},
		{"3TiB", 3 << 40, "3TiB"},
		{"10GB", 10_000_000_000, "9765625KiB"},
		{"10G", 10 << 30, "10GiB"},
		{"64K", 64 << 10, "64KiB"},
		{"10mb", 10_000_000, "10000000B"},
		{"512mib", 512 << 20, "512MiB"},
		{"1 t", 1 << 40, "1TiB"},
		{"9223372036854775807", 1<<63 - 1, "9223372036854775807B"},
	} {
		got, err := ParseSize(c.text)
		if err != nil || got != c.want || got.String() != c.show {
			t.Errorf("ParseSize(%q) = %d (%s), %v; want %d (%s)", c.text, got, got, err, c.want, c.show)
		}
	}
	for _, text := range []string{"", "GiB", "-1", "+1", "1.5GiB", "1XB", "0x10", "1_000", "9223372036854775808", "8388608TiB", "99999999999999999999"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("ParseSize(%q) = %d, want an error", text, got)
		}
	}
}

func FuzzASizeThatIsReadShowsItself(f *testing.F) {
	for _, s := range []string{"1GiB", "10GB", "0", "7B", "99999999TiB", " 1 KiB"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		size, err := ParseSize(text)
		if err != nil {
			return
		}
		if again, err := ParseSize(size.String()); err != nil || again != size {
			t.Errorf("%q is %d, shown as %q, read again as %d (%v)", text, size, size, again, err)
		}
	})
}
