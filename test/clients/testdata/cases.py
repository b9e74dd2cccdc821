"""Runs a script's cases and prints what became of each, a JSON line per case."""

import http.client
import json
import os
import sys
import traceback
import urllib.parse

_cases = []


def case(function):
    """Marks a function as a case."""
    _cases.append(function)
    return function


def each(*arguments):
    """Marks a function as one case per argument."""
    def mark(function):
        for argument in arguments:
            def run(argument=argument):
                function(argument)
            run.__name__ = '%s/%s' % (function.__name__, argument)
            _cases.append(run)
        return function
    return mark


def run():
    for function in _cases:
        result = {'case': function.__name__}
        try:
            function()
        except Exception:
            result['failure'] = traceback.format_exc()
        print(json.dumps(result), flush=True)


def refused(status, code, function, **params):
    """Calls what boto3 must report as refused, and returns the answer."""
    from botocore.exceptions import ClientError
    try:
        function(**params)
    except ClientError as error:
        answer = error.response
        found = (answer['ResponseMetadata']['HTTPStatusCode'], answer['Error']['Code'])
        assert found == (status, code), error
        return answer
    raise AssertionError('succeeded: %s' % params)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    def expect(self, status):
        assert self.status == status, 'answered %d: %s' % (self.status, self.body.decode(errors='replace'))
        return self

    def refused(self, status, code):
        self.expect(status)
        assert ('<Code>%s</Code>' % code).encode() in self.body, self.body.decode(errors='replace')
        return self


def fetch(method, url, body=None, headers=()):
    """Sends exactly the request that was asked for: nothing is normalized,
    and no header but Host and Content-Length is added."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == 'https':
        import ssl
        context = ssl.create_default_context(cafile=os.environ['AWS_CA_BUNDLE'])
        connection = http.client.HTTPSConnection(parts.netloc, timeout=30, context=context)
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    if parts.hostname.endswith('.localhost'):
        # Such names are this machine, whatever the resolver says.
        connection._create_connection = _to_loopback(connection._create_connection)
    target = parts.path + ('?' + parts.query if parts.query else '')
    connection.putrequest(method, target, skip_accept_encoding=True)
    if body is not None:
        connection.putheader('Content-Length', str(len(body)))
    for name, value in dict(headers).items():
        connection.putheader(name, value)
    connection.endheaders(body)
    try:
        return Answer(connection.getresponse())
    finally:
        connection.close()


def _to_loopback(create):
    def create_connection(address, *arguments, **options):
        return create(('127.0.0.1', address[1]), *arguments, **options)
    return create_connection


ODD_KEYS = [
    'plain.txt',
    'two words.txt',
    'a+b.txt',
    '100%.txt',
    '%41.txt',
    'what?.txt',
    'part#1.txt',
    'a&b=c.txt',
    'a//b',
    'a/./b',
    'a/../b',
    '../up',
    'folder/',
    'folder',
    'folder/file',
    'grüße/日本語.txt',
    'caf\u00e9 (composed)',
    'cafe\u0301 (decomposed)',
    '😀.txt',
    "quotes'\"`.txt",
    'brackets[]{}<>|\\^~.txt',
    'punctuation!*();:@$,.txt',
    'k' * 1024,
    'é' * 512,
]


def odd_key_name(key):
    return key if len(key) < 100 else '%s x %d' % (key[0], len(key))
