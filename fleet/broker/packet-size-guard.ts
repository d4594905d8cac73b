// Cuts a connection whose next MQTT packet is larger than allowed, at its header, before the broker buffers
// it: aedes has no limit of its own. It follows packet borders only and never looks into a packet.

/** Bytes of the remaining-length field, at most (MQTT 3.1.1, 2.2.3). */
const MAX_LENGTH_BYTES = 4

/** Follows the packets of one connection; it holds a few numbers, never bytes. */
export class PacketBorders {
  readonly #maxBytes: number
  /** Bytes of the current packet that are still to come. */
  #skip = 0
  /** Bytes of the fixed header seen so far; 0 between packets. */
  #header = 0
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Takes the next bytes of the stream. False when a packet is too large or its length is malformed. */
  accept(chunk: Uint8Array): boolean {
    let position = 0
    while (position < chunk.length) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, chunk.length - position)
        this.#skip -= step
        position += step
      } else if (!this.#headerByte(chunk[position++] ?? 0)) {
        return false
      }
    }
    return true
  }

  #headerByte(byte: number): boolean {
    if (this.#header === 0) {
      this.#header = 1
      this.#length = 0
      return true
    }
    this.#length += (byte & 127) * 128 ** (this.#header - 1)
    this.#header += 1
    if ((byte & 128) !== 0) return this.#header <= MAX_LENGTH_BYTES
    const total = this.#header + this.#length
    this.#skip = this.#length
    this.#header = 0
    return total <= this.#maxBytes
  }
}

interface ReadableConnection {
  read(size?: number): unknown
  destroy(error?: Error): unknown
}

/**
 * Puts the guard in front of everything that is read from a connection.
 * @param onRefused called once, before the connection is destroyed
 */
export function guardPacketSize(
  connection: ReadableConnection,
  maxBytes: number,
  onRefused: () => void
): void {
  const borders = new PacketBorders(maxBytes)
  const read = connection.read.bind(connection)
  let refused = false
  connection.read = (size) => {
    if (refused) return null
    const chunk = read(size)
    if (!(chunk instanceof Uint8Array) || borders.accept(chunk)) return chunk
    refused = true
    onRefused()
    connection.destroy(new Error('packet too large'))
    return null
  }
}
