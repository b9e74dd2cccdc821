package auth

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

// setParameter replaces a parameter of a query that is signed.
func setParameter(r *arrival, name, value string) *arrival {
	before, after, ok := strings.Cut("&"+r.Query, "&"+name+"=")
	if !ok {
		panic(name)
	}
	_, rest, more := strings.Cut(after, "&")
	r.Query = strings.TrimPrefix(before+"&"+name+"="+url.QueryEscape(value), "&")
	if more {
		r.Query += "&" + rest
	}
	return r
}

func removeParameter(r *arrival, name string) *arrival {
	setParameter(r, name, "")
	r.Query = strings.Trim(strings.ReplaceAll(strings.Replace("&"+r.Query, "&"+name+"=", "&", 1), "&&", "&"), "&")
	return r
}

func with(r *arrival, name, value string) *arrival {
	r.Header.Set(name, value)
	return r
}

func TestPresignedURLsThatAreRefused(t *testing.T) {
	get := func() *arrival { return plainRequest("GET", "") }
	put := func() *arrival { return plainRequest("PUT", "abc") }
	good := func() *arrival { return v4{}.inQuery(t, get()) }
	missing := &Error{Reason: ErrQueryParameters, Message: "Query-string authentication version 4 requires the X-Amz-Algorithm, " +
		"X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."}
	credential := func(s string) *Error {
		return &Error{Reason: ErrQueryParameters, Message: "Error parsing the X-Amz-Credential parameter; " + s}
	}
	tooLong := &Error{Reason: ErrQueryParameters, Message: "X-Amz-Expires must be less than a week (in seconds); that is, the given " +
		"X-Amz-Expires must be less than 604800 seconds"}
	date := func(d time.Duration) time.Time { return testNow.Add(d) }
	signature := func(r *arrival) string { return r.Query[len(r.Query)-64:] }
	mismatch := func(provided string) *Error {
		return &Error{Reason: ErrSignatureMismatch, Scheme: SchemeV4, AccessKeyID: testID, Value: provided}
	}
	wrongSecret := v4{secret: "wrong"}.inQuery(t, get())

	tests := []struct {
		name string
		r    *arrival
		want error
	}{
		{"good", good(), nil},
		{"a good upload", v4{}.inQuery(t, put()), nil},
		{"signed ten minutes ago for a day", v4{date: date(-10 * time.Minute), expires: "86400"}.inQuery(t, get()), nil},
		{"signed an hour ago for a day", v4{date: date(-time.Hour), expires: "86400"}.inQuery(t, get()), nil},
		{"signed seven days ago for seven days", v4{date: date(-maxLife), expires: "604800"}.inQuery(t, get()), nil},
		{"dated 15 minutes ahead", v4{date: date(maxSkew)}.inQuery(t, get()), nil},
		{"good for one second", v4{expires: "1"}.inQuery(t, get()), nil},

		{"expired", v4{date: date(-61 * time.Second)}.inQuery(t, get()),
			&Error{Reason: ErrExpired, Scheme: SchemeV4, Lifetime: 60 * time.Second, ExpiresAt: date(-time.Second), ServerTime: testNow}},
		{"good for no time", v4{expires: "0"}.inQuery(t, get()),
			&Error{Reason: ErrExpired, Scheme: SchemeV4, ExpiresAt: testNow, ServerTime: testNow}},
		{"good for no time and dated ahead", v4{date: date(time.Minute), expires: "0"}.inQuery(t, get()),
			&Error{Reason: ErrExpired, Scheme: SchemeV4, ExpiresAt: date(time.Minute), ServerTime: testNow}},
		{"dated too far ahead", v4{date: date(maxSkew + time.Second)}.inQuery(t, get()),
			&Error{Reason: ErrNotYetValid, Date: date(maxSkew + time.Second),
				ExpiresAt: date(maxSkew + 61*time.Second), ServerTime: testNow}},
		{"expired and with a wrong signature", v4{date: date(-time.Hour), secret: "wrong"}.inQuery(t, get()),
			&Error{Reason: ErrExpired, Scheme: SchemeV4, Lifetime: 60 * time.Second, ExpiresAt: date(-time.Hour + time.Minute), ServerTime: testNow}},
		{"more than seven days", v4{expires: "604801"}.inQuery(t, get()), tooLong},
		{"far more than seven days", v4{expires: "99999999999999999999"}.inQuery(t, get()), tooLong},
		{"a lifetime that is no number", v4{expires: "1h"}.inQuery(t, get()),
			&Error{Reason: ErrQueryParameters, Message: "X-Amz-Expires should be a number"}},
		{"an empty lifetime", v4{expires: " "}.inQuery(t, get()),
			&Error{Reason: ErrQueryParameters, Message: "X-Amz-Expires should be a number"}},
		{"a negative lifetime", v4{expires: "-1"}.inQuery(t, get()),
			&Error{Reason: ErrQueryParameters, Message: "X-Amz-Expires must be non-negative"}},

		{"no algorithm", removeParameter(good(), "X-Amz-Algorithm"), missing},
		{"no credential", removeParameter(good(), "X-Amz-Credential"), missing},
		{"no date", removeParameter(good(), "X-Amz-Date"), missing},
		{"no expires", removeParameter(good(), "X-Amz-Expires"), missing},
		{"no signed headers", removeParameter(good(), "X-Amz-SignedHeaders"), missing},
		{"no signature", removeParameter(good(), "X-Amz-Signature"), missing},
		{"nothing but a signature in lower case", &arrival{Method: "GET", Path: "/", Query: "x-amz-signature=00"}, missing},

		{"another algorithm", setParameter(good(), "X-Amz-Algorithm", "AWS4-HMAC-SHA512"),
			&Error{Reason: ErrQueryParameters, Message: `X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"`}},
		{"no algorithm's name", setParameter(good(), "X-Amz-Algorithm", ""),
			&Error{Reason: ErrQueryParameters, Message: `X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"`}},
		{"ECDSA", setParameter(good(), "X-Amz-Algorithm", ecdsaAlgorithm),
			&Error{Reason: ErrUnsupportedAlgorithm, Value: ecdsaAlgorithm}},
		{"a malformed date", setParameter(good(), "X-Amz-Date", "2023-11-14"),
			&Error{Reason: ErrQueryParameters, Message: `X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`}},
		{"another region", v4{region: "eu-west-1"}.inQuery(t, get()), &Error{
			Reason:  ErrQueryParameters,
			Message: "Error parsing the X-Amz-Credential parameter; the region 'eu-west-1' is wrong; expecting 'us-east-1'",
			Region:  "us-east-1",
		}},
		{"another service", v4{service: "sqs"}.inQuery(t, get()),
			credential(`incorrect service "sqs". This endpoint belongs to "s3".`)},
		{"another day", v4{scopeDate: "20231113"}.inQuery(t, get()), &Error{
			Reason:  ErrQueryParameters,
			Message: `Invalid credential date "20231113". This date is not the same as X-Amz-Date: "20231114".`,
		}},
		{"no day", setParameter(good(), "X-Amz-Credential", testID+"/yesterday/us-east-1/s3/aws4_request"),
			credential(`incorrect date format "yesterday". This date in the credential must be in the format "yyyyMMdd".`)},
		{"another terminator", setParameter(good(), "X-Amz-Credential", testID+"/20231114/us-east-1/s3/aws5"),
			credential(`incorrect terminal "aws5". This endpoint uses "aws4_request".`)},
		{"half a credential", setParameter(good(), "X-Amz-Credential", testID+"/20231114"),
			credential(`the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`)},
		{"no key in the credential", setParameter(good(), "X-Amz-Credential", "/20231114/us-east-1/s3/aws4_request"),
			credential("a non-empty Access Key (AKID) must be provided in the credential.")},
		{"signed headers that are none", setParameter(good(), "X-Amz-SignedHeaders", "host;;"),
			&Error{Reason: ErrQueryParameters, Message: "X-Amz-SignedHeaders must be a list of header names separated by semicolons"}},

		{"an unknown key", v4{id: "nobody"}.inQuery(t, get()), &Error{Reason: ErrUnknownKey, AccessKeyID: "nobody"}},
		{"a key that is too long for one", v4{id: strings.Repeat("a", 129)}.inQuery(t, get()),
			&Error{Reason: ErrUnknownKey, AccessKeyID: strings.Repeat("a", 129)}},
		{"an unknown key and expired", v4{id: "nobody", date: date(-time.Hour)}.inQuery(t, get()),
			&Error{Reason: ErrUnknownKey, AccessKeyID: "nobody"}},
		{"keys that can't be looked up", v4{id: "broken"}.inQuery(t, get()), &Error{Reason: ErrKeyLookup, Err: io.ErrNoProgress}},
		{"a wrong secret", wrongSecret, mismatch(signature(wrongSecret))},
		{"a signature in upper case", setParameter(good(), "X-Amz-Signature", strings.ToUpper(signature(good()))),
			mismatch(strings.ToUpper(signature(good())))},
		{"a short signature", setParameter(good(), "X-Amz-Signature", "abc"), mismatch("abc")},
		{"an empty signature", setParameter(good(), "X-Amz-Signature", ""), mismatch("")},
		{"a signature of noughts", setParameter(good(), "X-Amz-Signature", strings.Repeat("0", 64)), mismatch(strings.Repeat("0", 64))},
		{"a session token", v4{}.inQuery(t, &arrival{Method: "GET", Path: "/", Host: "h", Query: "X-Amz-Security-Token=T"}),
			&Error{Reason: ErrInvalidToken, AccessKeyID: testID, Value: "T"}},
		{"a session token in lower case", v4{}.inQuery(t, &arrival{Method: "GET", Path: "/", Host: "h",
			Query: "x-amz-security-token=T"}), &Error{Reason: ErrInvalidToken, AccessKeyID: testID, Value: "T"}},
		{"a session token in a header", with(good(), securityToken, "T"),
			&Error{Reason: ErrInvalidToken, AccessKeyID: testID, Value: "T"}},

		{"headers that came unsigned", with(with(good(), "X-Amz-Copy-Source", "b/k"), "X-Amz-Acl", "private"),
			&Error{Reason: ErrHeadersNotSigned, Headers: []string{"x-amz-acl", "x-amz-copy-source"}}},
		{"the host unsigned", v4{signed: "x-amz-meta-a"}.inQuery(t, with(get(), "X-Amz-Meta-A", "1")),
			&Error{Reason: ErrHeadersNotSigned, Headers: []string{"host"}}},

		{"a parameter twice", func() *arrival { r := good(); r.Query += "&X-Amz-Expires=1"; return r }(),
			&Error{Reason: ErrDuplicate, Carrier: CarrierQuery, Name: "X-Amz-Expires"}},
		{"a parameter twice in other case", func() *arrival { r := good(); r.Query += "&x-amz-expires=1"; return r }(),
			&Error{Reason: ErrDuplicate, Carrier: CarrierQuery, Name: "x-amz-expires"}},
		{"a hoisted header twice", v4{}.inQuery(t, &arrival{Method: "GET", Path: "/", Host: "h",
			Query: "x-amz-acl=private&X-Amz-Acl=private"}), &Error{Reason: ErrDuplicate, Carrier: CarrierQuery, Name: "X-Amz-Acl"}},
		{"a hoisted header that came otherwise", func() *arrival {
			r := with(get(), "X-Amz-Meta-A", "1")
			r.Query = "x-amz-meta-a=2"
			return v4{}.inQuery(t, r)
		}(), &Error{Reason: ErrConflict, Name: "X-Amz-Meta-A", Value: "1"}},
		{"a hoisted header with a line feed", v4{}.inQuery(t, &arrival{Method: "GET", Path: "/", Host: "h",
			Query: "x-amz-meta-a=1%0aX:y"}), &Error{Reason: ErrQueryMalformed, Err: errNotAHeader}},
		{"a hoisted header without a name", v4{}.inQuery(t, &arrival{Method: "GET", Path: "/", Host: "h",
			Query: "x-amz-meta-a%20b=1"}), &Error{Reason: ErrQueryMalformed, Err: errNotAHeader}},
		{"two payload hashes", func() *arrival {
			r := with(get(), contentSHA256, sigv4.EmptyPayload)
			r.Query = "X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"
			return v4{}.inQuery(t, r)
		}(), &Error{Reason: ErrConflict, Name: contentSHA256, Value: sigv4.EmptyPayload}},
		{"a header of the query's scheme too", with(good(), authorization, "AWS4-HMAC-SHA256 x"),
			&Error{Reason: ErrSeveralMechanisms, Name: "Authorization", Value: "AWS4-HMAC-SHA256 x"}},
		{"a header of another scheme too", with(good(), authorization, "AWS a:b"),
			&Error{Reason: ErrSeveralMechanisms, Name: "Authorization", Value: "AWS a:b"}},
		{"both schemes", func() *arrival { r := good(); r.Query += "&Signature=x"; return r }(),
			&Error{Reason: ErrSeveralMechanisms, Name: "X-Amz-Algorithm", Value: "AWS4-HMAC-SHA256"}},

		{"a payload that is not the signed one", func() *arrival {
			return v4{}.inQuery(t, with(put(), contentSHA256, hexSHA256("xyz")))
		}(), &Error{Reason: ErrContentSHA256Mismatch, Value: hexSHA256("xyz"), Computed: hexSHA256("abc")}},
		{"an empty payload that is not the signed one", v4{}.inQuery(t, with(get(), contentSHA256, hexSHA256("xyz"))),
			&Error{Reason: ErrContentSHA256Mismatch, Value: hexSHA256("xyz"), Computed: sigv4.EmptyPayload}},
		{"an unknown payload mode", v4{}.inQuery(t, with(put(), contentSHA256, "STREAMING-SOMETHING")),
			&Error{Reason: ErrContentSHA256Invalid, Value: "STREAMING-SOMETHING"}},
		{"a payload mode that the URL wasn't signed with",
			with(v4{}.inQuery(t, put()), contentSHA256, hexSHA256("abc")), mismatch(signature(v4{}.inQuery(t, put())))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := verifyAll(newVerifier(), tt.r)
			wantError(t, err, tt.want)
		})
	}
}

func TestHeaderSignedRequestsThatAreRefused(t *testing.T) {
	get := func() *arrival { return plainRequest("GET", "") }
	good := func() *arrival { return v4{}.inHeader(t, get()) }
	malformed := func(s string) *Error {
		return &Error{Reason: ErrHeaderMalformed, Message: "The authorization header is malformed; " + s}
	}
	components := malformed("the authorization header requires three components: Credential, SignedHeaders, and Signature.")
	replace := func(r *arrival, old, new string) *arrival {
		value := r.Header.Get(authorization)
		if !strings.Contains(value, old) {
			t.Fatalf("%s has no %s", value, old)
		}
		return with(r, authorization, strings.Replace(value, old, new, 1))
	}
	skewed := func(d time.Duration) *Error {
		return &Error{Reason: ErrTimeSkewed, Date: testNow.Add(d), ServerTime: testNow, Limit: maxSkew}
	}
	signature := good().Header.Get(authorization)[len(good().Header.Get(authorization))-64:]
	mismatch := func(provided string) *Error {
		return &Error{Reason: ErrSignatureMismatch, Scheme: SchemeV4, AccessKeyID: testID, Value: provided}
	}
	tests := []struct {
		name string
		r    *arrival
		want error
	}{
		{"good", good(), nil},
		{"dated by Date", v4{}.inHeader(t, with(get(), "Date", testNow.Format(http.TimeFormat))), nil},
		{"15 minutes behind", v4{date: testNow.Add(-maxSkew)}.inHeader(t, get()), nil},
		{"15 minutes ahead", v4{date: testNow.Add(maxSkew)}.inHeader(t, get()), nil},

		{"too far behind", v4{date: testNow.Add(-maxSkew - time.Second)}.inHeader(t, get()), skewed(-maxSkew - time.Second)},
		{"too far ahead", v4{date: testNow.Add(maxSkew + time.Second)}.inHeader(t, get()), skewed(maxSkew + time.Second)},
		{"no date", func() *arrival { r := good(); r.Header.Del(amzDate); return r }(), ErrMissingDate},
		{"a date that is none", with(good(), amzDate, "today"), ErrMissingDate},
		{"two dates", func() *arrival { r := good(); r.Header.Add(amzDate, "20231114T221320Z"); return r }(),
			&Error{Reason: ErrDuplicate, Carrier: CarrierHeader, Name: amzDate}},
		{"two Date headers", func() *arrival {
			r := v4{}.inHeader(t, with(get(), "Date", testNow.Format(http.TimeFormat)))
			r.Header.Add("Date", testNow.Format(http.TimeFormat))
			return r
		}(), &Error{Reason: ErrDuplicate, Carrier: CarrierHeader, Name: "Date"}},

		{"no payload hash", func() *arrival { r := good(); r.Header.Del(contentSHA256); return r }(), ErrMissingContentSHA256},
		{"an unknown payload mode", v4{payload: "x"}.inHeader(t, with(get(), contentSHA256, "x")),
			&Error{Reason: ErrContentSHA256Invalid, Value: "x"}},
		{"a payload mode of ECDSA", with(good(), contentSHA256, "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"),
			&Error{Reason: ErrPayloadUnsupported, Value: "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"}},

		{"Basic", with(get(), authorization, "Basic dTpw"), &Error{Reason: ErrUnsupportedAuthorization, Value: "Basic dTpw"}},
		{"another case", with(get(), authorization, "aws4-hmac-sha256 x"),
			&Error{Reason: ErrUnsupportedAuthorization, Value: "aws4-hmac-sha256 x"}},
		{"ECDSA", with(get(), authorization, ecdsaAlgorithm+" Credential=x"),
			&Error{Reason: ErrUnsupportedAlgorithm, Value: ecdsaAlgorithm}},
		{"two Authorizations", func() *arrival { r := good(); r.Header.Add(authorization, "AWS a:b"); return r }(),
			&Error{Reason: ErrDuplicate, Carrier: CarrierHeader, Name: authorization}},
		{"no components", with(get(), authorization, "AWS4-HMAC-SHA256"), components},
		{"no signature", replace(good(), ", Signature="+signature, ""), components},
		{"something else", with(get(), authorization, "AWS4-HMAC-SHA256 what, is, this"), components},
		{"a component twice", replace(good(), "SignedHeaders=", "SignedHeaders=a, SignedHeaders="),
			malformed("SignedHeaders is there more than once.")},
		{"signed headers that are none", replace(good(), "SignedHeaders=", "SignedHeaders=;"),
			malformed("SignedHeaders must be a list of header names separated by semicolons.")},
		{"another region", v4{region: "eu-west-1"}.inHeader(t, get()), &Error{
			Reason:  ErrHeaderMalformed,
			Message: "The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'us-east-1'",
			Region:  "us-east-1",
		}},
		{"another service", v4{service: "iam"}.inHeader(t, get()),
			malformed(`incorrect service "iam". This endpoint belongs to "s3".`)},
		{"another day", v4{scopeDate: "20231113"}.inHeader(t, get()),
			malformed(`Invalid credential date "20231113". This date is not the same as X-Amz-Date: "20231114".`)},
		{"half a credential", replace(good(), "/aws4_request", ""), malformed(
			`the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`)},
		{"no key", replace(good(), testID, ""), malformed("a non-empty Access Key (AKID) must be provided in the credential.")},

		{"an unknown key", v4{id: "nobody"}.inHeader(t, get()), &Error{Reason: ErrUnknownKey, AccessKeyID: "nobody"}},
		{"a wrong secret", v4{secret: "wrong"}.inHeader(t, get()), mismatch(
			v4{secret: "wrong"}.inHeader(t, get()).Header.Get(authorization)[len(good().Header.Get(authorization))-64:])},
		{"a signature that is none", replace(good(), signature, "abc"), mismatch("abc")},
		{"a session token", v4{}.inHeader(t, with(get(), securityToken, "T")),
			&Error{Reason: ErrInvalidToken, AccessKeyID: testID, Value: "T"}},
		{"two session tokens", func() *arrival {
			r := v4{}.inHeader(t, with(get(), securityToken, "T"))
			r.Header.Add(securityToken, "U")
			return r
		}(), &Error{Reason: ErrDuplicate, Carrier: CarrierHeader, Name: securityToken}},
		{"a header that came unsigned", with(good(), "X-Amz-Acl", "public-read"),
			&Error{Reason: ErrHeadersNotSigned, Headers: []string{"x-amz-acl"}}},
		{"the date unsigned", v4{signed: "host"}.inHeader(t, get()), &Error{Reason: ErrHeadersNotSigned, Headers: []string{"x-amz-date"}}},
		{"the host unsigned", v4{signed: "x-amz-date"}.inHeader(t, get()), &Error{Reason: ErrHeadersNotSigned, Headers: []string{"host"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := verifyAll(newVerifier(), tt.r)
			wantError(t, err, tt.want)
		})
	}
}

func TestSigV2RequestsThatAreRefused(t *testing.T) {
	get := func() *arrival { return plainRequest("GET", "") }
	good := func() *arrival { return v2{}.inQuery(t, get()) }
	at := func(d time.Duration) string { return strconv.FormatInt(testNow.Add(d).Unix(), 10) }
	subresource := func(name string) *arrival {
		r := get()
		r.Query, r.Subresource = name, name
		return v2{}.inQuery(t, r)
	}
	mismatch := func(provided string) *Error {
		return &Error{Reason: ErrSignatureMismatch, Scheme: SchemeV2, AccessKeyID: testID, Value: provided}
	}
	header := func() *arrival { return v2{}.inHeader(t, get()) }
	tests := []struct {
		name string
		r    *arrival
		want error
	}{
		{"good", good(), nil},
		{"a signed sub-resource", subresource("acl"), nil},
		{"good for seven days, by a clock ahead of ours", v2{expires: at(maxLife + maxSkew)}.inQuery(t, get()), nil},
		{"good in a header", header(), nil},
		{"good in a header with x-amz-date", v2{}.inHeader(t, with(get(), amzDate, testNow.Format(http.TimeFormat))), nil},

		{"expired", v2{expires: at(-time.Second)}.inQuery(t, get()),
			&Error{Reason: ErrExpired, Scheme: SchemeV2, ExpiresAt: testNow.Add(-time.Second), ServerTime: testNow}},
		{"good for too long", v2{expires: at(maxLife + maxSkew + time.Second)}.inQuery(t, get()),
			&Error{Reason: ErrExpiresTooFar, ExpiresAt: testNow.Add(maxLife + maxSkew + time.Second), ServerTime: testNow, Limit: maxLife}},
		{"an end that is no number", setParameter(good(), "Expires", "tomorrow"), &Error{Reason: ErrV2Expires, Value: "tomorrow"}},
		{"an end beyond time", setParameter(good(), "Expires", "99999999999999999999"),
			&Error{Reason: ErrV2Expires, Value: "99999999999999999999"}},
		{"no end", removeParameter(good(), "Expires"), ErrMissingQueryParts},
		{"no key", removeParameter(good(), "AWSAccessKeyId"), ErrMissingQueryParts},
		{"no signature", removeParameter(good(), "Signature"), ErrMissingQueryParts},
		{"an end alone", &arrival{Method: "GET", Path: "/", Query: "Expires=1"}, ErrMissingQueryParts},
		{"two ends", func() *arrival { r := good(); r.Query += "&Expires=99999999999"; return r }(),
			&Error{Reason: ErrDuplicate, Carrier: CarrierQuery, Name: "Expires"}},
		{"a sub-resource that the scheme doesn't sign", subresource("retention"),
			&Error{Reason: ErrSubresourceNotSigned, Name: "retention"}},
		{"a list", func() *arrival { r := v2{}.inQuery(t, get()); r.Lists = true; return r }(), ErrListNotSigned},
		{"an unknown key", v2{id: "nobody"}.inQuery(t, get()), &Error{Reason: ErrUnknownKey, AccessKeyID: "nobody"}},
		{"a wrong signature", setParameter(good(), "Signature", "abc"), mismatch("abc")},
		{"a payload hash in the query", v2{}.inQuery(t, func() *arrival {
			r := plainRequest("PUT", "abc")
			r.Query = "x-amz-content-sha256=" + hexSHA256("x")
			return r
		}()), &Error{Reason: ErrContentSHA256Mismatch, Value: hexSHA256("x"), Computed: hexSHA256("abc")}},
		{"a session token", v2{}.inQuery(t, &arrival{Method: "GET", Path: "/b/k", Query: "x-amz-security-token=T"}),
			&Error{Reason: ErrInvalidToken, AccessKeyID: testID, Value: "T"}},
		{"a header that came unsigned", with(good(), "X-Amz-Copy-Source", "b/k"), mismatch(good().signatureV2(t))},
		{"a content type that differs", func() *arrival {
			r := get()
			r.Query = "content-type=text%2Fplain"
			return with(v2{}.inQuery(t, r), "Content-Type", "text/html")
		}(), &Error{Reason: ErrConflict, Name: "Content-Type", Value: "text/html"}},
		{"a checksum that differs", func() *arrival {
			r := get()
			r.Query = "x-amz-checksum-crc32=AAAAAA%3D%3D"
			return with(v2{}.inQuery(t, r), "X-Amz-Checksum-Crc32", "BBBBBB==")
		}(), &Error{Reason: ErrConflict, Name: "X-Amz-Checksum-Crc32", Value: "BBBBBB=="}},
		{"a body in chunks", v2{}.inQuery(t, with(plainRequest("PUT", "0\r\n\r\n"), contentSHA256, sigv4.StreamingPayload)),
			ErrSigV2Streaming},

		{"too old in a header", v2{}.inHeader(t, with(get(), "Date", testNow.Add(-maxSkew-time.Second).Format(http.TimeFormat))),
			&Error{Reason: ErrTimeSkewed, Date: testNow.Add(-maxSkew - time.Second), ServerTime: testNow, Limit: maxSkew}},
		{"no date in a header", func() *arrival { r := header(); r.Header.Del("Date"); return r }(), ErrMissingDate},
		{"a malformed header", with(get(), authorization, "AWS nothing"), &Error{Reason: ErrV2HeaderMalformed, Value: "AWS nothing"}},
		{"an unknown key in a header", v2{id: "nobody"}.inHeader(t, get()), &Error{Reason: ErrUnknownKey, AccessKeyID: "nobody"}},
		{"a wrong signature in a header", with(header(), authorization, "AWS "+testID+":abc"), mismatch("abc")},
		{"a session token in a header", v2{}.inHeader(t, with(get(), securityToken, "T")),
			&Error{Reason: ErrInvalidToken, AccessKeyID: testID, Value: "T"}},
		{"a body in chunks, signed in a header", v2{}.inHeader(t, with(plainRequest("PUT", "0\r\n\r\n"), contentSHA256,
			sigv4.StreamingUnsignedPayloadTrailer)), ErrSigV2Streaming},
		{"a body that says nothing of its chunks", v2{}.inHeader(t, with(plainRequest("PUT", "0\r\n\r\n"), "Content-Encoding",
			"gzip, aws-chunked")), ErrSigV2Streaming},
		{"a body that is not the declared one", v2{}.inHeader(t, with(plainRequest("PUT", "abc"), contentSHA256, hexSHA256("x"))),
			&Error{Reason: ErrContentSHA256Mismatch, Value: hexSHA256("x"), Computed: hexSHA256("abc")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := verifyAll(newVerifier(), tt.r)
			wantError(t, err, tt.want)
		})
	}
}

// signatureV2 returns the signature in a query of SigV2.
func (r *arrival) signatureV2(t testing.TB) string {
	t.Helper()
	q, err := url.ParseQuery(r.Query)
	if err != nil {
		t.Fatal(err)
	}
	return q.Get("Signature")
}

func TestSigV2IsRefusedWhereItIsOff(t *testing.T) {
	for name, r := range map[string]*arrival{
		"header": v2{}.inHeader(t, plainRequest("GET", "")),
		"query":  v2{}.inQuery(t, plainRequest("GET", "")),
		"form":   v2{}.inForm(plainRequest("POST", "abc"), goodPolicy, Field{"key", "a"}),
	} {
		v := newVerifier()
		v.sigv2 = false
		if _, _, err := verifyAll(v, r); err != ErrSigV2Disabled {
			t.Errorf("%s: %v", name, err)
		}
	}
	v := newVerifier()
	v.sigv2 = false
	if _, _, err := verifyAll(v, v4{}.inQuery(t, plainRequest("GET", ""))); err != nil {
		t.Errorf("SigV4: %v", err)
	}
}

func TestAMismatchSaysWhatWasExpected(t *testing.T) {
	r := v4{secret: "wrong"}.inQuery(t, plainRequest("GET", ""))
	_, _, err := verifyAll(newVerifier(), r)
	mismatch, ok := err.(*Error)
	if !ok {
		t.Fatal(err)
	}
	query := r.Query[:strings.Index(r.Query, "&X-Amz-Signature")]
	wantCanonical := "GET\n/bucket/key\n" + query + "\nhost:localhost:9000\n\nhost\nUNSIGNED-PAYLOAD"
	if got := mismatch.CanonicalRequest; got != wantCanonical {
		t.Errorf("the canonical request is\n%s\nwant\n%s", got, wantCanonical)
	}
	want := "AWS4-HMAC-SHA256\n20231114T221320Z\n20231114/us-east-1/s3/aws4_request\n" + hexSHA256(wantCanonical)
	if mismatch.StringToSign != want {
		t.Errorf("the string to sign is\n%s\nwant\n%s", mismatch.StringToSign, want)
	}
}

func TestNoErrorSaysASecret(t *testing.T) {
	const token, password = "TOKENTOKEN", "PASSWORD"
	good := v4{}.inQuery(t, plainRequest("GET", ""))
	signature := good.Query[len(good.Query)-64:]
	for _, r := range []*arrival{
		with(good, "X-Amz-Acl", "private"),
		v4{secret: "wrong"}.inQuery(t, plainRequest("GET", "")),
		with(v4{}.inQuery(t, plainRequest("GET", "")), securityToken, token),
		with(plainRequest("GET", ""), authorization, "Basic "+password),
		with(plainRequest("GET", ""), authorization, "AWS "+password),
		with(v4{}.inQuery(t, plainRequest("GET", "")), authorization, "AWS x:"+password),
		v4{date: testNow.Add(-time.Hour)}.inQuery(t, plainRequest("GET", "")),
	} {
		_, _, err := verifyAll(newVerifier(), r)
		if err == nil {
			t.Fatal("verified")
		}
		text := fmt.Sprint(err)
		secrets := []string{testSecret, token, password, signature}
		if _, after, ok := strings.Cut(r.Query, "X-Amz-Signature="); ok {
			secrets = append(secrets, after)
		}
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%q says %q", text, secret)
			}
		}
	}
}

// countingBody counts what is read of it.
type countingBody struct{ read int }

func (b *countingBody) Read(p []byte) (int, error) {
	b.read += len(p)
	return len(p), nil
}

func TestARefusedSignatureReadsNoBody(t *testing.T) {
	for name, sign := range map[string]func(*arrival) *arrival{
		"V4 query":  func(r *arrival) *arrival { return v4{secret: "another"}.inQuery(t, r) },
		"V4 header": func(r *arrival) *arrival { return v4{secret: "another"}.inHeader(t, r) },
		"V4 stream": func(r *arrival) *arrival {
			r.Header.Set(contentSHA256, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
			r.Header.Set(decodedContentLength, "10")
			return v4{secret: "another"}.inHeader(t, r)
		},
		"V2 query":  func(r *arrival) *arrival { return v2{secret: "another"}.inQuery(t, r) },
		"V2 header": func(r *arrival) *arrival { return v2{secret: "another"}.inHeader(t, r) },
	} {
		body := &countingBody{}
		r := plainRequest(http.MethodPut, "")
		r.Body, r.ContentLength = body, 1<<30
		if _, err := verifyArrival(t.Context(), newVerifier(), sign(r)); !errors.Is(err, ErrSignatureMismatch) || body.read > 0 {
			t.Errorf("%s: %v after %d bytes", name, err, body.read)
		}
	}
}
