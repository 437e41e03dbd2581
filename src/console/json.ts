/** JSON that may be none, or other than one would have it: what people write, and what is in an address. */

/** Undefined: it is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export type Fields = Readonly<Record<string, unknown>>

/** Those of an object; of what is none, none. */
export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

/** On lines of their own, indented by two; undefined: it is no JSON. */
export function laidOut(text: string): string | undefined {
  const value = parsed(text)
  return value === undefined ? undefined : JSON.stringify(value, undefined, 2)
}
