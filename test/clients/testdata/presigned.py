"""Presigned URLs as boto3 makes them: each scheme, each addressing style."""

import base64
import hashlib
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from cases import ODD_KEYS, case, each, fetch, odd_key_name, run

BUCKET = 'presigned'
OWNER = boto3.client('s3')

CLIENTS = {
    'default': boto3.client('s3'),
    'v2 path': boto3.client('s3', config=Config(signature_version='s3', s3={'addressing_style': 'path'})),
    'v4 path': boto3.client('s3', config=Config(signature_version='s3v4', s3={'addressing_style': 'path'})),
}
if 'localhost' in OWNER.meta.endpoint_url:
    for version in ('s3', 's3v4'):
        CLIENTS['v%s virtual-hosted' % ('2' if version == 's3' else '4')] = boto3.client(
            's3', config=Config(signature_version=version, s3={'addressing_style': 'virtual'}))


def sign(client, operation, **params):
    return CLIENTS[client].generate_presigned_url(operation, Params=dict(params, Bucket=BUCKET), ExpiresIn=600)


def keys():
    return [item['Key'] for page in OWNER.get_paginator('list_objects_v2').paginate(Bucket=BUCKET)
            for item in page.get('Contents', [])]


@case
def make_a_bucket():
    OWNER.create_bucket(Bucket=BUCKET)


@case
def the_schemes_and_styles_are_those_meant():
    for name, client in CLIENTS.items():
        url = sign(name, 'get_object', Key='k')
        assert ('X-Amz-Signature=' in url) == name.startswith('v4'), (name, url)
        assert ('//presigned.' in url) == name.endswith('virtual-hosted'), (name, url)


@each(*CLIENTS)
def any_key_goes_up_and_comes_back(client):
    failures = []
    for key in ODD_KEYS:
        try:
            content = ('content of ' + key).encode()
            fetch('PUT', sign(client, 'put_object', Key=key), content).expect(200)
            answer = fetch('GET', sign(client, 'get_object', Key=key)).expect(200)
            assert answer.body == content, answer.body
            assert answer.headers['etag'] == '"%s"' % hashlib.md5(content).hexdigest(), answer.headers
            answer = fetch('HEAD', sign(client, 'head_object', Key=key)).expect(200)
            assert answer.headers['content-length'] == str(len(content)), answer.headers
            assert OWNER.get_object(Bucket=BUCKET, Key=key)['Body'].read() == content
            assert key in keys(), keys()
            fetch('DELETE', sign(client, 'delete_object', Key=key)).expect(204)
            fetch('GET', sign(client, 'get_object', Key=key)).refused(404, 'NoSuchKey')
        except (AssertionError, ClientError, OSError) as error:
            failures.append('%s: %s' % (odd_key_name(key), error))
    assert not failures, '\n'.join(failures)
    assert keys() == [], keys()


@each(*CLIENTS)
def metadata_is_kept(client):
    metadata = {'who': 'Ada', 'with-dash': 'two words', 'tabs': 'a\tb \t c'}
    url = sign(client, 'put_object', Key='meta', ContentType='text/x-test', Metadata=metadata,
               CacheControl='max-age=60', ContentDisposition='inline', ContentLanguage='en', ContentEncoding='identity')
    headers = {
        'Content-Type': 'text/x-test', 'Cache-Control': 'max-age=60', 'Content-Disposition': 'inline',
        'Content-Language': 'en', 'Content-Encoding': 'identity',
        'x-amz-meta-who': 'Ada', 'x-amz-meta-with-dash': 'two words', 'x-amz-meta-tabs': 'a\tb \t c',
    }
    fetch('PUT', url, b'with metadata', headers).expect(200)
    head = OWNER.head_object(Bucket=BUCKET, Key='meta')
    assert head['Metadata'] == metadata, head
    assert head['ContentType'] == 'text/x-test', head
    assert head['CacheControl'] == 'max-age=60', head
    assert head['ContentDisposition'] == 'inline', head
    assert head['ContentLanguage'] == 'en', head
    answer = fetch('GET', sign(client, 'get_object', Key='meta')).expect(200)
    assert answer.headers['x-amz-meta-who'] == 'Ada', answer.headers
    assert answer.headers['content-type'] == 'text/x-test', answer.headers


@each(*CLIENTS)
def overrides_are_answered(client):
    OWNER.put_object(Bucket=BUCKET, Key='override', Body=b'0123456789', ContentType='text/plain')
    url = sign(client, 'get_object', Key='override', ResponseContentType='image/png',
               ResponseContentDisposition='attachment; filename="été.png"', ResponseCacheControl='no-store',
               ResponseContentLanguage='fr', ResponseContentEncoding='identity')
    answer = fetch('GET', url).expect(200)
    assert answer.headers['content-type'] == 'image/png', answer.headers
    assert answer.headers['content-disposition'].startswith('attachment; filename='), answer.headers
    assert answer.headers['cache-control'] == 'no-store', answer.headers
    assert answer.headers['content-language'] == 'fr', answer.headers


@each(*CLIENTS)
def ranges_are_answered(client):
    content = bytes(range(256)) * 1024
    OWNER.put_object(Bucket=BUCKET, Key='range', Body=content)
    url = sign(client, 'get_object', Key='range')
    for header, expected, content_range in [
            ('bytes=0-0', content[:1], 'bytes 0-0/262144'),
            ('bytes=1000-1999', content[1000:2000], 'bytes 1000-1999/262144'),
            ('bytes=262140-', content[-4:], 'bytes 262140-262143/262144'),
            ('bytes=-10', content[-10:], 'bytes 262134-262143/262144'),
            ('bytes=262000-999999', content[262000:], 'bytes 262000-262143/262144')]:
        answer = fetch('GET', url, headers={'Range': header}).expect(206)
        assert answer.body == expected, header
        assert answer.headers['content-range'] == content_range, answer.headers
    fetch('GET', url, headers={'Range': 'bytes=262144-'}).refused(416, 'InvalidRange')
    assert fetch('GET', url, headers={'Range': 'bytes=0-1,4-5'}).expect(200).body == content


@each(*CLIENTS)
def another_method_or_key_is_refused(client):
    OWNER.put_object(Bucket=BUCKET, Key='kept', Body=b'kept')
    url = sign(client, 'get_object', Key='kept')
    for method in ('HEAD', 'PUT', 'DELETE'):
        answer = fetch(method, url, b'overwritten' if method == 'PUT' else None)
        if method == 'HEAD':
            assert answer.expect(403).body == b''
        else:
            answer.refused(403, 'SignatureDoesNotMatch')
    fetch('GET', url.replace('/kept?', '/kepT?')).refused(403, 'SignatureDoesNotMatch')
    fetch('GET', url, headers={'x-amz-meta-extra': '1'}).expect(403)
    assert OWNER.get_object(Bucket=BUCKET, Key='kept')['Body'].read() == b'kept'


@each(*CLIENTS)
def an_expired_url_is_refused(client):
    url = CLIENTS[client].generate_presigned_url('get_object', Params={'Bucket': BUCKET, 'Key': 'kept'}, ExpiresIn=1)
    deadline = time.monotonic() + 30
    while fetch('GET', url).status != 403:
        assert time.monotonic() < deadline, 'the URL did not expire'
        time.sleep(0.2)
    answer = fetch('GET', url).refused(403, 'AccessDenied')
    assert b'<Message>Request has expired</Message>' in answer.body, answer.body
    assert b'<ServerTime>' in answer.body and b'<Expires>' in answer.body, answer.body


@case
def more_than_seven_days_is_refused():
    url = CLIENTS['v4 path'].generate_presigned_url(
        'get_object', Params={'Bucket': BUCKET, 'Key': 'kept'}, ExpiresIn=604801)
    fetch('GET', url).refused(400, 'AuthorizationQueryParametersError')
    url = CLIENTS['v4 path'].generate_presigned_url(
        'get_object', Params={'Bucket': BUCKET, 'Key': 'kept'}, ExpiresIn=604800)
    fetch('GET', url).expect(200)


@each('v2 path', 'v4 path')
def a_wrong_secret_is_refused(client):
    version = 's3' if client.startswith('v2') else 's3v4'
    stranger = boto3.client('s3', aws_secret_access_key='wrong' * 8, config=Config(signature_version=version),
                            aws_access_key_id=boto3.Session().get_credentials().access_key)
    url = stranger.generate_presigned_url('get_object', Params={'Bucket': BUCKET, 'Key': 'kept'})
    fetch('GET', url).refused(403, 'SignatureDoesNotMatch')
    nobody = boto3.client('s3', aws_secret_access_key='wrong' * 8, config=Config(signature_version=version),
                          aws_access_key_id='AKIAIOSFODNN7EXAMPLE')
    url = nobody.generate_presigned_url('get_object', Params={'Bucket': BUCKET, 'Key': 'kept'})
    fetch('GET', url).refused(403, 'InvalidAccessKeyId')


@each(*CLIENTS)
def a_listing_can_be_presigned(client):
    OWNER.put_object(Bucket=BUCKET, Key='listed/1', Body=b'1')
    for operation in ('list_objects_v2', 'list_objects'):
        url = sign(client, operation, Prefix='listed/')
        if client.startswith('v4'):
            assert b'<Key>listed/1</Key>' in fetch('GET', url).expect(200).body
            fetch('GET', url.replace('prefix=listed', 'prefix=')).refused(403, 'SignatureDoesNotMatch')
            continue
        # Signature Version 2, boto3's default in us-east-1, does not sign the prefix.
        for url in (url, url.replace('prefix=listed%2F&', '')):
            answer = fetch('GET', url).refused(403, 'AccessDenied')
            assert b'Presign it with Signature Version 4' in answer.body, answer.body
    fetch('HEAD', sign(client, 'head_bucket')).expect(200)


@each('v2 path', 'v4 path')
def a_content_md5_that_is_signed_is_enforced(client):
    md5 = base64.b64encode(hashlib.md5(b'expected').digest()).decode()
    url = sign(client, 'put_object', Key='md5', ContentMD5=md5)
    fetch('PUT', url, b'tampered', {'Content-MD5': md5}).refused(400, 'BadDigest')
    assert 'md5' not in keys()
    fetch('PUT', url, b'expected', {'Content-MD5': md5}).expect(200)
    assert OWNER.get_object(Bucket=BUCKET, Key='md5')['Body'].read() == b'expected'
    OWNER.delete_object(Bucket=BUCKET, Key='md5')


@each('v2 path', 'v4 path')
def a_checksum_that_is_signed_is_enforced(client):
    checksum = base64.b64encode(hashlib.sha256(b'expected').digest()).decode()
    url = sign(client, 'put_object', Key='sum', ChecksumSHA256=checksum)
    header = {'x-amz-checksum-sha256': checksum}
    fetch('PUT', url, b'tampered', header).refused(400, 'BadDigest')
    another = base64.b64encode(hashlib.sha256(b'tampered').digest()).decode()
    answer = fetch('PUT', url, b'tampered', {'x-amz-checksum-sha256': another})
    assert answer.status in (400, 403), answer.body
    assert 'sum' not in keys()
    answer = fetch('PUT', url, b'expected', header).expect(200)
    assert answer.headers['x-amz-checksum-sha256'] == checksum, answer.headers
    answer = fetch('GET', sign(client, 'get_object', Key='sum', ChecksumMode='ENABLED'), headers={'x-amz-checksum-mode': 'ENABLED'})
    assert answer.expect(200).headers['x-amz-checksum-sha256'] == checksum, answer.headers
    OWNER.delete_object(Bucket=BUCKET, Key='sum')


run()
