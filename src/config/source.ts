/** The configuration file as text: strict JSON, with `env:NAME` resolved. */
import {
  type Fault,
  isObject,
  type Locator,
  type Path,
  pointerOf,
  type Position,
  readJson,
} from '../json/index.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A fault with its place in the file. */
export interface Located extends Position {
  readonly pointer: string
  readonly message: string
}

export type Source =
  | { readonly value?: undefined; readonly faults: readonly Located[] }
  | {
      /** A copy of one's own, `env:NAME` replaced. */
      readonly value: Record<string, unknown>
      readonly faults: readonly Fault[]
      /** Pointers of values whose `env:` could not be resolved: there is nothing to check there. */
      readonly unresolved: ReadonlySet<string>
      readonly locator: Locator
    }

export function readSource(bytes: Uint8Array, env: Environment): Source {
  const read = readJson(bytes)
  // What to write instead of broken JSON, behind the semicolon, is said with plan documents in mind.
  const cut = (fault: Located) =>
    fault.pointer === '' ? { ...fault, message: fault.message.split('; ')[0]! } : fault
  if (read.value === undefined) return { faults: read.faults.map(cut) }
  const faults: Fault[] = []
  const unresolved = new Set<string>()

  function resolve(value: unknown, path: Path): unknown {
    if (Array.isArray(value)) return value.map((item, i) => resolve(item, [...path, i]))
    if (isObject(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [key, resolve(inner, [...path, key])]),
      )
    }
    if (typeof value !== 'string' || !value.startsWith('env:')) return value
    const name = value.slice('env:'.length)
    const found = env[name]
    if (found !== undefined && found !== '') return found
    faults.push({ path, message: `names the environment variable ${name}, which is not set` })
    unresolved.add(pointerOf(path))
    return value
  }

  const value = resolve(read.value, []) as Record<string, unknown>
  return { value, faults, unresolved, locator: read.locator }
}
