"""Forms that boto3 signs, filled in by requests and by curl."""

import os
import subprocess
import tempfile

import boto3
import requests
from botocore.config import Config

from cases import case, each, run

BUCKET = 'forms'
OWNER = boto3.client('s3')
CLIENTS = {
    'default': boto3.client('s3'),
    'v2': boto3.client('s3', config=Config(signature_version='s3')),
    'v4': boto3.client('s3', config=Config(signature_version='s3v4')),
}


def post(form, content, filename='file.txt', content_type='text/plain', **extra):
    return requests.post(form['url'], data=dict(form['fields'], **extra),
                         files={'file': (filename, content, content_type)}, allow_redirects=False,
                         verify=os.environ.get('AWS_CA_BUNDLE', True))


def keys():
    return [item['Key'] for item in OWNER.list_objects_v2(Bucket=BUCKET).get('Contents', [])]


@case
def make_a_bucket():
    OWNER.create_bucket(Bucket=BUCKET)


@case
def the_schemes_are_those_meant():
    for name, client in CLIENTS.items():
        fields = client.generate_presigned_post(BUCKET, 'k')['fields']
        assert ('x-amz-signature' in fields) == (name == 'v4'), (name, fields)


@each(*CLIENTS)
def a_form_stores_what_it_carries(client):
    content = os.urandom(300000)
    key = 'grüße/%s +1.bin' % client
    form = CLIENTS[client].generate_presigned_post(
        BUCKET, key,
        Fields={'Content-Type': 'application/x-test', 'x-amz-meta-who': 'Ada', 'success_action_status': '201'},
        Conditions=[{'Content-Type': 'application/x-test'}, {'x-amz-meta-who': 'Ada'}, {'success_action_status': '201'},
                    ['content-length-range', 1, 1 << 20]])
    response = post(form, content)
    assert response.status_code == 201, response.text
    for element in ('<Location>', '<Bucket>forms</Bucket>', '<ETag>'):
        assert element in response.text, response.text
    found = OWNER.get_object(Bucket=BUCKET, Key=key)
    assert found['Body'].read() == content
    assert found['ContentType'] == 'application/x-test', found
    assert found['Metadata'] == {'who': 'Ada'}, found
    OWNER.delete_object(Bucket=BUCKET, Key=key)


@each(*CLIENTS)
def a_form_takes_the_name_of_the_file(client):
    form = CLIENTS[client].generate_presigned_post(BUCKET, 'up/${filename}')
    response = post(form, b'named', filename='my photo.jpg')
    assert response.status_code == 204, response.text
    assert OWNER.get_object(Bucket=BUCKET, Key='up/my photo.jpg')['Body'].read() == b'named'
    OWNER.delete_object(Bucket=BUCKET, Key='up/my photo.jpg')


@each(*CLIENTS)
def every_field_takes_the_name_of_the_file(client):
    form = CLIENTS[client].generate_presigned_post(
        BUCKET, 'up/${filename}',
        Fields={'x-amz-meta-name': '${filename}', 'Content-Disposition': 'attachment; filename="${filename}"',
                'success_action_redirect': 'https://example.com/done/${filename}'},
        Conditions=[['starts-with', '$x-amz-meta-name', ''], {'Content-Disposition': 'attachment; filename="photo.jpg"'},
                    ['starts-with', '$success_action_redirect', 'https://example.com/done/']])
    response = post(form, b'named', filename='C:\\pictures\\photo.jpg')
    assert response.status_code == 303, response.text
    assert response.headers['Location'].startswith('https://example.com/done/photo.jpg?'), response.headers
    found = OWNER.get_object(Bucket=BUCKET, Key='up/photo.jpg')
    assert found['Metadata'] == {'name': 'photo.jpg'}, found
    assert found['ContentDisposition'] == 'attachment; filename="photo.jpg"', found
    OWNER.delete_object(Bucket=BUCKET, Key='up/photo.jpg')
    assert post(form, b'named', filename='other.jpg').status_code == 403
    variable = CLIENTS[client].generate_presigned_post(BUCKET, '${filename}')
    assert post(variable, b'named', filename='${filename}').status_code == 204
    assert keys() == ['${filename}'], keys()
    OWNER.delete_object(Bucket=BUCKET, Key='${filename}')


@each(*CLIENTS)
def a_form_redirects(client):
    form = CLIENTS[client].generate_presigned_post(
        BUCKET, 'redirected', Fields={'success_action_redirect': 'https://example.com/done?x=1'},
        Conditions=[{'success_action_redirect': 'https://example.com/done?x=1'}])
    response = post(form, b'redirected')
    assert response.status_code == 303, response.text
    location = response.headers['Location']
    assert location.startswith('https://example.com/done?') and 'bucket=forms' in location and 'key=redirected' in location, location
    OWNER.delete_object(Bucket=BUCKET, Key='redirected')


@each(*CLIENTS)
def a_form_that_breaks_its_policy_stores_nothing(client):
    def form(**options):
        return CLIENTS[client].generate_presigned_post(BUCKET, 'refused', **options)

    def refused(response, status, code):
        assert response.status_code == status and '<Code>%s</Code>' % code in response.text, response.text
        assert keys() == [], keys()

    limits = form(Conditions=[['content-length-range', 5, 10]])
    refused(post(limits, b'x' * 11), 400, 'EntityTooLarge')
    refused(post(limits, b'x' * 4), 400, 'EntityTooSmall')
    refused(post(form(), b'x', **{'x-amz-meta-extra': '1'}), 403, 'AccessDenied')
    refused(post(form(), b'x', key='elsewhere'), 403, 'AccessDenied')
    images = form(Fields={'Content-Type': 'text/html'}, Conditions=[['starts-with', '$Content-Type', 'image/']])
    refused(post(images, b'x'), 403, 'AccessDenied')
    tampered = form()
    tampered['fields']['policy'] = tampered['fields']['policy'][:-8] + 'AAAAAA=='
    refused(post(tampered, b'x'), 403, 'SignatureDoesNotMatch')
    refused(requests.post(form()['url'], data={'key': 'refused'}, files={'file': ('f', b'x')},
                          verify=os.environ.get('AWS_CA_BUNDLE', True)), 403, 'AccessDenied')


@each(*CLIENTS)
def curl_fills_in_a_form(client):
    form = CLIENTS[client].generate_presigned_post(BUCKET, 'curl.txt', Fields={'Content-Type': 'text/plain'},
                                                   Conditions=[{'Content-Type': 'text/plain'}])
    with tempfile.NamedTemporaryFile() as file:
        file.write(b'by curl')
        file.flush()
        command = ['curl', '-sS', '-o', '-', '-w', '%{http_code}', form['url']]
        for name, value in form['fields'].items():
            command += ['-F', '%s=%s' % (name, value)]
        command += ['-F', 'file=@' + file.name]
        if 'AWS_CA_BUNDLE' in os.environ:
            command += ['--cacert', os.environ['AWS_CA_BUNDLE']]
        output = subprocess.run(command, check=True, capture_output=True).stdout
    assert output == b'204', output
    found = OWNER.get_object(Bucket=BUCKET, Key='curl.txt')
    assert found['Body'].read() == b'by curl'
    assert found['ContentType'] == 'text/plain', found
    OWNER.delete_object(Bucket=BUCKET, Key='curl.txt')


run()
