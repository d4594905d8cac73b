// Every error that a user can meet: a code, the HTTP status and exit code it maps to, and whether trying
// again may help. The table is closed; docs/reference/errors.md is tested against it in both directions.

interface ErrorKind {
  /** HTTP status of the problem document. */
  readonly status: number
  /** True when the same call may succeed later without any change. */
  readonly retryable: boolean
  /** What the code means, one sentence for the reference page. */
  readonly meaning: string
}

const kind = (status: number, meaning: string, retryable = false): ErrorKind => ({
  status,
  retryable,
  meaning
})

/** @public */
export const ERROR_KINDS = {
  NS_USAGE_INVALID: kind(400, 'A command was called with an unknown option or a missing argument.'),
  NS_SETTINGS_INVALID: kind(400, 'A setting has a value that cannot be used.'),
  NS_HOME_IN_USE: kind(409, 'Another Nearside process already runs on this home folder.', true),
  NS_HOME_UNWRITABLE: kind(507, 'The home folder cannot be written.'),
  NS_PORT_IN_USE: kind(409, 'Another program already listens on the port.', true),
  NS_STORAGE_FULL: kind(507, 'The disk is full; nothing was written.', true),
  NS_STORAGE_FAILED: kind(500, 'A file or database of Nearside could not be read or written.'),
  NS_INPUT_EMPTY: kind(422, 'The input holds nothing to analyse.'),
  NS_INPUT_TOO_LARGE: kind(413, 'The input is larger than the stated limit.'),
  NS_INPUT_BINARY: kind(415, 'The input is not text and of no kind that can be read.'),
  NS_INPUT_ENCODING: kind(422, 'The input is not valid UTF-8.'),
  NS_INPUT_NOT_FOUND: kind(404, 'The input file or folder does not exist.'),
  NS_INPUT_UNREADABLE: kind(422, 'The input is damaged or protected and cannot be read.'),
  NS_INPUT_FORMAT: kind(
    422,
    'The input does not have the columns or fields that the analysis needs.'
  ),
  NS_INPUT_PATH: kind(400, 'A file name climbs out of its folder or cannot be used.'),
  NS_ARCHIVE_BOMB: kind(413, 'An archive unpacks to far more than its size allows.'),
  NS_ARCHIVE_INVALID: kind(422, 'An archive is damaged or of a kind that cannot be read.'),
  NS_REQUEST_INVALID: kind(400, 'The body or the query of a request does not fit the schema.'),
  NS_REQUEST_HEADERS: kind(431, 'The address or the headers of a request are too long.'),
  NS_REQUEST_TIMEOUT: kind(408, 'A request came too slowly.', true),
  NS_REQUEST_MEDIA_TYPE: kind(
    415,
    'The request has a content type that this address does not take.'
  ),
  NS_REQUEST_HOST: kind(
    403,
    'The Host header names another machine, as in a DNS rebinding attack.'
  ),
  NS_REQUEST_ORIGIN: kind(403, 'The request comes from a page of another site.'),
  NS_SERVER_BUSY: kind(
    503,
    'The server has as many clients, calls or listeners as it takes at a time.',
    true
  ),
  NS_ROUTE_NOT_FOUND: kind(404, 'There is nothing at this address.'),
  NS_METHOD_NOT_ALLOWED: kind(405, 'This address does not take that method.'),
  NS_HTTP_BIND_REFUSED: kind(
    400,
    'Listening beyond loopback needs TLS and sign-in, which are not set up.'
  ),
  NS_ANALYSIS_UNKNOWN: kind(404, 'There is no analysis of that kind.'),
  NS_OPTIONS_INVALID: kind(400, 'An option of an analysis has a value outside its range.'),
  NS_JOB_UNKNOWN: kind(404, 'There is no job with that id.'),
  NS_JOB_STATE: kind(409, 'The job is in a state in which this cannot be done.'),
  NS_JOB_CANCELLED: kind(409, 'The job was cancelled.'),
  NS_JOB_QUEUE_FULL: kind(429, 'Too many jobs are waiting.', true),
  NS_JOB_INPUTS_GONE: kind(
    410,
    'The uploaded files were wiped when the device lost power; upload them again.'
  ),
  NS_JOB_TIMEOUT: kind(504, 'A document took longer than its time limit.'),
  NS_REPORT_NOT_READY: kind(409, 'The job has no report yet.', true),
  NS_ALARM_UNKNOWN: kind(404, 'There is no alarm with that id.'),
  NS_SERIES_UNKNOWN: kind(404, 'There is no telemetry series with that name.'),
  NS_MODEL_UNKNOWN: kind(404, 'There is no model of that name and version.'),
  NS_MODEL_EXISTS: kind(409, 'This version of the model exists already with other contents.'),
  NS_BUNDLE_INVALID: kind(
    422,
    'A model bundle lacks a file or its manifest does not fit the schema.'
  ),
  NS_MODEL_UNSAFE: kind(
    422,
    'A model file asks for what no device gives: files outside its bundle, code, or more memory than there is.'
  ),
  NS_MODEL_INDIVISIBLE: kind(422, 'A model cannot be cut into the parts that were asked for.'),
  NS_BUNDLE_DIGEST: kind(422, 'A file of a model bundle differs from its manifest.'),
  NS_BUNDLE_UNSIGNED: kind(422, 'A model bundle has no signature.'),
  NS_BUNDLE_SIGNATURE: kind(422, 'The signature of a model bundle does not match its manifest.'),
  NS_BUNDLE_KEY_UNKNOWN: kind(
    422,
    'A model bundle is signed by a key that this device does not trust.'
  ),
  NS_KEY_INVALID: kind(400, 'A key file is no Ed25519 key in PEM form.'),
  NS_GOLDEN_MISMATCH: kind(422, 'A model did not give its golden outputs on this device.'),
  NS_INSTALL_DOWNLOAD: kind(502, 'A file of a model bundle could not be downloaded.', true),
  NS_INSTALL_SPACE: kind(507, 'There is too little free disk space for the model.', true),
  NS_INSTALL_LOOP: kind(500, 'An install was interrupted too often and was given up.'),
  NS_MODEL_UNLOADED: kind(503, 'The model was unloaded, is loading or cannot be loaded.', true),
  NS_REMOTE_UNREACHABLE: kind(
    503,
    'The inference server that a model is sent to does not answer.',
    true
  ),
  NS_INFERENCE_RUNTIME_MISSING: kind(503, 'ONNX Runtime cannot be loaded on this machine.'),
  NS_INFERENCE_FAILED: kind(500, 'A model could not be run.'),
  NS_INFERENCE_INPUT: kind(400, 'The input tensors do not fit the model.'),
  NS_INFERENCE_OVERLOADED: kind(429, 'The queue of a model is full.', true),
  NS_INFERENCE_DEADLINE: kind(504, 'A batch took longer than its deadline.', true),
  NS_INFERENCE_MEMORY: kind(503, 'A model needs more memory than its device has left.', true),
  NS_ADVICE_UNKNOWN: kind(404, 'There is no recommendation of the advisor with that id.'),
  NS_ADVICE_BUSY: kind(409, 'The advisor measures another change.', true),
  NS_BENCHMARK_UNKNOWN: kind(404, 'There is no benchmark with that id.'),
  NS_BENCHMARK_RUNNING: kind(409, 'Another benchmark runs on this device.', true),
  NS_RUNG_NO_GPU: kind(503, 'A rung of the provider ladder needs a GPU that this machine lacks.'),
  NS_RUNG_NOT_OFFERED: kind(
    501,
    'A rung of the provider ladder is not part of this version of Nearside.'
  ),
  NS_RUNG_NO_VARIANT: kind(422, 'The bundle has no variant for this rung of the ladder.'),
  NS_RUNG_LIBRARY: kind(503, 'A library that a rung of the ladder needs cannot be loaded.'),
  NS_RUNG_SLOWER: kind(409, 'A rung of the ladder is not faster than the one below it.'),
  NS_RUNG_GOLDEN: kind(422, 'A model does not give its golden outputs on this rung.'),
  NS_RUNG_CRASHED: kind(500, 'The trial of a rung ended unexpectedly.', true),
  NS_ENGINE_MISSING: kind(503, 'The TensorRT engine of a model has not been built yet.', true),
  NS_ENGINE_FOREIGN: kind(
    409,
    'A TensorRT engine was built for another GPU, driver library or model.'
  ),
  NS_ENGINE_BUILD: kind(500, 'A TensorRT engine could not be built.'),
  NS_ENGINE_UNKNOWN: kind(404, 'The fleet has no TensorRT engine that fits.'),
  NS_ENGINE_NOT_SHARED: kind(403, 'The fleet is set up not to hand engines from device to device.'),
  NS_ENGINE_UPLOAD: kind(409, 'A piece of an engine does not follow on what was received.', true),
  NS_ENGINE_DAMAGED: kind(422, 'An engine differs from what its builder signed.'),
  NS_DEVICE_UNPROVEN: kind(
    401,
    'A request does not prove that it comes from a device of the fleet.'
  ),
  NS_WORKER_FAILED: kind(500, 'A worker thread ended unexpectedly.', true),
  NS_ENROLMENT_TOKEN: kind(401, 'The enrolment token is unknown, used or too old.'),
  NS_ENROLMENT_INVALID: kind(400, 'The certificate request of a device cannot be used.'),
  NS_LINK_REFUSED: kind(403, 'The fleet refused the connection of the device.'),
  NS_LINK_LOST: kind(503, 'The connection to the fleet is interrupted.', true),
  NS_MESSAGE_INVALID: kind(422, 'A message does not fit its schema.'),
  NS_DEVICE_UNKNOWN: kind(404, 'There is no device with that id.'),
  NS_ROLLOUT_UNKNOWN: kind(404, 'There is no rollout with that id.'),
  NS_ROLLOUT_EMPTY: kind(422, 'No device matches the rollout.'),
  NS_BLOB_UNKNOWN: kind(404, 'There is no stored file with that digest.'),
  NS_BLOB_CHANGED: kind(412, 'The stored file is not the one that If-Match names.'),
  NS_BLOB_RANGE: kind(416, 'The requested range lies outside the file.'),
  NS_FLEET_UNREACHABLE: kind(503, 'The fleet manager does not answer.', true),
  NS_DEVICE_UNREACHABLE: kind(503, 'The device does not answer.', true),
  NS_INTERNAL: kind(500, 'A fault of Nearside itself.')
} as const satisfies Record<string, ErrorKind>

/** @public */
export type ErrorCode = keyof typeof ERROR_KINDS

/** @public */
export interface ErrorOptions {
  /** What led to this error; kept for the log, never shown to a user. */
  readonly cause?: unknown
  /** Machine-readable facts for the problem document, without private content. */
  readonly details?: Readonly<Record<string, unknown>>
}

/**
 * An error for a user: `message` is one sentence that says what is wrong and what to do.
 * @public
 */
export class NearsideError extends Error {
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'NearsideError'
    this.code = code
    this.details = options.details ?? {}
  }

  /** HTTP status of the problem document. */
  get status(): number {
    return ERROR_KINDS[this.code].status
  }

  get retryable(): boolean {
    return ERROR_KINDS[this.code].retryable
  }

  /** Exit code of the command line: 2 for wrong use or bad input, 3 for a fault of ours. */
  get exitCode(): 2 | 3 {
    return this.status >= 500 && !OUTSIDE.has(this.status) ? 3 : 2
  }
}

/** 503: something that is needed is not there; 507: the disk is full. Neither is a fault of the program. */
const OUTSIDE: ReadonlySet<number> = new Set([503, 507])

const SYSTEM_CODES: Readonly<Record<string, { code: ErrorCode; sentence: string }>> = {
  ENOSPC: { code: 'NS_STORAGE_FULL', sentence: 'The disk is full; free some space and try again.' },
  EDQUOT: {
    code: 'NS_STORAGE_FULL',
    sentence: 'The disk quota is used up; free some space and try again.'
  },
  EROFS: {
    code: 'NS_HOME_UNWRITABLE',
    sentence: 'The file system is read-only; mount it writable and try again.'
  }
}

/**
 * Turns anything thrown into a NearsideError; errors of the operating system keep their meaning.
 * @public
 */
export function toNearsideError(error: unknown): NearsideError {
  if (error instanceof NearsideError) return error
  const system = (error as { code?: unknown } | null)?.code
  const sqliteFull = (error as { errcode?: unknown } | null)?.errcode === 13 // SQLITE_FULL
  const known = sqliteFull ? SYSTEM_CODES['ENOSPC'] : SYSTEM_CODES[String(system)]
  if (known) return new NearsideError(known.code, known.sentence, { cause: error })
  return new NearsideError(
    'NS_INTERNAL',
    'Nearside met an unexpected fault; the log holds the details.',
    { cause: error }
  )
}
