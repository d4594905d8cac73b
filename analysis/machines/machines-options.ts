// Options of the machine-data analysis; form, command line and interface description come from this schema.

import { z } from 'zod'

export const MachinesOptions = z.object({
  threshold: z.number().min(0.05).max(0.99).default(0.5).meta({
    title: 'Event threshold',
    description:
      'Score from which a row counts as an event; 0.5 suits every series, higher is stricter.'
  })
})
export type MachinesOptions = z.infer<typeof MachinesOptions>
