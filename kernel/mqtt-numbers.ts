// mqtt-packet keeps 65,536 ready-made two-byte buffers, 7.5 MB a thread, to save a nanosecond or two a packet.
// An appliance has better uses for the memory.

import mqttPacket from 'mqtt-packet'

/**
 * Tells mqtt-packet to write numbers as they come; to be called before the first packet of a thread.
 * @public
 */
export function keepMqttNumbersSmall(): void {
  const writer = mqttPacket.writeToStream as unknown as { cacheNumbers: boolean }
  writer.cacheNumbers = false
}
