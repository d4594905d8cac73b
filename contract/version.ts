// The version of the product and of the wire protocol. The first moves with every release, the second
// only when a message changes in a way an older peer cannot read.

export const PRODUCT_VERSION = '0.1.0'

/** Version of the MQTT protocol; part of every topic (`ns/v1/…`) and of every envelope. */
export const PROTOCOL_VERSION = 1
