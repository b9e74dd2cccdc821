"""Writes botocore.json: requests signed by botocore with Signature Version 2.

Run in this folder with botocore and boto3 installed: python3 generate.py
"""

import datetime
import json
import random
from unittest import mock
from urllib.parse import urlsplit

import boto3
import botocore
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.utils import percent_encode, percent_encode_sequence

ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
NOW = 1700000000

rng = random.Random(2)

KEYS = [
    "a", "a/b", "a/", "a//b", "../a", "a/../b", "a b", "a+b", "a%20b", "100%", "a?b",
    "a#b", "a&b=c", "a;b", "a:b@c", "~a-b_c.d", "(a)!'*", "gr\u00fc\u00dfe", "\u65e5\u672c\u8a9e/\U0001f600",
    "e\u0301", "\u00e9", "\u0001", "a\nb", '"<>\\^`{|}', "x" * 200,
]
SIGNED = [
    "acl", "versioning", "tagging", "uploads", "cors", "lifecycle", "location", "policy",
    "object-lock", "torrent",
]
VALUED = {
    "versionId": ["null", "3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY"],
    "partNumber": ["1", "10000"],
    "uploadId": ["VXBsb2FkIElE+/=", "a b"],
    "response-content-type": ["text/plain; charset=utf-8", "image/svg+xml"],
    "response-content-disposition": ['attachment; filename="a b+c.txt"', "attachment; filename*=UTF-8''gr%C3%BC"],
    "response-cache-control": ["no-cache, max-age=0"],
    "response-expires": ["Thu, 01 Dec 1994 16:00:00 GMT"],
}
UNSIGNED = {"prefix": "a b", "max-keys": "10", "x-id": "GetObject", "list-type": "2", "ACL": "x", "encryption": ""}
HEADERS = {
    "Content-Type": ["text/plain", "application/octet-stream", "text/html; charset=\"utf-8\""],
    "Content-MD5": ["1B2M2Y8AsgTpgAmY7PhCfg=="],
    "x-amz-acl": ["private"],
    "X-Amz-Meta-Who": ["me", "  two  words  ", "a,b"],
    "x-amz-meta-a": ["1"],
    "x-amz-security-token": ["FQoDYXdzEPP//////////wEa+/="],
    "x-amz-storage-class": ["STANDARD"],
    "Range": ["bytes=0-9"],
    "User-Agent": ["Boto3"],
}


def row(kind, method, url, headers, bucket):
    u = urlsplit(url)
    virtual = u.netloc != "localhost:9000"
    return {
        "kind": kind, "method": method, "path": u.path, "query": u.query,
        "headers": headers, "virtual": virtual, "bucket": bucket,
    }


def made_up(kind):
    method = rng.choice(["GET", "PUT", "HEAD", "DELETE", "POST"])
    virtual = rng.random() < 0.5
    key = rng.choice(KEYS) if rng.random() < 0.8 else ""
    bucket = rng.choice(["bucket", "my.bucket-1"])
    path = "/" + percent_encode(key, safe="/~")
    query = []
    for name in rng.sample(SIGNED, rng.choice([0, 0, 1, 2])):
        query.append(name)
    for name in rng.sample(sorted(VALUED), rng.choice([0, 0, 1, 3])):
        query.append(percent_encode_sequence({name: rng.choice(VALUED[name])}))
    for name in rng.sample(sorted(UNSIGNED), rng.choice([0, 1, 2])):
        query.append(percent_encode_sequence({name: UNSIGNED[name]}))
    rng.shuffle(query)
    if virtual:
        url, auth_path = "http://" + bucket + ".localhost:9000" + path, "/" + bucket + path
    else:
        url, auth_path = "http://localhost:9000/" + bucket + path, None
    if query:
        url += "?" + "&".join(query)
    request = AWSRequest(method=method, url=url)
    for name in rng.sample(sorted(HEADERS), rng.randrange(5)):
        request.headers[name] = rng.choice(HEADERS[name])
    request.auth_path = auth_path
    credentials = Credentials(ID, SECRET)
    if kind == "header":
        botocore.auth.HmacV1Auth(credentials).add_auth(request)
        headers = list(request.headers.items())
    else:
        botocore.auth.HmacV1QueryAuth(credentials, rng.choice([1, 3600, 604800])).add_auth(request)
        # What a holder of the URL sends: nothing but what is no concern of the signature.
        headers = [["User-Agent", "curl"]]
    return row(kind, method, request.url, headers, bucket)


def presigned():
    for style in "path", "virtual":
        client = boto3.client(
            "s3", region_name="us-east-1", endpoint_url="http://localhost:9000",
            aws_access_key_id=ID, aws_secret_access_key=SECRET,
            config=Config(signature_version="s3", s3={"addressing_style": style}),
        )
        for key in KEYS:
            o = {"Bucket": "bucket", "Key": key}
            for method, operation, params in [
                ("GET", "get_object", o),
                ("GET", "get_object", o | {"ResponseContentType": "text/plain; charset=utf-8", "VersionId": "a+b/c="}),
                ("HEAD", "head_object", o),
                ("DELETE", "delete_object", o),
                ("PUT", "put_object", o),
                ("PUT", "put_object", o | {"ContentType": "text/plain", "Metadata": {"who": "me  too", "n": "a+b"}, "ACL": "private"}),
                ("PUT", "upload_part", o | {"UploadId": "u+/=", "PartNumber": 7}),
            ]:
                yield row("query", method, client.generate_presigned_url(operation, params), [], "bucket")
        for method, operation, params in [
            ("GET", "list_objects_v2", {"Prefix": "a b"}),
            ("GET", "list_objects", {"Prefix": "a"}),
            ("PUT", "create_bucket", {}),
            ("HEAD", "head_bucket", {}),
            ("DELETE", "delete_bucket", {}),
            ("GET", "get_bucket_location", {}),
            ("GET", "get_bucket_acl", {}),
        ]:
            yield row("query", method, client.generate_presigned_url(operation, {"Bucket": "bucket"} | params), [], "bucket")
        yield row("query", "GET", client.generate_presigned_url("list_buckets", {}), [], "")
        post = client.generate_presigned_post("bucket", "a/${filename}")
        yield {"kind": "policy", "policy": post["fields"]["policy"], "signature": post["fields"]["signature"]}


def main():
    fixed = "Tue, 14 Nov 2023 22:13:20 GMT"
    with mock.patch("botocore.auth.time.time", lambda: NOW), \
            mock.patch("botocore.auth.formatdate", lambda **_: fixed), \
            mock.patch("botocore.signers.get_current_datetime", lambda: datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc), create=True):
        rows = [made_up("header") for _ in range(150)] + [made_up("query") for _ in range(150)]
        rows += list(presigned())
    with open("botocore.json", "w") as f:
        f.write('{"botocore": "%s", "rows": [\n' % botocore.__version__)
        f.write(",\n".join(json.dumps(r) for r in rows))
        f.write("\n]}\n")


main()
