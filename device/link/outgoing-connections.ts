// Every address that this device may talk to on its own account, for the privacy page. Beside these only the
// servers that an administrator sends a model to are talked to (device/model-remotes.ts).

import type { DeviceIdentity } from './identity.ts'

/** Addresses with what they are for; empty for a device without a fleet. */
export function outgoingConnections(
  identity: DeviceIdentity
): { readonly to: string; readonly purpose: string }[] {
  const { enrolment } = identity
  if (!enrolment) return []
  return [
    {
      to: enrolment.mqtt,
      purpose: 'State, results without content, alarms, log templates and telemetry to the fleet.'
    },
    {
      to: enrolment.fleet,
      purpose: 'Files of signed models from the fleet; TensorRT engines to and from it.'
    }
  ]
}
