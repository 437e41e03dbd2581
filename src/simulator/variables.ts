/** The channel's variables: an ordered list with unique names, as switch_event keeps it. */
import { encode } from './text.ts'

/** A variable with its text. */
export interface Variable {
  readonly value: string
  /** As it stands in an event. */
  readonly line: string
}

/** Variables that are the same for every call, their text made once. */
export type Template = readonly (readonly [name: string, variable: Variable])[]

export function template(values: Iterable<readonly [string, string]>): Template {
  return [...values].map(([name, value]) => [name, written(name, value)])
}

function written(name: string, value: string): Variable {
  return { value, line: `variable_${name}: ${encode(value)}\n` }
}

/** Variables whose value FreeSWITCH runs as a command sooner or later. */
const RUNS =
  /^(nolocal:|_nolocal_)?(api_|execute_on_|exec_|bridge_pre_execute|bridge_post_|session_in_hangup_hook|.*_api_on_|transfer_on_fail|transfer_after_bridge|.*hangup_hook|park_after_bridge)/i

/** Whether setting `name` lets its value be executed. */
export function runs(name: string): boolean {
  return RUNS.test(name)
}

export class Variables {
  readonly #entries = new Map<string, Variable>()
  #text: string | undefined

  get(name: string): string | undefined {
    return this.#entries.get(name)?.value
  }

  /** Nothing and the empty string unset; a variable that is set again moves to the end. */
  set(name: string, value: string | undefined): void {
    this.#text = undefined
    this.#entries.delete(name)
    if (value) this.#entries.set(name, written(name, value))
  }

  setAll(values: Iterable<readonly [string, string | undefined]>): void {
    for (const [name, value] of values) this.set(name, value)
  }

  /** Sets all of a template. */
  apply(values: Template): void {
    this.#text = undefined
    for (const [name, variable] of values) {
      this.#entries.delete(name)
      this.#entries.set(name, variable)
    }
  }

  /** `variable_…` lines for an event. */
  get text(): string {
    if (this.#text === undefined) {
      let text = ''
      for (const { line } of this.#entries.values()) text += line
      this.#text = text
    }
    return this.#text
  }

  *[Symbol.iterator](): IterableIterator<[string, string]> {
    for (const [name, { value }] of this.#entries) yield [name, value]
  }
}

/** As switch_string_var_check: such a value is dropped where variables are checked. */
export function hasVariable(value: string): boolean {
  return value.includes('${')
}

/** FreeSWITCH leaves what is nested deeper as it is. */
const DEEPEST = 100

/**
 * As switch_channel_expand_variables. `lookUp` gives a variable's value; `run` is told of what would be executed:
 * an API command (`${system …}`), or a global (`$${…}`), which no controller has any business with.
 */
export function expand(
  text: string,
  lookUp: (name: string) => string | undefined,
  run: (what: string) => void,
  depth = 0,
): string {
  if (depth > DEEPEST || (!text.includes('$') && !text.includes('\\'))) return text
  let out = ''
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!
    const next = text[at + 1]
    if (character === '\\' && next === '$') {
      // The dollar is copied as it is; of two, one.
      at += text[at + 2] === '$' ? 2 : 1
      out += '$'
    } else if (character === '\\' && next === "'") {
      at += 1
    } else if (character === '\\' && next === '\\') {
      out += '\\'
      at += 1
    } else if (character === '$' && (next === '{' || (next === '$' && text[at + 2] === '{'))) {
      const open = next === '{' ? at + 1 : at + 2
      const close = closing(text, open)
      const name = expand(text.slice(open + 1, close), lookUp, run, depth + 1)
      out += resolve(name, next === '$', lookUp, run)
      at = close
    } else {
      out += character
    }
  }
  return out
}

function closing(text: string, open: number): number {
  let depth = 0
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1
    else if (text[at] === '}' && --depth === 0) return at
  }
  return text.length
}

function resolve(
  name: string,
  global: boolean,
  lookUp: (name: string) => string | undefined,
  run: (what: string) => void,
): string {
  if (global) {
    run(`$\${${name}}`)
    return ''
  }
  if (/[ (]/.test(name)) {
    run(`\${${name}}`)
    return ''
  }
  return lookUp(name.replace(/:-?\d+(:-?\d+)?$/, '')) ?? ''
}
