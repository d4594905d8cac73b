// How a device becomes part of a fleet: it makes its key, shows a one-time token, gets a certificate.

import { z } from 'zod'
import { DeviceId } from '../topics.ts'

/** `POST /api/v1/enrolments` on the fleet. */
export const EnrolmentRequest = z.object({
  token: z.string().min(16).max(200),
  name: z.string().min(1).max(80),
  /** Certificate request (PKCS#10) in PEM form, signed by the key of the device. */
  csr: z.string().min(100).max(8192)
})
export type EnrolmentRequest = z.infer<typeof EnrolmentRequest>

export const EnrolmentAnswer = z.object({
  deviceId: DeviceId,
  /** Certificate of the device and of the fleet's authority, PEM. */
  certificate: z.string(),
  authority: z.string(),
  /** Broker address, `mqtts://host:port`. */
  mqtt: z.url(),
  /** Fleet HTTP address, for blobs. */
  fleet: z.url()
})
export type EnrolmentAnswer = z.infer<typeof EnrolmentAnswer>

/** `POST /api/v1/enrolment-tokens` on the fleet. */
export const TokenAnswer = z.object({ token: z.string(), expiresAt: z.number().int() })
