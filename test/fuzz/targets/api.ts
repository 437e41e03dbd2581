import fc from 'fast-check'
import type { InjectOptions } from 'fastify'
import { createApi } from '../../../src/api/server.ts'
import { apiTokens } from '../../../src/config/tokens.ts'
import { createChecker } from '../../../src/plan/loading/check-document.ts'
import { bearer, fakeOptions, tokens } from '../../api/fake-options.ts'
import { hostileBytes, hostileJson, hostileText } from '../arbitraries.ts'
import { target } from '../target.ts'

const path = fc.oneof(
  fc.constantFrom(
    '/healthz',
    '/readyz',
    '/metrics',
    '/plans',
    '/plans/reload',
    '/plans/validate',
    '/plans/schema',
    '/plans/rollback',
    '/plans/diff?from=5f0c3a9be214',
    '/plans/revisions/5f0c3a9be214',
    '/calls',
    '/webhooks',
    '/openapi.json',
  ),
  hostileText.map((text) => `/calls/${encodeURIComponent(text.toWellFormed())}`),
  fc
    .record({
      name: fc.constantFrom(
        'number',
        'caller',
        'plan',
        'since',
        'until',
        'cursor',
        'ending',
        'limit',
        'state',
      ),
      text: hostileText,
    })
    .map(({ name, text }) => `/calls?${name}=${encodeURIComponent(text.toWellFormed())}`),
  hostileText.map((text) => `/plans/explain?did=${encodeURIComponent(text.toWellFormed())}`),
  hostileText.map((text) => `/plans/validate?name=${encodeURIComponent(text.toWellFormed())}`),
  hostileText.map((text) => `/plans/documents/${encodeURIComponent(text.toWellFormed())}`),
  hostileText.map((text) => `/webhooks?document=${encodeURIComponent(text.toWellFormed())}`),
  hostileText.map((text) => `/plans/diff?from=${encodeURIComponent(text.toWellFormed())}`),
  fc.constantFrom(
    '/../../etc/passwd',
    '/plans/..%2f..%2fetc/passwd',
    '/calls/%2e%2e/%2e%2e',
    '//',
    '/%',
    '/%00',
    '/plans/explain?did=1&did=2',
    '/calls/__proto__',
  ),
  hostileText.map((text) => `/${text.replace(/[\0-\x20\x7f-\uffff]/g, '')}`),
)
const body = fc.oneof(
  hostileJson(['plans', 'version', '__proto__', 'constructor'], [1, {}, []]).map((value) =>
    JSON.stringify(value),
  ),
  hostileBytes,
)
const headers = fc.dictionary(
  fc.constantFrom('authorization', 'content-type', 'content-encoding', 'x-forwarded-for', 'accept', 'range'),
  hostileText.map((text) => text.replace(/[\0-\x08\x0a-\x1f\x7f-\uffff]/g, '')),
  { maxKeys: 3 },
)

/** Names and numbers of the test's own platform: what a token for others does not see, and what nobody without one does. */
const HIDDEN_OF_OTHERS = ['acme']
const HIDDEN = [...HIDDEN_OF_OTHERS, '+31612345678']

/** Open to all, with examples. */
const SCHEMAS: ReadonlySet<string> = new Set(['/plans/schema', '/plans/tests/schema'])

/** What lists documents and calls; schemas have examples. */
const LISTS: ReadonlySet<string> = new Set(['/plans', '/calls', '/metrics', '/readyz', '/webhooks'])

const limited = apiTokens({ tokens: { north: { token: 'shh', right: 'publish', documents: ['north/*'] } } })
const bearers = { none: {}, limited: { authorization: 'Bearer shh' }, all: bearer }

export const api = target({
  name: 'requests to the API',
  few: 250,
  many: 20_000,
  pure: true,
  inputs: fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'),
    // What the test's own client cannot ask for.
    path: path.filter((asked) => URL.canParse(asked, 'http://localhost')),
    headers,
    body: fc.option(body, { nil: undefined }),
    token: fc.constantFrom('none', 'limited', 'all'),
  }),
  async open() {
    const checker = createChecker({})
    const plans = {
      ...fakeOptions().plans,
      validate: (bytes: Uint8Array, name = 'document') => {
        const { errors, warnings } = checker.check(name, name, bytes)
        return Promise.resolve({ errors, warnings })
      },
    }
    const server = await createApi(fakeOptions({ tokens: [...tokens, ...limited], plans }))
    let client = 0
    return {
      async attempt({ method, path, headers, body, token }) {
        const response = await server.inject({
          method: method as NonNullable<InjectOptions['method']>,
          url: path,
          headers: { 'content-type': 'application/json', ...headers, ...bearers[token] },
          ...(body !== undefined && method !== 'GET' && { payload: body }),
          // Each its own, or all but the first would only meet the limit on wrong tokens.
          remoteAddress: `10.${(client >> 16) & 255}.${(client >> 8) & 255}.${client++ & 255}`,
        })
        const { statusCode, payload } = response
        if (statusCode === 500) throw new Error(`500: ${payload}`)
        if (statusCode >= 400 && statusCode !== 503) {
          const { error } = response.json<{ error: { code: string; message: string } }>()
          if (typeof error.code !== 'string' || typeof error.message !== 'string') throw new Error(payload)
        }
        const isNobody = token === 'none' && headers['authorization'] === undefined
        const { pathname } = new URL(path, 'http://localhost')
        const hidden =
          isNobody && !SCHEMAS.has(pathname)
            ? HIDDEN
            : token === 'limited' && LISTS.has(pathname)
              ? HIDDEN_OF_OTHERS
              : []
        for (const one of statusCode === 200 ? hidden : [])
          if (payload.includes(one)) throw new Error(`told: ${payload}`)
        if (({} as Record<string, unknown>)['polluted'] !== undefined) throw new Error('polluted')
      },
      close: () => server.close(),
    }
  },
})
