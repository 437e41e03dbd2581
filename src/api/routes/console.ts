/** `/console/`: the web page for operators. It is open and knows nothing; what it shows it asks of the API, with a token. */
import { readdirSync } from 'node:fs'
import { fastifyStatic } from '@fastify/static'
import type { FastifyHelmetOptions } from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import { ApiError } from '../errors.ts'

/** Where `npm run build` puts it, seen from the sources as from `dist/`. */
const BUILT = new URL('../../../dist/console/', import.meta.url)

const YEAR_MS = 365 * 24 * 60 * 60 * 1000

/** Nothing from elsewhere, nothing inline, and in no frame. */
const helmet: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
      requireTrustedTypesFor: ["'script'"],
    },
  },
  xFrameOptions: { action: 'deny' },
}

/** `folder`: the built console; where there is none, the route says how it is built. */
export async function consoleRoutes(server: FastifyInstance, folder: URL = BUILT): Promise<void> {
  const route = { schema: { hide: true }, helmet, config: { access: 'open' } } as const
  const files = filesIn(folder)
  server.get('/console', route, (_request, reply) => reply.redirect('/console/', 308))
  if (!files.has('index.html')) {
    server.get('/console/*', route, () => {
      throw new ApiError('notFound', 'the console is not built; `npm run build` builds it')
    })
    return
  }
  await server.register(fastifyStatic, { root: folder, serve: false, preCompressed: true })
  // A deep link, such as `/console/plans/acme`, is the page's own to read.
  server.get<{ Params: { '*': string } }>('/console/*', route, ({ params: { '*': path } }, reply) => {
    if (path.startsWith('assets/')) {
      if (!files.has(path)) throw new ApiError('notFound', `the console has no ${path}`)
      return reply.sendFile(path, { maxAge: YEAR_MS, immutable: true })
    }
    return reply.header('cache-control', 'no-cache').sendFile('index.html', { cacheControl: false })
  })
}

function filesIn(folder: URL): ReadonlySet<string> {
  try {
    return new Set(readdirSync(folder, { recursive: true, encoding: 'utf8' }))
  } catch {
    return new Set()
  }
}
