// The three calls of the Reflect metadata proposal that the X.509 library's dependency injection makes at
// load time. Not a full polyfill: it knows no inheritance and no property keys.

const known = new WeakMap<object, Map<unknown, unknown>>()

function read(key: unknown, target: object): unknown {
  return known.get(target)?.get(key)
}

function define(key: unknown, value: unknown, target: object): void {
  const values = known.get(target) ?? new Map<unknown, unknown>()
  known.set(target, values.set(key, value))
}

const calls = { getMetadata: read, getOwnMetadata: read, defineMetadata: define }

for (const [name, value] of Object.entries(calls)) {
  if (!Reflect.has(Reflect, name)) Object.defineProperty(Reflect, name, { value })
}
