// Settings files as people leave them: missing, broken, wrong, overruled.

import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { z } from 'zod'
import { readSettings } from './settings-file.ts'

const folder = await mkdtemp(join(tmpdir(), 'nearside-settings-'))
const path = join(folder, 'settings.json')
const schema = z.strictObject({ port: z.number().int().default(8080), name: z.string().optional() })
const read = (over: object = {}) => readSettings({ path, schema, over })

test('without a file every setting has its default', async (t) => {
  t.same(await read(), { port: 8080 })
})

test('the command line counts more than the file, and what it leaves out counts nothing', async (t) => {
  await writeFile(path, '{"port":1,"name":"Press 7"}')
  t.same(await read({ port: 2, name: undefined }), { port: 2, name: 'Press 7' })
})

test('what is wrong is said with its place', async (t) => {
  const refused = (sentence: RegExp, over: object = {}) =>
    t.rejects(read(over), { code: 'NS_SETTINGS_INVALID', message: sentence })
  await writeFile(path, '{"prot":1}')
  await refused(/settings\.json: the file: .*prot/)
  await writeFile(path, '{"port":"x"}')
  await refused(/settings\.json: port: /)
  await refused(/^The command line: name: /, { port: 1, name: 7 })
  await writeFile(path, '{"port":')
  await refused(/is not valid JSON; mend it/)
  await writeFile(path, '[]')
  await refused(/is no JSON object/)
  await t.rejects(readSettings({ path: folder, schema, over: {} }), {
    code: 'NS_SETTINGS_INVALID',
    message: /cannot be read/
  })
})
