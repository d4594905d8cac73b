// What lies beside a stored TensorRT engine: its key, its files with digests, where and when it was built.
// A record may come from another device, so it is parsed before anything of it is believed.

export { EngineKeySchema, EngineRecord } from '../../contract/index.ts'

/** Name of the file that holds the record. */
export const RECORD_FILE = 'key.json'
/** Name of the file that says who built an engine that came from another device: a `DeviceEnvelope`. */
export const ORIGIN_FILE = 'origin.json'
