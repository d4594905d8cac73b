// What is checked before an upload, and the form that a schema makes.

import { test } from 'tap'
import { z } from 'zod'
import { addFiles, checkFiles, commonFolder, limitWords } from './file-check.ts'
import { faultOf, fieldsOf, optionsOf } from './option-schema.ts'

const MIB = 1024 * 1024
const rules = {
  accepts: ['txt', 'pdf'],
  limits: { fileBytes: MIB, files: 2, totalBytes: MIB + 10 }
}
const file = (name: string, bytes = 5) => ({ name, bytes })

test('files that will not be taken are marked with the reason', async (t) => {
  const reasons = (files: { name: string; bytes: number }[], with_ = rules): string[] =>
    checkFiles(files, with_).map(({ reason }) => reason)
  t.same(reasons([file('a.txt'), file('b.PDF')]), ['', ''])
  t.same(reasons([file('a.txt', 0), file('x.jpg'), file('README')]), [
    'Empty',
    '“.jpg” is not taken',
    'No file ending'
  ])
  t.same(reasons([file('a.txt', MIB + 1)]), ['Larger than 1\u00A0MiB'])
  t.same(
    reasons([file('a.txt'), file('b.txt'), file('c.txt')])[2],
    'More than 2 files; make a second job'
  )
  t.match(reasons([file('a.txt', MIB), file('b.txt', 20)])[1], /in all; make a second job$/)
  const one = { ...rules, limits: { ...rules.limits, files: 1 } }
  t.same(reasons([file('a.txt'), file('b.txt')], one), ['', 'One file at a time'])
  t.equal(limitWords(8 * 1024 * MIB), '8\u00A0GiB')
  t.equal(commonFolder([file('trials/a'), file('trials/x/b')]), 'trials')
  t.equal(
    commonFolder([file('trials/a'), file('b')]) + commonFolder([file('a')]) + commonFolder([]),
    ''
  )
  t.same(addFiles([file('a'), file('b')], [file('a', 9)]), [file('b'), file('a', 9)])
})

test('a schema becomes a form, and the form becomes options', async (t) => {
  const schema = z.toJSONSchema(
    z.object({
      sentences: z.number().int().min(1).max(50).default(3).meta({ title: 'Length', unit: 's' }),
      words: z.union([z.literal('auto'), z.number().int().min(10)]).optional(),
      threshold: z.number().min(0.05).max(0.99).default(0.5),
      domain: z.enum(['auto', 'medicine']).default('auto'),
      quiet: z.boolean().default(false),
      note: z.string().optional()
    }),
    { io: 'input' }
  )
  const fields = fieldsOf(schema)
  t.same(
    fields.map(({ type }) => type),
    ['number', 'text', 'number', 'select', 'checkbox', 'text']
  )
  const [sentences, words, threshold, domain, , note] = fields
  if (!sentences || !words || !threshold || !domain || !note) {
    t.fail('a field is missing')
    return
  }
  t.match(sentences, { title: 'Length', suffix: '1 to 50 s', initial: '3', whole: true })
  t.equal(threshold.suffix, '0.05 to 0.99')
  t.equal(domain.choices[1]?.label, 'Medicine')
  t.same(
    ['', '5', '0', '51', '1.5', 'x'].map((typed) => faultOf(sentences, typed)),
    ['', '', 'At least 1.', 'At most 50.', 'A whole number is needed.', 'This is not a number.']
  )
  t.equal(faultOf(words, 'auto') + faultOf(domain, 'x') + faultOf(note, 'anything'), '')
  const typed = new Map([
    ['sentences', '5'],
    ['words', 'auto'],
    ['threshold', '0.5'],
    ['domain', 'medicine'],
    ['quiet', 'true'],
    ['note', ' seen ']
  ])
  t.same(optionsOf(fields, typed), {
    sentences: 5,
    words: 'auto',
    domain: 'medicine',
    quiet: true,
    note: 'seen'
  })
  t.same(optionsOf(fields, new Map()), {})
  t.same(fieldsOf({}), [])
})
