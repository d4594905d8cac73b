// The words for the rungs of the ladder that kiosk and workbench share: their names, and when a model had to
// take a lower one for a reason that somebody should look at. Pure.

import type { DeviceModel, RungStatus } from '../api/index.ts'
import { msg, str } from '../i18n/index.ts'

const RUNG_WORDS = { tensorrt: 'TensorRT', cuda: 'CUDA', webgpu: 'WebGPU', cpu: 'CPU' } as const

/** How a rung of the ladder is called, or the other server that a model is sent to. */
export const rungWord = (rung: DeviceModel['rung']): string =>
  rung === 'remote' ? msg('another server') : RUNG_WORDS[rung]

/** Refusals that are no fault: there is nothing to mend, or it is being done in the background. */
const CALM: ReadonlySet<string> = new Set([
  'NS_RUNG_SLOWER',
  'NS_RUNG_NO_GPU',
  'NS_RUNG_NOT_OFFERED',
  'NS_RUNG_NO_VARIANT',
  'NS_ENGINE_MISSING'
])

/** Whether a rung was refused for a reason that somebody should look at. */
export const needsLook = ({ taken, code }: Pick<RungStatus, 'taken' | 'code'>): boolean =>
  !taken && code !== null && !CALM.has(code)

/** The best rung that a model could not take for a reason worth a look; undefined when nothing is odd. */
export function fallOf({ ladder }: Pick<DeviceModel, 'ladder'>): RungStatus | undefined {
  const taken = ladder.findIndex((rung) => rung.taken)
  return (taken < 0 ? ladder : ladder.slice(0, taken)).find(needsLook)
}

/** `sentence-roles runs on CPU, not on CUDA: libcudnn.so.9 was not found.`; empty when it did not fall. */
export function fallWords(model: Pick<DeviceModel, 'name' | 'rung' | 'ladder'>): string {
  const missed = fallOf(model)
  if (!missed || model.rung === 'remote') return ''
  const why = missed.sentence || msg('the reason is not known.')
  const serves = model.ladder.some(({ taken }) => taken)
  return serves
    ? msg(
        str`${model.name} runs on ${rungWord(model.rung)}, not on ${rungWord(missed.rung)}: ${why}`
      )
    : msg(str`${model.name} cannot run on ${rungWord(missed.rung)}: ${why}`)
}
