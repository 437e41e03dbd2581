/** What a JSON text is made of, also while it is not whole. */

const TOKEN = /"(?:[^"\\\n]|\\.)*"?|[{}[\],:]|[^\s{}[\],:"]+/g
const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']' }

/** A token by its own text, or `JsonText`, `Object`, `Array`, `Property`, `PropertyName`, `String`, `Word` (a number, `true` and such). */
export class JsonNode {
  readonly name: string
  readonly from: number
  readonly parent: JsonNode | null
  readonly children: JsonNode[] = []
  /** Of what is never closed: the end of the text. */
  to: number

  constructor(name: string, from: number, to: number, parent: JsonNode | null) {
    this.name = name
    this.from = from
    this.to = to
    this.parent = parent
    parent?.children.push(this)
  }

  get firstChild(): JsonNode | null {
    return this.children[0] ?? null
  }

  /** What closes a bracket, as CodeMirror asks for it. */
  get type(): { prop(): readonly string[] | undefined } {
    const closing = CLOSING[this.name]
    return { prop: () => (closing === undefined ? undefined : [closing]) }
  }

  childBefore(position: number): JsonNode | null {
    return this.children.findLast(({ to }) => to <= position) ?? null
  }

  childAfter(position: number): JsonNode | null {
    return this.children.find(({ from }) => from >= position) ?? null
  }

  /** The innermost that covers a position; `side` -1: also one that ends there, 1: also one that begins there. */
  resolveInner(position: number, side: -1 | 0 | 1 = 0): JsonNode {
    const covers = ({ from, to }: JsonNode) =>
      (from < position || (side > 0 && from === position)) && (position < to || (side < 0 && position === to))
    // No recursion: what is pasted may be deeper than the stack.
    let innermost: JsonNode | undefined
    let next = this.children.find(covers)
    while (next) {
      innermost = next
      next = innermost.children.find(covers)
    }
    return innermost ?? this
  }
}

export function jsonTree(text: string): JsonNode {
  const top = new JsonNode('JsonText', 0, text.length, null)
  let holder = top
  const leave = (to: number) => {
    holder.to = to
    holder = holder.parent ?? top
  }
  const leaveProperty = () => {
    if (holder.name === 'Property') leave(holder.children.at(-1)!.to)
  }
  const isNamed = () => holder.name !== 'Property' || holder.children.at(-1)!.name === ':'
  for (const { 0: token, index: from } of text.matchAll(TOKEN)) {
    const to = from + token.length
    const add = (name: string) => new JsonNode(name, from, to, holder)
    if (token === '{' || token === '[') {
      if (!isNamed()) leaveProperty()
      holder = new JsonNode(token === '{' ? 'Object' : 'Array', from, text.length, holder)
      add(token)
    } else if (token === '}' || token === ']') {
      leaveProperty()
      const opened = openedBy(holder, token)
      if (!opened) continue
      while (holder !== opened) leave(from)
      add(token)
      leave(to)
      leaveProperty()
    } else if (token === ',') {
      leaveProperty()
      add(token)
    } else if (token === ':') add(token)
    else if (token.startsWith('"')) {
      // A name ends what has no value yet.
      if (!isNamed() || (holder.name === 'Property' && /^\s*:/.test(text.slice(to, to + 20)))) leaveProperty()
      if (holder.name === 'Object') {
        holder = new JsonNode('Property', from, text.length, holder)
        add('PropertyName')
      } else {
        add('String')
        leaveProperty()
      }
    } else if (holder.name !== 'Object' && isNamed()) {
      add('Word')
      leaveProperty()
    }
  }
  return top
}

/** The innermost open object or list that this closes. */
function openedBy(holder: JsonNode, closing: string): JsonNode | undefined {
  const name = closing === '}' ? 'Object' : 'Array'
  for (let node: JsonNode | null = holder; node; node = node.parent) if (node.name === name) return node
  return undefined
}
