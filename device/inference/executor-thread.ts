// The thread shell of an executor.

import { serveInThread } from './thread-port.ts'

serveInThread()
