"""Uploads a file with boto3 and requests, and prints what each is told."""

import os
import sys

import boto3
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

url, file, endpoint = sys.argv[1:]

with open(file, 'rb') as body:
    answer = requests.put(url, data=body)
print('requests', answer.status_code, answer.text.replace('\n', ''))

for name, expects in (('boto3', True), ('boto3 without Expect', False)):
    client = boto3.client('s3', endpoint_url=endpoint,
                          aws_access_key_id=os.environ['AWS_ACCESS_KEY_ID'], aws_secret_access_key='wrong',
                          config=Config(retries={'total_max_attempts': 1}, signature_version='s3v4'))
    if not expects:
        client.meta.events.register('before-send.s3', lambda request, **_: request.headers.pop('Expect', None) and None)
    with open(file, 'rb') as body:
        try:
            client.put_object(Bucket='uploads', Key='k', Body=body)
            print(name, 'was let in')
        except ClientError as e:
            print(name, e.response['ResponseMetadata']['HTTPStatusCode'], '<Code>' + e.response['Error']['Code'] + '</Code>')
