// Lines of tegrastats from a Nano to Thor.

import { test } from 'tap'
import { celsius, gpuRailW, parseTegrastats } from './tegrastats.ts'

const JP6 =
  '04-11-2025 10:36:27 RAM 4321/62801MB (lfb 1759x4MB) SWAP 19/31400MB (cached 0MB) CPU [0%@729,0%@729,0%@729,0%@729,0%@729,0%@729,0%@729,0%@729,0%@729,0%@729,0%@729,0%@729] EMC_FREQ 0%@2133 GR3D_FREQ 0%@[0,0] VIC_FREQ 729 APE 174 CV0@-256C CPU@44.562C Tboard@32C SOC2@40.093C Tdiode@33C SOC0@41.093C CV1@-256C GPU@-256C tj@44.343C SOC1@41.25C CV2@-256C VDD_GPU_SOC 2340mW/2340mW VDD_CPU_CV 390mW/390mW VIN_SYS_5V0 4025mW/4025mW NC 0mW/0mW VDDQ_VDD2_1V8AO 301mW/301mW NC 0mW/0mW'
const JP7 =
  '07-25-2026 09:08:28 RAM 20642/62817MB (lfb 1x2MB) CPU [23%@2201,10%@2201,4%@2201,14%@2201,30%@2201,18%@2201,10%@2201,10%@2201,33%@2201,7%@2201,5%@2201,27%@2201] EMC_FREQ 3%@3199 GR3D_FREQ 12%@[1300,1300] NVENC0 off NVDEC0 off NVJPG0 off NVJPG1 off VIC off OFA off NVDLA0 off NVDLA1 off PVA0_FREQ off APE 174 cpu@52.968C/52.968C soc2@48.406C/48.406C soc0@49.531C/49.531C gpu@47.625C/47.625C VDD_GPU_SOC 5139mW/5139mW/5139mW VDD_CPU_CV 3268mW/3268mW/3268mW VIN_SYS_5V0 5500mW/5500mW/5500mW'
const THOR = 'RAM 4722/7844MB (lfb 1x512kB) EMC_FREQ 2%@1866 GR3D_FREQ @[1000,1000,1000] APE 150'
const NANO =
  'RAM 331/3964MB (lfb 758x4MB) SWAP 0/1982MB (cached 0MB) IRAM 0/252kB(lfb 252kB) CPU [3%@102,1%@102,0%@102,2%@102] EMC_FREQ 3%@204 GR3D_FREQ 7%@76 APE 25 PLL@20.5C CPU@23.5C PMIC@100C GPU@22.5C AO@27.5C thermal@23C POM_5V_IN 933/933 POM_5V_GPU 0/0 POM_5V_CPU 84/105'

test('JetPack 6: a list of clocks that are gated, sensors that are off, rails in mW', (t) => {
  const line = parseTegrastats(JP6)
  t.match(line, {
    ...{ ramUsedMb: 4321, ramTotalMb: 62801, loadPercent: 0, clockMhz: null },
    ...{ memoryClockMhz: 2133, memoryLoadPercent: 0, temperatureC: null }
  })
  t.same(
    [...(line?.rails ?? [])],
    [
      ['VDD_GPU_SOC', 2.34],
      ['VDD_CPU_CV', 0.39],
      ['VIN_SYS_5V0', 4.025],
      ['VDDQ_VDD2_1V8AO', 0.301]
    ]
  )
  t.equal(gpuRailW(line?.rails ?? new Map()), 2.34)
  t.match(parseTegrastats('RAM 1/2MB GR3D_FREQ 10%@1300'), { loadPercent: 10, clockMhz: 1300 })
  t.end()
})

test('JetPack 7: pairs of temperatures, three figures of power', (t) => {
  const line = parseTegrastats(JP7)
  t.match(line, { loadPercent: 12, clockMhz: 1300, temperatureC: 47.625, memoryClockMhz: 3199 })
  t.equal(gpuRailW(line?.rails ?? new Map()), 5.139)
  t.equal(line?.rails.size, 3)
  t.end()
})

test('Thor says the clocks and no load', (t) => {
  const line = parseTegrastats(THOR)
  t.match(line, { ramTotalMb: 7844, loadPercent: null, clockMhz: 1000, temperatureC: null })
  t.equal(line?.rails.size, 0)
  t.equal(gpuRailW(new Map()), null)
  t.end()
})

test('Nano: one clock, rails without a unit', (t) => {
  const line = parseTegrastats(NANO)
  t.match(line, { loadPercent: 7, clockMhz: 76, temperatureC: 22.5, memoryLoadPercent: 3 })
  t.same(
    [...(line?.rails ?? [])],
    [
      ['POM_5V_IN', 0.933],
      ['POM_5V_GPU', 0],
      ['POM_5V_CPU', 0.084]
    ]
  )
  t.equal(gpuRailW(line?.rails ?? new Map()), 0)
  t.equal(gpuRailW(new Map([['VDD_IN', 4.2]])), 4.2, 'a module that measures itself as a whole')
  t.equal(gpuRailW(new Map([['VDD_SOC', 1]])), null)
  t.end()
})

test('anything else is no line, and a sensor that is off has no temperature', (t) => {
  t.equal(parseTegrastats('tegrastats: command failed'), null)
  t.equal(parseTegrastats(''), null)
  t.match(parseTegrastats('RAM 1/2MB'), { loadPercent: null, clockMhz: null, memoryClockMhz: null })
  t.equal(celsius(-256), null)
  t.equal(celsius('-256'), null)
  t.equal(celsius(undefined), null)
  t.equal(celsius('-12.5'), -12.5)
  t.end()
})
