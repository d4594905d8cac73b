// Loads the X.509 library when a certificate is made, which is once in the life of a device: at other times
// it would only hold memory (22 MB). Everything else about certificates lies with its users.

/** @public */
export type X509 = typeof import('@peculiar/x509')

/**
 * The library resolves its own parts through tsyringe, which refuses to load without reflected metadata
 * although nothing here carries any: four functions that know of none are enough.
 */
function provideReflection(): void {
  const none = {
    getMetadata: () => undefined,
    getOwnMetadata: () => undefined,
    hasOwnMetadata: () => false,
    defineMetadata: () => undefined
  }
  for (const [name, value] of Object.entries(none)) {
    if (!(name in Reflect)) Object.defineProperty(Reflect, name, { value, configurable: true })
  }
}

/**
 * ECDSA on P-256 with SHA-256: what every key and certificate of a fleet uses.
 * @public
 */
export const CERTIFICATE_ALGORITHM = {
  name: 'ECDSA',
  namedCurve: 'P-256',
  hash: 'SHA-256'
} as const

/**
 * The library, loaded at the first call.
 * @public
 */
export async function loadX509(): Promise<X509> {
  provideReflection()
  return import('@peculiar/x509')
}
