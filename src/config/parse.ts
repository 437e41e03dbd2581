/** Bytes and environment to a configuration, or to everything that is wrong with it: each with its place in the text. */
import {
  createAjv,
  type Fault,
  faultsOf,
  isObject,
  type JsonObject,
  locate,
  type LocatedFault,
  objectAt,
  type Path,
  pointerOf,
  readJson,
} from '../json/index.ts'
import { readNumberPattern } from '../plan/index.ts'
import { missingGroup, patternFault, type RouteEntry } from '../routing/index.ts'
import { BelplanError } from '../util/errors.ts'
import { isLoopback } from '../util/networks.ts'
import { type ConfigFile, configSchema, type FreeSwitchEntry } from './schema.ts'
import { tokenFaults } from './tokens.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The configuration that `bytes` hold, `env:NAME` replaced and defaults filled in.
 * Throws BelplanError('config') with every fault in `details`; `file` is what they call it.
 */
export function parseConfig(file: string, bytes: Uint8Array, env: Environment): ConfigFile {
  const read = readJson(bytes)
  if (read.value === undefined) throw invalid(file, read.faults.map(withoutAdvice))
  const { value, unset } = withEnvironment(read.value, env)
  const { config, faults } = checkConfig(value)
  // Where a variable is not set there is no value to check.
  const unchecked = new Set(unset.map(({ path }) => pointerOf(path)))
  const found = [...unset, ...faults.filter(({ path }) => !unchecked.has(pointerOf(path)))]
  if (config === undefined || found.length > 0) throw invalid(file, locate(found, read.locator))
  return config
}

function invalid(file: string, faults: readonly LocatedFault[]): BelplanError {
  const details = [...faults]
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .map(({ line, column, pointer, message }) => `${file}:${line}:${column} ${pointer || '/'} ${message}`)
  const count = details.length === 1 ? '1 error' : `${details.length} errors`
  return new BelplanError('config', `the configuration has ${count}`, details)
}

/** What to write instead of broken JSON, behind the semicolon, is said with plan documents in mind. */
function withoutAdvice(fault: LocatedFault): LocatedFault {
  return fault.pointer === '' ? { ...fault, message: fault.message.split('; ')[0]! } : fault
}

/** A copy with each `env:NAME` replaced by the variable's value; `unset`: the variables that there are none of. */
function withEnvironment(document: JsonObject, env: Environment): { value: JsonObject; unset: Fault[] } {
  const unset: Fault[] = []

  function resolved(value: unknown, path: Path): unknown {
    if (Array.isArray(value)) return value.map((item, i) => resolved(item, [...path, i]))
    if (isObject(value)) return resolvedObject(value, path)
    if (typeof value !== 'string' || !value.startsWith('env:')) return value
    const name = value.slice('env:'.length)
    if (env[name]) return env[name]
    unset.push({ path, message: `names the environment variable ${name}, which is not set` })
    return value
  }

  function resolvedObject(value: JsonObject, path: Path): JsonObject {
    const entries = Object.entries(value).map(([key, inner]) => [key, resolved(inner, [...path, key])])
    return Object.fromEntries(entries) as JsonObject
  }

  return { value: resolvedObject(document, []), unset }
}

/** Fills in the defaults of `value` in place. It is the configuration, unless there are faults. */
function checkConfig(value: JsonObject): { config?: ConfigFile; faults: Fault[] } {
  const validate = createAjv({ allErrors: true, allowUnionTypes: true }).compile<ConfigFile>(configSchema)
  const isValid = validate(value)
  const faults = [
    // A value may be a secret.
    ...faultsOf(validate.errors ?? [], { hidden: true }),
    ...routeFaults(value['routes']),
    ...apiFaults(objectAt(value, 'api')),
    ...freeswitchFaults(value['freeswitch']),
    ...ownerFaults(value),
  ]
  return isValid ? { config: value, faults } : { faults }
}

/** What the schema cannot say about routes; entries of a wrong shape are the schema's affair. */
function routeFaults(routes: unknown): Fault[] {
  if (!Array.isArray(routes)) return []
  return (routes as unknown[]).flatMap((entry, i): Fault[] => {
    if (typeof entry !== 'object' || entry === null) return []
    const route = entry as Partial<RouteEntry>
    const path = ['routes', i]
    if ((route.dial === undefined) === (route.deny === undefined)) {
      return [{ path, message: 'must have exactly one of `dial` and `deny`' }]
    }
    if (route.deny !== undefined && route.maxSeconds !== undefined) {
      return [{ path: [...path, 'maxSeconds'], message: 'means nothing with `deny`; leave it out' }]
    }
    if (typeof route.match !== 'string' || typeof route.dial !== 'string' || patternFault(route.match))
      return []
    const missing = missingGroup({ match: route.match, dial: route.dial })
    if (missing === undefined) return []
    return [{ path: [...path, 'dial'], message: `names {${missing}}, but \`match\` has no group ${missing}` }]
  })
}

/** A number has one owner; whether a longer prefix or the number itself is somebody else's, is another matter. */
function ownerFaults(value: JsonObject): Fault[] {
  const country = typeof value['defaultCountry'] === 'string' ? value['defaultCountry'] : undefined
  const known = new Map<string, string>()
  return Object.entries(objectAt(value, 'owners')).flatMap(([owner, entry]) => {
    const numbers: unknown = isObject(entry) ? entry['numbers'] : undefined
    return (Array.isArray(numbers) ? (numbers as unknown[]) : []).flatMap((written, i): Fault[] => {
      const number = typeof written === 'string' ? readNumberPattern(written, country) : undefined
      if (number === undefined) return []
      const key = `${number.kind} ${number.value}`
      const first = known.get(key)
      known.set(key, first ?? owner)
      if (first === undefined) return []
      return [{ path: ['owners', owner, 'numbers', i], message: `is listed for \`${first}\` already` }]
    })
  })
}

/** How a FreeSWITCH is called in records, metrics and log. */
export const nameOf = ({ name, host, port }: Omit<FreeSwitchEntry, 'password'>): string =>
  name ?? `${host}:${port}`

/** Of two names, or two links to one event socket, nobody could tell whose call it is. */
function freeswitchFaults(list: unknown): Fault[] {
  if (!Array.isArray(list)) return []
  const names = new Set<string | undefined>()
  const sockets = new Set<string>()
  return (list as unknown[]).flatMap((entry, i): Fault[] => {
    if (!isObject(entry)) return []
    const one = entry as unknown as FreeSwitchEntry
    const socket = `${one.host}:${one.port}`
    const path = ['freeswitch', i]
    const faults = [
      ...(sockets.has(socket) ? [{ path, message: 'has the event socket of one above; leave it out' }] : []),
      ...(names.has(one.name) ? [{ path: [...path, 'name'], message: 'is the name of one above' }] : []),
    ]
    if (one.name !== undefined) names.add(one.name)
    sockets.add(socket)
    return faults
  })
}

function apiFaults(api: JsonObject): Fault[] {
  const { host, token, tokens } = api
  const faults = tokenFaults(api)
  if (typeof host !== 'string' || token !== undefined || tokens !== undefined || isLoopback(host))
    return faults
  const message = `listens on ${host}, which others can reach: set \`token\` or \`tokens\`, or listen on 127.0.0.1`
  return [...faults, { path: ['api'], message }]
}
