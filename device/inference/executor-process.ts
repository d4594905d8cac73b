// The process shell of an executor.

import { serveInProcess } from './process-port.ts'

serveInProcess()
