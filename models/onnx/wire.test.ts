import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { bytesField, FileBytes, lengthOf, numberField, textField, WireReader } from './wire.ts'

function fileOf(t: Test, bytes: Buffer, allowance = 1e9): FileBytes {
  const path = join(t.testdir(), 'bytes')
  writeFileSync(path, bytes)
  const file = new FileBytes(path, allowance)
  t.teardown(() => file.close())
  return file
}

function fieldsOf(file: FileBytes) {
  const reader = new WireReader(file, { offset: 0, length: file.size })
  const fields = []
  for (let field = reader.next(); field; field = reader.next()) fields.push(field)
  return fields
}

test('numbers are read as they were written, up to 2^53', (t) => {
  const numbers = [0, 1, 127, 128, 300, 2 ** 28 - 1, 2 ** 28, 2 ** 31, 2 ** 35 + 7, 2 ** 53 - 1]
  const file = fileOf(
    t,
    Buffer.concat(numbers.map((value, index) => numberField(index + 1, value)))
  )
  t.strictSame(
    fieldsOf(file).map(({ number, value }) => [number, value]),
    numbers.map((value, index) => [index + 1, value])
  )
  t.end()
})

test('negative numbers are 64 bits of two’s complement', (t) => {
  const written = [-1n, -2n, -(2n ** 31n), -(2n ** 63n)].map((value) => {
    const bytes = [8]
    let rest = BigInt.asUintN(64, value)
    for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
    return Buffer.from([...bytes, Number(rest)])
  })
  const file = fileOf(t, Buffer.concat(written))
  t.strictSame(
    fieldsOf(file).map(({ value }) => value),
    [-1, -2, -(2 ** 31), -(2 ** 63)]
  )
  t.end()
})

test('large fields are stepped over without cost, small ones are charged', (t) => {
  const large = bytesField(1, [Buffer.alloc(1e6)])
  const bytes = Buffer.concat([...(large as Buffer[]), textField(2, 'näme')])
  t.equal(bytes.length, lengthOf(large) + 7)
  const file = fileOf(t, bytes, 200)
  const [first, second] = fieldsOf(file)
  t.equal(first?.content.length, 1e6)
  t.equal(second && file.text(second.content), 'näme')
  t.throws(() => file.read({ offset: 0, length: 1000 }), /allowance is used up/)
  t.end()
})

test('text and ranges across the window are read whole', (t) => {
  const long = 'ab'.repeat(50_000)
  const pieces = [textField(1, 'x'.repeat(32_760)), textField(2, 'crossing'), textField(3, long)]
  const file = fileOf(t, Buffer.concat(pieces))
  const texts = fieldsOf(file).map(({ content }) => file.text(content))
  t.strictSame(texts.slice(1), ['crossing', long])
  t.equal(file.read({ offset: 5, length: 70_000 }).length, 70_000)
  t.equal(file.text({ offset: 3, length: 0 }), '')
  t.throws(() => file.read({ offset: file.size, length: 1 }), /beyond the end of the file/)
  t.end()
})

test('a file that becomes shorter while it is read is said', (t) => {
  const path = join(t.testdir(), 'bytes')
  writeFileSync(path, Buffer.alloc(100_000))
  const file = new FileBytes(path, 1e9)
  t.teardown(() => file.close())
  truncateSync(path, 50_000)
  t.throws(() => file.read({ offset: 0, length: 100_000 }), /became shorter/)
  t.throws(() => file.at(60_000), /ends in the middle/)
  t.throws(() => file.text({ offset: 49_990, length: 20 }), /middle of a name/)
  t.end()
})

test('fixed numbers are stepped over', (t) => {
  const bytes = Buffer.concat([Buffer.from([0x0d, 0, 0, 0, 0, 0x11]), Buffer.alloc(8)])
  t.strictSame(
    fieldsOf(fileOf(t, bytes)).map(({ number, content }) => [number, content.length]),
    [
      [1, 4],
      [2, 8]
    ]
  )
  t.end()
})
