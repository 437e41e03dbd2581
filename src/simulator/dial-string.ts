/** Dial strings, as switch_ivr_originate takes them apart. */
import { separateString } from './strings.ts'

export interface Leg {
  /** Such as `sofia/gateway/carrier/+31502102544`. */
  readonly endpoint: string
  /** Variables of the new leg: of the whole string, then its own. */
  readonly variables: ReadonlyMap<string, string>
}

export interface DialString {
  /** Tried one after the other (`|`); the legs of one ring together (`,` and `:_:`). */
  readonly groups: readonly (readonly Leg[])[]
  /** Variables of the whole string. */
  readonly variables: ReadonlyMap<string, string>
}

/** Takes a dial string apart; what FreeSWITCH cannot read becomes an endpoint that fails. */
export function parseDialString(text: string): DialString {
  const enterprise = leading(text.trimStart(), '<', '>')
  const variables = new Map(enterprise.variables)
  const parts = enterprise.rest.split(':_:').map((part) => {
    const global = leading(part.trimStart(), '{', '}')
    for (const [name, value] of global.variables) variables.set(name, value)
    return split(global.rest, '|').map((group) => split(group, ',').map((leg) => parseLeg(leg, variables)))
  })
  const longest = Math.max(...parts.map((groups) => groups.length))
  const groups = Array.from({ length: longest }, (_, at) => parts.flatMap((own) => own[at] ?? []))
  return { groups, variables }
}

/** The part of the endpoint that names who is called. */
export function destinationOf(endpoint: string): string {
  return endpoint.slice(endpoint.lastIndexOf('/') + 1)
}

function parseLeg(text: string, shared: ReadonlyMap<string, string>): Leg {
  const own = leading(text.trim(), '[', ']')
  return { endpoint: own.rest, variables: new Map([...shared, ...own.variables]) }
}

/** Variables in brackets at the front, as often as they come. */
function leading(
  text: string,
  open: string,
  close: string,
): { variables: Map<string, string>; rest: string } {
  const variables = new Map<string, string>()
  let rest = text
  while (rest.startsWith(open)) {
    const end = matching(rest, open, close)
    if (end < 0) break
    for (const pair of separateString(rest.slice(1, end), ',', 1024)) {
      const [name, value] = separateString(pair, '=', 2)
      if (name !== undefined && value !== undefined) variables.set(name, value)
    }
    rest = rest.slice(end + 1).trimStart()
  }
  return { variables, rest }
}

function matching(text: string, open: string, close: string): number {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === open) depth += 1
    else if (text[at] === close && --depth === 0) return at
  }
  return -1
}

/** Splits outside of brackets and quotes. */
function split(text: string, delimiter: string): string[] {
  const parts: string[] = []
  let depth = 0
  let quoted = false
  let start = 0
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === "'") quoted = !quoted
    else if (character === '[') depth += 1
    else if (character === ']') depth -= 1
    else if (character === delimiter && depth <= 0 && !quoted) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  return [...parts, text.slice(start)]
}
