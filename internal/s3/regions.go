package s3

import (
	"slices"
	"strings"
)

// regions are Amazon's, of all partitions. A region that is not among them, and is not
// the server's own, does not exist.
//
// https://docs.aws.amazon.com/general/latest/gr/s3.html
const regions = `af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2
	ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
	ca-central-1 ca-west-1 cn-north-1 cn-northwest-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2
	eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1
	us-east-1 us-east-2 us-gov-east-1 us-gov-west-1 us-west-1 us-west-2`

// oldestRegion is the one that Amazon never names in a location.
const oldestRegion = "us-east-1"

// isRegion reports whether a region of Amazon has that name.
func isRegion(name string) bool { return slices.Contains(strings.Fields(regions), name) }

// checkLocation refuses to make a bucket elsewhere than in region. A location that is not
// named is that one, also where Amazon would want it named.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html
func checkLocation(location, region string) error {
	switch {
	case location == "":
		return nil
	case location == oldestRegion && region == oldestRegion: // as on Amazon
	case location == region:
		return nil
	case isRegion(location) || location == "EU": // an older name of eu-west-1
		return &failure{reason: errLocation,
			message: "The " + location + " location constraint is incompatible for the region specific endpoint this request was sent to."}
	}
	return &failure{reason: errNoSuchLocation, value: location}
}
