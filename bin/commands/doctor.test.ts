// The doctor as a command: lines for people, everything as JSON.

import { test } from 'tap'
import { newHome, runNearside } from '../../test/harness/nearside-process.ts'

test('the doctor prints one line a rung, and as JSON all that is known', async (t) => {
  const home = newHome()
  const text = await runNearside(['doctor', '--home', home])
  t.equal(text.code, 0)
  for (const rung of ['tensorrt', 'cuda', 'webgpu', 'cpu'])
    t.equal(text.stdout.split('\n').filter((line) => line.includes(`Rung ${rung} (`)).length, 1)
  t.match(text.stdout, /^ok {6} Rung \w+ \(sentence-roles\): Runs as \w+ on /m)
  const { code, stdout } = await runNearside(['doctor', '--home', home, '--json'])
  t.equal(code, 0)
  const checks = JSON.parse(stdout)
  t.ok(checks.some((check: { title: string }) => check.title === 'ONNX Runtime'))
  const cpu = checks.find((check: { rung?: { rung: string } }) => check.rung?.rung === 'cpu')
  t.match(cpu, {
    model: { name: 'sentence-roles' },
    rung: { code: null, p95Ms: Number, at: Number }
  })
})
