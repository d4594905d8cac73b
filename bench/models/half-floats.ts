// FP32 to FP16 bit patterns, round to nearest even (IEEE 754-2019, 4.3.1); what is too large becomes infinite.

const bits = new Uint32Array(1)
const number = new Float32Array(bits.buffer)

function toHalf(value: number): number {
  number[0] = value
  const pattern = bits[0] ?? 0
  const sign = (pattern >>> 16) & 0x8000
  const exponent = ((pattern >>> 23) & 0xff) - 112
  const fraction = pattern & 0x7fffff
  if (exponent >= 31) return sign | (exponent === 143 && fraction ? 0x7e00 : 0x7c00)
  if (exponent > 0) {
    const half = (exponent << 10) | (fraction >>> 13)
    const rest = fraction & 0x1fff
    return sign | (half + (rest > 0x1000 || (rest === 0x1000 && half & 1) ? 1 : 0))
  }
  if (exponent < -10) return sign
  const shift = 14 - exponent
  const full = fraction | 0x800000
  const half = full >>> shift
  const rest = full & ((1 << shift) - 1)
  const middle = 1 << (shift - 1)
  return sign | (half + (rest > middle || (rest === middle && half & 1) ? 1 : 0))
}

/** Bit patterns of the nearest FP16 numbers. */
export function floatsToHalf(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, toHalf)
}
