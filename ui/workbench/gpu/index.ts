// The GPUs and what holds the models back; loaded when it is opened.

export { AdvicePanel } from './advice-panel.ts'
export { GpuScreen } from './gpu-screen.ts'
