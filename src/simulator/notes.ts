/** What is kept of a call as it goes, and told to whoever watches. */
import type { Clock } from './clock.ts'
import type { Happening, Invite, Occurrence } from './script.ts'
import { toText } from './text.ts'

export class Notes {
  /** Arguments expanded, one character per byte. */
  readonly applications: { readonly name: string; readonly argument: string }[] = []
  readonly invites: Invite[] = []
  readonly violations: string[] = []
  readonly #clock: Clock
  readonly #observe: ((happening: Happening) => void) | undefined

  constructor(clock: Clock, observe: ((happening: Happening) => void) | undefined) {
    this.#clock = clock
    this.#observe = observe
  }

  tell(occurrence: Occurrence): void {
    this.#observe?.({ at: this.#clock.now(), ...occurrence })
  }

  /** Something that a controller must never bring about; one character per byte. */
  violate(what: string): void {
    const text = toText(what)
    this.violations.push(text)
    this.tell({ type: 'violation', what: text })
  }
}
