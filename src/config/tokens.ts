/** The API's tokens: as they stand in the file, and as digests with names, by which they are compared. */
import { createHash } from 'node:crypto'
import { type Fault, isObject, type JsonObject, objectAt, type Path } from '../json/index.ts'
import { Secret } from './secret.ts'

/** Each has what those before it have. */
export const rights = ['read', 'publish', 'admin'] as const
export type Right = (typeof rights)[number]

/** What a token may do. */
interface Scope {
  readonly right: Right
  /** Documents that it holds for: `acme`, `north/*` or `*`, as in `owners`; absent: all. */
  readonly documents?: readonly string[]
}

/** An entry of `api.tokens`. */
export interface TokenEntry extends Scope {
  /** The token itself, or `sha256:` and its digest. */
  readonly token: string
}

export interface ApiToken extends Scope {
  readonly name: string
  /** SHA-256 of the token, 64 hex digits in lower case. */
  readonly digest: Secret
}

/** The name of `api.token`. */
const SINGLE = 'token'

/** What the audit calls those who need no token, or have `api.token`. */
const reserved: ReadonlySet<string> = new Set([SINGLE, 'local', 'signal'])

const DIGEST = 'sha256:'

/** What is wrong with a token as written, or undefined. */
export function tokenFault(written: string): string | undefined {
  if (written.startsWith(DIGEST)) {
    return /^[0-9a-f]{64}$/i.test(written.slice(DIGEST.length))
      ? undefined
      : 'must have 64 hex digits after `sha256:`, such as `printf %s TOKEN | sha256sum` prints'
  }
  // Guesses at it are not slowed down for whoever guesses right: its length is what stands against them.
  return /^[\x21-\x7e]{16,}$/.test(written)
    ? undefined
    : 'must be at least 16 characters without blanks, such as `openssl rand -hex 32` makes'
}

function digestOf(written: string): string {
  return written.startsWith(DIGEST)
    ? written.slice(DIGEST.length).toLowerCase()
    : createHash('sha256').update(written).digest('hex')
}

/** What the schema cannot say about tokens. `api` may be wrong in any way. */
export function tokenFaults(api: JsonObject): Fault[] {
  const faults: Fault[] = []
  /** Digest → name. Of two names for one token nobody could tell which it was. */
  const known = new Map<string, string>()

  function look(name: string, written: unknown, path: Path): void {
    if (typeof written !== 'string') return
    const digest = digestOf(written)
    const first = known.get(digest)
    if (first === undefined) known.set(digest, name)
    else faults.push({ path, message: `is the token of \`${first}\` already; give each a token of its own` })
  }

  look(SINGLE, api['token'], ['api', 'token'])
  for (const [name, entry] of Object.entries(objectAt(api, 'tokens'))) {
    const path = ['api', 'tokens', name]
    if (reserved.has(name)) faults.push({ path, message: RESERVED, onKey: true })
    look(name, isObject(entry) ? entry['token'] : undefined, [...path, 'token'])
  }
  return faults
}

const RESERVED = 'is a name with a meaning of its own in the audit; write another one'

/** All tokens, `api.token` among them as one `admin`; empty where none is configured. */
export function apiTokens({
  token,
  tokens = {},
}: {
  readonly token?: string
  readonly tokens?: Readonly<Record<string, TokenEntry>>
}): ApiToken[] {
  const single = token === undefined ? [] : [[SINGLE, { token, right: 'admin' }] as const]
  return [...single, ...Object.entries(tokens)].map(([name, { token: written, ...scope }]) => ({
    name,
    digest: new Secret(digestOf(written)),
    ...scope,
  }))
}
