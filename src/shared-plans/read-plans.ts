/**
 * What is asked of revisions: they are brought to the controller, compared, and read. They come from the copy on this machine, or
 * from the database where that never had them, or has them no more.
 */
import canonicalize from 'canonicalize'
import {
  type Changes,
  type ComparedDocument,
  comparedBody,
  compareSets,
  createChecker,
  documentMatcher,
  type LintOptions,
  type SetChange,
  slicesOf,
  toldChanges,
  type ValidDocument,
} from '../plan/index.ts'
import type { Connection } from '../postgres/index.ts'
import { readBodies, readChanged, readFiles, readRevisionNamed } from './database-chain.ts'
import type { LocalCopy } from './local-copy.ts'
import type { ContentPiece } from './messages.ts'

type Country = LintOptions['defaultCountry']

/** From the database. Undefined: there is none of this name. */
export async function differenceInDatabase(
  db: Connection,
  base: number,
  revision: string,
  defaultCountry: Country,
): Promise<SetChange | undefined> {
  const seq = await readRevisionNamed(db, revision)
  if (seq === undefined) return undefined
  const changed = await readChanged(db, base, seq)
  const checker = createChecker(defaultCountry === undefined ? {} : { defaultCountry })
  const names = namesByHash(changed)
  const documents: ValidDocument[] = []
  for await (const [hash, body] of eachBody(db, names.keys())) {
    for (const name of names.get(hash)!) {
      const document = checker.restore(name, JSON.parse(body))
      if (document) documents.push(document as ValidDocument)
    }
  }
  return { removed: changed.map(({ name }) => name), slices: slicesOf(documents) }
}

/** hash → the documents that have this text. */
export function namesByHash(
  files: Iterable<{ readonly name: string; readonly hash?: string }>,
): Map<string, string[]> {
  const names = new Map<string, string[]>()
  for (const { name, hash } of files)
    if (hash !== undefined) names.set(hash, [...(names.get(hash) ?? []), name])
  return names
}

export async function* eachBody(
  db: Parameters<typeof readBodies>[0],
  hashes: Iterable<string>,
): AsyncGenerator<[hash: string, body: string]> {
  for await (const bodies of readBodies(db, [...hashes])) yield* bodies
}

/** The documents of a revision. */
export interface KeptRevision {
  /** name → hash, by name. */
  readonly hashes: ReadonlyMap<string, string>
  /** hash → text. */
  bodies(hashes: Iterable<string>): Promise<ReadonlyMap<string, string>>
}

/** Undefined: there is none of this name. Rejects with pg's errors where the copy does not have it. */
export async function findRevision(
  copy: LocalCopy,
  db: Connection,
  revision: string,
): Promise<KeptRevision | undefined> {
  const seq = copy.seqOf(revision)
  if (seq !== undefined) {
    const hashes = new Map(copy.list('document', seq))
    const names = new Map([...hashes].map(([name, hash]) => [hash, name]))
    const bodyOf = (hash: string) => copy.file('document', names.get(hash)!, seq)!.body
    return {
      hashes,
      bodies: (wanted) => Promise.resolve(new Map([...wanted].map((hash) => [hash, bodyOf(hash)]))),
    }
  }
  const inDatabase = await readRevisionNamed(db, revision)
  if (inDatabase === undefined) return undefined
  const files: [name: string, hash: string][] = []
  for await (const some of readFiles(db, inDatabase))
    for (const { part, name, hash } of some) if (part === 'document') files.push([name, hash])
  // The database has an order of its own.
  files.sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    hashes: new Map(files),
    async bodies(hashes) {
      const bodies = new Map<string, string>()
      for await (const [hash, body] of eachBody(db, hashes)) bodies.set(hash, body)
      return bodies
    },
  }
}

/** What is different in more documents is not told. */
const MOST_COMPARED = 1000

/** What is different in `to`, among the documents that `documents` hold for. */
export async function compareRevisions(
  from: KeptRevision,
  to: KeptRevision,
  { documents, defaultCountry }: { readonly documents: readonly string[]; readonly defaultCountry: Country },
): Promise<Changes> {
  const isVisible = documentMatcher(documents)
  const names = [...new Set([...from.hashes.keys(), ...to.hashes.keys()])]
    .filter((name) => from.hashes.get(name) !== to.hashes.get(name) && isVisible(name))
    .sort()
  const compared = names.slice(0, MOST_COMPARED)
  async function side({ hashes, bodies }: KeptRevision): Promise<ComparedDocument[]> {
    const own = compared.filter((name) => hashes.has(name))
    const found = await bodies(own.map((name) => hashes.get(name)!))
    return own.map((name) => comparedBody(name, found.get(hashes.get(name)!)!, { defaultCountry }))
  }
  const { changes, more } = toldChanges(compareSets(await side(from), await side(to)))
  return { changes, more: more || names.length > compared.length }
}

/** Documents of one piece: each has 4 MiB at most, and most some kB. */
const PIECE = 32

/** Documents behind `after`, by name, in the form that their hash in a revision's name is of. */
export async function contentOf(
  { hashes, bodies }: KeptRevision,
  { documents, after }: { readonly documents: readonly string[]; readonly after: string },
): Promise<ContentPiece> {
  const isVisible = documentMatcher(documents)
  const names: string[] = []
  for (const name of hashes.keys()) {
    if (name <= after || !isVisible(name)) continue
    names.push(name)
    if (names.length > PIECE) break
  }
  const own = names.slice(0, PIECE)
  const found = await bodies(own.map((name) => hashes.get(name)!))
  const pairs = own.map((name) => {
    const { $schema: _, ...document } = JSON.parse(found.get(hashes.get(name)!)!) as Record<string, unknown>
    return canonicalize([name, document])!
  })
  return { pairs, ...(names.length > PIECE && { next: own.at(-1)! }) }
}
