// The process shell of an executor that hands batches on to the parts of a model.

import { openPartsSession } from './parts-session.ts'
import { serveInProcess } from './process-port.ts'

serveInProcess(openPartsSession)
