/** File and environment → frozen configuration. Everything that is wrong is reported at once, each with its place. */
import { access, readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Ajv } from 'ajv'
import ipaddr from 'ipaddr.js'
import type { CountryCode } from 'libphonenumber-js/max'
import { compileRoute, missingGroup, patternFault, type Route, type RouteEntry } from './config-routes.ts'
import { ajvFormats, configSchema } from './config-schema.ts'
import { Secret } from './config-secret.ts'
import { readSource, type Environment, type Fault, type Source } from './config-source.ts'
import { faultOf } from './config-faults.ts'
import { BelplanError } from './errors.ts'
import type { Cause } from './plan/causes.ts'

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
  readonly transferContexts: readonly string[]
  readonly noPlanCause: Cause
  readonly webhooks: {
    readonly allowPrivateNetworks: readonly string[]
    readonly env: Readonly<Record<string, readonly string[]>>
    readonly maxConcurrent: number
    readonly maxQueued: number
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
    readonly maxSeconds: number
  }
  readonly log: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
}

/** The file's content once it is checked and its defaults are in. */
interface Checked extends Omit<Config, 'file' | 'api' | 'freeswitch' | 'routes'> {
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
  const source = readSource(file === undefined ? '{}' : await readText(file), env)
  const faults = [...source.faults, ...(source.value === undefined ? [] : check(source.value, source))]
  if (source.value === undefined || faults.length > 0) throw invalid(file ?? 'defaults', faults, source)

  const { routes, api, freeswitch, ...rest } = source.value as unknown as Checked
  const base = file === undefined ? cwd : dirname(file)
  const { token, ...apiRest } = api
  return freeze({
    ...rest,
    file,
    plans: resolve(base, rest.plans),
    data: resolve(base, rest.data),
    api: token === undefined ? apiRest : { ...apiRest, token: new Secret(token) },
    ...(freeswitch && { freeswitch: { ...freeswitch, password: new Secret(freeswitch.password) } }),
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

async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
  } catch (error) {
    const reason = error instanceof TypeError ? 'it is not UTF-8' : (error as Error).message
    throw new BelplanError('config', `cannot read the configuration ${file}: ${reason}`, [], error)
  }
}

/** Fills in the defaults of `value`; returns what is wrong with it. */
function check(value: Record<string, unknown>, source: Source): Fault[] {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    useDefaults: true,
    strict: true,
    formats: ajvFormats,
  })
  ajv.validate(configSchema, value)
  delete value['$schema'] // for editors
  const faults = (ajv.errors ?? []).map(faultOf).filter(({ pointer }) => !source.unresolved.has(pointer))
  return [...faults, ...routeFaults(value['routes']), ...apiFaults(value['api'])]
}

/** What the schema cannot say about routes; entries of a wrong shape are the schema's affair. */
function routeFaults(routes: unknown): Fault[] {
  if (!Array.isArray(routes)) return []
  return (routes as unknown[]).flatMap((entry, i): Fault[] => {
    if (typeof entry !== 'object' || entry === null) return []
    const route = entry as Partial<RouteEntry>
    const pointer = `/routes/${i}`
    if ((route.dial === undefined) === (route.deny === undefined)) {
      return [{ pointer, message: 'must have exactly one of `dial` and `deny`' }]
    }
    if (route.deny !== undefined && route.maxSeconds !== undefined) {
      return [{ pointer: `${pointer}/maxSeconds`, message: 'means nothing with `deny`; leave it out' }]
    }
    if (typeof route.match !== 'string' || typeof route.dial !== 'string' || patternFault(route.match))
      return []
    const missing = missingGroup({ match: route.match, dial: route.dial })
    if (missing === undefined) return []
    return [
      { pointer: `${pointer}/dial`, message: `names {${missing}}, but \`match\` has no group ${missing}` },
    ]
  })
}

function apiFaults(api: unknown): Fault[] {
  if (typeof api !== 'object' || api === null) return []
  const { host, token } = api as { host?: unknown; token?: unknown }
  if (typeof host !== 'string' || token !== undefined || isLoopback(host)) return []
  return [
    {
      pointer: '/api',
      message: `listens on ${host}, which others can reach: set \`token\`, or listen on 127.0.0.1`,
    },
  ]
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback')
}

function invalid(file: string, faults: readonly Fault[], source: Source): BelplanError {
  const details = faults
    .map((fault) => ({ fault, place: source.place(fault) }))
    .sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column)
    .map(
      ({ fault, place }) => `${file}:${place.line}:${place.column} ${fault.pointer || '/'} ${fault.message}`,
    )
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
