// Words for the contract's enumerations that more than one app says.

export {
  gpuName,
  gpuNames,
  gpuProblems,
  isHeldBack,
  memoryWords,
  throttleWords,
  xidWords
} from './gpu-words.ts'
export { fallOf, fallWords, needsLook, rungWord } from './rung-words.ts'
