// The process shell of an executor that hands batches on to the parts of a model.

import { collectSeldom } from '../../kernel/trim-memory.ts'
import { openPartsSession } from './parts-session.ts'
import { serveInProcess } from './process-port.ts'

collectSeldom() // a pause of this process makes all parts wait: a fifth of the time with 1 MB a batch
serveInProcess(openPartsSession)
