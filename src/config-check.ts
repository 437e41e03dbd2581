/** What can be wrong with a configuration: its schema, and what no schema can say. */
import { Ajv } from 'ajv'
import ipaddr from 'ipaddr.js'
import { faultOf } from './config-faults.ts'
import { missingGroup, patternFault, type RouteEntry } from './config-routes.ts'
import { ajvFormats, configSchema } from './config-schema.ts'
import type { Fault } from './plan/lint/fault.ts'

/** Fills in the defaults of `value`; returns what is wrong with it. */
export function checkConfig(value: Record<string, unknown>): Fault[] {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    useDefaults: true,
    strict: true,
    formats: ajvFormats,
  })
  ajv.validate(configSchema, value)
  delete value['$schema'] // for editors
  return [...(ajv.errors ?? []).map(faultOf), ...routeFaults(value['routes']), ...apiFaults(value['api'])]
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

function isLoopback(host: string): boolean {
  return host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback')
}
