// Names the role of every sentence in the words of a field: the seven-part names of trial abstracts or the five
// of computing papers. For rows on the command line; the report uses the coarser roles that both share.

import type { DocumentItem, InferencePort } from '../definition.ts'
import { batchDocuments, oneAhead } from './batch-documents.ts'
import { chooseRoleDomain } from './choose-domain.ts'
import { readSentences } from './read-sentences.ts'
import { ROLE_MODEL } from './text-analysis.ts'

export type RoleDomain = 'medicine' | 'computing'

export interface DocumentRoles {
  readonly input: number
  readonly domain: RoleDomain
  readonly roles: readonly string[]
}

export interface RoleRequest {
  readonly input: AsyncIterable<DocumentItem>
  /** Absent: decided for each document by its words. */
  readonly domain?: RoleDomain
  readonly inference: InferencePort
}

/** Roles of all readable documents, in input order within each batch; unreadable ones come as failures. */
export async function* labelRoles(
  request: RoleRequest,
  signal: AbortSignal
): AsyncGenerator<DocumentRoles | Extract<DocumentItem, { ok: false }>, void, void> {
  for await (const batch of oneAhead(batchDocuments(request.input))) {
    const reads = batch.flatMap((item) => (item.ok ? [readSentences(item)] : []))
    const domains = reads.map((read) => request.domain ?? chooseRoleDomain(read.document.text))
    const roles = new Map<number, DocumentRoles>()
    for (const domain of new Set(domains)) {
      const own = reads.filter((_, i) => domains[i] === domain)
      const judged = await request.inference.classifySentences(
        `${ROLE_MODEL}/${domain}`,
        own.map((read) => read.sentences),
        signal
      )
      for (const [i, read] of own.entries()) {
        const labels = (judged.documents[i] ?? []).map(({ label }) => label)
        roles.set(read.input, { input: read.input, domain, roles: labels })
      }
    }
    for (const item of batch) {
      const found = roles.get(item.input)
      if (!item.ok) yield item
      else if (found) yield found
    }
  }
}
