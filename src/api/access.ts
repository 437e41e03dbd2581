/** What each route needs of its client: a right, and whose documents it concerns. A route that does not say so does not start. */
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { type Right, rights } from '../config/index.ts'
import type { Client } from './auth.ts'
import { ApiError } from './errors.ts'

/** Stands in each route's `config`. */
export type Access = 'open' | Guarded

interface Guarded {
  readonly right: Right
  /**
   * What it means for a token that holds for some documents only:
   * - `nothing`: no document is concerned
   * - `view`: the route shows what `client.mayUse`, as if there were nothing else
   * - `set`: all documents are concerned, so it is refused
   * - a function: the one document that the valid request names, or none; of another one it is refused, be it there or not
   */
  readonly concerns: 'nothing' | 'view' | 'set' | ((request: FastifyRequest) => string | undefined)
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
}

export function isOpen({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.access === 'open'
}

/** Checks every route that is added from here on; clients are known by then. */
export function guardRoutes(server: FastifyInstance): void {
  server.addHook('onRoute', ({ method, url, config }: RouteOptions) => {
    if (config?.access === undefined) throw new Error(`${String(method)} ${url} does not say who may`)
  })
  server.addHook('onRequest', (request, _reply, done) => {
    const { access } = request.routeOptions.config
    if (typeof access === 'object') checkRight(request.client, access)
    done()
  })
  // Not before the request is known to be valid: what is checked is what the route gets.
  server.addHook('preHandler', (request, _reply, done) => {
    const { access } = request.routeOptions.config
    if (typeof access === 'object' && typeof access.concerns === 'function')
      checkDocument(request.client, access.concerns(request))
    done()
  })
}

/** Each right holds those before it. */
export function hasRight({ right }: Client, needed: Right): boolean {
  return right !== undefined && rights.indexOf(right) >= rights.indexOf(needed)
}

function checkRight(client: Client, { right: needed, concerns }: Guarded): void {
  const { name, right, limited } = client
  if (!hasRight(client, needed)) {
    const has = right === undefined ? 'none' : `\`${right}\``
    throw new ApiError('lacksRight', `this needs the right \`${needed}\`; the token ${name} has ${has}`)
  }
  if (limited && concerns === 'set') {
    throw new ApiError(
      'lacksRight',
      `this needs the right \`${needed}\` for all documents; the token ${name} holds for some of them`,
    )
  }
}

function checkDocument({ name, mayUse }: Client, document: string | undefined): void {
  if (document === undefined || mayUse(document)) return
  throw new ApiError('lacksRight', `the token ${name} does not hold for the document ${document}`)
}

/** For `/openapi.json`. */
export function sentenceOf(access: Guarded): string {
  const { right, concerns } = access
  if (concerns === 'set') return `Needs the right \`${right}\` for all documents.`
  const view = ' A token for some documents sees those alone.'
  return `Needs the right \`${right}\`.${concerns === 'view' ? view : ''}`
}
