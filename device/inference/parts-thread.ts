// The thread shell of an executor that hands batches on to the parts of a model.

import { openPartsSession } from './parts-session.ts'
import { serveInThread } from './thread-port.ts'

serveInThread(openPartsSession)
