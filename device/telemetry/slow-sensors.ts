// Sensors that change slowly or cost a child process: disk use every 30 s, temperature every 10 s.

import type { SensorGroup } from './sample.ts'
import type { SystemInformation } from './system-information.ts'

/** File systems that hold data of the machine; images, memory and network mounts are left out. */
const DATA_FILE_SYSTEM = /^(?:ext[234]|xfs|btrfs|zfs|f2fs|bcachefs|overlay|apfs|hfs|ntfs|vfat)$/i
const SMALLEST_BYTES = 1e9
const MOST_MOUNTS = 4

/** Share of each data disk in use, %; `df` is a child process of about 5 ms. */
export function diskSensors(si: SystemInformation): SensorGroup {
  return {
    periodS: 30,
    names: [],
    read: async () => {
      const disks = (await si.fsSize()).filter((disk) => {
        return DATA_FILE_SYSTEM.test(disk.type) && disk.size >= SMALLEST_BYTES && disk.rw !== false
      })
      const devices = new Map(disks.reverse().map((disk) => [disk.fs, disk]))
      const largest = [...devices.values()].sort((a, b) => b.size - a.size).slice(0, MOST_MOUNTS)
      return Object.fromEntries(largest.map((disk) => [`disk.used:${disk.mount}`, disk.use]))
    }
  }
}

/** Processor temperature, °C; a machine without such a sensor is asked once. */
export function temperatureSensor(si: SystemInformation): SensorGroup {
  return {
    periodS: 10,
    names: ['temperature.cpu'],
    read: async () => {
      const { main, max } = await si.cpuTemperature()
      const value = max ?? main
      // Virtual machines answer with 0 or below where there is no sensor.
      return { 'temperature.cpu': value !== null && value > 0 ? value : null }
    }
  }
}
