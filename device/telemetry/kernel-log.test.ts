// XID errors in the lines of a kernel log.

import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { scratchFolder, writeFiles, writeTool } from '../../test/harness/fake-tool.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { KernelLog, parseXid, type XidEvent } from './kernel-log.ts'

const FALLEN =
  "NVRM: Xid (PCI:0000:3b:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus."

test('an error is read from the forms of kmsg, journal and old drivers', (t) => {
  t.same(parseXid(`4,1042,81000000,-;${FALLEN}`, 5000, 0), {
    at: 86_000,
    bus: '0000:3b:00',
    xid: 79
  })
  t.same(parseXid(`1732784000.250000 host kernel: ${FALLEN}`, 0, 0), {
    at: 1_732_784_000_250,
    bus: '0000:3b:00',
    xid: 79
  })
  t.same(parseXid('NVRM: Xid (0000:03:00): 13, 0003 00000000', 0, 9), {
    at: 9,
    bus: '0000:03:00',
    xid: 13
  })
  for (const line of [
    '',
    '6,5,1,-;usb 1-1: new device',
    'NVRM: Xid (nonsense): 5',
    'NVRM: GPU at PCI:0000:3b:00: GPU-1',
    'NVRM: loading NVIDIA UNIX x86_64 Kernel Module'
  ])
    t.equal(parseXid(line, 0, 0), null, line)
  t.end()
})

test('a kernel log that may be read is read on from where it was left', async (t) => {
  const root = writeFiles(scratchFolder(t), {
    kmsg: `6,1,10,-;Linux version\n4,2,1000000,-;${FALLEN}\n SUBSYSTEM=pci\n`
  })
  const found: XidEvent[] = []
  const clock = new ManualClock()
  const kmsg = join(root, 'kmsg')
  const log = new KernelLog({ clock, kmsg, onXid: (event) => found.push(event) })
  log.start()
  t.same(
    found.map(({ xid }) => xid),
    [79]
  )
  log.poll()
  t.equal(found.length, 1)
  appendFileSync(kmsg, '4,3,2000000,-;NVRM: Xid (PCI:0000:5e:00): 48, pid=1\n')
  log.poll()
  t.same(found.map(({ bus, xid }) => [bus, xid]).at(-1), ['0000:5e:00', 48])
  log.stop()
  log.stop()
  log.poll()
  t.equal(found.length, 2)
})

test('where the kernel log is closed the journal is followed, and where there is none nothing is', async (t) => {
  const folder = scratchFolder(t)
  const journalctl = writeTool(
    folder,
    'journalctl',
    `echo "$@" > ${folder}/args; echo "1732784000.5 host kernel: ${FALLEN}"; exec sleep 60`
  )
  const clock = new ManualClock()
  const found = Promise.withResolvers<XidEvent>()
  const kmsg = join(folder, 'absent')
  const log = new KernelLog({ clock, kmsg, journalctl, onXid: found.resolve })
  log.start()
  t.match(await found.promise, { xid: 79, at: 1_732_784_000_500 })
  log.poll()
  log.stop()
  const mute = new KernelLog({
    clock,
    kmsg,
    journalctl: join(folder, 'none'),
    onXid: () => t.fail()
  })
  mute.start()
  t.equal(await mute.journalEnded, 'absent')
  t.equal(clock.pending, 0, 'it is not tried again')
  mute.stop()
  const ending = writeTool(folder, 'ending', 'exit 1')
  const brief = new KernelLog({ clock, kmsg, journalctl: ending, onXid: () => t.fail() })
  brief.start()
  t.equal(await brief.journalEnded, 'ended')
  t.equal(clock.pending, 1, 'a journal that ends is followed again later')
  brief.stop()
  t.equal(clock.pending, 0)
})
