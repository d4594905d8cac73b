// The models of this device as the fleet is told of them: what runs where, and what keeps each from better rungs, so
// short that the state fits into one packet however many models there are.

import { type DeviceModel, LONGEST_REFUSAL, type RunningModel } from '../contract/index.ts'

/** What the refusals of all models may take of a packet of 256 KiB, bytes of JSON. */
const REFUSAL_BYTES = 64 * 1024

/** A model whose refusals do not fit any more is told without them; the device's own pages have them all. */
export function runningModels(models: readonly DeviceModel[]): RunningModel[] {
  let left = REFUSAL_BYTES
  return models.map((model) => {
    const { name, version, precision, rung, manifestSha256, origin } = model
    const refused = refusalsOf(model)
    left -= Buffer.byteLength(JSON.stringify(refused))
    const told = left < 0 ? {} : { refused }
    return { ...{ name, version, precision, rung, manifestSha256, origin }, ...told }
  })
}

const refusalsOf = ({ ladder }: DeviceModel): NonNullable<RunningModel['refused']> =>
  ladder.flatMap(({ rung, code, sentence }) =>
    code === null ? [] : [{ rung, code, sentence: sentence.slice(0, LONGEST_REFUSAL) }]
  )
