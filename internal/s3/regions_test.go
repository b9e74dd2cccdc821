package s3

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
)

// The regions are those that Amazon's SDK knows.
func TestRegionsAreAmazons(t *testing.T) {
	want := []string{"us-east-1"} // never a location constraint
	for _, name := range types.BucketLocationConstraint("").Values() {
		if name != "EU" {
			want = append(want, string(name))
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, strings.Fields(regions)); diff != "" {
		t.Error(diff)
	}
}

func TestLocationsOfNewBuckets(t *testing.T) {
	for _, tt := range []struct {
		location, region string
		want             error
	}{
		{"", "us-east-1", nil},
		{"", "eu-west-1", nil},
		{"eu-west-1", "eu-west-1", nil},
		{"home-1", "home-1", nil},
		{"us-east-1", "us-east-1", errNoSuchLocation},
		{"us-east-1", "eu-west-1", errLocation},
		{"us-east-1", "home-1", errLocation},
		{"eu-west-1", "us-east-1", errLocation},
		{"EU", "us-east-1", errLocation},
		{"us-gov-west-1", "us-east-1", errLocation},
		{"mars-north-1", "us-east-1", errNoSuchLocation},
		{"mars-north-1", "eu-west-1", errNoSuchLocation},
		{"US-EAST-1", "us-east-1", errNoSuchLocation},
		{"eu", "us-east-1", errNoSuchLocation},
		{" ", "us-east-1", errNoSuchLocation},
		{"<>", "us-east-1", errNoSuchLocation},
	} {
		if err := checkLocation(tt.location, tt.region); err != tt.want && !errors.Is(err, tt.want) {
			t.Errorf("%q at an endpoint of %s: %v, want %v", tt.location, tt.region, err, tt.want)
		}
	}
	w := newWorld(t, nil)
	for location, want := range map[string]string{"mars-north-1": "InvalidLocationConstraint", "eu-west-1": "IllegalLocationConstraintException"} {
		a := w.try(want, "main", "PUT /"+location,
			fmt.Sprintf("<CreateBucketConfiguration><LocationConstraint>%s</LocationConstraint></CreateBucketConfiguration>", location))
		if a.status != 400 || want == "InvalidLocationConstraint" && between(a.body, "LocationConstraint") != location {
			t.Errorf("%s: %d %s", location, a.status, a.body)
		}
		w.try("NoSuchBucket", "main", "GET /"+location)
	}
	w.must("main", "PUT /here", "<CreateBucketConfiguration><LocationConstraint/></CreateBucketConfiguration>")
	w.must("main", "GET /?bucket-region=us-east-1")
	w.must("main", "GET /?bucket-region=eu-west-1")
	w.try("InvalidArgument", "main", "GET /?bucket-region=mars-north-1")
}
