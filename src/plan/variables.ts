/** Variables of a call: what servers return for later steps, by names of their own. */
import type { WalkState } from './state.ts'

/** Of the name of a variable. */
export const VARIABLE = /^[a-z][a-z0-9_]{0,31}$/

/** In one reply. */
export const MOST_VARIABLES = 20

/** Of a value, in characters. */
export const LONGEST_VARIABLE = 256

/**
 * Of all variables of a call, names and values in UTF-8; secret ones have as much for themselves. They travel in the
 * checkpoint, which FreeSWITCH takes time for byte by byte.
 */
export const MOST_VARIABLE_BYTES = 1024

export type Variables = Readonly<Record<string, string>>

/** Before the name of a variable in a placeholder. */
export const PREFIX = 'var.'

const PLACEHOLDER = /\{var\.([^{}]*)\}/g

/** The names in a text's placeholders, which may be no names of variables. */
export function variablesIn(text: string): string[] {
  return Array.from(text.matchAll(PLACEHOLDER), ([, name]) => name!)
}

/** Fills in the values; nothing for a variable that there is none of. */
export function withVariables(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(PLACEHOLDER, (_, name: string) => variables.get(name) ?? '')
}

/** Those that a request is sent with, as its values have them. */
export function sentVariables({ variables, secrets }: Pick<WalkState, 'variables' | 'secrets'>): {
  readonly variables?: Variables
  readonly secretVariables?: Variables
} {
  return {
    ...(variables.size > 0 && { variables: Object.fromEntries(variables) }),
    ...(secrets.size > 0 && { secretVariables: Object.fromEntries(secrets) }),
  }
}

/** What was taken of a reply. */
interface Taken {
  readonly variables: Variables
  /** Names alone. */
  readonly secretVariables: readonly string[]
  readonly warnings: readonly string[]
}

/** The values of those that are secret by their names, also of such as will not be taken. */
export function secretValues(returned: Variables, secretNames: ReadonlySet<string>): string[] {
  return Object.entries(returned).flatMap(([name, value]) =>
    secretNames.has(name) && value !== '' ? [value] : [],
  )
}

/**
 * Takes what a server returned into the state. Those of `secretNames` are secret, and so is what holds one of `secrets`.
 * An empty value takes the variable away. What does not fit any more is not taken.
 */
export function takeVariables(
  { variables, secrets: kept }: Pick<WalkState, 'variables' | 'secrets'>,
  returned: Variables,
  secretNames: ReadonlySet<string>,
  secrets: readonly string[],
): Taken {
  const taken: Record<string, string> = {}
  const secretVariables: string[] = []
  const warnings: string[] = []
  for (const [name, value] of Object.entries(returned)) {
    const isSecret = secretNames.has(name) || secrets.some((secret) => value.includes(secret))
    const [map, other] = isSecret ? [kept, variables] : [variables, kept]
    // What is as it was need not be told again: records are short.
    if (!isSecret && map.get(name) === value) continue
    if (value !== '' && bytesWith(map, name, value) > MOST_VARIABLE_BYTES) {
      warnings.push(
        `variable ${name} was not taken: the variables of a call have at most ${MOST_VARIABLE_BYTES} bytes in all`,
      )
      continue
    }
    other.delete(name)
    if (value === '') map.delete(name)
    else map.set(name, value)
    if (isSecret) secretVariables.push(name)
    else taken[name] = value
  }
  return { variables: taken, secretVariables, warnings }
}

function bytesWith(map: ReadonlyMap<string, string>, name: string, value: string): number {
  let bytes = Buffer.byteLength(name) + Buffer.byteLength(value)
  for (const [other, held] of map) if (other !== name) bytes += other.length + Buffer.byteLength(held)
  return bytes
}
