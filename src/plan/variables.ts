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

/**
 * Of the value of a secret variable that is looked for in what servers say: a shorter one, such as `7` or `yes`, is in many
 * texts by chance.
 */
const SHORTEST_ECHO = 4

export type Variables = Readonly<Record<string, string>>

/** Before the name of a variable in a placeholder. */
const PREFIX = 'var.'

/** The variable that a placeholder such as `var.tier` is for; undefined: it is for something else. */
export function variableOf(placeholder: string): string | undefined {
  return placeholder.startsWith(PREFIX) ? placeholder.slice(PREFIX.length) : undefined
}

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
  /** Those that changed, with their values: nothing for one that was taken away. */
  readonly variables: Variables
  /** Names of those that are as they were. */
  readonly unchangedVariables: readonly string[]
  /** Names alone. */
  readonly secretVariables: readonly string[]
  readonly warnings: readonly string[]
}

/** Those that are looked for in what servers say. */
export const echoes = (secrets: readonly string[]): string[] =>
  secrets.filter((secret) => secret.length >= SHORTEST_ECHO)

/** The values of those that are secret by their names, also of such as will not be taken. */
export function secretValues(returned: Variables, secretNames: ReadonlySet<string>): string[] {
  return echoes(Object.entries(returned).flatMap(([name, value]) => (secretNames.has(name) ? [value] : [])))
}

export interface TakeOptions {
  /** Of those that anything in the document uses; undefined: all of them. */
  readonly used: ReadonlySet<string> | undefined
  /** Of those that are secret; so is one whose value `hides` something. */
  readonly secretNames: ReadonlySet<string>
  readonly hides: (value: string) => boolean
}

/**
 * Takes what a server returned into the state, as far as it is used. An empty value takes the variable away. So does one that does not
 * fit any more: the plan must not go on by what the server no longer says.
 */
export function takeVariables(
  { variables, secrets }: Pick<WalkState, 'variables' | 'secrets'>,
  returned: Variables,
  { used, secretNames, hides }: TakeOptions,
): Taken {
  const taken: Record<string, string> = {}
  const unchangedVariables: string[] = []
  const secretVariables: string[] = []
  const warnings: string[] = []
  for (const [name, value] of Object.entries(returned)) {
    if (used?.has(name) === false) continue
    if (value === '' && !variables.has(name) && !secrets.has(name)) continue
    const isSecret = secretNames.has(name) || hides(value)
    const [map, other] = isSecret ? [secrets, variables] : [variables, secrets]
    if (!isSecret && map.get(name) === value) {
      // Records are short.
      unchangedVariables.push(name)
      continue
    }
    const fits = bytesWith(map, name, value) <= MOST_VARIABLE_BYTES
    other.delete(name)
    if (value === '' || !fits) map.delete(name)
    else map.set(name, value)
    if (!fits)
      warnings.push(
        `variable ${name} has no value now: the variables of a call have at most ${MOST_VARIABLE_BYTES} bytes in all`,
      )
    if (isSecret) secretVariables.push(name)
    else taken[name] = fits ? value : ''
  }
  return { variables: taken, unchangedVariables, secretVariables, warnings }
}

function bytesWith(map: ReadonlyMap<string, string>, name: string, value: string): number {
  let bytes = Buffer.byteLength(name) + Buffer.byteLength(value)
  for (const [other, held] of map) if (other !== name) bytes += other.length + Buffer.byteLength(held)
  return bytes
}
