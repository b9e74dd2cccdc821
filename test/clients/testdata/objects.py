"""boto3's own requests, signed in their headers."""

import base64
import datetime
import hashlib
import io
import os
import zlib

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from cases import ODD_KEYS, case, each, odd_key_name, refused, run

BUCKET = 'objects'
S3 = boto3.client('s3')
CLIENTS = {
    'default': S3,
    'v2': boto3.client('s3', config=Config(signature_version='s3')),
    'v4': boto3.client('s3', config=Config(signature_version='s3v4')),
}

try:
    import awscrt  # noqa: F401, boto3 needs it for some checksums
    ALGORITHMS = ('CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256', 'SHA512', 'XXHASH64', 'XXHASH3', 'XXHASH128')
except ImportError:
    ALGORITHMS = ('CRC32', 'SHA1', 'SHA256', 'SHA512')


def keys(**params):
    return [item['Key'] for page in S3.get_paginator('list_objects_v2').paginate(Bucket=BUCKET, **params)
            for item in page.get('Contents', [])]


@case
def buckets_come_and_go():
    S3.create_bucket(Bucket=BUCKET)
    S3.create_bucket(Bucket='another-bucket')
    buckets = S3.list_buckets()
    assert {'another-bucket', BUCKET} <= {bucket['Name'] for bucket in buckets['Buckets']}, buckets
    age = datetime.datetime.now(datetime.timezone.utc) - buckets['Buckets'][0]['CreationDate']
    assert abs(age) < datetime.timedelta(minutes=5), buckets
    assert buckets['Owner']['ID'], buckets
    S3.head_bucket(Bucket='another-bucket')
    assert S3.get_bucket_location(Bucket=BUCKET)['LocationConstraint'] is None
    S3.put_object(Bucket='another-bucket', Key='k', Body=b'')
    refused(409, 'BucketNotEmpty', S3.delete_bucket, Bucket='another-bucket')
    S3.delete_object(Bucket='another-bucket', Key='k')
    S3.delete_bucket(Bucket='another-bucket')
    refused(404, '404', S3.head_bucket, Bucket='another-bucket')
    refused(404, 'NoSuchBucket', S3.list_objects_v2, Bucket='another-bucket')
    refused(404, 'NoSuchBucket', S3.put_object, Bucket='another-bucket', Key='k')


@each(*CLIENTS)
def objects_go_up_and_come_back(client):
    s3 = CLIENTS[client]
    for size in (0, 1, 1000, 100_000, 5_000_000):
        content = os.urandom(size)
        put = s3.put_object(Bucket=BUCKET, Key='object', Body=content)
        assert put['ETag'] == '"%s"' % hashlib.md5(content).hexdigest(), put
        got = s3.get_object(Bucket=BUCKET, Key='object')
        assert got['Body'].read() == content, size
        assert got['ContentLength'] == size and got['ETag'] == put['ETag'], got
        head = s3.head_object(Bucket=BUCKET, Key='object')
        assert head['ContentLength'] == size and head['ETag'] == put['ETag'], head
        assert head['ContentType'] == 'binary/octet-stream', head
    s3.delete_object(Bucket=BUCKET, Key='object')
    s3.delete_object(Bucket=BUCKET, Key='object')
    refused(404, 'NoSuchKey', s3.get_object, Bucket=BUCKET, Key='object')
    refused(404, '404', s3.head_object, Bucket=BUCKET, Key='object')


@each(*CLIENTS)
def any_key_works(client):
    s3 = CLIENTS[client]
    failures = []
    for key in ODD_KEYS:
        try:
            s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
            assert s3.get_object(Bucket=BUCKET, Key=key)['Body'].read() == key.encode()
        except (AssertionError, ClientError) as error:
            failures.append('%s: %s' % (odd_key_name(key), error))
    assert not failures, '\n'.join(failures)
    assert sorted(keys(), key=str.encode) == keys() == sorted(ODD_KEYS, key=str.encode), keys()
    deleted = s3.delete_objects(Bucket=BUCKET, Delete={'Objects': [{'Key': key} for key in ODD_KEYS]})
    assert sorted(item['Key'] for item in deleted['Deleted']) == sorted(ODD_KEYS), deleted
    assert keys() == [], keys()


@each(*CLIENTS)
def metadata_is_kept(client):
    s3 = CLIENTS[client]
    s3.put_object(Bucket=BUCKET, Key='meta', Body=b'x', ContentType='text/x-test', CacheControl='max-age=60',
                  ContentDisposition='attachment; filename="x"', ContentEncoding='gzip', ContentLanguage='de',
                  Expires=datetime.datetime(2030, 1, 2, 3, 4, 5), Metadata={'who': 'Ada', 'two-words': 'a  b', 'tabs': 'a\tb \t c'})
    for answer in (s3.get_object(Bucket=BUCKET, Key='meta'), s3.head_object(Bucket=BUCKET, Key='meta')):
        assert answer['Metadata'] == {'who': 'Ada', 'two-words': 'a  b', 'tabs': 'a\tb \t c'}, answer
        assert answer['ContentType'] == 'text/x-test', answer
        assert answer['CacheControl'] == 'max-age=60', answer
        assert answer['ContentDisposition'] == 'attachment; filename="x"', answer
        assert answer['ContentEncoding'] == 'gzip', answer
        assert answer['ContentLanguage'] == 'de', answer
        assert answer['ResponseMetadata']['HTTPHeaders']['expires'] == 'Wed, 02 Jan 2030 03:04:05 GMT', answer
    s3.delete_object(Bucket=BUCKET, Key='meta')


@each(*ALGORITHMS)
def checksums_are_kept(algorithm):
    member = 'Checksum' + algorithm
    content = b'checked content'
    put = S3.put_object(Bucket=BUCKET, Key='sum', Body=content, ChecksumAlgorithm=algorithm)
    assert put[member], put
    if algorithm == 'CRC32':
        assert put[member] == base64.b64encode(zlib.crc32(content).to_bytes(4, 'big')).decode(), put
    elif algorithm.startswith('SHA'):
        assert put[member] == base64.b64encode(hashlib.new(algorithm, content).digest()).decode(), put
    head = S3.head_object(Bucket=BUCKET, Key='sum', ChecksumMode='ENABLED')
    assert head[member] == put[member], head
    assert head['ResponseMetadata']['HTTPHeaders']['x-amz-checksum-type'] == 'FULL_OBJECT', head
    got = S3.get_object(Bucket=BUCKET, Key='sum', ChecksumMode='ENABLED')
    assert got['Body'].read() == content and got[member] == put[member], got
    refused(400, 'BadDigest', S3.put_object, Bucket=BUCKET, Key='sum', Body=b'another', **{member: put[member]})
    assert S3.get_object(Bucket=BUCKET, Key='sum')['Body'].read() == content
    S3.delete_object(Bucket=BUCKET, Key='sum')


@case
def a_stream_goes_up():
    content = os.urandom(3_000_000)
    S3.upload_fileobj(io.BytesIO(content), BUCKET, 'stream', ExtraArgs={'ContentType': 'text/x-stream'})
    into = io.BytesIO()
    S3.download_fileobj(BUCKET, 'stream', into)
    assert into.getvalue() == content
    assert S3.head_object(Bucket=BUCKET, Key='stream')['ContentType'] == 'text/x-stream'
    S3.delete_object(Bucket=BUCKET, Key='stream')


@case
def an_md5_is_checked():
    md5 = base64.b64encode(hashlib.md5(b'x').digest()).decode()
    refused(400, 'BadDigest', S3.put_object, Bucket=BUCKET, Key='md5', Body=b'y', ContentMD5=md5)
    refused(400, 'InvalidDigest', S3.put_object, Bucket=BUCKET, Key='md5', Body=b'y', ContentMD5='AAAA')
    S3.put_object(Bucket=BUCKET, Key='md5', Body=b'x', ContentMD5=md5)
    S3.delete_object(Bucket=BUCKET, Key='md5')


@case
def conditions_on_reading():
    etag = S3.put_object(Bucket=BUCKET, Key='if', Body=b'conditional')['ETag']
    modified = S3.head_object(Bucket=BUCKET, Key='if')['LastModified']
    later, earlier = modified + datetime.timedelta(hours=1), modified - datetime.timedelta(hours=1)
    for read in (S3.get_object, S3.head_object):
        failed, same = ('PreconditionFailed', '304') if read == S3.get_object else ('412', '304')
        read(Bucket=BUCKET, Key='if', IfMatch=etag)
        refused(412, failed, read, Bucket=BUCKET, Key='if', IfMatch='"other"')
        refused(304, same, read, Bucket=BUCKET, Key='if', IfNoneMatch=etag)
        read(Bucket=BUCKET, Key='if', IfNoneMatch='"other"')
        refused(304, same, read, Bucket=BUCKET, Key='if', IfModifiedSince=modified)
        read(Bucket=BUCKET, Key='if', IfModifiedSince=earlier)
        refused(412, failed, read, Bucket=BUCKET, Key='if', IfUnmodifiedSince=earlier)
        read(Bucket=BUCKET, Key='if', IfUnmodifiedSince=modified)
        read(Bucket=BUCKET, Key='if', IfMatch=etag, IfUnmodifiedSince=earlier)
        refused(304, same, read, Bucket=BUCKET, Key='if', IfNoneMatch=etag, IfModifiedSince=earlier)
    assert later > modified
    S3.delete_object(Bucket=BUCKET, Key='if')


@case
def ranges_and_overrides():
    S3.put_object(Bucket=BUCKET, Key='range', Body=b'0123456789')
    part = S3.get_object(Bucket=BUCKET, Key='range', Range='bytes=2-4', ResponseContentType='text/x-part')
    assert part['Body'].read() == b'234' and part['ContentRange'] == 'bytes 2-4/10', part
    assert part['ContentType'] == 'text/x-part' and part['ResponseMetadata']['HTTPStatusCode'] == 206, part
    head = S3.head_object(Bucket=BUCKET, Key='range', Range='bytes=2-4')
    assert head['ContentLength'] == 3, head
    refused(416, 'InvalidRange', S3.get_object, Bucket=BUCKET, Key='range', Range='bytes=10-')
    S3.delete_object(Bucket=BUCKET, Key='range')


@case
def listings_are_complete():
    names = ['a.txt', 'b/1', 'b/2', 'b/sub/3', 'c d/ü', 'e&f<g>', 'z']
    for name in names:
        S3.put_object(Bucket=BUCKET, Key=name, Body=name.encode())
    for operation in ('list_objects', 'list_objects_v2'):
        pages = S3.get_paginator(operation).paginate(Bucket=BUCKET, PaginationConfig={'PageSize': 2})
        found = [item for page in pages for item in page.get('Contents', [])]
        assert [item['Key'] for item in found] == names, found
        assert [item['Size'] for item in found] == [len(name.encode()) for name in names], found
        assert found[0]['ETag'] == '"%s"' % hashlib.md5(b'a.txt').hexdigest(), found
        page = getattr(S3, operation)(Bucket=BUCKET, Delimiter='/')
        assert [item['Prefix'] for item in page['CommonPrefixes']] == ['b/', 'c d/'], page
        assert [item['Key'] for item in page['Contents']] == ['a.txt', 'e&f<g>', 'z'], page
        page = getattr(S3, operation)(Bucket=BUCKET, Prefix='b/', Delimiter='/')
        assert [item['Prefix'] for item in page['CommonPrefixes']] == ['b/sub/'], page
        assert [item['Key'] for item in page['Contents']] == ['b/1', 'b/2'], page
    pages = S3.get_paginator('list_objects_v2').paginate(Bucket=BUCKET, Delimiter='/', PaginationConfig={'PageSize': 1})
    found = [item.get('Prefix') or item['Key'] for page in pages
             for item in page.get('Contents', []) + page.get('CommonPrefixes', [])]
    assert found == ['a.txt', 'b/', 'c d/', 'e&f<g>', 'z'], found
    assert S3.list_objects_v2(Bucket=BUCKET, StartAfter='b/2')['KeyCount'] == 4
    assert S3.list_objects_v2(Bucket=BUCKET, Prefix='nothing')['KeyCount'] == 0
    deleted = S3.delete_objects(Bucket=BUCKET, Delete={'Objects': [{'Key': name} for name in names + ['missing']]})
    assert len(deleted['Deleted']) == len(names) + 1 and 'Errors' not in deleted, deleted
    S3.put_object(Bucket=BUCKET, Key='quiet', Body=b'')
    deleted = S3.delete_objects(Bucket=BUCKET, Delete={'Objects': [{'Key': 'quiet'}], 'Quiet': True})
    assert 'Deleted' not in deleted and 'Errors' not in deleted, deleted
    assert keys() == [], keys()


@case
def who_has_access_is_said():
    refused(404, 'NoSuchBucketPolicy', S3.get_bucket_policy, Bucket=BUCKET)
    refused(400, 'AccessControlListNotSupported', S3.put_object, Bucket=BUCKET, Key='k', Body=b'', ACL='public-read')
    assert all(S3.get_public_access_block(Bucket=BUCKET)['PublicAccessBlockConfiguration'].values())
    rules = S3.get_bucket_ownership_controls(Bucket=BUCKET)['OwnershipControls']['Rules']
    assert rules == [{'ObjectOwnership': 'BucketOwnerEnforced'}], rules
    acl = S3.get_bucket_acl(Bucket=BUCKET)
    assert [(g['Grantee']['ID'], g['Permission']) for g in acl['Grants']] == [(acl['Owner']['ID'], 'FULL_CONTROL')], acl


@case
def what_is_not_here_says_so():
    refused(501, 'NotImplemented', S3.get_bucket_lifecycle_configuration, Bucket=BUCKET)
    refused(501, 'NotImplemented', S3.get_object_lock_configuration, Bucket=BUCKET)
    refused(501, 'NotImplemented', S3.put_object, Bucket=BUCKET, Key='k', Body=b'', ServerSideEncryption='aws:kms')
    assert keys() == [], keys()


@each(*CLIENTS)
def strangers_are_refused(client):
    version = {'default': None, 'v2': 's3', 'v4': 's3v4'}[client]
    config = Config(signature_version=version) if version else None
    wrong = boto3.client('s3', config=config, aws_secret_access_key='wrong' * 8,
                         aws_access_key_id=boto3.Session().get_credentials().access_key)
    refused(403, 'SignatureDoesNotMatch', wrong.list_objects_v2, Bucket=BUCKET)
    refused(403, 'SignatureDoesNotMatch', wrong.put_object, Bucket=BUCKET, Key='k', Body=b'x' * 100000)
    nobody = boto3.client('s3', config=config, aws_secret_access_key='wrong' * 8,
                          aws_access_key_id='AKIAIOSFODNN7EXAMPLE')
    refused(403, 'InvalidAccessKeyId', nobody.list_buckets)
    assert keys() == [], keys()


@case
def empty_uploads_do_not_stall_the_connection():
    # boto3 sends Expect: 100-continue with these too, and waits where no answer comes.
    for index in range(20):
        S3.put_object(Bucket=BUCKET, Key='empty', Body=b'')
    S3.delete_object(Bucket=BUCKET, Key='empty')


@case
def an_error_says_what_it_is_about():
    answer = refused(404, 'NoSuchKey', S3.get_object, Bucket=BUCKET, Key='mi&ssing')
    assert answer['Error']['Key'] == 'mi&ssing', answer
    assert answer['ResponseMetadata']['RequestId'], answer
    answer = refused(404, 'NoSuchBucket', S3.get_object, Bucket='no-such-bucket', Key='k')
    assert answer['Error']['BucketName'] == 'no-such-bucket', answer


run()
