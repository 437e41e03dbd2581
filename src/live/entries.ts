/** What happened to calls lately, as it goes onto the wire: each entry is serialised once, whoever reads it. */
import { randomBytes } from 'node:crypto'

/** Who sees which entries. */
export interface View {
  /** Views with the same key show the same. */
  readonly key: string
  /** Absent: everything. */
  readonly shows?: (document: string | undefined, call: string) => boolean
}

export interface Entries {
  add(event: string, call: string, document: string | undefined, data: object): void
  /** Behind the last entry. */
  readonly end: number
  /** The id that a reader at this position has seen last. */
  idAt(position: number): string
  /** Undefined: what came behind this id is not here any more, or it is not one of these. */
  positionOf(id: string): number | undefined
  /** Characters between a position and the end; undefined: it is not here any more. */
  behind(position: number): number | undefined
  /**
   * What `view` shows from `position` to `end`, some `most` characters of it, and where that ends; nothing where `position` is
   * behind `end`.
   */
  text(
    view: View,
    position: number,
    limits: { readonly end: number; readonly most: number },
  ): { readonly text: string; readonly position: number }
}

interface Entry {
  readonly call: string
  readonly document: string | undefined
  readonly text: string
  /** Characters of all entries before it. */
  readonly before: number
}

export interface EntriesOptions {
  readonly mostEntries: number
  readonly mostCharacters: number
}

/** 50 calls a second for a minute, or more: the memory that a controller with readers needs for it. */
const MOST: EntriesOptions = { mostEntries: 30_000, mostCharacters: 8 * 1024 * 1024 }

/** Ids begin with a name of their own, so that those of another controller, or of an earlier time, are known as such. */
export function createEntries({ mostEntries, mostCharacters } = MOST): Entries {
  const epoch = randomBytes(6).toString('hex')
  const entries: Entry[] = []
  /** Entries that are not kept any more. */
  let gone = 0
  let characters = 0
  const end = () => gone + entries.length
  const idAt = (position: number) => `${epoch}-${position}`

  /** An eighth at a time: the rest of the list moves up. */
  function forget(): void {
    const kept = characters - entries[0]!.before
    if (entries.length <= mostEntries && kept <= mostCharacters) return
    gone += entries.splice(0, Math.ceil(entries.length / 8)).length
  }

  return {
    add(event, call, document, data) {
      // JSON has no line end outside of its texts, and none inside.
      const text = `id: ${idAt(end() + 1)}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
      entries.push({ call, document, text, before: characters })
      characters += text.length
      forget()
    },
    get end() {
      return end()
    },
    idAt,
    positionOf(id) {
      const [of, position = ''] = id.split('-')
      if (of !== epoch || !/^\d{1,15}$/.test(position)) return undefined
      return Number(position) >= gone && Number(position) <= end() ? Number(position) : undefined
    },
    behind(position) {
      if (position < gone) return undefined
      return characters - (entries[position - gone]?.before ?? characters)
    },
    text({ shows }, position, { end, most }) {
      let text = ''
      let at = position - gone
      for (; at < Math.min(end - gone, entries.length) && text.length < most; at++) {
        const { document, call, text: more } = entries[at]!
        if (!shows || shows(document, call)) text += more
      }
      return { text, position: gone + at }
    },
  }
}
