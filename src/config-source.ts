/** The configuration file as text: where each value stands, and `env:NAME` resolved. */
import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser'

/** One fault of the configuration, at a JSON pointer. */
export interface Fault {
  readonly pointer: string
  readonly message: string
  /** It concerns the key that the pointer names, not its value. */
  readonly key?: boolean
}

export interface Source {
  /** Plain data, `env:NAME` replaced; undefined when the text is no JSON object. */
  readonly value: Record<string, unknown> | undefined
  readonly faults: readonly Fault[]
  /** Pointers whose `env:` could not be resolved: their values are not worth checking. */
  readonly unresolved: ReadonlySet<string>
  /** Line and column, from 1, of what a fault concerns; a value that is absent is at what surrounds it. */
  place(fault: Fault): { readonly line: number; readonly column: number }
}

export type Environment = Readonly<Record<string, string | undefined>>

export function readSource(text: string, env: Environment): Source {
  const lines = lineStarts(text)
  const at = (offset: number) => {
    let low = 0
    let high = lines.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (lines[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - lines[low]! + 1 }
  }
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false })
  if (errors[0] !== undefined || root?.type !== 'object') {
    const place = at(errors[0]?.offset ?? 0)
    const message =
      errors[0] === undefined ? 'must be a JSON object, `{ … }`' : `is no valid JSON: ${wording(errors[0])}`
    return { value: undefined, faults: [{ pointer: '', message }], unresolved: new Set(), place: () => place }
  }

  const places = new Map<string, { key: number; value: number }>()
  const faults: Fault[] = []
  const unresolved = new Set<string>()

  /** Plain data of a node; notes where it stands. */
  function plain(node: Node, pointer: string, keyOffset: number): unknown {
    if (!places.has(pointer)) places.set(pointer, { key: keyOffset, value: node.offset })
    if (node.type === 'array')
      return (node.children ?? []).map((item, i) => plain(item, `${pointer}/${i}`, item.offset))
    if (node.type === 'object') return plainObject(node, pointer)
    return typeof node.value === 'string' ? resolve(node.value, pointer) : (node.value as unknown)
  }

  function plainObject(node: Node, pointer: string): Record<string, unknown> {
    const entries = new Map<string, unknown>()
    for (const property of node.children ?? []) {
      const [key, value] = property.children ?? []
      if (key === undefined || value === undefined) continue
      const name = String(key.value)
      const child = `${pointer}/${escapePointer(name)}`
      if (entries.has(name)) {
        const { line, column } = at(key.offset)
        faults.push({
          pointer: child,
          key: true,
          message: `stands twice, again at ${line}:${column}; keep one`,
        })
      } else entries.set(name, plain(value, child, key.offset))
    }
    return Object.fromEntries(entries)
  }

  function resolve(value: string, pointer: string): string {
    if (!value.startsWith('env:')) return value
    const name = value.slice('env:'.length)
    const found = env[name]
    if (found !== undefined && found !== '') return found
    faults.push({ pointer, message: `names the environment variable ${name}, which is not set` })
    unresolved.add(pointer)
    return value
  }

  const value = plain(root, '', root.offset) as Record<string, unknown>
  return {
    value,
    faults,
    unresolved,
    place({ pointer, key }) {
      let path = pointer
      while (!places.has(path)) path = path.slice(0, path.lastIndexOf('/'))
      const place = places.get(path)!
      return at(key === true ? place.key : place.value)
    },
  }
}

export const escapePointer = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** `CommaExpected` → `comma expected`. */
const wording = (error: ParseError): string =>
  printParseErrorCode(error.error).replace(/(?<=[a-z])[A-Z]/g, ' $&').toLowerCase() // prettier-ignore

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1)
  return starts
}
