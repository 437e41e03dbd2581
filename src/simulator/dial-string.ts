/** Dial strings, as switch_ivr_originate takes them apart. */
import { closingBracket, separateString } from './strings.ts'

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
  /** Variables of the caller's channel while the application runs (switch_core_session.c, switch_core_session_exec). */
  readonly scope: ReadonlyMap<string, string>
}

/** Takes a dial string apart; what FreeSWITCH cannot read becomes an endpoint that fails. */
export function parseDialString(text: string): DialString {
  const scoped = text.startsWith('%[') ? leadingVariables(text.slice(1), '[', ']') : undefined
  const enterprise = leadingVariables((scoped?.rest ?? text).trimStart(), '<', '>')
  const variables = new Map(enterprise.variables)
  const parts = enterprise.rest.split(':_:').map((part) => {
    const global = leadingVariables(part.trimStart(), '{', '}')
    for (const [name, value] of global.variables) variables.set(name, value)
    return splitOutside(global.rest, '|').map((group) =>
      splitOutside(group, ',').map((leg) => parseLeg(leg, variables)),
    )
  })
  const longest = Math.max(...parts.map((groups) => groups.length))
  const groups = Array.from({ length: longest }, (_, at) => parts.flatMap((own) => own[at] ?? []))
  return { groups, variables, scope: scoped?.variables ?? new Map<string, string>() }
}

/** The last part of the endpoint: who is called. */
export function destinationOf(endpoint: string): string {
  return endpoint.slice(endpoint.lastIndexOf('/') + 1)
}

function parseLeg(text: string, shared: ReadonlyMap<string, string>): Leg {
  const own = leadingVariables(text.trim(), '[', ']')
  return { endpoint: own.rest, variables: new Map([...shared, ...own.variables]) }
}

/** Variables in brackets at the front, one pair of brackets after another. */
function leadingVariables(
  text: string,
  open: string,
  close: string,
): { variables: Map<string, string>; rest: string } {
  const variables = new Map<string, string>()
  let rest = text
  while (rest.startsWith(open)) {
    const end = closingBracket(rest, 0, close)
    if (end < 0) break
    for (const pair of separateString(rest.slice(1, end), ',', 1024)) {
      const [name, value] = separateString(pair, '=', 2)
      if (name !== undefined && value !== undefined) variables.set(name, value)
    }
    rest = rest.slice(end + 1).trimStart()
  }
  return { variables, rest }
}

/** Splits outside of brackets and quotes. */
function splitOutside(text: string, delimiter: string): string[] {
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
