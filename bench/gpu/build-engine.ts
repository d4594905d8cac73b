// Builds a TensorRT engine of an encoder [N, S] with the device's own builder and says as JSON how long it took,
// what it weighs and what memory the build held at most.
//
// NEARSIDE_GPU_LIBRARIES=FOLDER[:FOLDER…] node bench/gpu/build-engine.ts MODEL.onnx --precision fp16 \
//   --batches 1,8,32 --tokens 128 --engines FOLDER

import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { EngineBuild } from '../../contract/index.ts'
import { EngineBuilder, EngineStore } from '../../device/inference/index.ts'
import { systemClock } from '../../kernel/clock.ts'
import { type GpuArguments, readArguments } from './arguments.ts'

/** Shapes of both inputs for a number of rows. */
function shapes(rows: number, tokens: number): Record<string, number[]> {
  return { input_ids: [rows, tokens], attention_mask: [rows, tokens] }
}

function profileOf({ batches, tokens, opt }: GpuArguments) {
  const largest = Math.max(...batches)
  return { min: shapes(1, tokens), opt: shapes(opt, tokens), max: shapes(largest, tokens) }
}

async function build(options: GpuArguments) {
  const bytes = await readFile(options.model)
  const store = new EngineStore({ folder: options.engines })
  await store.open()
  const log = (build: EngineBuild): void => {
    process.stderr.write(
      `${build.state} ${(build.progress * 100).toFixed(0)} % ${build.sentence}\n`
    )
  }
  const builder = new EngineBuilder({ store, clock: systemClock, onChange: log })
  const alive = setInterval(() => undefined, 1000) // the builder's own timers keep nothing alive
  const startedMs = performance.now()
  const { status, engine } = await builder.request({
    model: { name: basename(options.model), version: '1.0.0' },
    file: options.model,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.length,
    precision: options.precision,
    profile: profileOf(options),
    libraries: options.libraries,
    deviceId: options.deviceId
  }).done
  clearInterval(alive)
  const stored = (await store.list()).find(({ dir }) => dir === engine?.dir)
  return {
    state: status.state,
    code: status.code,
    sentence: status.sentence,
    wallMs: performance.now() - startedMs,
    peakBytes: builder.peakBytes,
    engine: stored && {
      digest: stored.digest,
      bytes: stored.bytes,
      buildMs: stored.record.buildMs,
      whole: stored.record.whole,
      gpu: stored.record.gpu,
      key: stored.record.key
    }
  }
}

const options = readArguments(process.argv.slice(2))
const report = JSON.stringify(await build(options), null, 2)
if (options.out) await writeFile(options.out, `${report}\n`)
console.log(report)
