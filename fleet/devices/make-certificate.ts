// Has a certificate made on a thread of its own: it happens once in the life of a device, and the library
// that does it would hold 25 MB for the rest of the fleet's life.

import { Worker } from 'node:worker_threads'
import type { CertificateAnswer, CertificateRequest } from './certificates.ts'

/** Makes the certificate that is asked for; about a quarter of a second. */
export function makeCertificate(request: CertificateRequest): Promise<CertificateAnswer> {
  const thread = new Worker(new URL('./certificate-thread.ts', import.meta.url), {
    workerData: request
  })
  return new Promise((resolve, reject) => {
    let answer: CertificateAnswer | undefined
    thread.once('message', (message: CertificateAnswer) => {
      answer = message
    })
    thread.once('error', reject)
    thread.once('exit', () => {
      if (answer) resolve(answer)
      else reject(new Error('the certificate thread ended without an answer'))
    })
  })
}
