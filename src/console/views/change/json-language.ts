/**
 * What CodeMirror's packages ask of `@codemirror/language` and `@lezer/common`, for JSON alone: the build puts this in
 * their place, since those packages, made for any language, are a tenth of the console.
 */
import { countColumn, type EditorState, Facet, type Text } from '@codemirror/state'
import { type JsonNode, jsonTree } from './json-tree.ts'

const UNIT = 2

export const indentUnit = Facet.define<string, string>({ combine: () => ' '.repeat(UNIT) })
export const getIndentUnit = (): number => UNIT
export const indentString = (_: EditorState, columns: number): string => ' '.repeat(columns)

/** Whatever is asked of a node, it is told what closes it. */
export const NodeProp = { closedBy: undefined, openedBy: undefined }

const trees = new WeakMap<Text, JsonNode>()

/** Read when it is asked for, once for each state of the text. */
export function syntaxTree({ doc }: EditorState): JsonNode {
  let tree = trees.get(doc)
  if (!tree) trees.set(doc, (tree = jsonTree(doc.toString())))
  return tree
}

export class IndentContext {
  readonly state: EditorState
  /** Two breaks are put in, and what follows is on the second of them. */
  readonly isDouble: boolean

  constructor(state: EditorState, { simulateDoubleBreak = false }: { simulateDoubleBreak?: boolean }) {
    this.state = state
    this.isDouble = simulateDoubleBreak
  }

  lineIndent(position: number): number {
    const indent = /^\s*/.exec(this.state.doc.lineAt(position).text)![0]
    return countColumn(indent, this.state.tabSize)
  }
}

/** Of a line that begins at a position: one unit more than that of what is open there. */
export function getIndentation(context: IndentContext, position: number): number {
  const { state } = context
  const holder = holderOf(syntaxTree(state).resolveInner(position, -1), position)
  if (!holder) return 0
  const isClosing = !context.isDouble && /^\s*[}\]]/.test(state.sliceDoc(position, position + 200))
  return context.lineIndent(holder.from) + (isClosing ? 0 : UNIT)
}

/** The innermost object or list that is open at a position. */
export function holderOf(from: JsonNode, position: number): JsonNode | undefined {
  for (let node: JsonNode | null = from; node; node = node.parent) {
    if (node.name !== 'Object' && node.name !== 'Array') continue
    const isClosed = node.children.at(-1)!.name === (node.name === 'Object' ? '}' : ']')
    if (position > node.from && (position < node.to || !isClosed)) return node
  }
  return undefined
}

interface Match {
  readonly start: JsonNode
  readonly end?: JsonNode
  readonly matched: boolean
}

/** The bracket behind (1) or before (-1) a position, and its other one. */
export function matchBrackets(state: EditorState, position: number, direction: 1 | -1): Match | null {
  const at = direction < 0 ? position - 1 : position
  if (!(direction < 0 ? /[}\]]/ : /[{[]/).test(state.sliceDoc(Math.max(0, at), at + 1))) return null
  const start = syntaxTree(state).resolveInner(position, direction)
  if (!/^[{}[\]]$/.test(start.name)) return null
  const end = start.parent!.children.at(direction < 0 ? 0 : -1)!
  return end.name === { '{': '}', '[': ']', '}': '{', ']': '[' }[start.name]
    ? { start, end, matched: true }
    : { start, matched: false }
}
