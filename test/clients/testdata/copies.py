"""Copies and conditions, as boto3 asks for them."""

import base64
import datetime
import hashlib
import os

import boto3
from botocore.config import Config

from cases import ODD_KEYS, case, each, odd_key_name, refused, run

BUCKET = 'copies'
OTHER = 'copies-elsewhere'
S3 = boto3.client('s3')
CLIENTS = {
    'default': S3,
    'v2': boto3.client('s3', config=Config(signature_version='s3')),
    'v4': boto3.client('s3', config=Config(signature_version='s3v4')),
}
HEADERS = {
    'ContentType': 'text/x-test', 'CacheControl': 'max-age=60', 'ContentDisposition': 'attachment',
    'ContentEncoding': 'gzip', 'ContentLanguage': 'de',
}


def etag(content):
    return '"%s"' % hashlib.md5(content).hexdigest()


def read(key, bucket=BUCKET):
    return S3.get_object(Bucket=bucket, Key=key)['Body'].read()


def tags(key, bucket=BUCKET):
    return {tag['Key']: tag['Value'] for tag in S3.get_object_tagging(Bucket=bucket, Key=key)['TagSet']}


def remove(*keys, bucket=BUCKET):
    S3.delete_objects(Bucket=bucket, Delete={'Objects': [{'Key': key} for key in keys]})


@case
def make_buckets():
    S3.create_bucket(Bucket=BUCKET)
    S3.create_bucket(Bucket=OTHER)


@each(*CLIENTS)
def a_copy_has_what_its_source_has(client):
    s3 = CLIENTS[client]
    content = os.urandom(3_000_000)
    s3.put_object(Bucket=BUCKET, Key='source', Body=content, Metadata={'who': 'Ada'}, Tagging='color=red', **HEADERS)
    for bucket, source in ((BUCKET, {'Bucket': BUCKET, 'Key': 'source'}), (OTHER, BUCKET + '/source')):
        result = s3.copy_object(Bucket=bucket, Key='copy', CopySource=source)['CopyObjectResult']
        assert result['ETag'] == etag(content), result
        age = datetime.datetime.now(datetime.timezone.utc) - result['LastModified']
        assert abs(age) < datetime.timedelta(minutes=5), result
        got = s3.get_object(Bucket=bucket, Key='copy')
        assert got['Body'].read() == content
        assert got['Metadata'] == {'who': 'Ada'} and got['ETag'] == etag(content), got
        for name, value in HEADERS.items():
            assert got[name] == value, got
        assert tags('copy', bucket) == {'color': 'red'}, tags('copy', bucket)
    # A copy stays when its source goes.
    remove('source')
    assert read('copy') == content == read('copy', OTHER)
    remove('copy')
    remove('copy', bucket=OTHER)


@each(*CLIENTS)
def directives_replace_what_the_source_has(client):
    s3 = CLIENTS[client]
    source = {'Bucket': BUCKET, 'Key': 'source'}
    s3.put_object(Bucket=BUCKET, Key='source', Body=b'source', Metadata={'who': 'Ada'}, Tagging='color=red', **HEADERS)
    s3.copy_object(Bucket=BUCKET, Key='copy', CopySource=source, MetadataDirective='REPLACE',
                   ContentType='text/x-other', Metadata={'whose': 'Bob'})
    got = s3.get_object(Bucket=BUCKET, Key='copy')
    assert got['ContentType'] == 'text/x-other' and got['Metadata'] == {'whose': 'Bob'}, got
    assert not {'CacheControl', 'ContentDisposition', 'ContentLanguage'} & set(got), got
    assert got['Body'].read() == b'source' and tags('copy') == {'color': 'red'}, tags('copy')
    s3.copy_object(Bucket=BUCKET, Key='copy', CopySource=source, TaggingDirective='REPLACE', Tagging='size=10%20m&shape=')
    head = s3.head_object(Bucket=BUCKET, Key='copy')
    assert head['Metadata'] == {'who': 'Ada'} and head['ContentType'] == 'text/x-test', head
    assert tags('copy') == {'size': '10 m', 'shape': ''}, tags('copy')
    s3.copy_object(Bucket=BUCKET, Key='copy', CopySource=source, TaggingDirective='REPLACE')
    assert tags('copy') == {}, tags('copy')
    # Without a directive, what comes with a copy is not used.
    s3.copy_object(Bucket=BUCKET, Key='copy', CopySource=source, Metadata={'whose': 'Bob'}, ContentType='text/x-other')
    head = s3.head_object(Bucket=BUCKET, Key='copy')
    assert head['Metadata'] == {'who': 'Ada'} and head['ContentType'] == 'text/x-test', head
    remove('source', 'copy')


@case
def a_copy_onto_itself_must_change_something():
    source = {'Bucket': BUCKET, 'Key': 'self'}
    S3.put_object(Bucket=BUCKET, Key='self', Body=b'self', Metadata={'who': 'Ada'})
    refused(400, 'InvalidRequest', S3.copy_object, Bucket=BUCKET, Key='self', CopySource=source)
    S3.copy_object(Bucket=BUCKET, Key='self', CopySource=source, MetadataDirective='REPLACE', Metadata={'who': 'Bob'})
    head = S3.head_object(Bucket=BUCKET, Key='self')
    assert head['Metadata'] == {'who': 'Bob'} and head['ETag'] == etag(b'self') and read('self') == b'self', head
    remove('self')


@case
def any_key_can_be_copied():
    failures = []
    for key in ODD_KEYS:
        S3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
        try:
            S3.copy_object(Bucket=OTHER, Key=key, CopySource={'Bucket': BUCKET, 'Key': key})
            assert read(key, OTHER) == key.encode()
        except Exception as error:
            failures.append('%s: %s' % (odd_key_name(key), error))
    assert not failures, '\n'.join(failures)
    for bucket in (BUCKET, OTHER):
        remove(*ODD_KEYS, bucket=bucket)


@case
def a_source_can_have_conditions():
    S3.put_object(Bucket=BUCKET, Key='source', Body=b'source')
    modified = S3.head_object(Bucket=BUCKET, Key='source')['LastModified']
    earlier = modified - datetime.timedelta(hours=1)

    def copy(**conditions):
        return S3.copy_object(Bucket=BUCKET, Key='copy', CopySource={'Bucket': BUCKET, 'Key': 'source'}, **conditions)

    for holds in ({'CopySourceIfMatch': etag(b'source')}, {'CopySourceIfNoneMatch': '"other"'},
                  {'CopySourceIfModifiedSince': earlier}, {'CopySourceIfUnmodifiedSince': modified},
                  {'CopySourceIfMatch': etag(b'source'), 'CopySourceIfUnmodifiedSince': earlier}):
        copy(**holds)
        assert read('copy') == b'source'
        remove('copy')
    for fails in ({'CopySourceIfMatch': '"other"'}, {'CopySourceIfNoneMatch': etag(b'source')},
                  {'CopySourceIfModifiedSince': modified}, {'CopySourceIfUnmodifiedSince': earlier},
                  {'CopySourceIfNoneMatch': etag(b'source'), 'CopySourceIfModifiedSince': earlier}):
        refused(412, 'PreconditionFailed', copy, **fails)
        refused(404, '404', S3.head_object, Bucket=BUCKET, Key='copy')
    remove('source')


@case
def what_is_not_there_cannot_be_copied():
    refused(404, 'NoSuchKey', S3.copy_object, Bucket=BUCKET, Key='copy', CopySource=BUCKET + '/missing')
    refused(404, 'NoSuchBucket', S3.copy_object, Bucket=BUCKET, Key='copy', CopySource='no-such-bucket/key')
    refused(404, 'NoSuchBucket', S3.copy_object, Bucket='no-such-bucket', Key='copy', CopySource=BUCKET + '/missing')
    refused(400, 'InvalidArgument', S3.copy_object, Bucket=BUCKET, Key='copy', CopySource='nothing')


@case
def a_copy_can_have_another_checksum():
    content = os.urandom(1_000_000)
    S3.put_object(Bucket=BUCKET, Key='source', Body=content, ChecksumAlgorithm='SHA1')
    sha1 = base64.b64encode(hashlib.sha1(content).digest()).decode()
    sha256 = base64.b64encode(hashlib.sha256(content).digest()).decode()
    for algorithm, want in ((None, {'ChecksumSHA1': sha1}), ('SHA256', {'ChecksumSHA256': sha256})):
        named = {'ChecksumAlgorithm': algorithm} if algorithm else {}
        result = S3.copy_object(Bucket=BUCKET, Key='copy', CopySource=BUCKET + '/source', **named)['CopyObjectResult']
        head = S3.head_object(Bucket=BUCKET, Key='copy', ChecksumMode='ENABLED')
        for answer in (result, head):
            found = {name: answer[name] for name in answer if name.startswith('Checksum') and name != 'ChecksumType'}
            assert found == want and answer['ChecksumType'] == 'FULL_OBJECT', answer
    remove('source', 'copy')


@each(*CLIENTS)
def a_put_can_be_conditional(client):
    s3 = CLIENTS[client]
    s3.put_object(Bucket=BUCKET, Key='if', Body=b'first', IfNoneMatch='*')
    refused(412, 'PreconditionFailed', s3.put_object, Bucket=BUCKET, Key='if', Body=b'second', IfNoneMatch='*')
    refused(412, 'PreconditionFailed', s3.put_object, Bucket=BUCKET, Key='if', Body=b'second', IfMatch=etag(b'other'))
    assert read('if') == b'first'
    put = s3.put_object(Bucket=BUCKET, Key='if', Body=b'second', IfMatch=etag(b'first'))
    assert put['ETag'] == etag(b'second') and read('if') == b'second', put
    refused(404, 'NoSuchKey', s3.put_object, Bucket=BUCKET, Key='missing', Body=b'', IfMatch=etag(b'first'))
    remove('if')


@each(*CLIENTS)
def a_copy_can_be_conditional(client):
    s3 = CLIENTS[client]
    s3.put_object(Bucket=BUCKET, Key='source', Body=b'source')
    copy = {'Bucket': BUCKET, 'Key': 'if', 'CopySource': BUCKET + '/source'}
    s3.copy_object(IfNoneMatch='*', **copy)
    refused(412, 'PreconditionFailed', s3.copy_object, IfNoneMatch='*', **copy)
    refused(412, 'PreconditionFailed', s3.copy_object, IfMatch='"other"', **copy)
    s3.copy_object(IfMatch=etag(b'source'), **copy)
    remove('source', 'if')
    s3.put_object(Bucket=BUCKET, Key='source', Body=b'source')
    refused(404, 'NoSuchKey', s3.copy_object, IfMatch=etag(b'source'), **copy)
    remove('source')


@each(*CLIENTS)
def a_removal_can_be_conditional(client):
    s3 = CLIENTS[client]
    s3.put_object(Bucket=BUCKET, Key='if', Body=b'here')
    refused(412, 'PreconditionFailed', s3.delete_object, Bucket=BUCKET, Key='if', IfMatch='"other"')
    assert read('if') == b'here'
    s3.delete_object(Bucket=BUCKET, Key='if', IfMatch=etag(b'here'))
    refused(404, 'NoSuchKey', s3.get_object, Bucket=BUCKET, Key='if')
    s3.put_object(Bucket=BUCKET, Key='if', Body=b'here')
    s3.delete_object(Bucket=BUCKET, Key='if', IfMatch='*')
    s3.put_object(Bucket=BUCKET, Key='if', Body=b'here')
    answer = s3.delete_objects(Bucket=BUCKET, Delete={'Objects': [{'Key': 'if', 'ETag': '"other"'}]})
    assert [(item['Key'], item['Code']) for item in answer['Errors']] == [('if', 'PreconditionFailed')], answer
    assert read('if') == b'here'
    answer = s3.delete_objects(Bucket=BUCKET, Delete={'Objects': [{'Key': 'if', 'ETag': etag(b'here')}]})
    assert 'Errors' not in answer and [item['Key'] for item in answer['Deleted']] == ['if'], answer


@case
def another_owners_bucket_is_refused():
    S3.put_object(Bucket=BUCKET, Key='mine', Body=b'mine')
    here = {'Bucket': BUCKET, 'Key': 'mine', 'ExpectedBucketOwner': '999999999999'}
    refused(403, 'AccessDenied', S3.get_object, **here)
    refused(403, '403', S3.head_object, **here)
    refused(403, 'AccessDenied', S3.put_object, Body=b'theirs', **here)
    refused(403, 'AccessDenied', S3.delete_object, **here)
    refused(403, 'AccessDenied', S3.copy_object, Bucket=BUCKET, Key='copy', CopySource=BUCKET + '/mine',
            ExpectedSourceBucketOwner='999999999999')
    assert read('mine') == b'mine'
    remove('mine')


run()
