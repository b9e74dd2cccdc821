"""Amazon's tutorial on presigned URLs, with nothing but AWS_* variables."""

import sys

import boto3
import requests
from botocore.exceptions import ClientError

from cases import case, run

BUCKET = 'tutorial'


def create_presigned_url(bucket_name, object_name, expiration=3600):
    s3_client = boto3.client('s3')
    response = s3_client.generate_presigned_url('get_object',
                                                Params={'Bucket': bucket_name,
                                                        'Key': object_name},
                                                ExpiresIn=expiration)
    return response


def create_presigned_post(bucket_name, object_name, fields=None, conditions=None, expiration=3600):
    s3_client = boto3.client('s3')
    return s3_client.generate_presigned_post(bucket_name,
                                             object_name,
                                             Fields=fields,
                                             Conditions=conditions,
                                             ExpiresIn=expiration)


@case
def make_a_bucket():
    s3 = boto3.client('s3')
    s3.create_bucket(Bucket=BUCKET)
    names = [bucket['Name'] for bucket in s3.list_buckets()['Buckets']]
    assert names == [BUCKET], names


@case
def upload_a_file():
    with open(sys.argv[0], 'rb') as file:
        boto3.client('s3').upload_fileobj(file, BUCKET, 'tutorial.py')
    with open(sys.argv[0], 'rb') as file:
        boto3.resource('s3').Bucket(BUCKET).put_object(Key='resource.py', Body=file)


@case
def download_it_through_a_url():
    url = create_presigned_url(BUCKET, 'tutorial.py')
    assert 'Signature=' in url and 'AWSAccessKeyId=' in url, 'boto3 did not sign as it does by default: ' + url
    for name in ('tutorial.py', 'resource.py'):
        response = requests.get(create_presigned_url(BUCKET, name))
        assert response.status_code == 200, response.text
        with open(sys.argv[0], 'rb') as file:
            assert response.content == file.read()


@case
def upload_through_a_url():
    url = boto3.client('s3').generate_presigned_url(
        ClientMethod='put_object',
        Params={'Bucket': BUCKET, 'Key': 'uploaded.txt'},
        ExpiresIn=3600)
    response = requests.put(url, data=b'through a URL')
    assert response.status_code == 200, response.text
    assert boto3.client('s3').get_object(Bucket=BUCKET, Key='uploaded.txt')['Body'].read() == b'through a URL'


@case
def upload_through_a_form():
    response = create_presigned_post(BUCKET, 'form.bin')
    content = bytes(range(256)) * 10
    files = {'file': ('form.bin', content)}
    http_response = requests.post(response['url'], data=response['fields'], files=files)
    assert http_response.status_code == 204, http_response.text
    assert http_response.content == b''
    assert boto3.client('s3').get_object(Bucket=BUCKET, Key='form.bin')['Body'].read() == content


@case
def nobody_else_gets_in():
    endpoint = boto3.client('s3').meta.endpoint_url
    for key in ('tutorial.py', 'missing'):
        response = requests.get('%s/%s/%s' % (endpoint, BUCKET, key))
        assert response.status_code == 403 and '<Code>AccessDenied</Code>' in response.text, response.text


@case
def delete_it():
    s3 = boto3.client('s3')
    s3.delete_object(Bucket=BUCKET, Key='tutorial.py')
    try:
        s3.get_object(Bucket=BUCKET, Key='tutorial.py')
    except ClientError as error:
        assert error.response['Error']['Code'] == 'NoSuchKey', error
    else:
        raise AssertionError('a deleted object was read')


run()
