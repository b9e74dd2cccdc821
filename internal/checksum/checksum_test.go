package checksum

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The check values are those that the CRC catalogue, FIPS 180 and RFC 1321 publish for
// the nine digits, and those of the reference implementation of xxHash.
func TestCheckValues(t *testing.T) {
	for _, test := range []struct {
		algorithm Algorithm
		name      string
		header    string
		size      int
		empty     string
		digits    string
	}{
		{CRC32, "CRC32", "x-amz-checksum-crc32", 4, "00000000", "cbf43926"},
		{CRC32C, "CRC32C", "x-amz-checksum-crc32c", 4, "00000000", "e3069283"},
		{CRC64NVME, "CRC64NVME", "x-amz-checksum-crc64nvme", 8, "0000000000000000", "ae8b14860a799888"},
		{SHA1, "SHA1", "x-amz-checksum-sha1", 20,
			"da39a3ee5e6b4b0d3255bfef95601890afd80709",
			"f7c3bc1d808e04732adf679965ccc34ca7ae3441"},
		{SHA256, "SHA256", "x-amz-checksum-sha256", 32,
			"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
			"15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"},
		{SHA512, "SHA512", "x-amz-checksum-sha512", 64,
			"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce" +
				"47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
			"d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274a" +
				"d27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85"},
		{MD5, "MD5", "x-amz-checksum-md5", 16,
			"d41d8cd98f00b204e9800998ecf8427e", "25f9e794323b453885f5181f1b624d0b"},
		{XXHash64, "XXHASH64", "x-amz-checksum-xxhash64", 8, "ef46db3751d8e999", "8cb841db40e6ae83"},
		{XXHash3, "XXHASH3", "x-amz-checksum-xxhash3", 8, "2d06800538d394c2", "72dcb18b67a17dff"},
		{XXHash128, "XXHASH128", "x-amz-checksum-xxhash128", 16,
			"99aa06d3014798d86001c324468d497f", "33119477ede5dcd5e9716427681d5860"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.algorithm.String(); got != test.name {
				t.Errorf("String is %q, want %q", got, test.name)
			}
			if got, want := test.algorithm.Header(), http.CanonicalHeaderKey(test.header); got != want {
				t.Errorf("Header is %q, want %q", got, want)
			}
			if got := test.algorithm.Size(); got != test.size {
				t.Errorf("Size is %d, want %d", got, test.size)
			}
			for _, name := range []string{test.name, strings.ToLower(test.name)} {
				if got, ok := Parse(name); !ok || got != test.algorithm {
					t.Errorf("Parse(%q) = %v, %v", name, got, ok)
				}
			}
			for _, name := range []string{test.header, strings.ToUpper(test.header), test.algorithm.Header()} {
				if got, ok := OfHeader(name); !ok || got != test.algorithm {
					t.Errorf("OfHeader(%q) = %v, %v", name, got, ok)
				}
			}
			for input, want := range map[string]string{"": test.empty, "123456789": test.digits} {
				h := test.algorithm.New()
				// In two writes: a checksum must not depend on how its bytes came.
				io.WriteString(h, input[:len(input)/2])
				io.WriteString(h, input[len(input)/2:])
				value := h.Sum([]byte("prefix"))[len("prefix"):]
				if got := hex.EncodeToString(value); got != want {
					t.Errorf("checksum of %q is %s, want %s", input, got, want)
				}
				sum := Sum{test.algorithm, value}
				decoded, ok := test.algorithm.Decode(sum.String())
				if !ok || !cmp.Equal(decoded, value) {
					t.Errorf("Decode(%q) = %x, %v, want %x", sum, decoded, ok, value)
				}
			}
		})
	}
}

func TestAlgorithmsAreAllThatParseKnows(t *testing.T) {
	// The numbers are those of records that are on disks.
	want := []Algorithm{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	if diff := cmp.Diff(want, Algorithms()); diff != "" {
		t.Error(diff)
	}
	var names []string
	for _, a := range Algorithms() {
		names = append(names, a.String())
	}
	wantNames := []string{
		"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "MD5", "XXHASH64", "XXHASH3", "XXHASH128",
	}
	if diff := cmp.Diff(wantNames, names); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"", "none", "MD4", "CRC-32", "CRC32 ", "SHA384", "XXHASH", "XXHASH32"} {
		if a, ok := Parse(name); ok {
			t.Errorf("Parse(%q) = %v", name, a)
		}
	}
	for _, name := range []string{"", "x-amz-checksum-", "x-amz-checksum-type", "crc32", "x-amz-checksum-md4"} {
		if a, ok := OfHeader(name); ok {
			t.Errorf("OfHeader(%q) = %v", name, a)
		}
	}
}

func TestNoneIsNothing(t *testing.T) {
	for _, a := range []Algorithm{None, XXHash128 + 1, 255} {
		if a.String() != "" || a.Header() != "" || a.Size() != 0 {
			t.Errorf("algorithm %d is %q, %q, %d bytes", a, a.String(), a.Header(), a.Size())
		}
		if value, ok := a.Decode(""); ok {
			t.Errorf("algorithm %d decodes %x", a, value)
		}
	}
	if got := (Sum{}).String(); got != "" {
		t.Errorf("the zero Sum is %q", got)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":           "",
		"too short":         "AAA=",
		"too long":          "AAAAAAA=",
		"no padding":        "y/Q5Jg",
		"the URL alphabet":  "y_Q5Jg==",
		"stray bits":        "y/Q5Jh==",
		"a line break":      "y/Q5Jg=\n",
		"a break, one less": "y/Q5\nA==",
		"spaces":            " y/Q5Jg=",
		"hex":               "cbf43926",
	} {
		if value, ok := CRC32.Decode(text); ok {
			t.Errorf("%s: Decode(%q) = %x", name, text, value)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(uint8(CRC32), "y/Q5Jg==")
	f.Add(uint8(CRC64NVME), "rosUhgp5mIg=")
	f.Add(uint8(SHA1), "98O8HYCOBHMq32eZZczDTKeuNEE=")
	f.Fuzz(func(t *testing.T, number uint8, text string) {
		a := Algorithm(number % uint8(end+1))
		value, ok := a.Decode(text)
		if !ok {
			return
		}
		if len(value) != a.Size() || base64.StdEncoding.EncodeToString(value) != text {
			t.Errorf("%v decodes %q as %x", a, text, value)
		}
	})
}
