"""Tags, attributes, metadata and CORS configurations, as boto3 handles them."""

import base64
import hashlib

import boto3
from botocore.config import Config

from cases import case, each, fetch, refused, run

BUCKET = 'attributes'
S3 = boto3.client('s3')
CLIENTS = {
    'default': S3,
    'v2': boto3.client('s3', config=Config(signature_version='s3')),
    'v4': boto3.client('s3', config=Config(signature_version='s3v4')),
}


def tag_set(**tags):
    return {'TagSet': [{'Key': key, 'Value': value} for key, value in tags.items()]}


def pairs(answer):
    return {tag['Key']: tag['Value'] for tag in answer['TagSet']}


@case
def make_a_bucket():
    S3.create_bucket(Bucket=BUCKET)


@each(*CLIENTS)
def objects_are_tagged(client):
    s3 = CLIENTS[client]
    here = {'Bucket': BUCKET, 'Key': 'tagged/ü'}
    put = s3.put_object(Body=b'tagged', Tagging='color=red&two+words=%C3%BC%2B%40', **here)
    assert pairs(s3.get_object_tagging(**here)) == {'color': 'red', 'two words': 'ü+@'}
    got = s3.get_object(**here)
    assert got['TagCount'] == 2 and got['Body'].read() == b'tagged', got
    s3.put_object_tagging(Tagging=tag_set(shape='round: ü/_.-=', empty=''), **here)
    assert pairs(s3.get_object_tagging(**here)) == {'shape': 'round: ü/_.-=', 'empty': ''}
    head = s3.head_object(**here)
    assert head['ETag'] == put['ETag'], head
    s3.delete_object_tagging(**here)
    assert pairs(s3.get_object_tagging(**here)) == {}
    assert 'TagCount' not in s3.get_object(**here)
    ten = {'key %d' % n: 'v' * 256 for n in range(10)}
    s3.put_object_tagging(Tagging=tag_set(**ten), **here)
    assert pairs(s3.get_object_tagging(**here)) == ten
    refused(400, 'BadRequest', s3.put_object_tagging, Tagging=tag_set(eleventh='', **ten), **here)
    refused(400, 'InvalidTag', s3.put_object_tagging, Tagging=tag_set(**{'k' * 129: ''}), **here)
    refused(400, 'InvalidTag', s3.put_object_tagging, Tagging=tag_set(k='v' * 257), **here)
    refused(400, 'InvalidTag', s3.put_object_tagging, Tagging={'TagSet': [{'Key': 'k', 'Value': '1'}, {'Key': 'k', 'Value': '2'}]}, **here)
    refused(400, 'InvalidArgument', s3.put_object, Body=b'', Tagging='a=1&a=2', **here)
    assert pairs(s3.get_object_tagging(**here)) == ten
    refused(404, 'NoSuchKey', s3.get_object_tagging, Bucket=BUCKET, Key='missing')
    refused(404, 'NoSuchKey', s3.put_object_tagging, Bucket=BUCKET, Key='missing', Tagging=tag_set(a='b'))
    s3.delete_object(**here)


@each(*CLIENTS)
def tags_are_signed_with_a_presigned_upload(client):
    url = CLIENTS[client].generate_presigned_url('put_object', Params={'Bucket': BUCKET, 'Key': 'tagged', 'Tagging': 'color=red'})
    fetch('PUT', url, b'tagged', {'x-amz-tagging': 'color=red'}).expect(200)
    assert pairs(S3.get_object_tagging(Bucket=BUCKET, Key='tagged')) == {'color': 'red'}
    answer = fetch('PUT', url, b'tagged', {'x-amz-tagging': 'color=blue'})
    assert answer.status in (400, 403), answer.body
    S3.delete_object(Bucket=BUCKET, Key='tagged')


@each(*CLIENTS)
def buckets_are_tagged(client):
    s3 = CLIENTS[client]
    refused(404, 'NoSuchTagSet', s3.get_bucket_tagging, Bucket=BUCKET)
    fifty = {'key %d' % n: 'ü %d' % n for n in range(50)}
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging=tag_set(**fifty))
    assert pairs(s3.get_bucket_tagging(Bucket=BUCKET)) == fifty
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging=tag_set(team='storage'))
    assert pairs(s3.get_bucket_tagging(Bucket=BUCKET)) == {'team': 'storage'}
    s3.delete_bucket_tagging(Bucket=BUCKET)
    refused(404, 'NoSuchTagSet', s3.get_bucket_tagging, Bucket=BUCKET)


@case
def attributes_of_a_whole_object():
    sha256 = base64.b64encode(hashlib.sha256(b'whole').digest()).decode()
    S3.put_object(Bucket=BUCKET, Key='whole', Body=b'whole', ChecksumAlgorithm='SHA256')
    found = S3.get_object_attributes(
        Bucket=BUCKET, Key='whole', ObjectAttributes=['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'])
    assert found['ETag'] == hashlib.md5(b'whole').hexdigest() and found['ObjectSize'] == 5, found
    assert found['Checksum'] == {'ChecksumSHA256': sha256, 'ChecksumType': 'FULL_OBJECT'}, found
    assert found['StorageClass'] == 'STANDARD' and 'ObjectParts' not in found, found
    found = S3.get_object_attributes(Bucket=BUCKET, Key='whole', ObjectAttributes=['ObjectSize'])
    assert found['ObjectSize'] == 5 and not {'ETag', 'Checksum', 'StorageClass'} & set(found), found
    refused(404, 'NoSuchKey', S3.get_object_attributes, Bucket=BUCKET, Key='missing', ObjectAttributes=['ETag'])
    S3.delete_object(Bucket=BUCKET, Key='whole')


@each(*CLIENTS)
def metadata_beyond_ascii_is_kept(client):
    # boto3 sends ASCII only; what else there is travels as RFC 2047 says.
    encoded = '=?UTF-8?B?R3LDvMOfZSDwn5iA?='
    CLIENTS[client].put_object(Bucket=BUCKET, Key='meta', Body=b'', Metadata={'greeting': encoded})
    assert S3.head_object(Bucket=BUCKET, Key='meta')['Metadata'] == {'greeting': encoded}
    if client != 'default':
        # Others send UTF-8 as it is.
        url = CLIENTS[client].generate_presigned_url('put_object', Params={'Bucket': BUCKET, 'Key': 'meta'})
        answer = fetch('PUT', url, b'', {'x-amz-meta-greeting': 'Grüße'.encode()})
        assert answer.status == 403, answer.body
    S3.delete_object(Bucket=BUCKET, Key='meta')


@case
def too_much_metadata_is_refused():
    refused(400, 'MetadataTooLarge', S3.put_object, Bucket=BUCKET, Key='meta', Body=b'', Metadata={'k': 'v' * 2048})
    S3.put_object(Bucket=BUCKET, Key='meta', Body=b'', Metadata={'k': 'v' * 2047})
    assert S3.head_object(Bucket=BUCKET, Key='meta')['Metadata'] == {'k': 'v' * 2047}
    S3.delete_object(Bucket=BUCKET, Key='meta')


@case
def a_storage_class_is_kept():
    S3.put_object(Bucket=BUCKET, Key='cold', Body=b'cold', StorageClass='STANDARD_IA')
    assert S3.head_object(Bucket=BUCKET, Key='cold')['StorageClass'] == 'STANDARD_IA'
    assert S3.list_objects_v2(Bucket=BUCKET)['Contents'][0]['StorageClass'] == 'STANDARD_IA'
    refused(400, 'InvalidStorageClass', S3.put_object, Bucket=BUCKET, Key='cold', Body=b'', StorageClass='LUKEWARM')
    S3.put_object(Bucket=BUCKET, Key='cold', Body=b'warm', StorageClass='STANDARD')
    assert 'StorageClass' not in S3.head_object(Bucket=BUCKET, Key='cold')
    S3.delete_object(Bucket=BUCKET, Key='cold')


RULES = [
    {'ID': 'uploads', 'AllowedOrigins': ['https://*.example.com'], 'AllowedMethods': ['PUT', 'POST'],
     'AllowedHeaders': ['content-type', 'x-amz-*'], 'ExposeHeaders': ['ETag', 'x-amz-checksum-crc32'], 'MaxAgeSeconds': 600},
    {'AllowedOrigins': ['*'], 'AllowedMethods': ['GET', 'HEAD']},
]


@each(*CLIENTS)
def cross_origin_rules_come_and_go(client):
    s3 = CLIENTS[client]
    refused(404, 'NoSuchCORSConfiguration', s3.get_bucket_cors, Bucket=BUCKET)
    s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={'CORSRules': RULES})
    assert s3.get_bucket_cors(Bucket=BUCKET)['CORSRules'] == RULES, s3.get_bucket_cors(Bucket=BUCKET)
    refused(400, 'InvalidRequest', s3.put_bucket_cors, Bucket=BUCKET, CORSConfiguration={
        'CORSRules': [{'AllowedOrigins': ['*'], 'AllowedMethods': ['PATCH']}]})
    refused(400, 'InvalidRequest', s3.put_bucket_cors, Bucket=BUCKET, CORSConfiguration={
        'CORSRules': [{'AllowedOrigins': ['http://*.*'], 'AllowedMethods': ['GET']}]})
    assert s3.get_bucket_cors(Bucket=BUCKET)['CORSRules'] == RULES
    s3.delete_bucket_cors(Bucket=BUCKET)
    refused(404, 'NoSuchCORSConfiguration', s3.get_bucket_cors, Bucket=BUCKET)
    s3.delete_bucket_cors(Bucket=BUCKET)


@each(*CLIENTS)
def other_origins_are_answered_by_the_rules(client):
    S3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={'CORSRules': RULES})
    url = CLIENTS[client].generate_presigned_url('put_object', Params={'Bucket': BUCKET, 'Key': 'k'})

    def preflight(origin, method, headers=''):
        asked = {'Origin': origin, 'Access-Control-Request-Method': method}
        return fetch('OPTIONS', url, headers=dict(asked, **({'Access-Control-Request-Headers': headers} if headers else {})))

    answer = preflight('https://app.example.com', 'PUT', 'Content-Type,x-amz-meta-who').expect(200)
    assert answer.headers['access-control-allow-origin'] == 'https://app.example.com', answer.headers
    assert answer.headers['access-control-allow-methods'] == 'PUT, POST', answer.headers
    assert answer.headers['access-control-allow-headers'] == 'content-type, x-amz-meta-who', answer.headers
    assert answer.headers['access-control-expose-headers'] == 'ETag, x-amz-checksum-crc32', answer.headers
    assert answer.headers['access-control-max-age'] == '600', answer.headers
    assert 'Origin' in answer.headers['vary'], answer.headers
    for origin, method, headers in (('https://example.org', 'PUT', ''), ('https://app.example.com', 'DELETE', ''),
                                    ('https://app.example.com', 'PUT', 'authorization')):
        answer = preflight(origin, method, headers).refused(403, 'AccessForbidden')
        assert 'access-control-allow-origin' not in answer.headers, answer.headers
    answer = fetch('PUT', url, b'from afar', {'Origin': 'https://app.example.com'}).expect(200)
    assert answer.headers['access-control-allow-origin'] == 'https://app.example.com', answer.headers
    assert 'ETag' in answer.headers['access-control-expose-headers'] and answer.headers['etag'], answer.headers
    for key, status in (('k', 200), ('missing', 404)):
        url = CLIENTS[client].generate_presigned_url('get_object', Params={'Bucket': BUCKET, 'Key': key})
        answer = fetch('GET', url, headers={'Origin': 'http://anybody.test'}).expect(status)
        assert answer.headers['access-control-allow-origin'] == '*', answer.headers
        assert 'access-control-allow-origin' not in fetch('GET', url).expect(status).headers
    S3.delete_object(Bucket=BUCKET, Key='k')
    S3.delete_bucket_cors(Bucket=BUCKET)
    answer = fetch('GET', url, headers={'Origin': 'http://anybody.test'}).expect(404)
    assert 'access-control-allow-origin' not in answer.headers, answer.headers


run()
