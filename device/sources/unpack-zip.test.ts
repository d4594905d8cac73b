// Archives, honest and hostile.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { writeZip, type ZipMember } from './fixtures/zip-writer.ts'
import { unpackZip, type ZipLimits } from './unpack-zip.ts'

async function unpack(bytes: Uint8Array, limits: Partial<ZipLimits> = {}): Promise<string[]> {
  const names: string[] = []
  for await (const file of unpackZip({ name: 'a.zip', bytes }, limits)) {
    names.push(`${file.name}: ${Buffer.from(file.bytes).toString()}`)
  }
  return names
}

test('files come out in order, folders and hidden files do not', async (t) => {
  const zip = writeZip([
    { name: 'reports/', data: '' },
    { name: 'reports/b.txt', data: 'bee' },
    { name: 'a.txt', data: 'ay' },
    { name: '.hidden', data: 'x' },
    { name: '__MACOSX/a.txt', data: 'x' }
  ])
  t.strictSame(await unpack(zip), ['reports/b.txt: bee', 'a.txt: ay'])
  const path = join(t.testdir({}), 'a.zip')
  writeFileSync(path, zip)
  const names: string[] = []
  for await (const { name } of unpackZip({ name: 'a.zip', path })) names.push(name)
  t.strictSame(names, ['reports/b.txt', 'a.txt'])
})

const HOSTILE: Record<string, [ZipMember, string]> = {
  'a name that climbs': [{ name: '../../etc/cron.d/x', data: 'x' }, 'NS_INPUT_PATH'],
  'a name that climbs in the middle': [{ name: 'a/../../b', data: 'x' }, 'NS_INPUT_PATH'],
  'a name that climbs by backslashes': [{ name: '..\\b', data: 'x' }, 'NS_INPUT_PATH'],
  'an absolute name': [{ name: '/etc/passwd', data: 'x' }, 'NS_INPUT_PATH'],
  'a drive letter': [{ name: 'C:/x', data: 'x' }, 'NS_INPUT_PATH'],
  'a link': [{ name: 'link', data: '/etc/passwd', mode: 0o120777 }, 'NS_INPUT_PATH'],
  'a password': [{ name: 'a', data: 'x', encrypted: true }, 'NS_ARCHIVE_INVALID'],
  'a bomb': [{ name: 'a', data: Buffer.alloc(4 << 20) }, 'NS_ARCHIVE_BOMB'],
  'a size that is a lie': [{ name: 'a', data: 'x'.repeat(5000), statedSize: 10 }, 'NS_ARCHIVE_BOMB']
}

for (const [what, [member, code]] of Object.entries(HOSTILE)) {
  test(`refused: ${what}`, async (t) => {
    await t.rejects(unpack(writeZip([member])), { code, message: /^a\.zip / })
  })
}

test('what all files hold together is bounded, and their number', async (t) => {
  const zip = writeZip([
    { name: 'a', data: 'x'.repeat(600) },
    { name: 'b', data: 'y'.repeat(600) }
  ])
  await t.rejects(unpack(zip, { totalBytes: 1000 }), { code: 'NS_ARCHIVE_BOMB' })
  await t.rejects(unpack(zip, { files: 1 }), { code: 'NS_ARCHIVE_BOMB' })
  t.equal((await unpack(zip, { fileBytes: 4 }))[0], 'a: xxxxx', 'cut to one byte more')
})

test('damaged and missing archives are refused', async (t) => {
  await t.rejects(unpack(Buffer.from('PK\x03\x04 nothing more')), { code: 'NS_ARCHIVE_INVALID' })
  const zip = writeZip([{ name: 'a', data: 'some text' }])
  zip[35] = (zip[35] ?? 0) ^ 0xff
  await t.rejects(unpack(zip), { code: 'NS_ARCHIVE_INVALID' })
  const missing = unpackZip({ name: 'b.zip', path: '/nowhere/b.zip' })
  await t.rejects(missing.next(), { code: 'NS_INPUT_NOT_FOUND' })
})
