/** From a place in a document to line and column in its text. */
import { findNodeAtLocation, parseTree, type Node } from 'jsonc-parser'
import type { Path } from './lint/fault.ts'

/** Both count from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

export interface Locator {
  /** Where the value at `path` begins, or its key; the nearest place above where there is none. */
  at(path: Path, onKey?: boolean): Position
  /** Where a character stands. */
  offset(offset: number): Position
  /** Keys that an object holds twice: the second, and where the first is. */
  duplicateKeys(): { readonly path: Path; readonly again: Position; readonly first: Position }[]
}

/**
 * Nothing is decoded or parsed before the first question: most documents have no fault. The text must be JSON
 * for `at` and `duplicateKeys`.
 */
export function createLocator(bytes: Uint8Array): Locator {
  let decoded: string | undefined
  let tree: Node | undefined
  let lineStarts: number[] | undefined
  const text = () => (decoded ??= new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
  const root = () => (tree ??= parseTree(text()))

  function offset(at: number): Position {
    lineStarts ??= startsOfLines(text())
    let low = 0
    let high = lineStarts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (lineStarts[middle]! <= at) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: at - lineStarts[low]! + 1 }
  }

  function nodeAt(path: Path): Node | undefined {
    const tree = root()
    return tree && findNodeAtLocation(tree, indexed(tree, path))
  }

  return {
    offset,
    at(path, onKey = false) {
      for (let length = path.length; length >= 0; length--) {
        const node = nodeAt(path.slice(0, length))
        if (node === undefined) continue
        const isProperty = onKey && length === path.length && node.parent?.type === 'property'
        return offset(isProperty ? node.parent.offset : node.offset)
      }
      return { line: 1, column: 1 }
    },
    duplicateKeys() {
      const found: { path: Path; again: Position; first: Position }[] = []
      const visit = (node: Node, path: Path): void => {
        const seen = new Map<string, number>()
        node.children?.forEach((child, i) => {
          if (node.type === 'array') return visit(child, [...path, i])
          const [key, value] = child.children!
          const name = key!.value as string
          const first = seen.get(name)
          if (first !== undefined)
            found.push({ path: [...path, name], again: offset(child.offset), first: offset(first) })
          else seen.set(name, child.offset)
          if (value) visit(value, [...path, name])
        })
      }
      const tree = root()
      if (tree) visit(tree, [])
      return found
    },
  }
}

function startsOfLines(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** A JSON pointer does not tell the item `0` from the key `0`; the tree does. */
function indexed(tree: Node, path: Path): (string | number)[] {
  const out: (string | number)[] = []
  let node: Node | undefined = tree
  for (const part of path) {
    const key: string | number = node?.type === 'array' ? Number(part) : String(part)
    out.push(key)
    node = node && findNodeAtLocation(node, [key])
  }
  return out
}
