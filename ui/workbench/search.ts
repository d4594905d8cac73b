// What the workbench's search finds: jobs, then places. Pure.

import type { KeyHelp, SearchHit } from '../elements/index.ts'
import { msg } from '../i18n/index.ts'
import { KIND_WORDS, matchesSearch, stateWords } from './job-words.ts'
import { navigation } from './places.ts'
import { shownJobs, type WorkbenchState } from './workbench-state.ts'

/** Hits for words in lower case; all of them when there are no words. */
export function findInWorkbench(state: WorkbenchState, words: string): readonly SearchHit[] {
  const jobs = shownJobs(state)
    .filter((job) => matchesSearch(job, words))
    .map((job) => ({
      href: `#/jobs/${job.id}`,
      title: job.title,
      detail: `${KIND_WORDS[job.kind]()}, ${stateWords(job)[1].toLowerCase()}`
    }))
  const places = navigation(state)
    .flatMap(({ items }) => items)
    .filter(({ label }) => label.toLowerCase().includes(words))
    .map(({ href, label }) => ({ href, title: label, detail: msg('Place') }))
  return [...jobs, ...places]
}

/** All keys of the workbench. */
export const keysOfWorkbench = (): readonly KeyHelp[] => [
  [['/'], msg('Search jobs and places')],
  [['?'], msg('This help')],
  [['J', 'K'], msg('Next and previous document, finding or series')],
  [['[', ']'], msg('Previous and next finding of a document')],
  [['↑', '↓'], msg('Walk over the rows of a table; Enter opens one')],
  [['←', '→'], msg('Walk over the bars of a timeline; Escape lets go')],
  [['←', '↑', '→', '↓'], msg('Walk over the settings in the grid of a benchmark')],
  [['Esc'], msg('Close what is in front')]
]
