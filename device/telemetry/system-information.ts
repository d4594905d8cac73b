// The part of systeminformation that the sensors use, as a type, so that only the telemetry thread loads
// the library: its calls read files and start programs, which the agent's loop must not wait for.

import type { Systeminformation } from 'systeminformation'

export interface SystemInformation {
  currentLoad(): Promise<Systeminformation.CurrentLoadData>
  mem(): Promise<Systeminformation.MemData>
  fsStats(): Promise<Systeminformation.FsStatsData | null>
  networkStats(): Promise<Systeminformation.NetworkStatsData[]>
  fsSize(): Promise<Systeminformation.FsSizeData[]>
  cpuTemperature(): Promise<Systeminformation.CpuTemperatureData>
  cpu(): Promise<Systeminformation.CpuData>
  osInfo(): Promise<Systeminformation.OsData>
  graphics(): Promise<Systeminformation.GraphicsData>
}
