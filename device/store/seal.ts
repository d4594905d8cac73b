// How private content is made unreadable before it is stored. The vault gives the real one; the plain one
// is for tests and for content that is not private.

export interface Sealer {
  /** Gives bytes that only the holder of the key can read. */
  seal(text: string): Uint8Array
  /** @throws NearsideError NS_JOB_INPUTS_GONE when the content was sealed under a key that is gone */
  unseal(sealed: Uint8Array): string
}

export const plainSealer: Sealer = {
  seal: (text) => Buffer.from(text, 'utf8'),
  unseal: (sealed) => Buffer.from(sealed).toString('utf8')
}
