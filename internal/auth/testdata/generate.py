"""Writes boto3.json: requests as boto3 sends them and forms as it makes them.

Run in this folder with boto3 installed: python3 generate.py
"""

import base64
import contextlib
import datetime
import json
from unittest import mock
from urllib.parse import urlsplit

import boto3
import botocore
from botocore.config import Config

ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
NOW = 1700000000
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
CLOCK = datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc)
CONTENT = b"0123456789"
KEYS = ["a", "a/b//../c", "a b+c%20d", "gr\u00fc\u00dfe/\U0001f600?#&="]


def client(scheme, version, style):
    return boto3.client(
        "s3", region_name="us-east-1", endpoint_url=scheme + "://localhost:9000", verify=False,
        aws_access_key_id=ID, aws_secret_access_key=SECRET,
        config=Config(signature_version=version, s3={"addressing_style": style}),
    )


def row(name, method, url, headers, body, style, bucket, key, payload=b"", form=None):
    u = urlsplit(url)
    return {
        "name": name, "method": method, "host": u.netloc, "path": u.path, "query": u.query,
        "headers": headers, "body": base64.b64encode(body).decode(), "virtual": style == "virtual",
        "bucket": bucket, "key": key, "payload": base64.b64encode(payload).decode(), "form": form,
    }


class Sent(Exception):
    pass


def sent(c, operation, params):
    """Returns the request that a client sends for an operation."""
    def stop(request, **_):
        raise Sent(request)
    c.meta.events.register("before-send.s3", stop)
    try:
        getattr(c, operation)(**params)
    except Sent as e:
        return e.args[0]


def header_rows():
    for version in "s3v4", "s3":
        for style in "path", "virtual":
            for scheme in "http", "https":
                for key in KEYS:
                    o = {"Bucket": "bucket", "Key": key}
                    for operation, params, payload in [
                        ("get_object", o, b""),
                        ("put_object", o | {"Body": CONTENT, "Metadata": {"who": "me"}}, CONTENT),
                        ("put_object", o | {"Body": b"", "ChecksumAlgorithm": "SHA256"}, b""),
                        ("list_objects_v2", {"Bucket": "bucket", "Prefix": key}, b""),
                    ]:
                        r = sent(client(scheme, version, style), operation, params)
                        body = r.body or b""
                        if hasattr(body, "read"):
                            body = body.read()
                        headers = [[k, v.decode() if isinstance(v, bytes) else v] for k, v in r.headers.items()
                                   if k != "User-Agent"]
                        yield row(
                            f"{operation} {version} {style} {scheme} {key}", r.method, r.url, headers, body,
                            style, "bucket", "" if operation == "list_objects_v2" else key, payload)


def query_rows():
    for version in "s3v4", "s3":
        for style in "path", "virtual":
            c = client("http", version, style)
            for key in KEYS:
                o = {"Bucket": "bucket", "Key": key}
                for method, operation, params, headers, payload in [
                    ("GET", "get_object", o, [], b""),
                    ("GET", "get_object", o | {"ResponseContentType": "text/plain; charset=utf-8"}, [], b""),
                    ("HEAD", "head_object", o, [], b""),
                    ("DELETE", "delete_object", o, [], b""),
                    ("PUT", "put_object", o, [], CONTENT),
                    ("PUT", "put_object", o | {"ContentType": "text/plain", "Metadata": {"who": "me too"}},
                     [["Content-Type", "text/plain"], ["x-amz-meta-who", "me too"]], CONTENT),
                ]:
                    url = c.generate_presigned_url(operation, params, ExpiresIn=60)
                    yield row(f"presigned {operation} {version} {style} {key} {len(headers)}", method, url, headers,
                              payload, style, "bucket", key, payload)


def form_rows():
    for version in "s3v4", "s3":
        for style in "path", "virtual":
            c = client("http", version, style)
            for name, args in [
                ("plain", {"Key": "a/b"}),
                ("filename", {"Key": "a/${filename}"}),
                ("conditions", {
                    "Key": "a", "Fields": {"Content-Type": "image/png", "x-amz-meta-who": "me", "acl": "private"},
                    "Conditions": [["starts-with", "$Content-Type", "image/"], {"x-amz-meta-who": "me"},
                                   {"acl": "private"}, ["content-length-range", 1, 1000]],
                }),
            ]:
                post = c.generate_presigned_post("bucket", ExpiresIn=60, **args)
                fields = [[k, v] for k, v in post["fields"].items()]
                yield row(f"form {name} {version} {style}", "POST", post["url"], [], CONTENT, style, "bucket", "",
                          CONTENT, fields)


def main():
    with contextlib.ExitStack() as stack:
        for name, value in [
            ("botocore.auth.get_current_datetime", lambda *_, **__: CLOCK),
            ("botocore.signers.get_current_datetime", lambda *_, **__: CLOCK),
            ("botocore.auth.time.time", lambda: NOW),
            ("botocore.auth.formatdate", lambda *_, **__: DATE),
            ("uuid.uuid4", lambda: "00000000-0000-4000-8000-000000000000"),
        ]:
            stack.enter_context(mock.patch(name, value))
        rows = [*header_rows(), *query_rows(), *form_rows()]
    with open("boto3.json", "w") as f:
        f.write('{"botocore": "%s", "rows": [\n' % botocore.__version__)
        f.write(",\n".join(json.dumps(r) for r in rows))
        f.write("\n]}\n")


main()
