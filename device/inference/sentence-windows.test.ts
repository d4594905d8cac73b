import { test } from 'tap'
import {
  AnswerTables,
  answeringWindows,
  cutWindows,
  groupWindows,
  stackWindows,
  type Window,
  windowStarts
} from './sentence-windows.ts'
import type { Tensors } from './tensors.ts'
import { windowSettings } from './window-settings.ts'

const SETTINGS = {
  maxTokens: 3,
  maxSentences: 4,
  stride: 2,
  unkId: 9,
  tokenBucket: 1,
  sentenceBucket: 1
}

test('settings come from the manifest, or are refused by name', (t) => {
  const { tokenBucket, sentenceBucket, ...needed } = SETTINGS
  t.strictSame(windowSettings({ id: 'sentence-windows', settings: needed }), SETTINGS)
  t.equal(windowSettings({ id: 'none', settings: {} }), undefined)
  const bad = { ...needed, stride: 0 }
  t.throws(() => windowSettings({ id: 'sentence-windows', settings: bad }), {
    code: 'NS_BUNDLE_INVALID',
    message: /^manifest\.json: pre\.settings\.stride cannot be used/
  })
  t.end()
})

test('windows start every stride, and the last one ends with the document', (t) => {
  t.strictSame(windowStarts(1, SETTINGS), [0])
  t.strictSame(windowStarts(4, SETTINGS), [0])
  t.strictSame(windowStarts(5, SETTINGS), [0, 1])
  t.strictSame(windowStarts(8, SETTINGS), [0, 2, 4])
  t.strictSame(windowStarts(9, SETTINGS), [0, 2, 4, 5])
  t.end()
})

test('sentences are cut to maxTokens, and an empty one becomes the unknown word', (t) => {
  const [window] = cutWindows(7, [[1, 2, 3, 4], [], [5]], SETTINGS)
  t.strictSame(
    window?.sentences.map((ids) => [...ids]),
    [[1, 2, 3], [9], [5]]
  )
  t.match(window, { document: 7, start: 0, total: 3, tokens: 5 })
  t.end()
})

test('windows of a batch are laid out as rows of tokens with positions in the whole document', (t) => {
  const settings = { ...SETTINGS, tokenBucket: 4, sentenceBucket: 2 }
  const long = cutWindows(0, [[1], [2], [3], [4], [5]], settings)
  const short = cutWindows(1, [[6, 7, 8]], settings)
  const tensors = stackWindows([...long.slice(1), ...short], settings)
  t.strictSame(tensors['input_ids']?.shape, [2, 4])
  t.strictSame([...(tensors['input_ids']?.data ?? [])].map(Number), [2, 3, 4, 5, 6, 7, 8, 0])
  t.strictSame([...(tensors['sentence_ids']?.data ?? [])].map(Number), [1, 2, 3, 4, 1, 1, 1, 0])
  t.strictSame(tensors['positions']?.shape, [2, 4])
  t.strictSame([...(tensors['positions']?.data ?? [])], [0.25, 0.5, 0.75, 1, 0, 0, 0, 0])
  t.end()
})

test('windows of like length run together', (t) => {
  const windows = [5, 1, 4, 2, 3].map((tokens) => ({ tokens }) as Window)
  t.strictSame(
    groupWindows(windows, 2).map((group) => group.map(({ tokens }) => tokens)),
    [[1, 2], [3, 4], [5]]
  )
  t.end()
})

test('a sentence is answered by the window that sees most round it, the earlier one on a tie', (t) => {
  t.strictSame([...answeringWindows(4, SETTINGS)], [0, 0, 0, 0])
  // Windows 0-3, 2-5, 4-7: sentence 2 is one from the edge of the first and on the edge of the second;
  // sentence 3 the other way round.
  t.strictSame([...answeringWindows(8, SETTINGS)], [0, 0, 0, 2, 2, 4, 4, 4])
  // Windows 0-3 and 1-4 of five: no edge of the document counts; sentence 2 ties, so the earlier one.
  t.strictSame([...answeringWindows(5, SETTINGS)], [0, 0, 0, 1, 1])
  t.end()
})

test('answers come back to their sentences whatever the order of the windows', (t) => {
  const documents = [
    [[1], [1], [1], [1], [1]],
    [[1], [1]]
  ]
  const windows = documents.flatMap((ids, document) => cutWindows(document, ids, SETTINGS))
  const tables = new AnswerTables([5, 2, 0], SETTINGS)
  // Each answer holds the start of its window and the sentence's number within it.
  const answer = (window: Window): Tensors => ({
    head: {
      datatype: 'FP32',
      shape: [1, 4, 2],
      data: Float32Array.from([0, 1, 2, 3].flatMap((offset) => [window.start, offset]))
    }
  })
  for (const window of windows.toReversed()) tables.add([window], answer(window))
  t.strictSame([...(tables.documents[0]?.['head'] ?? [])], [0, 0, 0, 1, 0, 2, 1, 2, 1, 3])
  t.strictSame([...(tables.documents[1]?.['head'] ?? [])], [0, 0, 0, 1])
  t.strictSame(tables.documents[2], {})
  t.end()
})
