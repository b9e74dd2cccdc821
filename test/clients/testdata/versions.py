"""Versions, as boto3 makes, lists, reads and removes them."""

import boto3
from botocore.config import Config

from cases import case, each, fetch, refused, run

BUCKET = 'versions'
S3 = boto3.client('s3')
CLIENTS = {
    'default': S3,
    'v2': boto3.client('s3', config=Config(signature_version='s3')),
    'v4': boto3.client('s3', config=Config(signature_version='s3v4')),
}


def set_versioning(status):
    S3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={'Status': status})
    assert S3.get_bucket_versioning(Bucket=BUCKET)['Status'] == status


def read(key, version=None):
    return S3.get_object(Bucket=BUCKET, Key=key, **({'VersionId': version} if version else {}))['Body'].read()


def entries(page_size=1000, **params):
    """Each version and delete marker: key, ID, is it a marker, is it the latest."""
    pages = S3.get_paginator('list_object_versions').paginate(
        Bucket=BUCKET, PaginationConfig={'PageSize': page_size}, **params)
    found = []
    for page in pages:
        for name in ('Versions', 'DeleteMarkers'):
            found += [(item['Key'], item['VersionId'], name == 'DeleteMarkers', item['IsLatest']) for item in page.get(name, [])]
    return found


def empty():
    """What a case needs, whatever became of the ones before."""
    for key, version, _, _ in entries():
        S3.delete_object(Bucket=BUCKET, Key=key, VersionId=version)
    assert entries() == [], entries()


@case
def a_bucket_begins_without_versions():
    S3.create_bucket(Bucket=BUCKET)
    assert 'Status' not in S3.get_bucket_versioning(Bucket=BUCKET)
    put = S3.put_object(Bucket=BUCKET, Key='plain', Body=b'plain')
    assert 'VersionId' not in put, put
    assert 'VersionId' not in S3.get_object(Bucket=BUCKET, Key='plain')
    assert entries() == [('plain', 'null', False, True)], entries()
    assert read('plain', 'null') == b'plain'
    assert 'VersionId' not in S3.delete_object(Bucket=BUCKET, Key='plain')
    assert entries() == [], entries()


@each(*CLIENTS)
def every_version_is_kept(client):
    s3 = CLIENTS[client]
    empty()
    set_versioning('Enabled')
    key = 'dir/ü +%s' % client
    made = [s3.put_object(Bucket=BUCKET, Key=key, Body=b'version %d' % n, ContentType='text/x-%d' % n,
                          Metadata={'number': str(n)})['VersionId'] for n in range(4)]
    assert len(set(made)) == 4 and 'null' not in made, made
    for n, version in enumerate(made):
        got = s3.get_object(Bucket=BUCKET, Key=key, VersionId=version)
        assert got['Body'].read() == b'version %d' % n and got['VersionId'] == version, got
        head = s3.head_object(Bucket=BUCKET, Key=key, VersionId=version)
        assert head['Metadata'] == {'number': str(n)} and head['ContentType'] == 'text/x-%d' % n, head
        assert head['VersionId'] == version, head
        url = s3.generate_presigned_url('get_object', Params={'Bucket': BUCKET, 'Key': key, 'VersionId': version})
        assert fetch('GET', url).expect(200).body == b'version %d' % n
    got = s3.get_object(Bucket=BUCKET, Key=key)
    assert got['VersionId'] == made[3] and got['Body'].read() == b'version 3', got

    deleted = s3.delete_object(Bucket=BUCKET, Key=key)
    marker = deleted['VersionId']
    assert deleted['DeleteMarker'] and marker not in made, deleted
    answer = refused(404, 'NoSuchKey', s3.get_object, Bucket=BUCKET, Key=key)
    headers = answer['ResponseMetadata']['HTTPHeaders']
    assert headers['x-amz-delete-marker'] == 'true' and headers['x-amz-version-id'] == marker, headers
    answer = refused(405, 'MethodNotAllowed', s3.get_object, Bucket=BUCKET, Key=key, VersionId=marker)
    headers = answer['ResponseMetadata']['HTTPHeaders']
    assert headers['x-amz-delete-marker'] == 'true' and headers['allow'] == 'DELETE', headers
    refused(405, '405', s3.head_object, Bucket=BUCKET, Key=key, VersionId=marker)
    assert 'Contents' not in s3.list_objects_v2(Bucket=BUCKET), 'a deleted object is listed'
    want = [(key, version, False, False) for version in reversed(made)]
    assert entries() == want + [(key, marker, True, True)], entries()
    assert read(key, made[1]) == b'version 1'

    # Without its marker, the object is there again.
    deleted = s3.delete_object(Bucket=BUCKET, Key=key, VersionId=marker)
    assert deleted['DeleteMarker'] and deleted['VersionId'] == marker, deleted
    assert read(key) == b'version 3'
    deleted = s3.delete_object(Bucket=BUCKET, Key=key, VersionId=made[3])
    assert deleted['VersionId'] == made[3] and not deleted.get('DeleteMarker'), deleted
    assert read(key) == b'version 2'
    s3.delete_object(Bucket=BUCKET, Key=key, VersionId=made[0])
    assert read(key) == b'version 2'
    assert entries() == [(key, made[2], False, True), (key, made[1], False, False)], entries()
    refused(404, 'NoSuchVersion', s3.get_object, Bucket=BUCKET, Key=key, VersionId=made[0])
    refused(400, 'InvalidArgument', s3.get_object, Bucket=BUCKET, Key=key, VersionId='made up')


@case
def a_version_can_be_copied_and_tagged():
    empty()
    set_versioning('Enabled')
    old = S3.put_object(Bucket=BUCKET, Key='source', Body=b'old', Tagging='age=old', Metadata={'age': 'old'})['VersionId']
    new = S3.put_object(Bucket=BUCKET, Key='source', Body=b'new', Tagging='age=new')['VersionId']
    copied = S3.copy_object(Bucket=BUCKET, Key='copy', CopySource={'Bucket': BUCKET, 'Key': 'source', 'VersionId': old})
    assert copied['CopySourceVersionId'] == old and copied['VersionId'] not in (old, new), copied
    assert read('copy') == b'old' and read('copy', copied['VersionId']) == b'old'
    assert S3.head_object(Bucket=BUCKET, Key='copy')['Metadata'] == {'age': 'old'}
    answer = S3.get_object_tagging(Bucket=BUCKET, Key='source', VersionId=old)
    assert answer['TagSet'] == [{'Key': 'age', 'Value': 'old'}] and answer['VersionId'] == old, answer
    S3.put_object_tagging(Bucket=BUCKET, Key='source', VersionId=old, Tagging={'TagSet': [{'Key': 'age', 'Value': 'older'}]})
    assert S3.get_object_tagging(Bucket=BUCKET, Key='source')['TagSet'] == [{'Key': 'age', 'Value': 'new'}]
    S3.delete_object_tagging(Bucket=BUCKET, Key='source', VersionId=new)
    assert S3.get_object_tagging(Bucket=BUCKET, Key='source')['TagSet'] == []
    assert S3.get_object_tagging(Bucket=BUCKET, Key='source', VersionId=old)['TagSet'] == [{'Key': 'age', 'Value': 'older'}]
    # An older version is restored by copying it over the newer one.
    S3.copy_object(Bucket=BUCKET, Key='source', CopySource={'Bucket': BUCKET, 'Key': 'source', 'VersionId': old})
    assert read('source') == b'old' and read('source', new) == b'new'
    upload_id = S3.create_multipart_upload(Bucket=BUCKET, Key='joined', ChecksumAlgorithm='CRC32')['UploadId']
    part = S3.upload_part_copy(Bucket=BUCKET, Key='joined', UploadId=upload_id, PartNumber=1,
                               CopySource={'Bucket': BUCKET, 'Key': 'source', 'VersionId': new})
    assert part['CopySourceVersionId'] == new, part
    result = part['CopyPartResult']
    done = S3.complete_multipart_upload(Bucket=BUCKET, Key='joined', UploadId=upload_id, MultipartUpload={'Parts': [
        {'PartNumber': 1, 'ETag': result['ETag'], 'ChecksumCRC32': result['ChecksumCRC32']}]})
    assert read('joined', done['VersionId']) == b'new', done
    attributes = S3.get_object_attributes(Bucket=BUCKET, Key='source', VersionId=new, ObjectAttributes=['ObjectSize', 'ETag'])
    assert attributes['VersionId'] == new and attributes['ObjectSize'] == 3, attributes
    refused(404, 'NoSuchVersion', S3.copy_object, Bucket=BUCKET, Key='copy',
            CopySource={'Bucket': BUCKET, 'Key': 'copy', 'VersionId': old})
    marker = S3.delete_object(Bucket=BUCKET, Key='source')['VersionId']
    refused(404, 'NoSuchKey', S3.copy_object, Bucket=BUCKET, Key='copy', CopySource=BUCKET + '/source')
    refused(400, 'InvalidRequest', S3.copy_object, Bucket=BUCKET, Key='copy',
            CopySource={'Bucket': BUCKET, 'Key': 'source', 'VersionId': marker})
    refused(405, 'MethodNotAllowed', S3.get_object_tagging, Bucket=BUCKET, Key='source', VersionId=marker)


@case
def a_suspended_bucket_has_null_versions():
    empty()
    set_versioning('Enabled')
    kept = S3.put_object(Bucket=BUCKET, Key='k', Body=b'kept')['VersionId']
    set_versioning('Suspended')
    for content in (b'null 1', b'null 2'):
        put = S3.put_object(Bucket=BUCKET, Key='k', Body=content)
        assert put.get('VersionId', 'null') == 'null', put
    assert entries() == [('k', 'null', False, True), ('k', kept, False, False)], entries()
    got = S3.get_object(Bucket=BUCKET, Key='k')
    assert got['VersionId'] == 'null' and got['Body'].read() == b'null 2', got
    assert read('k', 'null') == b'null 2' and read('k', kept) == b'kept'
    deleted = S3.delete_object(Bucket=BUCKET, Key='k')
    assert deleted['DeleteMarker'] and deleted['VersionId'] == 'null', deleted
    assert entries() == [('k', kept, False, False), ('k', 'null', True, True)], entries()
    S3.delete_object(Bucket=BUCKET, Key='k', VersionId='null')
    assert read('k') == b'kept'
    S3.put_object(Bucket=BUCKET, Key='k', Body=b'null 3')
    set_versioning('Enabled')
    last = S3.put_object(Bucket=BUCKET, Key='k', Body=b'last')['VersionId']
    assert [entry[1] for entry in entries()] == [last, 'null', kept], entries()
    assert read('k', 'null') == b'null 3'


@each(*CLIENTS)
def versions_are_listed_in_pages(client):
    s3 = CLIENTS[client]
    empty()
    set_versioning('Enabled')
    for n in range(3):
        for key in ('a', 'b/1', 'b/2', 'c d/ü&', 'z'):
            s3.put_object(Bucket=BUCKET, Key=key, Body=b'x' * n)
    marker = s3.delete_object(Bucket=BUCKET, Key='b/1')['VersionId']
    whole = entries()
    assert len(whole) == 16, whole
    assert [entry[:2] for entry in whole if entry[2]] == [('b/1', marker)], whole
    for page_size in (1, 2, 3, 7):
        assert sorted(entries(page_size)) == sorted(whole), page_size
    assert sorted({entry[0] for entry in entries(Prefix='b/')}) == ['b/1', 'b/2']
    pages = s3.get_paginator('list_object_versions').paginate(Bucket=BUCKET, Delimiter='/', PaginationConfig={'PageSize': 2})
    found = [item.get('Prefix') or item['Key'] for page in pages for item in page.get('Versions', []) + page.get('CommonPrefixes', [])]
    assert sorted(found) == ['a', 'a', 'a', 'b/', 'c d/', 'z', 'z', 'z'], found
    page = s3.list_object_versions(Bucket=BUCKET, KeyMarker='c d/ü&')
    assert [item['Key'] for item in page['Versions']] == ['z', 'z', 'z'], page
    assert [item['Size'] for item in page['Versions']] == [2, 1, 0], page
    refused(409, 'BucketNotEmpty', s3.delete_bucket, Bucket=BUCKET)
    deleted = s3.delete_objects(Bucket=BUCKET, Delete={
        'Objects': [{'Key': key, 'VersionId': version} for key, version, _, _ in whole] + [{'Key': 'missing'}]})
    assert 'Errors' not in deleted and len(deleted['Deleted']) == 17, deleted
    gone = {item['Key']: item for item in deleted['Deleted'] if item.get('DeleteMarker')}
    assert gone['b/1']['VersionId'] == gone['b/1']['DeleteMarkerVersionId'] == marker, gone
    assert gone['missing']['DeleteMarkerVersionId'] and 'VersionId' not in gone['missing'], gone


@case
def resources_delete_all_versions():
    empty()
    set_versioning('Enabled')
    bucket = boto3.resource('s3').Bucket(BUCKET)
    for n in range(3):
        bucket.put_object(Key='k%d' % (n % 2), Body=b'%d' % n)
    bucket.objects.all().delete()
    assert [item.key for item in bucket.objects.all()] == []
    assert len(entries()) == 5, entries()
    bucket.object_versions.delete()
    assert entries() == [], entries()
    S3.delete_bucket(Bucket=BUCKET)


run()
