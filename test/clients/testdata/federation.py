"""Federated users as next-s3-upload and Uppy Companion make them for browsers."""

import json

import boto3
from botocore.config import Config

from cases import case, fetch, refused, run

NAME = 'S3UploadWebToken'
root, iam = boto3.client('s3'), boto3.client('iam')
ACCOUNT = boto3.client('sts').get_caller_identity()['Account']
ARN = f'arn:aws:sts::{ACCOUNT}:federated-user/{NAME}'


def policy(*statements, **more):
    return json.dumps(dict(more, Statement=[dict(Effect='Allow', Action=action, Resource=resource) for action, resource in statements]))


def credentials(of):
    return dict(aws_access_key_id=of['AccessKeyId'], aws_secret_access_key=of['SecretAccessKey'], aws_session_token=of.get('SessionToken'))


def maker(name, *statements):
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName='own', PolicyDocument=policy(*statements, Version='2012-10-17'))
    key = iam.create_access_key(UserName=name)['AccessKey']
    return boto3.client('sts', **credentials(key))


def url(of, operation, key):
    for version in 's3v4', 's3':
        client = boto3.client('s3', config=Config(signature_version=version), **credentials(of))
        yield client.generate_presigned_url(operation, Params=dict(Bucket='uploads', Key=key), ExpiresIn=3600)


@case
def a_browser_uploads_the_one_key_it_was_given():
    root.create_bucket(Bucket='uploads')
    sts = maker('website', ('sts:GetFederationToken', ARN), ('s3:*', ['arn:aws:s3:::uploads', 'arn:aws:s3:::uploads/*']))
    # As next-s3-upload asks for it.
    key = 'next-s3-uploads/1b9d6bcd/photo.jpg'
    token = sts.get_federation_token(Name=NAME, DurationSeconds=3600, Policy=policy((['s3:PutObject'], [f'arn:aws:s3:::uploads/{key}'])))
    assert token['FederatedUser'] == {'Arn': ARN, 'FederatedUserId': f'{ACCOUNT}:{NAME}'}, token
    assert 0 < token['PackedPolicySize'] <= 100, token
    c = token['Credentials']
    assert boto3.client('sts', **credentials(c)).get_caller_identity()['Arn'] == ARN
    boto3.client('s3', **credentials(c)).put_object(Bucket='uploads', Key=key, Body=b'photo')
    for u in url(c, 'put_object', key):
        fetch('PUT', u, b'another photo').expect(200)
    refused(403, 'AccessDenied', boto3.client('s3', **credentials(c)).get_object, Bucket='uploads', Key=key)
    for other in 'next-s3-uploads/1b9d6bcd/other.jpg', 'photo.jpg':
        for u in url(c, 'put_object', other):
            fetch('PUT', u, b'photo').expect(403)
    # In parts, as the browser does with large files.
    s3 = boto3.client('s3', **credentials(c))
    upload = s3.create_multipart_upload(Bucket='uploads', Key=key)['UploadId']
    part = s3.upload_part(Bucket='uploads', Key=key, UploadId=upload, PartNumber=1, Body=b'all of it')
    s3.complete_multipart_upload(Bucket='uploads', Key=key, UploadId=upload, MultipartUpload={'Parts': [{'PartNumber': 1, 'ETag': part['ETag']}]})
    assert root.get_object(Bucket='uploads', Key=key)['Body'].read() == b'all of it'


@case
def what_its_maker_loses_it_loses():
    sts = maker('companion', ('sts:GetFederationToken', '*'), ('s3:PutObject', 'arn:aws:s3:::uploads/*'))
    # As Uppy Companion asks for it.
    c = sts.get_federation_token(Name='companion', DurationSeconds=900, Policy=policy(
        ('s3:PutObject', ['arn:aws:s3:::uploads/*', 'arn:aws:s3:::uploads']), Version='2012-10-17'))['Credentials']
    made = list(url(c, 'put_object', 'file'))
    for u in made:
        fetch('PUT', u, b'file').expect(200)
    iam.delete_user_policy(UserName='companion', PolicyName='own')
    for u in made:
        answer = fetch('PUT', u, b'file')
        assert answer.status == 403 and b'<Code>AccessDenied</Code>' in answer.body, answer.body
    for key in iam.list_access_keys(UserName='companion')['AccessKeyMetadata']:
        iam.delete_access_key(UserName='companion', AccessKeyId=key['AccessKeyId'])
    iam.delete_user(UserName='companion')
    maker('companion', ('s3:*', '*'))
    for u in made:
        answer = fetch('PUT', u, b'file')
        assert answer.status == 403 and b'<Code>InvalidAccessKeyId</Code>' in answer.body, answer.body


@case
def a_bucket_policy_gives_it_rights_by_its_name():
    sts = maker('plain', ('sts:GetFederationToken', '*'))
    c = sts.get_federation_token(Name='reader')['Credentials']
    s3 = boto3.client('s3', **credentials(c))
    root.put_object(Bucket='uploads', Key='shown', Body=b'shown')
    refused(403, 'AccessDenied', s3.get_object, Bucket='uploads', Key='shown')
    root.put_bucket_policy(Bucket='uploads', Policy=json.dumps({'Version': '2012-10-17', 'Statement': {
        'Effect': 'Allow', 'Principal': {'AWS': f'arn:aws:sts::{ACCOUNT}:federated-user/reader'},
        'Action': 's3:GetObject', 'Resource': 'arn:aws:s3:::uploads/*'}}))
    assert s3.get_object(Bucket='uploads', Key='shown')['Body'].read() == b'shown'
    other = sts.get_federation_token(Name='writer')['Credentials']
    refused(403, 'AccessDenied', boto3.client('s3', **credentials(other)).get_object, Bucket='uploads', Key='shown')
    for client, action in ((boto3.client('iam', **credentials(c)), 'list_users'), (boto3.client('sts', **credentials(c)), 'get_session_token')):
        refused(403, 'InvalidClientTokenId' if action == 'list_users' else 'AccessDenied', getattr(client, action))
    root.delete_bucket_policy(Bucket='uploads')


run()
