// nearside models: model bundles on disk, and where the device that runs has a model answered.

import type { Command } from 'commander'
import { addExportCommand } from './models-export.ts'
import { addReadingCommands } from './models-read.ts'
import { addRemoteCommand } from './models-remote.ts'
import { addSigningCommands } from './models-sign.ts'
import { addSplitCommand } from './models-split.ts'
import { addTuneCommand } from './models-tune.ts'

/** Adds `nearside models …` to the program. */
export function addModels(parent: Command): void {
  const models = parent
    .command('models')
    .description(
      'list, check, split, export and sign model bundles, make release keys, tune a model, and send it elsewhere'
    )
    .addHelpText(
      'after',
      `
Examples:
  nearside models list
  nearside models inspect sentence-roles
  nearside models verify models/quantized/sentence-roles/1.0.0
  nearside models sign my-model --key keys/release.key.pem`
    )
  addReadingCommands(models)
  addSigningCommands(models)
  addSplitCommand(models)
  addExportCommand(models)
  addRemoteCommand(models)
  addTuneCommand(models)
}
