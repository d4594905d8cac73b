// Makes one certificate and ends, so that the memory of the library goes back to the system.

import { parentPort, workerData } from 'node:worker_threads'
import { type CertificateRequest, makeCertificateHere } from './certificates.ts'

parentPort?.postMessage(await makeCertificateHere(workerData as CertificateRequest))
