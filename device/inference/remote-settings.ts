// The models that an administrator sends to other servers, kept over restarts in one file that only the device's
// user can read, because it may hold tokens. Nothing is set unless somebody set it.

import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { ModelName, NearsideError, RemoteSetting } from '../../contract/index.ts'
import { writeFileAtomic } from '../../kernel/atomic-file.ts'
import { checkRemoteUrl } from './remote-address.ts'
import { Serial } from './serial.ts'

const RemoteFile = z.object({
  schemaVersion: z.literal(1),
  models: z.record(ModelName, RemoteSetting)
})

/** The part of a logger that is used. */
export interface RemoteLog {
  error(fields: Readonly<Record<string, unknown>>, message: string): void
}

export class RemoteSettings {
  #path: string
  #models: ReadonlyMap<string, RemoteSetting>
  #writes = new Serial()

  private constructor(path: string, models: ReadonlyMap<string, RemoteSetting>) {
    this.#path = path
    this.#models = models
  }

  /** Reads the file; one that cannot be used is as good as none, so that nothing leaves the device by mistake. */
  static async open(path: string, log?: RemoteLog): Promise<RemoteSettings> {
    try {
      const { models } = RemoteFile.parse(JSON.parse(await readFile(path, 'utf8')))
      return new RemoteSettings(path, new Map(Object.entries(models)))
    } catch (error) {
      // Only the kind of the error: the words of a parser quote the file, which may hold a token.
      const { code, name } = error as { code?: unknown; name?: unknown }
      if (code !== 'ENOENT')
        log?.error(
          { path, error: code ?? name },
          'the servers of models cannot be read; none is used'
        )
      return new RemoteSettings(path, new Map())
    }
  }

  get(model: string): RemoteSetting | undefined {
    return this.#models.get(model)
  }

  /** Addresses with the models that are sent there, for the privacy page. */
  list(): { readonly model: string; readonly url: string }[] {
    return [...this.#models].map(([model, { url }]) => ({ model, url }))
  }

  /**
   * Keeps a setting; undefined takes it away.
   * @returns when it is on disk
   * @throws NearsideError NS_SETTINGS_INVALID for an address that must not be used, NS_STORAGE_FULL
   */
  set(model: string, setting: RemoteSetting | undefined): Promise<void> {
    return this.#writes.run(async () => {
      if (setting) await checkRemoteUrl(setting.url)
      const models = new Map(this.#models)
      if (setting) models.set(model, setting)
      else models.delete(model)
      const file = RemoteFile.safeParse({ schemaVersion: 1, models: Object.fromEntries(models) })
      if (!file.success)
        throw new NearsideError('NS_SETTINGS_INVALID', 'The setting of the server cannot be kept.')
      await writeFileAtomic(this.#path, `${JSON.stringify(file.data, null, 2)}\n`)
      this.#models = models
    })
  }
}
