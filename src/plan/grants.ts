/**
 * What each document may claim, as the operator granted it: documents belong to customers, who must not be able
 * to take one another's numbers, telephones, secrets and networks.
 */
import { LRUCache } from 'lru-cache'
import { RE2JS } from 're2js'
import type { JsonObject, Path, Report } from '../json/index.ts'
import { isInternal, readNumberPattern, type NumberPattern } from './numbers/index.ts'

/** A context of FreeSWITCH's dialplan, and what may be dialled there. */
export interface TransferContext {
  readonly context: string
  /** RE2 pattern; it must match the whole extension. */
  readonly extensions: string
  /** The longest call behind a transfer to it, where it is shorter than `limits.maxSeconds`. */
  readonly maxSeconds?: number
}

/** Queues of mod_callcenter. */
export interface QueueEntry {
  /** RE2 pattern; it must match the whole name. */
  readonly queues: string
  /** Where so many wait already, nobody else is put in. */
  readonly maxWaiting?: number
}

/** Mailboxes of mod_voicemail. */
export interface MailboxEntry {
  /** RE2 pattern; it must match the whole name. */
  readonly mailboxes: string
  /** Of mod_voicemail [default]. */
  readonly profile?: string
}

/** An entry of `owners`. */
export interface OwnerEntry {
  /** As in a plan's `numbers`; a prefix holds all that begin so. */
  readonly numbers: readonly string[]
  /** `*`: any. */
  readonly domains: readonly string[]
  readonly env: readonly string[]
  readonly transferContexts: readonly TransferContext[]
  readonly queues?: readonly QueueEntry[]
  readonly mailboxes?: readonly MailboxEntry[]
  readonly privateNetworks: readonly string[]
  /** RE2 patterns, found anywhere in a destination; absent: whatever the routes let out. */
  readonly destinations?: readonly string[]
}

/** The operator's grants as they stand in the configuration. They can be cloned. */
export interface GrantEntries {
  /** For every document. */
  readonly transferContexts: readonly TransferContext[]
  /** There is a folder for recordings. Absent: there is none. */
  readonly mayRecord?: boolean
  /** For every document. */
  readonly queues?: readonly QueueEntry[]
  /** For every document. */
  readonly mailboxes?: readonly MailboxEntry[]
  /** document → names of environment variables. */
  readonly env: Readonly<Record<string, readonly string[]>>
  /** `acme`, `north/*` (all below the folder) or `*` → what is theirs. Absent: any document may claim anything. */
  readonly owners?: Readonly<Record<string, OwnerEntry>>
  /** For whoever may not know of others: what is not a document's own is nobody's, in what is said of it. */
  readonly hideOwners?: boolean
}

/** `TransferContext` with its pattern compiled. */
export interface TransferGrant extends Omit<TransferContext, 'extensions'> {
  readonly extensions: RE2JS
}

/** `QueueEntry` with its pattern compiled. */
export interface QueueGrant extends Omit<QueueEntry, 'queues'> {
  readonly queues: RE2JS
}

/** `MailboxEntry` with its pattern compiled. */
export interface MailboxGrant extends Omit<MailboxEntry, 'mailboxes'> {
  readonly mailboxes: RE2JS
}

/** What one document may use. */
export interface DocumentGrants {
  /** The entry of `owners` that it falls under. */
  readonly owner: string | undefined
  readonly env: readonly string[]
  readonly transfers: readonly TransferGrant[]
  readonly mayRecord: boolean
  readonly queues: readonly QueueGrant[]
  readonly mailboxes: readonly MailboxGrant[]
  readonly privateNetworks: readonly string[]
  /** A destination must match one of them, in the form in which it meets the routes; undefined: no restriction. */
  readonly destinations: readonly RE2JS[] | undefined
}

/** The key of an entry of `owners`; undefined where nobody is the owner. */
type Owner = string | undefined

export interface Grants {
  of(document: string): DocumentGrants
  /** Undefined without `owners` in the configuration: any document may claim anything. */
  readonly owners?: {
    /** The entry that lists the number itself, else the longest prefix, else `*`. With `hideOwners` nobody, as below. */
    ofNumber(pattern: NumberPattern): Owner
    ofDomain(domain: string): Owner
    ofEnv(name: string): Owner
    /** Whether the document's entry of `owners` lists this domain. */
    mayUseDomain(document: string, domain: string): boolean
    /** Whether calls to a number pattern of this document, whose own domain is `domain`, are its own. */
    mayTake(document: string, pattern: NumberPattern, domain: string | undefined): boolean
  }
}

/** Documents whose grants are cached. */
const MOST_KEPT = 10_000

/** The patterns that hold for a document, the nearest first: `north/acme`, `north/*`, `*`. */
export function patternsOf(document: string): readonly string[] {
  const folders = document.split('/').slice(0, -1)
  const above = folders.map((_, i) => `${folders.slice(0, folders.length - i).join('/')}/*`)
  return [document, ...above, '*']
}

/** Whether one of `patterns` holds for a document. */
export function documentMatcher(patterns: Iterable<string>): (document: string) => boolean {
  const held = new Set(patterns)
  if (held.has('*')) return () => true
  return (document) => patternsOf(document).some((pattern) => held.has(pattern))
}

/** The entry of `owners` for a document. */
function ownerOf(document: string, owners: GrantEntries['owners'] = {}): Owner {
  return patternsOf(document).find((pattern) => Object.hasOwn(owners, pattern))
}

/** `country` reads national numbers. Patterns and numbers were checked with the configuration. */
export function createGrants(entries: GrantEntries, country: string | undefined): Grants {
  const { owners, env, mayRecord = false, hideOwners = false } = entries
  const forAll = entries.transferContexts.map(compiled)
  const queuesForAll = compiledQueues(entries.queues)
  const mailboxesForAll = compiledMailboxes(entries.mailboxes)
  const own = new Map(
    Object.entries(owners ?? {}).map(([owner, entry]) => [
      owner,
      {
        ...entry,
        transfers: [...entry.transferContexts.map(compiled), ...forAll],
        queues: [...compiledQueues(entry.queues), ...queuesForAll],
        mailboxes: [...compiledMailboxes(entry.mailboxes), ...mailboxesForAll],
        destinations: entry.destinations?.map((pattern) => RE2JS.compile(pattern)),
      },
    ]),
  )
  const nothing = {
    ...{ env: [], transfers: forAll, queues: queuesForAll, mailboxes: mailboxesForAll, privateNetworks: [] },
    destinations: owners === undefined ? undefined : [],
  }

  function find(document: string): DocumentGrants {
    const owner = ownerOf(document, owners)
    const theirs = owner === undefined ? nothing : own.get(owner)!
    const { transfers, queues, mailboxes, privateNetworks, destinations } = theirs
    const named = Object.hasOwn(env, document) ? env[document]! : []
    return {
      ...{ owner, env: [...named, ...theirs.env], transfers, queues, mailboxes, mayRecord },
      ...{ privateNetworks, destinations },
    }
  }

  // Each call reads them several times.
  const known = new LRUCache<string, DocumentGrants>({ max: MOST_KEPT })
  function of(document: string): DocumentGrants {
    let grants = known.get(document)
    if (grants === undefined) known.set(document, (grants = find(document)))
    return grants
  }

  if (owners === undefined) return { of }
  const ofNumber = numberOwners(owners, country)
  const isTheirs = (owner: string, domain: string) =>
    owners[owner]!.domains.some((theirs) => theirs === '*' || theirs.toLowerCase() === domain.toLowerCase())
  /** The first owner of whom `holds` is true. */
  const told = (holds: (owner: string) => boolean): Owner =>
    hideOwners ? undefined : Object.keys(owners).find(holds)
  return {
    of,
    owners: {
      ofNumber: (pattern) => (hideOwners ? undefined : ofNumber(pattern)),
      ofDomain: (domain) => told((owner) => isTheirs(owner, domain)),
      ofEnv: (name) => told((owner) => owners[owner]!.env.includes(name)),
      mayUseDomain(document, domain) {
        const { owner } = of(document)
        return owner !== undefined && isTheirs(owner, domain)
      },
      mayTake(document, pattern, domain) {
        if (domain !== undefined && isInternal(pattern)) return true
        const owner = ofNumber(pattern)
        return owner !== undefined && owner === of(document).owner
      },
    },
  }
}

const compiled = ({ extensions, ...rest }: TransferContext): TransferGrant => ({
  ...rest,
  extensions: RE2JS.compile(extensions),
})

const compiledQueues = (entries: readonly QueueEntry[] = []): readonly QueueGrant[] =>
  entries.map(({ queues, ...rest }) => ({ ...rest, queues: RE2JS.compile(queues) }))

const compiledMailboxes = (entries: readonly MailboxEntry[] = []): readonly MailboxGrant[] =>
  entries.map(({ mailboxes, ...rest }) => ({ ...rest, mailboxes: RE2JS.compile(mailboxes) }))

/** Number patterns by what they mean; of one and the same pattern the first owner counts. */
function numberOwners(
  owners: NonNullable<GrantEntries['owners']>,
  country: string | undefined,
): (pattern: NumberPattern) => Owner {
  const known: Record<NumberPattern['kind'], Map<string, string>> = {
    exact: new Map(),
    prefix: new Map(),
    rest: new Map(),
  }
  for (const [owner, { numbers }] of Object.entries(owners)) {
    for (const written of numbers) {
      const { kind, value } = readNumberPattern(written, country)!
      if (!known[kind].has(value)) known[kind].set(value, owner)
    }
  }

  return ({ kind, value }) => {
    const exact = kind === 'exact' ? known.exact.get(value) : undefined
    if (exact !== undefined) return exact
    for (let length = value.length; length > 0; length--) {
      const owner = known.prefix.get(value.slice(0, length))
      if (owner !== undefined) return owner
    }
    return known.rest.get('')
  }
}

/** Names of environment variables that some document may use. */
export function grantedEnv({ env, owners = {} }: Pick<GrantEntries, 'env' | 'owners'>): ReadonlySet<string> {
  return new Set([...Object.values(env).flat(), ...Object.values(owners).flatMap((owner) => owner.env)])
}

interface NotGranted {
  readonly refused: string
}

/** Where a transfer goes: into the context that the step names, or the first that has the extension. */
export function transferGrant(
  extension: string,
  context: string | undefined,
  transfers: readonly TransferGrant[],
): TransferGrant | NotGranted {
  const named = transfers.filter((grant) => context === undefined || grant.context === context)
  const grant = named.find(({ extensions }) => extensions.testExact(extension))
  if (grant !== undefined) return grant
  return {
    refused:
      context === undefined || named.length > 0
        ? `the operator does not allow transfers to "${extension}"${context === undefined ? '' : ` in the context "${context}"`}`
        : `the operator does not allow transfers to the context "${context}"`,
  }
}

/** By which grant a document may use a queue: the first that has it. */
export function queueGrant(queue: string, grants: readonly QueueGrant[]): QueueGrant | NotGranted {
  return firstGrant(grants, ({ queues }) => queues, 'queue', queue)
}

/** By which grant a document may use a mailbox: the first that has it. */
export function mailboxGrant(mailbox: string, grants: readonly MailboxGrant[]): MailboxGrant | NotGranted {
  return firstGrant(grants, ({ mailboxes }) => mailboxes, 'mailbox', mailbox)
}

function firstGrant<Grant>(
  grants: readonly Grant[],
  patternOf: (grant: Grant) => RE2JS,
  what: 'queue' | 'mailbox',
  name: string,
): Grant | NotGranted {
  return (
    grants.find((grant) => patternOf(grant).testExact(name)) ?? {
      refused: `the operator does not allow the ${what} "${name}"`,
    }
  )
}

interface Claim {
  /** Of a step. */
  readonly field: string
  /** What does not match is reported by the schema. */
  readonly pattern: RegExp
  /** Where the operator grants it, in the configuration or in an entry of `owners`. */
  readonly key: 'queues' | 'mailboxes'
  grantOf(name: string, grants: DocumentGrants): object | NotGranted
}

/** Errors where a step names what the operator did not grant. */
export function claimErrorsOf({ field, pattern, key, grantOf }: Claim) {
  return (step: JsonObject, path: Path, grants: DocumentGrants, report: Report): void => {
    const name = step[field]
    if (typeof name !== 'string' || !pattern.test(name)) return
    const found = grantOf(name, grants)
    if ('refused' in found)
      report(
        [...path, field],
        `${found.refused}; correct it, or have the operator grant it in ${key} or owners`,
      )
  }
}
