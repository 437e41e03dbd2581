/** Where in a JSON document the cursor is, also while it is not whole. */
import type { EditorState } from '@codemirror/state'
import { holderOf, syntaxTree } from './json-language.ts'
import type { JsonNode } from './json-tree.ts'
import type { Path } from './plan-schema.ts'

export interface JsonPlace {
  /** `name`: of a field of the object at `path`; `value`: at `path`. */
  readonly kind: 'name' | 'value'
  readonly path: Path
  /** What stands there already, and is replaced. */
  readonly from: number
  readonly to: number
  /** Names that the object has; of a value none. */
  readonly taken: readonly string[]
}

const VALUES = new Set(['Object', 'Array', 'String', 'Word'])

/** Further back nothing is looked at. */
const LINE = 400

/** For completion; undefined where nothing is to be put in. */
export function placeAt(state: EditorState, position: number): JsonPlace | undefined {
  const node = syntaxTree(state).resolveInner(position, -1)
  const value = (path: Path, from: number, to: number) =>
    ({ kind: 'value', path, from, to, taken: [] }) as const
  if (node.name === 'PropertyName' && position > node.from) {
    const object = node.parent?.parent
    if (!object) return undefined
    const own = nameIn(state, node)
    const taken = namesIn(state, object).filter((name) => name !== own)
    return { kind: 'name', path: pathOf(state, object), from: node.from, to: node.to, taken }
  }
  if (node.name === 'String' && position > node.from)
    return position < node.to ? value(pathOf(state, node), node.from, node.to) : undefined
  const holder = holderOf(node, position)
  if (!holder) return undefined
  const path = pathOf(state, holder)
  const before = state.sliceDoc(Math.max(holder.from, position - LINE), position)
  const named = /"((?:[^"\\]|\\.)*)"\s*:\s*([\w.-]*)$/.exec(before)
  if (holder.name === 'Object' && named)
    return value([...path, named[1]!], position - named[2]!.length, position)
  if (holder.name === 'Array') return value([...path, valuesBefore(holder, position)], position, position)
  return { kind: 'name', path, from: position, to: position, taken: namesIn(state, holder) }
}

/** What a person points at: a field by its name, or a value; undefined where it is neither. */
export function pointedAt(
  state: EditorState,
  position: number,
): { path: Path; from: number; to: number } | undefined {
  for (const side of [1, -1] as const) {
    const node = syntaxTree(state).resolveInner(position, side)
    const { name, from, to } = node
    if (name === 'PropertyName' || name === 'String' || name === 'Word')
      return { path: pathOf(state, node), from, to }
  }
  return undefined
}

/** The text of a string at a path; undefined where there is none. */
export function textAt(state: EditorState, path: Path): string | undefined {
  const node = nodeAt(state, path)
  if (node?.name !== 'String') return undefined
  return unquoted(state.sliceDoc(node.from, node.to))
}

/** Names of what the object at a path has. */
export function namesAt(state: EditorState, path: Path): string[] {
  const node = nodeAt(state, path)
  return node?.name === 'Object' ? namesIn(state, node) : []
}

function nodeAt(state: EditorState, path: Path): JsonNode | undefined {
  let node: JsonNode | null | undefined = syntaxTree(state).firstChild
  for (const key of path) {
    if (typeof key === 'number') node = node && valuesOf(node)[key]
    else {
      const property: JsonNode | undefined = node?.children.find(
        (one) => one.name === 'Property' && nameIn(state, one.firstChild) === key,
      )
      node = property && valuesOf(property)[0]
    }
    if (!node) return undefined
  }
  return node ?? undefined
}

function valuesOf(parent: JsonNode): JsonNode[] {
  return parent.children.filter(({ name }) => VALUES.has(name))
}

function pathOf(state: EditorState, from: JsonNode): Path {
  const path: (string | number)[] = []
  for (let node: JsonNode | null = from; node; node = node.parent) {
    if (node.name === 'Property') path.unshift(nameIn(state, node.firstChild) ?? '')
    else if (node.parent?.name === 'Array' && VALUES.has(node.name))
      path.unshift(valuesBefore(node.parent, node.from))
  }
  return path
}

function valuesBefore(array: JsonNode, position: number): number {
  return valuesOf(array).filter(({ from }) => from < position).length
}

function namesIn(state: EditorState, object: JsonNode): string[] {
  return object.children.flatMap(({ firstChild }) => nameIn(state, firstChild) ?? [])
}

function nameIn(state: EditorState, name: JsonNode | null): string | undefined {
  return name?.name === 'PropertyName' ? unquoted(state.sliceDoc(name.from, name.to)) : undefined
}

function unquoted(text: string): string {
  try {
    return JSON.parse(text) as string
  } catch {
    return text.replace(/^"|"$/g, '')
  }
}
