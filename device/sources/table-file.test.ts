// Tables as people export them, and as they break.

import { test } from 'tap'
import { readTable } from './table-file.ts'

async function* pieces(text: string | Uint8Array): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  const size = bytes.length > 10_000 ? 65_536 : 7 // small ones in pieces that cut rows and letters
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function whole(
  text: string | Uint8Array
): Promise<{ columns: readonly string[]; rows: string[][] }> {
  const table = await readTable(pieces(text), { name: 'table.csv' })
  const rows: string[][] = []
  for await (const stretch of table.rows) rows.push(...stretch.map((row) => [...row]))
  return { columns: table.columns, rows }
}

test('the delimiter comes from the header, quotes and a byte order mark are understood', async (t) => {
  t.same(await whole('a,b\n1,"x, y"\n\n2,\r\n'), {
    columns: ['a', 'b'],
    rows: [
      ['1', 'x, y'],
      ['2', '']
    ]
  })
  t.same(await whole('\ufefftime;v\n2020-01-01 00:00;1,5\n'), {
    columns: ['time', 'v'],
    rows: [['2020-01-01 00:00', '1,5']]
  })
  t.same(await whole('a\tb\n1\t2'), { columns: ['a', 'b'], rows: [['1', '2']] })
  t.same(await whole('only\n5\n'), { columns: ['only'], rows: [['5']] })
  const many = await whole(`v\n${Array.from({ length: 2000 }, (_, row) => row).join('\n')}\n`)
  t.equal(many.rows.length, 2000)
})

test('what is no table is refused in one sentence', async (t) => {
  const refused: [string | Uint8Array, string][] = [
    ['', 'NS_INPUT_EMPTY'],
    ['\n\n', 'NS_INPUT_EMPTY'],
    [',,\n', 'NS_INPUT_EMPTY'],
    [Buffer.from([0x50, 0, 1, 2]), 'NS_INPUT_BINARY'],
    [Buffer.concat([Buffer.from('a,b\n1,'), Buffer.from([0xff, 0xfe, 0x41])]), 'NS_INPUT_ENCODING'],
    ['a,b\n1,2\n3\n', 'NS_INPUT_FORMAT'],
    ['a,b\n1,"2\n', 'NS_INPUT_FORMAT'],
    ['x'.repeat(1024 * 1024 + 10), 'NS_INPUT_FORMAT']
  ]
  for (const [text, code] of refused)
    await t.rejects(whole(text), { code, message: /^table\.csv.*\.$/ })
})
