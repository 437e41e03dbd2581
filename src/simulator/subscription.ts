/** Which events a connection gets: `event`, `myevents`, `nixevent`, `filter` (mod_event_socket.c, event_handler). */
import { urlEncode } from './strings.ts'

export class Subscription {
  readonly #names = new Set<string>()
  readonly #filters: { name: string; value: string }[] = []
  #all = false
  #mine = false

  /** Nothing limits it to this channel: the connection would get the events of every channel on the switch. */
  get promiscuous(): boolean {
    return !this.#mine && this.#filters.length === 0 && (this.#all || this.#names.size > 0)
  }

  /** `event [plain] NAME…`; false where it names none. */
  add(names: readonly string[]): boolean {
    const wanted = names.filter((name) => !/^(plain|json|xml)?$/i.test(name))
    for (const name of wanted) this.#names.add(name.toUpperCase())
    this.#all ||= this.#names.has('ALL')
    return wanted.length > 0
  }

  /** `myevents`: false where it is on already. */
  mine(): boolean {
    if (this.#mine) return false
    this.#mine = true
    return this.add([
      'CHANNEL_PARK',
      'CHANNEL_ANSWER',
      'CHANNEL_BRIDGE',
      'CHANNEL_EXECUTE',
      'CHANNEL_EXECUTE_COMPLETE',
      'CHANNEL_HANGUP_COMPLETE',
    ])
  }

  /** `nixevent NAME…` */
  remove(names: readonly string[]): void {
    for (const name of names) {
      if (name.toUpperCase() === 'ALL') this.#names.clear()
      else this.#names.delete(name.toUpperCase())
      this.#all = false
    }
  }

  clear(): void {
    this.#names.clear()
    this.#all = false
  }

  filter(name: string, value: string): void {
    this.#filters.push({ name, value })
  }

  unfilter(name: string, value: string | undefined): void {
    const kept = this.#filters.filter(
      (own) => name !== 'all' && (own.name !== name || (value !== undefined && own.value !== value)),
    )
    this.#filters.splice(0, this.#filters.length, ...kept)
  }

  wants(name: string): boolean {
    return this.#all || this.#names.has(name)
  }

  /** Whether the filters let the text of an event through: one of them has to match. */
  passes(event: string): boolean {
    if (this.#filters.length === 0) return true
    const text = `\n${event.toLowerCase()}`
    return this.#filters.some(({ name, value }) =>
      text.includes(`\n${name}: ${urlEncode(value)}\n`.toLowerCase()),
    )
  }
}
