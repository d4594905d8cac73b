// The models that are sent to other servers: keeps what an administrator sets, has the pool follow it, writes it
// into the audit trail, and says it on the privacy page.

import type { PrivacyStatus } from '../contract/index.ts'
import type { RemoteActs } from './http/index.ts'
import type { ModelPool, RemoteSettings } from './inference/index.ts'
import type { AuditTrail } from './vault/index.ts'

interface RemoteParts {
  readonly pool: Pick<ModelPool, 'remote' | 'sendTo'>
  readonly settings: RemoteSettings
  readonly audit: Pick<AuditTrail, 'record'>
}

export function openRemoteActs({ pool, settings, audit }: RemoteParts): RemoteActs {
  return {
    remote: async (name) => pool.remote(name),
    sendTo: async (name, setting) => {
      pool.remote(name) // an unknown model is refused before anything is kept
      await settings.set(name, setting)
      audit.record(
        'model-remote',
        name,
        setting
          ? `Its requests are sent to ${setting.url}.`
          : 'Its requests are answered on this device.'
      )
      return pool.sendTo(name, setting)
    }
  }
}

type Connection = PrivacyStatus['connections'][number]

/** The addresses that contents are sent to, for the privacy page. */
export function remoteConnections(settings: RemoteSettings): Connection[] {
  return settings.list().map(({ model, url }) => ({
    to: url,
    purpose: `The inputs of ${model}, as an administrator has set: tensors made of what is analysed.`
  }))
}

const STAYS =
  'What is analysed here stays here. The fleet gets states, counts, alarms and figures, never a file, a line or a sentence.'

/** What the privacy page promises: with the exception that an administrator made, where there is one. */
export function privacyStatement(settings: RemoteSettings): string {
  const models = settings.list().map(({ model, url }) => `${model} (${url})`)
  if (models.length === 0) return STAYS
  return `${STAYS} Except: an administrator has set that the inputs of these models are sent to another server: ${models.join(', ')}.`
}
