/** The channel's variables, and how they stand in events. */
import { urlEncode } from './strings.ts'

interface Variable {
  readonly value: string
  /** As it stands in an event. */
  readonly line: string
}

/** Variables that are the same for every call, their lines made once. */
type Template = readonly (readonly [name: string, variable: Variable])[]

export function template(values: Readonly<Record<string, string>>): Template {
  return Object.entries(values).map(([name, value]) => [name, variable(name, value)])
}

function variable(name: string, value: string): Variable {
  return { value, line: `variable_${name}: ${urlEncode(value)}\n` }
}

/** An ordered list with unique names, as switch_event keeps it. */
export class Variables {
  readonly #entries = new Map<string, Variable>()
  #lines: string | undefined

  get(name: string): string | undefined {
    return this.#entries.get(name)?.value
  }

  /** Undefined and the empty string unset; a variable that is set again moves to the end. */
  set(name: string, value: string | undefined): void {
    this.#lines = undefined
    this.#entries.delete(name)
    if (value) this.#entries.set(name, variable(name, value))
  }

  setAll(values: Readonly<Record<string, string | undefined>>): void {
    for (const [name, value] of Object.entries(values)) this.set(name, value)
  }

  apply(values: Template): void {
    this.#lines = undefined
    for (const [name, own] of values) {
      this.#entries.delete(name)
      this.#entries.set(name, own)
    }
  }

  /** `variable_…` lines for an event. */
  get lines(): string {
    if (this.#lines === undefined) {
      let lines = ''
      for (const { line } of this.#entries.values()) lines += line
      this.#lines = lines
    }
    return this.#lines
  }

  *[Symbol.iterator](): IterableIterator<[string, string]> {
    for (const [name, { value }] of this.#entries) yield [name, value]
  }
}
