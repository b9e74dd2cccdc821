"""Uploads in parts, as boto3 makes them: by itself, by hand and by presigned URLs."""

import base64
import hashlib
import io
import os
import zlib
from xml.etree import ElementTree

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from cases import case, each, fetch, refused, run

BUCKET = 'parts'
MIB = 1 << 20
OWNER = boto3.client('s3')
CLIENTS = {
    'default': OWNER,
    'v2': boto3.client('s3', config=Config(signature_version='s3')),
    'v4': boto3.client('s3', config=Config(signature_version='s3v4')),
}
# Sends checksums only where S3 demands them, so that uploads name no algorithm.
PLAIN = boto3.client('s3', config=Config(request_checksum_calculation='when_required'))

DIGESTS = {
    'CRC32': lambda content: zlib.crc32(content).to_bytes(4, 'big'),
    'SHA1': lambda content: hashlib.sha1(content).digest(),
    'SHA256': lambda content: hashlib.sha256(content).digest(),
}


def b64(digest):
    return base64.b64encode(digest).decode()


def composite(algorithm, contents):
    digest = DIGESTS[algorithm]
    return '%s-%d' % (b64(digest(b''.join(digest(content) for content in contents))), len(contents))


def etag(*contents):
    md5s = b''.join(hashlib.md5(content).digest() for content in contents)
    return '"%s-%d"' % (hashlib.md5(md5s).hexdigest(), len(contents))


def crc64nvme(content):
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x9a6c9329ac4bc9b5 if value & 1 else 0)
        table.append(value)
    crc = 0xffffffffffffffff
    for byte in content:
        crc = table[crc & 0xff ^ byte] ^ crc >> 8
    return (crc ^ 0xffffffffffffffff).to_bytes(8, 'big')


def upload(s3, key, contents, numbers=None, **params):
    """Uploads contents as parts and completes nothing: the ID and the parts."""
    created = s3.create_multipart_upload(Bucket=BUCKET, Key=key, **params)
    parts = []
    for number, content in zip(numbers or range(1, len(contents) + 1), contents):
        sent = s3.upload_part(Bucket=BUCKET, Key=key, UploadId=created['UploadId'], PartNumber=number, Body=content,
                              **({'ChecksumAlgorithm': params['ChecksumAlgorithm']} if 'ChecksumAlgorithm' in params else {}))
        assert sent['ETag'] == '"%s"' % hashlib.md5(content).hexdigest(), sent
        part = {name: value for name, value in sent.items() if name == 'ETag' or name.startswith('Checksum')}
        parts.append(dict(part, PartNumber=number))
    return created['UploadId'], parts


def complete(s3, key, upload_id, parts, **params):
    return s3.complete_multipart_upload(
        Bucket=BUCKET, Key=key, UploadId=upload_id, MultipartUpload={'Parts': parts}, **params)


def uploads(**params):
    pages = OWNER.get_paginator('list_multipart_uploads').paginate(Bucket=BUCKET, **params)
    return [item for page in pages for item in page.get('Uploads', [])]


def read(key, **params):
    return OWNER.get_object(Bucket=BUCKET, Key=key, **params)['Body'].read()


@case
def make_a_bucket():
    OWNER.create_bucket(Bucket=BUCKET)


@case
def files_of_100_MB_go_up_and_come_back():
    content = os.urandom(100 * MIB)
    transfer = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB, max_concurrency=8)
    OWNER.upload_fileobj(io.BytesIO(content), BUCKET, 'large.bin', Config=transfer,
                         ExtraArgs={'ContentType': 'application/x-test', 'Metadata': {'who': 'Ada'}})
    chunks = [content[at:at + 8 * MIB] for at in range(0, len(content), 8 * MIB)]
    head = OWNER.head_object(Bucket=BUCKET, Key='large.bin', ChecksumMode='ENABLED')
    assert head['ETag'] == etag(*chunks), head
    assert head['ContentLength'] == len(content) and head['ContentType'] == 'application/x-test', head
    assert head['Metadata'] == {'who': 'Ada'}, head
    assert head['ChecksumType'] == 'COMPOSITE' and head['ChecksumCRC32'] == composite('CRC32', chunks), head
    back = io.BytesIO()
    OWNER.download_fileobj(BUCKET, 'large.bin', back, Config=transfer)
    assert back.getbuffer() == content
    # Across the border of two parts.
    assert read('large.bin', Range='bytes=8388600-8388620') == content[8388600:8388621]
    assert uploads() == [], uploads()
    OWNER.delete_object(Bucket=BUCKET, Key='large.bin')


@each(*CLIENTS)
def parts_become_an_object(client):
    s3 = CLIENTS[client]
    key = 'dir/ü +%s.bin' % client
    contents = {number: os.urandom(size) for number, size in {1: 5 * MIB, 2: 5 * MIB + 1, 3: 1000}.items()}
    created = s3.create_multipart_upload(
        Bucket=BUCKET, Key=key, ChecksumAlgorithm='CRC32', ContentType='text/x-test', CacheControl='no-cache', ContentDisposition='inline',
        ContentLanguage='de', Metadata={'who': 'Ada', 'where': 'a  b'}, Tagging='color=red&two%20words=%C3%BC')
    assert (created['Bucket'], created['Key']) == (BUCKET, key), created
    upload_id = created['UploadId']

    def send(number, content):
        return s3.upload_part(Bucket=BUCKET, Key=key, UploadId=upload_id, PartNumber=number, Body=content)

    # In another order, one twice and one for nothing.
    sent = {3: send(3, b'replaced'), 2: send(2, contents[2]), 9: send(9, b'left out'), 1: send(1, contents[1])}
    sent[3] = send(3, contents[3])
    for page_size in (1, 3, 1000):
        pages = list(s3.get_paginator('list_parts').paginate(
            Bucket=BUCKET, Key=key, UploadId=upload_id, PaginationConfig={'PageSize': page_size}))
        parts = [part for page in pages for part in page.get('Parts', [])]
        assert [(part['PartNumber'], part['Size'], part['ETag']) for part in parts] == [
            (1, 5 * MIB, sent[1]['ETag']), (2, 5 * MIB + 1, sent[2]['ETag']),
            (3, 1000, sent[3]['ETag']), (9, 8, sent[9]['ETag'])], parts
        assert len(pages) == -(-4 // page_size), pages
        assert pages[0]['Initiator']['ID'] and pages[0]['StorageClass'] == 'STANDARD', pages
    assert parts[0]['ChecksumCRC32'] == b64(DIGESTS['CRC32'](contents[1])), parts
    assert [(item['Key'], item['UploadId']) for item in uploads()] == [(key, upload_id)], uploads()
    refused(404, 'NoSuchKey', s3.get_object, Bucket=BUCKET, Key=key)

    chosen = [{'PartNumber': number, 'ETag': sent[number]['ETag'], 'ChecksumCRC32': sent[number]['ChecksumCRC32']}
              for number in contents]
    done = complete(s3, key, upload_id, chosen)
    want = etag(*contents.values())
    assert done['ETag'] == want and (done['Bucket'], done['Key']) == (BUCKET, key) and done['Location'], done
    assert done['ChecksumCRC32'] == composite('CRC32', list(contents.values())), done
    assert complete(s3, key, upload_id, chosen)['ETag'] == want
    whole = b''.join(contents.values())
    got = s3.get_object(Bucket=BUCKET, Key=key)
    assert got['Body'].read() == whole
    for answer in (got, s3.head_object(Bucket=BUCKET, Key=key)):
        assert answer['ETag'] == want and answer['ContentLength'] == len(whole), answer
        assert answer['ContentType'] == 'text/x-test' and answer['CacheControl'] == 'no-cache', answer
        assert answer['ContentDisposition'] == 'inline' and answer['ContentLanguage'] == 'de', answer
        assert answer['Metadata'] == {'who': 'Ada', 'where': 'a  b'}, answer
    assert got['TagCount'] == 2, got
    tags = s3.get_object_tagging(Bucket=BUCKET, Key=key)['TagSet']
    assert sorted((tag['Key'], tag['Value']) for tag in tags) == [('color', 'red'), ('two words', 'ü')], tags
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=key)['Contents']
    assert [(item['ETag'], item['Size']) for item in listed] == [(want, len(whole))], listed

    start = 0
    for number, content in enumerate(contents.values(), 1):
        part = s3.get_object(Bucket=BUCKET, Key=key, PartNumber=number)
        assert part['Body'].read() == content, number
        assert part['ContentRange'] == 'bytes %d-%d/%d' % (start, start + len(content) - 1, len(whole)), part
        assert part['PartsCount'] == 3 and part['ETag'] == want, part
        assert part['ResponseMetadata']['HTTPStatusCode'] == 206, part
        head = s3.head_object(Bucket=BUCKET, Key=key, PartNumber=number)
        assert head['ContentLength'] == len(content) and head['PartsCount'] == 3, head
        start += len(content)
    refused(416, 'InvalidPartNumber', s3.get_object, Bucket=BUCKET, Key=key, PartNumber=4)
    refused(404, 'NoSuchUpload', s3.list_parts, Bucket=BUCKET, Key=key, UploadId=upload_id)
    assert uploads() == [], uploads()
    s3.delete_object(Bucket=BUCKET, Key=key)


@case
def numbers_of_parts_can_have_gaps():
    contents = [os.urandom(5 * MIB), b'the end']
    upload_id, parts = upload(PLAIN, 'gaps', contents, numbers=[7, 10000])
    complete(PLAIN, 'gaps', upload_id, parts)
    assert read('gaps') == b''.join(contents) and read('gaps', PartNumber=2) == b'the end'
    OWNER.delete_object(Bucket=BUCKET, Key='gaps')


@case
def a_whole_object_is_its_part_1():
    OWNER.put_object(Bucket=BUCKET, Key='whole', Body=b'whole')
    part = OWNER.get_object(Bucket=BUCKET, Key='whole', PartNumber=1)
    assert part['Body'].read() == b'whole' and 'PartsCount' not in part, part
    refused(416, 'InvalidPartNumber', OWNER.get_object, Bucket=BUCKET, Key='whole', PartNumber=2)
    OWNER.delete_object(Bucket=BUCKET, Key='whole')


@each('v2', 'v4')
def presigned_urls_do_it_all(client):
    version = {'v2': 's3', 'v4': 's3v4'}[client]
    signer = boto3.client('s3', config=Config(signature_version=version, request_checksum_calculation='when_required'))
    key = 'presigned/ü +1.bin'
    contents = [os.urandom(5 * MIB), os.urandom(100)]

    def sign(operation, **params):
        url = signer.generate_presigned_url(operation, Params=dict(params, Bucket=BUCKET, Key=key))
        assert ('X-Amz-Signature=' in url) == (client == 'v4'), url
        return url

    answer = fetch('POST', sign('create_multipart_upload', ContentType='text/x-test', Metadata={'who': 'Ada'}), b'',
                   {'Content-Type': 'text/x-test', 'x-amz-meta-who': 'Ada'}).expect(200)
    upload_id = ElementTree.fromstring(answer.body).findtext('{*}UploadId')
    body = ''
    for number, content in enumerate(contents, 1):
        url = sign('upload_part', UploadId=upload_id, PartNumber=number)
        answer = fetch('PUT', url, content).expect(200)
        assert answer.headers['etag'] == '"%s"' % hashlib.md5(content).hexdigest(), answer.headers
        body += '<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>' % (number, answer.headers['etag'])
        fetch('PUT', url.replace('partNumber=%d' % number, 'partNumber=7'), b'7').refused(403, 'SignatureDoesNotMatch')
    answer = fetch('GET', sign('list_parts', UploadId=upload_id)).expect(200)
    assert [item.text for item in ElementTree.fromstring(answer.body).findall('.//{*}PartNumber')] == ['1', '2'], answer.body
    body = '<CompleteMultipartUpload>%s</CompleteMultipartUpload>' % body
    answer = fetch('POST', sign('complete_multipart_upload', UploadId=upload_id), body.encode()).expect(200)
    assert ElementTree.fromstring(answer.body).findtext('{*}ETag') == etag(*contents), answer.body
    answer = fetch('GET', sign('get_object')).expect(200)
    assert answer.body == b''.join(contents)
    assert answer.headers['etag'] == etag(*contents) and answer.headers['x-amz-meta-who'] == 'Ada', answer.headers
    assert answer.headers['content-type'] == 'text/x-test', answer.headers
    upload_id, _ = upload(OWNER, key, [b'given up'])
    fetch('DELETE', sign('abort_multipart_upload', UploadId=upload_id)).expect(204)
    assert uploads() == [], uploads()
    OWNER.delete_object(Bucket=BUCKET, Key=key)


@each(*DIGESTS)
def composite_checksums_are_kept(algorithm):
    contents = [os.urandom(5 * MIB), b'the end']
    name = 'Checksum' + algorithm
    upload_id, parts = upload(OWNER, 'sum', contents, ChecksumAlgorithm=algorithm)
    assert [part[name] for part in parts] == [b64(DIGESTS[algorithm](content)) for content in contents], parts
    listed = OWNER.list_parts(Bucket=BUCKET, Key='sum', UploadId=upload_id)
    assert [part[name] for part in listed['Parts']] == [part[name] for part in parts], listed
    assert listed['ChecksumAlgorithm'] == algorithm and listed['ChecksumType'] == 'COMPOSITE', listed
    wrong = dict(parts[0], **{name: parts[1][name]})
    refused(400, 'InvalidPart', complete, s3=OWNER, key='sum', upload_id=upload_id, parts=[wrong, parts[1]])
    done = complete(OWNER, 'sum', upload_id, parts)
    want = composite(algorithm, contents)
    assert done[name] == want and done['ChecksumType'] == 'COMPOSITE', done
    got = OWNER.get_object(Bucket=BUCKET, Key='sum', ChecksumMode='ENABLED')
    assert got[name] == want and got['ChecksumType'] == 'COMPOSITE', got
    assert got['Body'].read() == b''.join(contents)
    attributes = OWNER.get_object_attributes(
        Bucket=BUCKET, Key='sum', MaxParts=1, PartNumberMarker=1,
        ObjectAttributes=['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'])
    assert attributes['ETag'] == etag(*contents).strip('"'), attributes
    assert attributes['Checksum'] == {name: want.split('-')[0], 'ChecksumType': 'COMPOSITE'}, attributes
    assert attributes['ObjectSize'] == 5 * MIB + 7 and attributes['StorageClass'] == 'STANDARD', attributes
    pieces = attributes['ObjectParts']
    assert pieces['TotalPartsCount'] == 2 and pieces['IsTruncated'] is False, attributes
    assert pieces['Parts'] == [{'PartNumber': 2, 'Size': 7, name: parts[1][name]}], attributes
    OWNER.delete_object(Bucket=BUCKET, Key='sum')


@case
def a_checksum_of_the_full_object_is_kept():
    contents = [os.urandom(5 * MIB), os.urandom(5 * MIB), b'the end']
    whole = b''.join(contents)
    want = b64(DIGESTS['CRC32'](whole))
    upload_id, parts = upload(OWNER, 'sum', contents, ChecksumAlgorithm='CRC32', ChecksumType='FULL_OBJECT')
    refused(400, 'BadDigest', complete, s3=OWNER, key='sum', upload_id=upload_id, parts=parts,
            ChecksumCRC32='AAAAAA==', ChecksumType='FULL_OBJECT')
    refused(400, 'InvalidRequest', complete, s3=OWNER, key='sum', upload_id=upload_id, parts=parts,
            MpuObjectSize=len(whole) - 1)
    done = complete(OWNER, 'sum', upload_id, parts, ChecksumCRC32=want, ChecksumType='FULL_OBJECT', MpuObjectSize=len(whole))
    assert done['ChecksumCRC32'] == want and done['ChecksumType'] == 'FULL_OBJECT', done
    got = OWNER.get_object(Bucket=BUCKET, Key='sum', ChecksumMode='ENABLED')
    assert got['ChecksumCRC32'] == want and got['ChecksumType'] == 'FULL_OBJECT', got
    assert got['Body'].read() == whole
    OWNER.delete_object(Bucket=BUCKET, Key='sum')


@case
def an_upload_that_names_no_checksum_has_crc64nvme():
    contents = [b'0123456789abcdef' * (5 * MIB // 16), b'the end']
    upload_id, parts = upload(PLAIN, 'sum', contents)
    complete(PLAIN, 'sum', upload_id, [{'PartNumber': part['PartNumber'], 'ETag': part['ETag']} for part in parts])
    head = PLAIN.head_object(Bucket=BUCKET, Key='sum', ChecksumMode='ENABLED')
    assert head['ChecksumCRC64NVME'] == b64(crc64nvme(b''.join(contents))), head
    assert head['ChecksumType'] == 'FULL_OBJECT' and head['ETag'] == etag(*contents), head
    OWNER.delete_object(Bucket=BUCKET, Key='sum')


@case
def parts_are_copied_from_objects():
    source = os.urandom(6 * MIB)
    version = OWNER.put_object(Bucket=BUCKET, Key='source/ü +?.bin', Body=source)
    upload_id = OWNER.create_multipart_upload(Bucket=BUCKET, Key='joined', ChecksumAlgorithm='CRC32')['UploadId']

    def copy(number, **params):
        return OWNER.upload_part_copy(
            Bucket=BUCKET, Key='joined', UploadId=upload_id, PartNumber=number,
            CopySource={'Bucket': BUCKET, 'Key': 'source/ü +?.bin'}, **params)['CopyPartResult']

    last = source[7:12]
    results = [copy(1), copy(2, CopySourceRange='bytes=1-%d' % (5 * MIB), CopySourceIfMatch=version['ETag']),
               None, copy(4, CopySourceRange='bytes=7-11')]
    results[2] = OWNER.upload_part(Bucket=BUCKET, Key='joined', UploadId=upload_id, PartNumber=3, Body=source)
    contents = [source, source[1:5 * MIB + 1], source, last]
    for result, content in zip(results, contents):
        assert result['ETag'] == '"%s"' % hashlib.md5(content).hexdigest(), result
    refused(412, 'PreconditionFailed', copy, number=5, CopySourceIfNoneMatch=version['ETag'])
    refused(400, 'InvalidArgument', copy, number=5, CopySourceRange='bytes=0-%d' % len(source))
    refused(400, 'InvalidArgument', copy, number=5, CopySourceRange='bytes=-5')
    complete(OWNER, 'joined', upload_id, [{'PartNumber': number, 'ETag': result['ETag'], 'ChecksumCRC32': result['ChecksumCRC32']}
                                          for number, result in enumerate(results, 1)])
    assert read('joined') == b''.join(contents)
    head = OWNER.head_object(Bucket=BUCKET, Key='joined')
    assert head['ETag'] == etag(*contents) and head['ContentLength'] == sum(map(len, contents)), head

    # boto3 copies large objects in parts by itself.
    OWNER.copy({'Bucket': BUCKET, 'Key': 'joined'}, BUCKET, 'copied', ExtraArgs={'Metadata': {'who': 'Ada'}, 'MetadataDirective': 'REPLACE'},
               Config=TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB))
    head = OWNER.head_object(Bucket=BUCKET, Key='copied')
    assert head['ETag'].endswith('-3"') and head['Metadata'] == {'who': 'Ada'}, head
    assert read('copied') == b''.join(contents)
    for key in ('source/ü +?.bin', 'joined', 'copied'):
        OWNER.delete_object(Bucket=BUCKET, Key=key)


@case
def uploads_are_listed_in_pages():
    made = [(key, OWNER.create_multipart_upload(Bucket=BUCKET, Key=key)['UploadId'])
            for key in ('a', 'a', 'a', 'b/1', 'b/2', 'ü &')]
    for page_size in (1, 2, 5, 1000):
        found = uploads(PaginationConfig={'PageSize': page_size})
        assert [item['Key'] for item in found] == [key for key, _ in made], found
        assert sorted(item['UploadId'] for item in found) == sorted(upload_id for _, upload_id in made), found
    page = OWNER.list_multipart_uploads(Bucket=BUCKET, Delimiter='/', MaxUploads=4)
    assert [item['Key'] for item in page['Uploads']] == ['a', 'a', 'a'] and page['IsTruncated'], page
    assert [item['Prefix'] for item in page['CommonPrefixes']] == ['b/'], page
    page = OWNER.list_multipart_uploads(Bucket=BUCKET, Delimiter='/', KeyMarker=page['NextKeyMarker'], UploadIdMarker=page.get('NextUploadIdMarker', ''))
    assert [item['Key'] for item in page['Uploads']] == ['ü &'] and not page['IsTruncated'], page
    assert [item['Key'] for item in uploads(Prefix='b/')] == ['b/1', 'b/2']
    OWNER.put_object(Bucket=BUCKET, Key='b/1', Body=b'object')
    assert OWNER.list_objects_v2(Bucket=BUCKET)['KeyCount'] == 1
    OWNER.delete_object(Bucket=BUCKET, Key='b/1')
    for key, upload_id in made:
        OWNER.abort_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload_id)
    assert uploads() == [], uploads()


@each(*CLIENTS)
def an_aborted_upload_is_gone(client):
    s3 = CLIENTS[client]
    upload_id, parts = upload(s3, 'aborted', [b'part'])
    s3.abort_multipart_upload(Bucket=BUCKET, Key='aborted', UploadId=upload_id)
    here = {'Bucket': BUCKET, 'Key': 'aborted', 'UploadId': upload_id}
    refused(404, 'NoSuchUpload', s3.upload_part, PartNumber=1, Body=b'late', **here)
    refused(404, 'NoSuchUpload', s3.list_parts, **here)
    refused(404, 'NoSuchUpload', s3.abort_multipart_upload, **here)
    refused(404, 'NoSuchUpload', complete, s3=s3, key='aborted', upload_id=upload_id, parts=parts)
    refused(404, 'NoSuchKey', s3.get_object, Bucket=BUCKET, Key='aborted')


@case
def what_does_not_fit_together_is_refused():
    upload_id, parts = upload(OWNER, 'odd', [b'small', b'parts'])
    here = {'Bucket': BUCKET, 'Key': 'odd', 'UploadId': upload_id}

    def fails(code, *listed, **params):
        refused(400, code, complete, s3=OWNER, key='odd', upload_id=upload_id, parts=list(listed), **params)

    answer = refused(400, 'EntityTooSmall', complete, s3=OWNER, key='odd', upload_id=upload_id, parts=parts)
    assert answer['Error']['PartNumber'] == '1' and answer['Error']['MinSizeAllowed'] == '5242880', answer
    fails('InvalidPart', dict(parts[0], ETag='"%s"' % ('0' * 32)))
    fails('InvalidPart', parts[0], dict(parts[1], PartNumber=3))
    fails('InvalidPartOrder', parts[1], parts[0])
    fails('InvalidPartOrder', parts[0], parts[0])
    fails('MalformedXML')
    for number in (0, 10001):
        refused(400, 'InvalidArgument', OWNER.upload_part, PartNumber=number, Body=b'x', **here)
    refused(400, 'InvalidRequest', OWNER.create_multipart_upload, Bucket=BUCKET, Key='odd', ChecksumAlgorithm='SHA256', ChecksumType='FULL_OBJECT')
    refused(404, 'NoSuchUpload', OWNER.list_parts, **dict(here, UploadId='made-up'))
    refused(404, 'NoSuchUpload', OWNER.list_parts, **dict(here, Key='another'))
    assert len(OWNER.list_parts(**here)['Parts']) == 2
    # What was refused is as it was.
    complete(OWNER, 'odd', upload_id, parts[1:])
    assert read('odd') == b'parts'
    OWNER.delete_object(Bucket=BUCKET, Key='odd')


@case
def a_completion_can_be_conditional():
    first = OWNER.put_object(Bucket=BUCKET, Key='if', Body=b'first')
    upload_id, parts = upload(OWNER, 'if', [b'second'])
    refused(412, 'PreconditionFailed', complete, s3=OWNER, key='if', upload_id=upload_id, parts=parts, IfNoneMatch='*')
    refused(412, 'PreconditionFailed', complete, s3=OWNER, key='if', upload_id=upload_id, parts=parts, IfMatch='"other"')
    assert read('if') == b'first'
    complete(OWNER, 'if', upload_id, parts, IfMatch=first['ETag'])
    assert read('if') == b'second'
    OWNER.delete_object(Bucket=BUCKET, Key='if')
    upload_id, parts = upload(OWNER, 'if', [b'third'])
    refused(404, 'NoSuchKey', complete, s3=OWNER, key='if', upload_id=upload_id, parts=parts, IfMatch=first['ETag'])
    complete(OWNER, 'if', upload_id, parts, IfNoneMatch='*')
    assert read('if') == b'third'
    OWNER.delete_object(Bucket=BUCKET, Key='if')


@case
def a_bucket_with_uploads_is_empty():
    upload_id, _ = upload(OWNER, 'never finished', [b'part'])
    OWNER.delete_bucket(Bucket=BUCKET)
    OWNER.create_bucket(Bucket=BUCKET)
    assert uploads() == [], uploads()
    refused(404, 'NoSuchUpload', OWNER.list_parts, Bucket=BUCKET, Key='never finished', UploadId=upload_id)


run()
