// A key that makes a rollout happen once, however often its button is pressed or its answer is lost.

/** 128 random bits; works without a secure context too. */
export const newRolloutKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
