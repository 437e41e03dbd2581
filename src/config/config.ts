/** File and environment → frozen configuration. Everything that is wrong is reported at once, each with its place. */
import { access, readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { CountryCode } from 'libphonenumber-js/max'
import { checkConfig } from './check.ts'
import { compileRoute, type Route, type RouteEntry } from '../routing/index.ts'
import { Secret } from './secret.ts'
import { readSource, type Environment, type Located } from './source.ts'
import { BelplanError } from '../util/errors.ts'
import type { Cause, OwnerEntry, TransferContext } from '../plan/index.ts'
import { type Fault, type Locator, pointerOf } from '../json/index.ts'

/** 0: no limit. */
export interface Rates {
  readonly callsPerMinute: number
  /** At one time. */
  readonly calls: number
}

export interface Config {
  /** The file it came from; undefined: defaults alone. */
  readonly file: string | undefined
  /** Absolute path of the plan set. */
  readonly plans: string
  readonly invalidDocuments: 'refuseSet' | 'keepPrevious'
  /** Absolute path. */
  readonly data: string
  readonly defaultCountry?: CountryCode
  readonly esl: {
    readonly host: string
    readonly port: number
    readonly allow: readonly string[]
    readonly maxCalls: number
  }
  readonly api: { readonly host: string; readonly port: number; readonly token?: Secret }
  readonly freeswitch?: { readonly host: string; readonly port: number; readonly password: Secret }
  readonly routes: readonly Route[]
  readonly transferContexts: readonly TransferContext[]
  /** Whose documents may claim what; absent: any may claim anything. */
  readonly owners?: Readonly<Record<string, OwnerEntry>>
  readonly noPlanCause: Cause
  /** The first signs checkpoints, each opens them; absent: they are not signed. */
  readonly checkpointSecret?: readonly Secret[]
  readonly webhooks: {
    readonly allowPrivateNetworks: readonly string[]
    readonly env: Readonly<Record<string, readonly string[]>>
    readonly maxConcurrent: number
    readonly maxQueued: number
    readonly maxConcurrentPerDocument: number
    readonly maxConnections: number
    /** Of one document; 0: no limit. */
    readonly requestsPerSecond: number
    readonly breaker: {
      readonly failureRate: number
      readonly minimum: number
      readonly windowSeconds: number
      readonly openSeconds: number
    }
    readonly maxTimeoutSeconds: number
    /** URL of an HTTP proxy that every webhook's request goes through. */
    readonly proxy?: string
  }
  /** Rates are per document; `maxSeconds` is the longest conversation. */
  readonly limits: Rates & {
    readonly perCaller: Rates
    readonly bridgesPerCall: number
    /** Of one document; 0: no limit. */
    readonly legsPerSecond: number
    readonly maxSeconds: number
  }
  readonly log: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
}

/** The file's content once it is checked and its defaults are in. */
interface Checked extends Omit<Config, 'file' | 'api' | 'freeswitch' | 'routes' | 'checkpointSecret'> {
  readonly checkpointSecret?: string | readonly string[]
  readonly api: { readonly host: string; readonly port: number; readonly token?: string }
  readonly freeswitch?: { readonly host: string; readonly port: number; readonly password: string }
  readonly routes: readonly RouteEntry[]
}

/**
 * Reads `file`, else `BELPLAN_CONFIG`, else `belplan.json` in `cwd` if there is one, else takes the defaults.
 * Throws BelplanError('config') with every fault in `details`, each as `file:line:col pointer message`.
 */
export async function loadConfig(options: { file?: string; env: Environment; cwd: string }): Promise<Config> {
  const { env, cwd } = options
  const file = await findFile(options)
  const value = checked(
    file ?? 'defaults',
    file === undefined ? Buffer.from('{}') : await readBytes(file),
    env,
  )

  const { routes, api, freeswitch, checkpointSecret, ...rest } = value
  const base = file === undefined ? cwd : dirname(file)
  const { token, ...apiRest } = api
  return freeze({
    ...rest,
    file,
    plans: resolve(base, rest.plans),
    data: resolve(base, rest.data),
    api: token === undefined ? apiRest : { ...apiRest, token: new Secret(token) },
    ...(freeswitch && { freeswitch: { ...freeswitch, password: new Secret(freeswitch.password) } }),
    ...(checkpointSecret !== undefined && {
      checkpointSecret: [checkpointSecret].flat().map((secret) => new Secret(secret)),
    }),
    routes: routes.map(compileRoute),
  })
}

async function findFile({ file, env, cwd }: Parameters<typeof loadConfig>[0]): Promise<string | undefined> {
  const named = file ?? (env['BELPLAN_CONFIG'] === '' ? undefined : env['BELPLAN_CONFIG'])
  if (named !== undefined) return resolve(cwd, named)
  const usual = resolve(cwd, 'belplan.json')
  return access(usual).then(
    () => usual,
    () => undefined,
  )
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const fault =
      code === 'ENOENT'
        ? `there is no configuration ${file}; correct --config or BELPLAN_CONFIG, or leave both out for belplan.json or the defaults`
        : `cannot read the configuration ${file}: ${message}`
    throw new BelplanError('config', fault, [], error)
  }
}

function checked(file: string, bytes: Uint8Array, env: Environment): Checked {
  const source = readSource(bytes, env)
  if (source.value === undefined) throw invalid(file, source.faults)
  const { value, unresolved, locator } = source
  const found = checkConfig(value).filter(({ path }) => !unresolved.has(pointerOf(path)))
  const faults = [...source.faults, ...found]
  if (faults.length > 0) throw invalid(file, located(faults, locator))
  return value as unknown as Checked
}

function located(faults: readonly Fault[], locator: Locator): Located[] {
  const places = locator.at(faults)
  return faults.map(({ path, message }, i) => ({ ...places[i]!, pointer: pointerOf(path), message }))
}

function invalid(file: string, faults: readonly Located[]): BelplanError {
  const details = [...faults]
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .map(({ line, column, pointer, message }) => `${file}:${line}:${column} ${pointer || '/'} ${message}`)
  const count = details.length === 1 ? '1 error' : `${details.length} errors`
  return new BelplanError('config', `the configuration has ${count}`, details)
}

/** Plain data only: a Secret has nothing to change, and a compiled pattern keeps caches of its own. */
function freeze<T>(value: T): T {
  if (
    Array.isArray(value) ||
    (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
  ) {
    Object.values(value).forEach((inner: unknown) => freeze(inner))
    Object.freeze(value)
  }
  return value
}
