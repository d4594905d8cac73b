// The worker thread of the log watch: reads the sources, mines, posts. Ends by message.

import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../kernel/clock.ts'
import { trimWhenSettled } from '../../kernel/trim-memory.ts'
import { JournalTail } from '../sources/journal.ts'
import { LogTail } from '../sources/log-tail.ts'
import { LogWatchLoop } from './log-watch-loop.ts'
import type { FromLogWatch, LogWatchPlan, ToLogWatch } from './log-watch-messages.ts'

const port = parentPort
if (!port) throw new Error('log-watch-thread.ts runs as a worker thread only')
const tell = (message: FromLogWatch): void => port.postMessage(message)

const loop = new LogWatchLoop(workerData as LogWatchPlan, {
  clock: systemClock,
  tell,
  openTail: (options) => new LogTail(options),
  openJournal: (options) => new JournalTail(options)
})
port.on('message', (message: ToLogWatch) => {
  if (message.kind !== 'stop') return
  void loop.stop().finally(() => port.close())
})
await loop.start()
tell({ kind: 'ready' })
trimWhenSettled(systemClock)
// The clock's timers are no reason to stay; the port is.
