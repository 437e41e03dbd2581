/** Documents from a table of numbers: a plan for each destination, and calls that show what rings. */
import { MOST_BYTES, MOST_NUMBERS, MOST_PLANS } from '../plan/index.ts'
import { listed } from '../util/listed.ts'
import type { NumberRow } from './number-rows.ts'

export interface Imported {
  readonly document: ImportedDocument
  /** As JSON. */
  readonly tests: object
}

interface ImportedDocument {
  readonly plans: Readonly<Record<string, ImportedPlan>>
}

interface ImportedPlan {
  readonly numbers: readonly string[]
}

export interface ImportOptions {
  /** Of the table, for people. */
  readonly file: string
  readonly domain?: string
  /** Of the plans' schema, and of that of tests. */
  readonly schema: string
  readonly testsSchema: string
}

/** What one document may have. */
export interface MostOfDocument {
  readonly plans: number
  readonly numbers: number
  readonly bytes: number
}

/** Bytes are estimated. */
const MOST: MostOfDocument = { plans: MOST_PLANS, numbers: MOST_NUMBERS, bytes: (MOST_BYTES * 7) / 8 }

/** One number, and where it leads. */
interface Line {
  readonly number: string
  readonly name: string
}

interface Group {
  readonly plan: string
  readonly destinations: readonly string[]
  readonly lines: Line[]
}

/** In the order of the rows. Several documents where one would have more of something than it may. */
export function documentsFrom(
  rows: readonly NumberRow[],
  options: ImportOptions,
  most: MostOfDocument = MOST,
): Imported[] {
  const numbers = new Set(rows.flatMap((row) => row.numbers))
  return split(groupsOf(rows), most).map((groups) => ({
    document: documentOf(groups, options),
    tests: testsOf(groups, numbers, options),
  }))
}

/** By what they ring, in whatever order it is written. */
function groupsOf(rows: readonly NumberRow[]): Group[] {
  const groups = new Map<string, Group>()
  const names = new Set<string>()
  for (const { numbers, destinations, name } of rows) {
    const key = [...destinations].sort().join(',')
    let group = groups.get(key)
    if (!group) groups.set(key, (group = { plan: planName(destinations, names), destinations, lines: [] }))
    for (const number of numbers) group.lines.push({ number, name })
  }
  return [...groups.values()]
}

/** Two destinations may read the same without their signs. */
function planName(destinations: readonly string[], names: Set<string>): string {
  const words = destinations.map((one) =>
    one.replace('+', '').replaceAll('*', 'star').replaceAll('#', 'hash'),
  )
  const name = `to-${words.join('-')}`.slice(0, 56)
  let free = name
  for (let i = 2; names.has(free); i++) free = `${name}-${i}`
  names.add(free)
  return free
}

/** A destination that has more numbers than a document may goes on in the next one. */
function split(groups: readonly Group[], most: MostOfDocument): Group[][] {
  const documents: Group[][] = []
  let [current, numbers, bytes]: [Group[], number, number] = [[], 0, 0]
  const next = () => {
    documents.push((current = []))
    numbers = bytes = 0
  }
  next()
  for (const { lines, ...group } of groups) {
    let part: Group | undefined
    for (const line of lines) {
      const cost = bytesOf(line, part?.lines.length ?? 0)
      const isFull = numbers === most.numbers || bytes + cost + PLAN_BYTES > most.bytes
      if (isFull || (!part && current.length === most.plans)) {
        next()
        part = undefined
      }
      if (!part) {
        current.push((part = { ...group, lines: [] }))
        bytes += PLAN_BYTES
      }
      part.lines.push(line)
      numbers++
      bytes += cost
    }
  }
  return documents
}

/** A plan without its numbers and names, with the most destinations that it can have. */
const PLAN_BYTES = 1500

/** Names that a description has; the rest is counted. */
const MOST_NAMED = 8

/** Laid out, a number is there twice where it has a name, and so are the first names. */
function bytesOf({ number, name }: Line, place: number): number {
  return 2 * number.length + (place < MOST_NAMED ? 2 : 1) * Buffer.byteLength(name) + 32
}

function documentOf(groups: readonly Group[], { file, domain, schema }: ImportOptions) {
  const plans = groups.map(({ plan, destinations, lines }) => {
    const names = [...new Set(lines.map(({ name }) => name))].filter((name) => name !== '')
    return [
      plan,
      {
        ...(names.length > 0 && { description: listed(names, { most: MOST_NAMED }) }),
        numbers: lines.map(({ number }) => number),
        steps: [{ type: 'bridge', destination: oneOrAll(destinations) }],
        // Nothing of the table is lost.
        ...(names.length > 1 && { 'x-names': namesOf(lines) }),
      },
    ] as const
  })
  return {
    $schema: schema,
    version: 1,
    description: `Imported from ${file}.`,
    ...(domain !== undefined && { domain }),
    plans: Object.fromEntries(plans),
  }
}

const namesOf = (lines: readonly Line[]) =>
  Object.fromEntries(lines.flatMap(({ number, name }) => (name === '' ? [] : [[number, name]])))

const oneOrAll = (destinations: readonly string[]) =>
  destinations.length === 1 ? destinations[0]! : destinations

/** Each plan is called on the first of its numbers. */
function testsOf(
  groups: readonly Group[],
  numbers: ReadonlySet<string>,
  { domain, testsSchema }: ImportOptions,
): object {
  const cases = groups.flatMap(({ plan, destinations, lines }, i): object[] => {
    const first = firstCall(lines, numbers)
    if (first === undefined) return []
    const { did, name } = first
    const call = { did, ...(domain !== undefined && { domain }) }
    const rings = oneOrAll(destinations)
    const answering = destinations.at(-1)!
    const who = name === '' ? did : `${did} (${name})`
    const rung = listed(destinations, { most: 3 })
    return [
      {
        name: `${who} rings ${rung}`,
        call,
        given: { destinations: { [answering]: 'answered' } },
        expect: { plan, rings: [rings], answeredBy: answering, ends: 'talked' },
      },
      ...(i > 0
        ? []
        : [{ name: `nobody answers ${who}`, call, expect: { plan, rings: [rings], ends: 'endOfList' } }]),
    ]
  })
  return { $schema: testsSchema, version: 1, cases }
}

/** What somebody can dial to come to these lines. */
function firstCall(
  lines: readonly Line[],
  numbers: ReadonlySet<string>,
): { readonly did: string; readonly name: string } | undefined {
  for (const { number, name } of lines) {
    const did = diallable(number, numbers)
    if (did !== undefined) return { did, name }
  }
  return undefined
}

/** A number that finds this very entry; undefined where none was found for a prefix. */
function diallable(entry: string, numbers: ReadonlySet<string>): string | undefined {
  if (!entry.endsWith('*')) return entry
  for (let i = 0; i < 10_000; i++) {
    const number = `${entry.slice(0, -1)}${String(i).padStart(4, '0')}`
    if (!numbers.has(number) && longestPrefix(number, numbers) === entry) return number
  }
  return undefined
}

function longestPrefix(number: string, numbers: ReadonlySet<string>): string | undefined {
  for (let length = number.length; length > 0; length--) {
    const prefix = `${number.slice(0, length)}*`
    if (numbers.has(prefix)) return prefix
  }
  return undefined
}

/** The line of the row that a JSON pointer of a document goes back to; 1 for the document as a whole. */
export function lineOf(pointer: string, { plans }: ImportedDocument, rows: readonly NumberRow[]): number {
  const [, , plan = '', field, place = '0'] = pointer.split('/')
  const numbers = plans[plan]?.numbers
  const number = numbers?.[field === 'numbers' ? Number(place) : 0]
  return rows.find((row) => number !== undefined && row.numbers.includes(number))?.line ?? 1
}
