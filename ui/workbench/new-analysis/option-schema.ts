// Makes a form of an analysis' options from their JSON Schema, and the options from what was typed. Pure.
// Only what our options use is known: integers, numbers, choices, yes or no, and one of two such.

import { formatRange, msg, str } from '../../i18n/index.ts'

export interface OptionField {
  readonly name: string
  readonly title: string
  readonly hint: string
  readonly type: 'number' | 'select' | 'checkbox' | 'text'
  readonly choices: readonly { readonly value: string; readonly label: string }[]
  /** What the field shows at first; empty when the option may be left out. */
  readonly initial: string
  readonly min: number | null
  readonly max: number | null
  readonly whole: boolean
  /** Words that are taken besides numbers: `auto`. */
  readonly words: readonly string[]
  /** Unit or range, right of the input. */
  readonly suffix: string
}

interface Schema {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly unit?: string
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function suffixOf({ unit, minimum, maximum }: Schema, decimals: number): string {
  const given = minimum !== undefined && maximum !== undefined && maximum < 1e15
  const range = given ? formatRange(minimum, maximum, decimals).replace('–', ' to ') : ''
  return [range, unit ?? ''].filter(Boolean).join(' ')
}

function fieldOf(name: string, schema: Schema): OptionField {
  const parts = schema.anyOf ?? [schema]
  const number = parts.find(({ type }) => type === 'integer' || type === 'number')
  const words = parts.flatMap(({ const: word }) => (typeof word === 'string' ? [word] : []))
  const choices = (schema.enum ?? []).map((value) => ({
    value: String(value),
    label: capital(String(value))
  }))
  const whole = number?.type === 'integer'
  const kind =
    schema.type === 'boolean' ? 'checkbox' : number && words.length === 0 ? 'number' : 'text'
  return {
    name,
    title: schema.title ?? capital(name),
    hint: schema.description ?? '',
    type: choices.length > 0 ? 'select' : kind,
    choices,
    initial: schema.default === undefined ? '' : String(schema.default),
    min: number?.minimum ?? null,
    max: number?.maximum ?? null,
    whole,
    words,
    suffix: number ? suffixOf({ ...schema, ...number }, whole ? 0 : 2) : ''
  }
}

/** Fields of a schema, in its order. */
export function fieldsOf(schema: Readonly<Record<string, unknown>>): readonly OptionField[] {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>
  return Object.entries(properties).map(([name, property]) => fieldOf(name, property))
}

/** What is wrong with a typed value; empty when nothing is. */
export function faultOf(field: OptionField, typed: string): string {
  const text = typed.trim()
  if (field.type === 'select' || field.type === 'checkbox') return ''
  if (text === '' || field.words.includes(text)) return ''
  if (field.min === null && field.max === null && field.type === 'text') return ''
  const value = Number(text)
  if (Number.isNaN(value)) return msg('This is not a number.')
  if (field.whole && !Number.isInteger(value)) return msg('A whole number is needed.')
  if (field.min !== null && value < field.min) return msg(str`At least ${field.min}.`)
  if (field.max !== null && value > field.max) return msg(str`At most ${field.max}.`)
  return ''
}

function optionOf(field: OptionField, typed: string): unknown {
  if (field.type === 'checkbox') return typed === 'true'
  if (field.type === 'select' || field.words.includes(typed)) return typed
  return Number.isNaN(Number(typed)) ? typed : Number(typed)
}

/** The options as they are sent; what was left empty or as it was is left out. */
export function optionsOf(
  fields: readonly OptionField[],
  typed: ReadonlyMap<string, string>
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const text = (typed.get(field.name) ?? field.initial).trim()
      return text === '' || text === field.initial ? [] : [[field.name, optionOf(field, text)]]
    })
  )
}
