"""Prints requests and forms that botocore's signers signed, one JSON object a line.

Usage: python3 sign.py SEED COUNT, with botocore installed. The same seed gives the
same requests. COUNT is of each kind.
"""

import base64
import datetime
import json
import random
import sys
from unittest import mock
from urllib.parse import urlsplit

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.utils import percent_encode

ID = "AKIAIOSFODNN7EXAMPLE"
SESSION_ID = "ASIATESTTESTTESTTEST"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
TOKEN = "token/of+the=session"
NOW = 1700000000
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
CLOCK = datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc)

rng = random.Random(int(sys.argv[1]))

ODD = [
    "a", "B", "0", "-", "_", ".", "~", " ", "  ", "+", "%", "%2F", "%zz", "/", "//", "/../", "/./", "?", "#", "&",
    "=", ":", ";", "@", "!", "$", "'", "(", ")", "*", ",", '"', "<", ">", "\\", "^", "`", "{", "|", "}", "[", "]",
    "\u00e9", "e\u0301", "\u00df", "\u6f22", "\U0001f642", "\u00a0", "\u0001", "\t", "\n", "\x7f",
]
# What SigV2 signs as a part of the resource.
SUBRESOURCES = ["acl", "tagging", "versioning", "uploads", "cors", "policy", "location", "torrent", "lifecycle"]
VALUED = ["versionId", "uploadId", "partNumber", "response-content-type", "response-content-disposition",
          "response-cache-control", "response-expires", "response-content-language", "response-content-encoding"]
OTHERS = ["prefix", "delimiter", "marker", "x-id", "list-type", "\u00e9", "a b", "A", "a", "a-b", "a.b", "~", "*"]


def text(most):
    return "".join(rng.choice(ODD) for _ in range(rng.randrange(most + 1)))


def encode(value):
    return percent_encode(value, safe="-._~")


def query(odd):
    """Returns parameters, encoded; with odd, names may come twice and be anything."""
    pairs = []
    for name in rng.sample(SUBRESOURCES, rng.choice([0, 0, 1])):
        pairs.append(name if rng.random() < 0.5 and odd else name + "=")
    # An ampersand in a value makes SigV2's resource one that could mean another.
    for name in rng.sample(VALUED, rng.choice([0, 0, 1, 3])):
        pairs.append(name + "=" + encode(text(5).replace("&", "+") or "1"))
    for name in rng.sample(OTHERS, rng.choice([0, 1, 3])):
        for _ in range(rng.choice([1, 1, 2, 3]) if odd else 1):
            pairs.append(encode(name) + "=" + encode(text(4)))
    rng.shuffle(pairs)
    return "&".join(pairs)


def headers():
    """Returns headers such as clients send, some of them with odd values."""
    h = []
    for name, values in [
        ("Content-Type", ["text/plain", "text/html; charset=\"utf-8\"", "a/b"]),
        ("Content-MD5", ["kAFQmDzST7DWlj99KOF/cg=="]),
        ("x-amz-acl", ["private"]),
        ("X-Amz-Meta-Who", ["me", "  two  words  ", "a,b", "a   b    c", ""]),
        ("x-amz-meta-a", ["1", "=;,"]),
        ("x-amz-storage-class", ["STANDARD"]),
        ("Range", ["bytes=0-9"]),
        ("Cache-Control", ["no-cache,  max-age=0"]),
    ]:
        if rng.random() < 0.3:
            h.append([name, rng.choice(values)])
    return h


def made_up(v4, in_query):
    method = rng.choice(["GET", "PUT", "HEAD", "DELETE", "POST"])
    virtual = rng.random() < 0.4
    bucket = rng.choice(["bucket", "my.bucket-1"])
    key = text(12) if rng.random() < 0.9 else ""
    host = bucket + ".localhost:9000" if virtual else "localhost:9000"
    path = percent_encode("/" + key if virtual else "/" + bucket + "/" + key, safe="/-._~")
    # botocore signs in the query what parse_qs leaves of it.
    q = query(odd=v4 and not in_query)
    body = rng.choice([b"", b"abc", b"\x00" * 70]) if method in ("PUT", "POST") else b""
    request = AWSRequest(method=method, url="http://" + host + path + ("?" + q if q else ""), data=b"" if in_query else body)
    given = headers()
    for name, value in given:
        request.headers.add_header(name, value)
    session = rng.random() < 0.3
    credentials = Credentials(SESSION_ID, SECRET, TOKEN) if session else Credentials(ID, SECRET)
    if virtual and not v4:
        request.auth_path = "/" + bucket + path
    if v4 and not in_query:
        signer = botocore.auth.S3SigV4Auth(credentials, "s3", "us-east-1")
        request.context["payload_signing_enabled"] = rng.random() < 0.7
    elif v4:
        signer = botocore.auth.S3SigV4QueryAuth(credentials, "s3", "us-east-1", expires=rng.choice([1, 60, 604800]))
    elif in_query:
        signer = botocore.auth.HmacV1QueryAuth(credentials, expires=rng.choice([1, 60, 604800]))
    else:
        signer = botocore.auth.HmacV1Auth(credentials)
    signer.add_auth(request)
    sent = [[k, v] for k, v in request.headers.items()]
    if in_query and not v4:
        # Of these the query has what is signed; some holders send them as well.
        sent = [h for h in sent if rng.random() < 0.5 and not h[0].lower().startswith("x-amz-security")]
    u = urlsplit(request.url)
    return {
        "name": ("s3v4 " if v4 else "s3 ") + ("query" if in_query else "header"), "method": method, "host": host,
        "path": u.path, "query": u.query, "headers": sent, "body": base64.b64encode(body).decode(),
        "virtual": virtual, "bucket": bucket, "key": key, "payload": base64.b64encode(body).decode(),
    }


def form(v4):
    key = text(8).replace("$", "") or "k"
    fields, conditions = {"key": key}, [{"bucket": "bucket"}]
    if rng.random() < 0.5:
        conditions.append(["eq", "$key", key])
    else:
        conditions.append(["starts-with", "$key", key[:rng.randrange(len(key) + 1)]])
    for name, value in [("Content-Type", "image/png"), ("x-amz-meta-who", text(4).strip(" \t\n\u0001\x7f")), ("acl", "private"),
                        ("success_action_status", "201"), ("x-ignore-me", "1")]:
        if any(c < " " or c == "\x7f" for c in value) or rng.random() < 0.5:
            continue
        fields[name] = value
        if not name.startswith("x-ignore-"):
            conditions.append(rng.choice([{name: value}, ["starts-with", "$" + name, value[:1]]]))
    if rng.random() < 0.5:
        conditions.append(["content-length-range", rng.randrange(4), 3 + rng.randrange(100)])
    session = rng.random() < 0.3
    credentials = Credentials(SESSION_ID, SECRET, TOKEN) if session else Credentials(ID, SECRET)
    request = AWSRequest(method="POST", url="http://localhost:9000/bucket")
    request.context["s3-presign-post-fields"] = fields
    request.context["s3-presign-post-policy"] = {"expiration": "2023-11-14T23:13:20Z", "conditions": conditions}
    if v4:
        botocore.auth.S3SigV4PostAuth(credentials, "s3", "us-east-1").add_auth(request)
    else:
        botocore.auth.HmacV1PostAuth(credentials).add_auth(request)
    signed = list(request.context["s3-presign-post-fields"].items())
    rng.shuffle(signed)
    return {
        "name": ("s3v4" if v4 else "s3") + " form", "method": "POST", "host": "localhost:9000", "path": "/bucket",
        "query": "", "headers": [], "body": base64.b64encode(b"abc").decode(), "virtual": False, "bucket": "bucket",
        "key": "", "payload": base64.b64encode(b"abc").decode(), "form": signed,
    }


class Clock(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return CLOCK.replace(tzinfo=None)


def clock():
    """Returns what stops botocore's clock, which it read otherwise before 1.38."""
    if hasattr(botocore.auth, "get_current_datetime"):
        return mock.patch("botocore.auth.get_current_datetime", lambda *_, **__: CLOCK)
    return mock.patch("botocore.auth.datetime", mock.Mock(wraps=datetime, datetime=Clock))


def main():
    with clock(), \
            mock.patch("botocore.auth.time.time", lambda: NOW), \
            mock.patch("botocore.auth.formatdate", lambda *_, **__: DATE):
        for _ in range(int(sys.argv[2])):
            for v4 in True, False:
                for row in made_up(v4, False), made_up(v4, True), form(v4):
                    print(json.dumps(row))


main()
