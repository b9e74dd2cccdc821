"""What a presigned URL may do is what its maker may do when it is used."""

import json
import time
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from cases import case, run

@case
def a_url_may_do_what_its_maker_may():
    root, iam = boto3.client('s3'), boto3.client('iam')
    root.create_bucket(Bucket='papers')
    root.put_object(Bucket='papers', Key='report.pdf', Body=b'the report')


    def policy(*actions, resource='arn:aws:s3:::papers/*', effect='Allow', **condition):
        statement = {'Effect': effect, 'Action': list(actions), 'Resource': resource}
        if condition:
            statement['Condition'] = condition
        return json.dumps({'Version': '2012-10-17', 'Statement': [statement]})


    def get(url):
        try:
            with urllib.request.urlopen(url) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()


    def works(url, what):
        status, body = get(url)
        assert (status, body) == (200, b'the report'), (what, status, body)


    def refused(url, code, what):
        status, body = get(url)
        assert status == 403 and b'<Code>' + code.encode() + b'</Code>' in body, (what, status, body)
        assert b'the report' not in body, what


    def urls(**credentials):
        """One URL of each signature version."""
        for version in 's3', 's3v4':
            client = boto3.client('s3', config=Config(signature_version=version), **credentials)
            yield version, client.generate_presigned_url('get_object', Params={'Bucket': 'papers', 'Key': 'report.pdf'}, ExpiresIn=3600)


    # A user who may do nothing makes URLs that do nothing.
    iam.create_user(UserName='alice')
    key = iam.create_access_key(UserName='alice')['AccessKey']
    alice = dict(aws_access_key_id=key['AccessKeyId'], aws_secret_access_key=key['SecretAccessKey'])
    made = list(urls(**alice))
    for version, url in made:
        refused(url, 'AccessDenied', f'{version}: nothing is allowed')

    # Granted, withdrawn and granted again: the same URLs.
    for version, url in made:
        iam.put_user_policy(UserName='alice', PolicyName='reader', PolicyDocument=policy('s3:GetObject'))
        works(url, f'{version}: granted')
        iam.delete_user_policy(UserName='alice', PolicyName='reader')
        refused(url, 'AccessDenied', f'{version}: withdrawn')
    iam.create_group(GroupName='readers')
    iam.put_group_policy(GroupName='readers', PolicyName='reader', PolicyDocument=policy('s3:GetObject'))
    iam.add_user_to_group(GroupName='readers', UserName='alice')
    for version, url in made:
        works(url, f'{version}: granted by a group')

    # A denial wins over all.
    root.put_bucket_policy(Bucket='papers', Policy=json.dumps({'Version': '2012-10-17', 'Statement': [{
        'Effect': 'Deny', 'Principal': '*', 'Action': 's3:GetObject', 'Resource': 'arn:aws:s3:::papers/*',
        'Condition': {'StringNotEquals': {'s3:signatureversion': 'AWS4-HMAC-SHA256'}}}]}))
    refused(dict(made)['s3'], 'AccessDenied', 'only Signature Version 4')
    works(dict(made)['s3v4'], 'only Signature Version 4')
    root.put_bucket_policy(Bucket='papers', Policy=json.dumps({'Version': '2012-10-17', 'Statement': [{
        'Effect': 'Deny', 'Principal': '*', 'Action': 's3:*', 'Resource': 'arn:aws:s3:::papers/*',
        'Condition': {'StringEquals': {'s3:authType': 'REST-QUERY-STRING'}}}]}))
    refused(dict(made)['s3v4'], 'AccessDenied', 'no presigned URLs at all')
    assert boto3.client('s3', **alice).get_object(Bucket='papers', Key='report.pdf')['Body'].read() == b'the report'
    root.delete_bucket_policy(Bucket='papers')
    for version, url in made:
        works(url, f'{version}: allowed again')

    # The key is deactivated, and activated again.
    iam.update_access_key(UserName='alice', AccessKeyId=key['AccessKeyId'], Status='Inactive')
    for version, url in made:
        refused(url, 'InvalidAccessKeyId', f'{version}: the key is inactive')
    iam.update_access_key(UserName='alice', AccessKeyId=key['AccessKeyId'], Status='Active')
    for version, url in made:
        works(url, f'{version}: the key is active')

    # A session's URLs follow its user, and die with the user.
    sts = boto3.client('sts', **alice)
    assert sts.get_caller_identity()['Arn'].endswith(':user/alice')
    session = sts.get_session_token()['Credentials']
    session = dict(aws_access_key_id=session['AccessKeyId'], aws_secret_access_key=session['SecretAccessKey'], aws_session_token=session['SessionToken'])
    of_session = list(urls(**session))
    for version, url in of_session:
        works(url, f'{version}: of a session')

    # A role's URLs are bounded by the session's policy, and can be revoked.
    account = boto3.client('sts').get_caller_identity()['Account']
    iam.create_role(RoleName='courier', AssumeRolePolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [{
        'Effect': 'Allow', 'Principal': {'AWS': f'arn:aws:iam::{account}:user/alice'}, 'Action': 'sts:AssumeRole'}]}))
    iam.put_role_policy(RoleName='courier', PolicyName='all', PolicyDocument=policy('s3:*', resource='*'))
    arn = iam.get_role(RoleName='courier')['Role']['Arn']


    def assume(**more):
        c = sts.assume_role(RoleArn=arn, RoleSessionName='letter', **more)['Credentials']
        return dict(aws_access_key_id=c['AccessKeyId'], aws_secret_access_key=c['SecretAccessKey'], aws_session_token=c['SessionToken'])


    for version, url in urls(**assume(Policy=policy('s3:ListBucket', resource='*'))):
        refused(url, 'AccessDenied', f'{version}: the session policy does not allow it')
    letters = list(urls(**assume(Policy=policy('s3:GetObject'))))
    for version, url in letters:
        works(url, f'{version}: of a role')
    time.sleep(1.1)  # the times of tokens are in whole seconds
    now = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())
    iam.put_role_policy(RoleName='courier', PolicyName='AWSRevokeOlderSessions', PolicyDocument=policy(
        '*', resource='*', effect='Deny', DateLessThan={'aws:TokenIssueTime': now}))
    for version, url in letters:
        refused(url, 'AccessDenied', f'{version}: the session was revoked')
    time.sleep(1.1)
    letters = list(urls(**assume()))
    for version, url in letters:
        works(url, f'{version}: of a session after that')
    for name in 'all', 'AWSRevokeOlderSessions':
        iam.delete_role_policy(RoleName='courier', PolicyName=name)
    iam.delete_role(RoleName='courier')
    for version, url in letters:
        refused(url, 'InvalidAccessKeyId', f'{version}: the role was deleted')

    # The user is deleted; another of that name is somebody else.
    iam.remove_user_from_group(GroupName='readers', UserName='alice')
    iam.delete_access_key(UserName='alice', AccessKeyId=key['AccessKeyId'])
    iam.delete_user(UserName='alice')
    iam.create_user(UserName='alice')
    iam.put_user_policy(UserName='alice', PolicyName='reader', PolicyDocument=policy('s3:GetObject'))
    for version, url in made + of_session:
        refused(url, 'InvalidAccessKeyId', f'{version}: the user was deleted')

    # Nobody can be asked for more than they have.
    key = iam.create_access_key(UserName='alice')['AccessKey']
    weak = boto3.client('iam', aws_access_key_id=key['AccessKeyId'], aws_secret_access_key=key['SecretAccessKey'])
    for attempt in (
        lambda: weak.put_user_policy(UserName='alice', PolicyName='more', PolicyDocument=policy('*', resource='*')),
        lambda: weak.create_access_key(),
        lambda: weak.attach_user_policy(UserName='alice', PolicyArn='arn:aws:iam::aws:policy/AdministratorAccess'),
        lambda: weak.create_user(UserName='mallory'),
    ):
        try:
            attempt()
        except ClientError as e:
            assert e.response['Error']['Code'] == 'AccessDenied', e
        else:
            raise AssertionError('a restricted user made a stronger one')


run()
