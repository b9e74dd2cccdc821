package auth

const goodPolicy = `{"expiration": "2023-11-14T23:00:00.000Z", "conditions": [
	{"bucket": "bucket"}, ["starts-with", "$key", "a"], ["starts-with", "$x-amz-meta-", ""]]}`
