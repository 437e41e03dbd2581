/** What can be wrong with a configuration: its schema, and what no schema can say. */
import { Ajv } from 'ajv'
import { faultOf } from './faults.ts'
import { missingGroup, patternFault, type RouteEntry } from '../routing/index.ts'
import { ajvFormats, configSchema } from './schema.ts'
import { type Fault, isObject, objectAt } from '../json/index.ts'
import { readNumberPattern } from '../plan/index.ts'
import { isLoopback } from '../util/networks.ts'

/** Fills in the defaults of `value`; returns what is wrong with it. */
export function checkConfig(value: Record<string, unknown>): Fault[] {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    useDefaults: true,
    strict: true,
    allowUnionTypes: true,
    formats: ajvFormats,
  })
  ajv.validate(configSchema, value)
  delete value['$schema'] // for editors
  return [
    ...(ajv.errors ?? []).filter(({ keyword }) => keyword !== 'propertyNames').map(faultOf),
    ...routeFaults(value['routes']),
    ...apiFaults(value['api']),
    ...ownerFaults(value),
  ]
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
function ownerFaults(value: Record<string, unknown>): Fault[] {
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

function apiFaults(api: unknown): Fault[] {
  if (typeof api !== 'object' || api === null) return []
  const { host, token } = api as { host?: unknown; token?: unknown }
  if (typeof host !== 'string' || token !== undefined || isLoopback(host)) return []
  return [
    {
      path: ['api'],
      message: `listens on ${host}, which others can reach: set \`token\`, or listen on 127.0.0.1`,
    },
  ]
}
