/** The built console as the API serves it: how large it is, how it is kept by browsers, and what it may load. */
import { readdirSync, statSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createApi } from '../../src/api/server.ts'
import { fakeOptions, tokens } from '../api/fake-options.ts'

const MOST_BYTES = 150_000

let folder: string
let server: FastifyInstance
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belplan-built-'))
  // As `npm run build` does it: with Vitest's own, Vite puts in what helps while one writes.
  vi.stubEnv('NODE_ENV', 'production')
  await build({ logLevel: 'warn', build: { outDir: folder } })
  vi.unstubAllEnvs()
  server = await createApi(fakeOptions({ console: pathToFileURL(`${folder}/`), tokens }))
}, 120_000)
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

const files = () =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  )
const asset = (extension: string) => `/console/${files().find((name) => name.endsWith(extension))!}`

test('each file is there as it is, as brotli and as gzip', () => {
  for (const extension of ['.br', '.gz'])
    expect(files().filter((name) => name.endsWith(extension))).toHaveLength(files().length / 3)
})

/** Files that a script has loaded: at once, or when it comes to need them. */
async function importsOf(name: string): Promise<{ atOnce: string[]; later: string[] }> {
  const text = await readFile(join(folder, 'assets', name), 'utf8')
  const named = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, file]) => file!)
  return {
    atOnce: named(/(?:from|import)\s*[`'"]\.\/([\w.-]+\.js)[`'"]/g),
    later: named(/import\(\s*[`'"]\.\/([\w.-]+\.js)[`'"]\s*\)/g),
  }
}

async function loadedBy(names: readonly string[], deep: boolean): Promise<Set<string>> {
  const loaded = new Set(names)
  for (const name of loaded) {
    const { atOnce, later } = await importsOf(name)
    for (const one of deep ? [...atOnce, ...later] : atOnce) loaded.add(one)
  }
  return loaded
}

test('whoever looks at one view, whichever it is, loads little: also that with the editor', async () => {
  const page = await readFile(join(folder, 'index.html'), 'utf8')
  const main = /assets\/(index-[\w-]+\.js)/.exec(page)![1]!
  const size = (name: string) => statSync(join(folder, `${name}.br`)).size
  const style = files().find((name) => name.endsWith('.css'))!
  const frame = await loadedBy([main], false)
  const { later: views } = await importsOf(main)
  expect(views.length).toBeGreaterThan(2)
  for (const view of views) {
    const loaded = new Set([...frame, ...(await loadedBy([view], true))])
    // What the frame itself loads later are the other views.
    const scripts = [...loaded].filter((name) => name === view || !views.includes(name))
    const bytes = scripts.reduce(
      (sum, name) => sum + size(join('assets', name)),
      size('index.html') + size(style),
    )
    expect(bytes, view).toBeLessThan(MOST_BYTES)
  }
})

test('all of it, with brotli, is no more than it may be', () => {
  const compressed = files().filter((name) => name.endsWith('.br'))
  const bytes = compressed.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES)
})

test('nothing is inline, and nothing is from elsewhere', async () => {
  const page = await readFile(join(folder, 'index.html'), 'utf8')
  expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=|https?:|data:/)
})

test('the page is open, asked for anew each time, and may load of its own origin alone', async () => {
  for (const url of [
    '/console/',
    '/console/plans/north/acme',
    '/console/index.html',
    '/console/..%2f..%2fetc',
  ]) {
    const response = await server.inject({ url })
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(response.headers).toMatchObject({
      'cache-control': 'no-cache',
      'content-security-policy':
        "default-src 'none';script-src 'self';style-src 'self';img-src 'self';font-src 'self';connect-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none';require-trusted-types-for 'script'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    })
    expect(response.headers['set-cookie']).toBeUndefined()
    expect(response.headers['access-control-allow-origin']).toBeUndefined()
  }
})

test('files that have their content in their name are kept for good', async () => {
  const response = await server.inject({ url: asset('.js') })
  expect(response.statusCode).toBe(200)
  expect(response.headers['cache-control']).toBe('public, max-age=31536000, immutable')
})

test.each(['br', 'gzip'])('they come compressed to who reads %s', async (encoding) => {
  const { headers } = await server.inject({ url: asset('.css'), headers: { 'accept-encoding': encoding } })
  expect([headers['content-encoding'], headers['content-type']]).toEqual([
    encoding,
    'text/css; charset=utf-8',
  ])
})

test('`/console` leads to `/console/`, and what is no file of it is not found', async () => {
  expect((await server.inject({ url: '/console' })).headers.location).toBe('/console/')
  for (const url of ['/console/assets/none.js', '/console/assets/..%2findex.html'])
    expect((await server.inject({ url })).statusCode).toBe(404)
})

test('where it is not built, a sentence says how that is done', async () => {
  const none = await createApi(fakeOptions())
  const response = await none.inject({ url: '/console/plans' })
  await none.close()
  expect([response.statusCode, response.json()]).toEqual([
    404,
    { error: { code: 'notFound', message: 'the console is not built; `npm run build` builds it' } },
  ])
})
