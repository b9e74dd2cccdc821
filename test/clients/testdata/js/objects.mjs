// Amazon's SDK for JavaScript, version 3, as its defaults make it.

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'

import {
  AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CopyObjectCommand, CreateBucketCommand,
  CreateMultipartUploadCommand, DeleteBucketCommand, DeleteObjectCommand, DeleteObjectsCommand, GetObjectAttributesCommand,
  GetObjectCommand, GetObjectTaggingCommand, HeadObjectCommand, ListMultipartUploadsCommand, ListObjectVersionsCommand,
  ListPartsCommand, NoSuchKey, PutBucketVersioningCommand, PutObjectCommand, PutObjectTaggingCommand, S3Client, UploadPartCommand,
  UploadPartCopyCommand, paginateListObjectsV2,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'

import { runAll, test } from './cases.mjs'

const MiB = 1 << 20
const Bucket = 'js-sdk'
const s3 = new S3Client()

const md5 = (...contents) => {
  const whole = createHash('md5')
  for (const content of contents) whole.update(createHash('md5').update(content).digest())
  return `"${whole.digest('hex')}-${contents.length}"`
}

const read = async (Key, more = {}) => buffer((await s3.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body)

// versions lists all versions and delete markers, in pages of MaxKeys.
const versions = async (MaxKeys) => {
  const found = []
  for (let markers = {}; markers;) {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys, ...markers }))
    found.push(...(page.Versions ?? []), ...(page.DeleteMarkers ?? []))
    markers = page.IsTruncated && { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
  }
  return found.map(({ Key, VersionId }) => ({ Key, VersionId }))
}

const refused = (status, code, command) => assert.rejects(s3.send(command), (error) => {
  assert.equal(error.name, code)
  assert.equal(error.$metadata.httpStatusCode, status)
  return true
})

test('objects go up and come back as streams', async () => {
  await s3.send(new CreateBucketCommand({ Bucket }))
  const content = randomBytes(6 * MiB)
  for (const Key of ['plain', 'grüße/a//b/../+ %?.bin']) {
    const put = await s3.send(new PutObjectCommand({
      Bucket, Key, Body: content, ContentType: 'text/x-test', Metadata: { who: 'Ada' },
    }))
    assert.equal(put.ETag, `"${createHash('md5').update(content).digest('hex')}"`)
    const got = await s3.send(new GetObjectCommand({ Bucket, Key }))
    assert.ok(got.Body instanceof Readable)
    const chunks = []
    for await (const chunk of got.Body) chunks.push(chunk)
    assert.ok(Buffer.concat(chunks).equals(content), 'the bytes changed')
    assert.equal(got.ContentLength, content.length)
    assert.equal(got.ContentType, 'text/x-test')
    assert.deepEqual(got.Metadata, { who: 'Ada' })
    assert.ok(got.ChecksumCRC32, 'no checksum, though the SDK sent one')
    assert.ok((await read(Key, { Range: 'bytes=10-19' })).equals(content.subarray(10, 20)))
    await s3.send(new DeleteObjectCommand({ Bucket, Key }))
    await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key })), NoSuchKey)
  }
})

test('a stream of known length goes up in chunks with a trailer', async () => {
  const content = randomBytes(300_000)
  await s3.send(new PutObjectCommand({
    Bucket, Key: 'stream', Body: Readable.from([content.subarray(0, 100_000), content.subarray(100_000)]), ContentLength: content.length,
  }))
  assert.ok((await read('stream')).equals(content))
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'stream' }))
})

test('lib-storage uploads a stream of unknown length in parts', async () => {
  const content = randomBytes(20 * MiB)
  const pieces = function* () {
    for (let at = 0; at < content.length; at += 700_001) yield content.subarray(at, at + 700_001)
  }
  const done = await new Upload({
    client: s3, queueSize: 4, partSize: 5 * MiB, tags: [{ Key: 'color', Value: 'ü red' }],
    params: { Bucket, Key: 'dir/upload.bin', Body: Readable.from(pieces()), ContentType: 'text/x-test', Metadata: { who: 'Ada' } },
  }).done()
  const parts = [0, 5, 10, 15].map((at) => content.subarray(at * MiB, (at + 5) * MiB))
  assert.equal(done.ETag, md5(...parts))
  assert.equal(done.Key, 'dir/upload.bin')
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'dir/upload.bin' }))
  assert.ok((await buffer(got.Body)).equals(content), 'the bytes changed')
  assert.equal(got.ETag, done.ETag)
  assert.equal(got.ContentType, 'text/x-test')
  assert.deepEqual(got.Metadata, { who: 'Ada' })
  assert.equal(got.TagCount, 1)
  const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'dir/upload.bin' }))
  assert.deepEqual(TagSet, [{ Key: 'color', Value: 'ü red' }])
  assert.ok((await read('dir/upload.bin', { PartNumber: 2 })).equals(parts[1]))
  const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket }))
  assert.equal(Uploads, undefined)
})

test('lib-storage aborts what it could not finish', async () => {
  const broken = Readable.from((async function* () {
    yield randomBytes(6 * MiB)
    throw new Error('the source broke')
  })())
  await assert.rejects(new Upload({ client: s3, params: { Bucket, Key: 'broken', Body: broken } }).done(), /the source broke/)
  const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket }))
  assert.equal(Uploads, undefined)
  await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: 'broken' })), NoSuchKey)
})

test('presigned URLs with default checksums upload and download', async () => {
  const content = randomBytes(100_000)
  const Key = 'presigned/ü +1.txt'
  const put = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key, ContentType: 'text/x-test', Metadata: { who: 'Ada' } }), { expiresIn: 600 })
  assert.match(put, /x-amz-checksum-crc32=/i)
  let answer = await fetch(put, { method: 'PUT', body: content, headers: { 'Content-Type': 'text/x-test' } })
  assert.equal(answer.status, 200, await answer.text())
  answer = await fetch(await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key }), { expiresIn: 604800 }))
  assert.equal(answer.status, 200)
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(content), 'the bytes changed')
  assert.equal(answer.headers.get('content-type'), 'text/x-test')
  assert.equal(answer.headers.get('x-amz-meta-who'), 'Ada')
  answer = await fetch(await getSignedUrl(s3, new HeadObjectCommand({ Bucket, Key })), { method: 'HEAD' })
  assert.equal(answer.headers.get('content-length'), '100000')
  // Tampering with what was signed is noticed.
  answer = await fetch(put.replace('who=Ada', 'who=Bob'), { method: 'PUT', body: content })
  assert.equal(answer.status, 403)
  answer = await fetch(await getSignedUrl(s3, new DeleteObjectCommand({ Bucket, Key })), { method: 'DELETE' })
  assert.equal(answer.status, 204)
})

test('a presigned URL with signed headers insists on them', async () => {
  const put = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: 'typed', ContentType: 'text/x-test' }), { signableHeaders: new Set(['content-type']) })
  let answer = await fetch(put, { method: 'PUT', body: 'typed', headers: { 'Content-Type': 'text/html' } })
  assert.equal(answer.status, 403)
  answer = await fetch(put, { method: 'PUT', body: 'typed', headers: { 'Content-Type': 'text/x-test' } })
  assert.equal(answer.status, 200, await answer.text())
  assert.equal((await read('typed')).toString(), 'typed')
})

test('presigned parts become an object', async () => {
  const Key = 'presigned/parts.bin'
  const contents = [randomBytes(5 * MiB), randomBytes(1000)]
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'text/x-test' }))
  const Parts = []
  for (const [index, content] of contents.entries()) {
    const PartNumber = index + 1
    const url = await getSignedUrl(s3, new UploadPartCommand({ Bucket, Key, UploadId, PartNumber }))
    const answer = await fetch(url, { method: 'PUT', body: content })
    assert.equal(answer.status, 200, await answer.text())
    Parts.push({ PartNumber, ETag: answer.headers.get('etag') })
  }
  const listed = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId }))
  assert.deepEqual(listed.Parts.map((part) => part.Size), contents.map((content) => content.length))
  const done = await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }))
  assert.equal(done.ETag, md5(...contents))
  assert.ok((await read(Key)).equals(Buffer.concat(contents)))
})

test('a presigned form stores what it carries', async () => {
  const form = await createPresignedPost(s3, {
    Bucket, Key: 'forms/${filename}', Expires: 600,
    Conditions: [['content-length-range', 1, 100_000], ['starts-with', '$Content-Type', 'image/'], { 'x-amz-meta-who': 'Ada' }],
    Fields: { success_action_status: '201', 'x-amz-meta-who': 'Ada' },
  })
  const post = async (content, type) => {
    const data = new FormData()
    for (const [name, value] of Object.entries(form.fields)) data.append(name, value)
    data.append('Content-Type', type)
    data.append('file', new Blob([content]), 'my photo.jpg')
    const answer = await fetch(form.url, { method: 'POST', body: data })
    return { status: answer.status, text: await answer.text() }
  }
  const content = randomBytes(100_000)
  const stored = await post(content, 'image/jpeg')
  assert.equal(stored.status, 201, stored.text)
  assert.match(stored.text, /<Key>forms\/my photo.jpg<\/Key>/)
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'forms/my photo.jpg' }))
  assert.ok((await buffer(got.Body)).equals(content))
  assert.equal(got.ContentType, 'image/jpeg')
  assert.deepEqual(got.Metadata, { who: 'Ada' })
  const larger = await post(randomBytes(100_001), 'image/jpeg')
  assert.equal(larger.status, 400)
  assert.match(larger.text, /<Code>EntityTooLarge</)
  assert.equal((await post(content, 'text/html')).status, 403)
})

test('objects are copied, in one piece and in parts', async () => {
  const Key = 'source ü +?'
  const content = randomBytes(6 * MiB)
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: content, ContentType: 'text/x-test', Metadata: { who: 'Ada', tabs: 'a\tb \t c' } }))
  const CopySource = `${Bucket}/${encodeURIComponent(Key)}`
  const { CopyObjectResult } = await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }))
  assert.equal(CopyObjectResult.ETag, `"${createHash('md5').update(content).digest('hex')}"`)
  let head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'copy' }))
  assert.equal(head.ContentType, 'text/x-test')
  assert.deepEqual(head.Metadata, { who: 'Ada', tabs: 'a\tb \t c' })
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource, MetadataDirective: 'REPLACE', Metadata: { who: 'Bob' } }))
  head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'copy' }))
  assert.deepEqual(head.Metadata, { who: 'Bob' })
  assert.ok((await read('copy')).equals(content))
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'joined' }))
  const Parts = []
  for (const [index, CopySourceRange] of ['bytes=1-5242880', 'bytes=7-11'].entries()) {
    const PartNumber = index + 1
    const { CopyPartResult } = await s3.send(new UploadPartCopyCommand({ Bucket, Key: 'joined', UploadId, PartNumber, CopySource, CopySourceRange }))
    Parts.push({ PartNumber, ETag: CopyPartResult.ETag, ChecksumCRC32: CopyPartResult.ChecksumCRC32 })
  }
  await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'joined', UploadId, MultipartUpload: { Parts } }))
  assert.ok((await read('joined')).equals(Buffer.concat([content.subarray(1, 5242881), content.subarray(7, 12)])))
})

test('conditions, tags and attributes', async () => {
  const Key = 'if'
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32?.('first') ?? 0)
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'first', IfNoneMatch: '*', Tagging: 'a=b' }))
  await refused(412, 'PreconditionFailed', new PutObjectCommand({ Bucket, Key, Body: 'second', IfNoneMatch: '*' }))
  await refused(412, 'PreconditionFailed', new PutObjectCommand({ Bucket, Key, Body: 'second', IfMatch: '"other"' }))
  await refused(412, 'PreconditionFailed', new DeleteObjectCommand({ Bucket, Key, IfMatch: '"other"' }))
  const found = await s3.send(new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['ETag', 'ObjectSize', 'Checksum'] }))
  assert.equal(`"${found.ETag}"`, ETag)
  assert.equal(found.ObjectSize, 5)
  if (crc32) assert.equal(found.Checksum.ChecksumCRC32, sum.toString('base64'))
  await s3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: 'c', Value: 'd =ü' }] } }))
  assert.deepEqual((await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet, [{ Key: 'c', Value: 'd =ü' }])
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'second', IfMatch: ETag }))
  assert.equal((await read(Key)).toString(), 'second')
})

test('an aborted upload is gone', async () => {
  const here = { Bucket, Key: 'aborted', UploadId: (await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'aborted' }))).UploadId }
  await s3.send(new UploadPartCommand({ ...here, PartNumber: 1, Body: 'part' }))
  await s3.send(new AbortMultipartUploadCommand(here))
  await refused(404, 'NoSuchUpload', new ListPartsCommand(here))
})

test('versions are kept, listed in pages and removed', async () => {
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  const made = []
  for (const Body of ['one', 'two', 'three']) made.push((await s3.send(new PutObjectCommand({ Bucket, Key: 'versioned', Body }))).VersionId)
  const { DeleteMarker, VersionId } = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'versioned' }))
  assert.equal(DeleteMarker, true)
  await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: 'versioned' })), NoSuchKey)
  for (const [index, content] of ['one', 'two', 'three'].entries()) {
    assert.equal((await read('versioned', { VersionId: made[index] })).toString(), content)
  }
  const listed = (await versions(2)).filter(({ Key }) => Key === 'versioned').map((item) => item.VersionId)
  assert.deepEqual(listed.sort(), [...made, VersionId].sort())
})

test('everything is removed', async () => {
  const keys = []
  for await (const page of paginateListObjectsV2({ client: s3, pageSize: 3 }, { Bucket })) keys.push(...(page.Contents ?? []).map((item) => item.Key))
  assert.deepEqual(keys, [...keys].sort())
  assert.equal(keys.length, 8)
  const all = await versions(1000)
  const { Deleted, Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: all } }))
  assert.equal(Errors, undefined)
  assert.equal(Deleted.length, all.length)
  await s3.send(new DeleteBucketCommand({ Bucket }))
})

await runAll()
