// Options of the text analysis. Form, command line and OpenAPI are made from this schema.

import { z } from 'zod'
import { DOMAINS } from './choose-domain.ts'

export const TextOptions = z.strictObject({
  sentences: z
    .number()
    .int()
    .min(1)
    .max(50)
    .default(3)
    .meta({ title: 'Summary length', description: 'Sentences in the summary of each document.' }),
  words: z
    .union([z.literal('auto'), z.number().int().min(10).max(5000)])
    .optional()
    .meta({
      title: 'Summary length in words',
      description:
        'Words in each summary, in place of a number of sentences; “auto” takes the length that the document asks for.'
    }),
  findings: z
    .number()
    .int()
    .min(1)
    .max(50)
    .default(3)
    .meta({ title: 'Key findings', description: 'Key findings of each document.' }),
  domain: z
    .enum(['auto', ...DOMAINS])
    .default('auto')
    .meta({ title: 'Field', description: 'Decided for each document by its words when “auto”.' })
})
export type TextOptions = z.infer<typeof TextOptions>
