/**
 * `npm run screenshots [NAME…]`: each view of the console in docs/console/, light and dark, on a desk and on a telephone, of a
 * controller with the example plans. Exits with 3 where there is no Chromium.
 */
import { mkdirSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { demoCalls } from '../examples/demo-calls.ts'
import { createWebhookServer } from '../examples/webhook-server.ts'
import { chromiumPath, openConsoles } from '../test/console/browser.ts'
import { fakeFreeSwitch } from '../test/link/fake-freeswitch.ts'
import { type ExampleCalls, placeExampleCalls, placeWith } from './screenshot-calls.ts'

const root = join(import.meta.dirname, '..')

interface Shot {
  readonly name: string
  readonly path: string | ((calls: ExampleCalls) => string)
  /** It goes on reading, so that its connections are never idle. */
  readonly isStreaming?: true
  /** Of a controller with tokens. */
  readonly asksForToken?: true
  /** Brings the view to where it is worth looking at. */
  readonly prepare?: (page: Page) => Promise<void>
}

const shots: readonly Shot[] = [
  { name: 'log-in', path: '/console/', asksForToken: true },
  {
    name: 'live',
    path: ({ live }) => `/console/live?call=${live}`,
    isStreaming: true,
    prepare: (page) => page.locator('[aria-current=step]').waitFor(),
  },
  { name: 'plans', path: '/console/plans' },
  { name: 'document', path: '/console/plans/surgery' },
  { name: 'revisions', path: '/console/plans?revisions' },
  {
    name: 'try',
    path: `/console/try?${new URLSearchParams({
      did: '+31502100115',
      script: JSON.stringify({
        call: { at: '2026-11-26T10:00', callerid: '+31612345678', callername: 'Jane Doe' },
        given: { destinations: { 217: 'busy', 218: { outcome: 'answered', afterSeconds: 4 } } },
      }),
    }).toString()}`,
    prepare: (page) => page.getByText('Two parties talked.').waitFor(),
  },
  {
    name: 'change',
    path: '/console/change/surgery',
    prepare: async (page) => {
      await page.locator('.cm-content').waitFor()
      await page.getByRole('button', { name: 'Lay out' }).click()
      await page.getByText('"Europe/Amsterdam"').click()
      await page.keyboard.press('End')
      await page.keyboard.press('ArrowLeft')
      await page.keyboard.press('ArrowLeft')
      await page.keyboard.type('x')
      await page.locator('.cm-lint-marker-error').waitFor()
      await page.mouse.move(0, 0)
      await page.locator('.cm-tooltip').waitFor({ state: 'detached' })
      await page.keyboard.press('F8')
      await page.locator('.cm-tooltip .cm-diagnostic-error').waitFor()
    },
  },
  {
    name: 'roll-back',
    path: '/console/plans?revisions',
    async prepare(page) {
      await page.getByRole('button', { name: /^Roll back/ }).click()
      await page.getByRole('dialog').getByRole('listitem').first().waitFor()
    },
  },
  { name: 'calls', path: '/console/calls' },
  {
    name: 'call',
    path: ({ ended }) => `/console/calls/${ended}`,
    prepare: (page) => page.getByText('The telephone shows').first().waitFor(),
  },
  {
    name: 'replay',
    path: ({ ended }) => `/console/calls/${ended}`,
    async prepare(page) {
      await page.getByLabel('By which plan').selectOption('draft')
      await page.locator('#draft:enabled').waitFor()
      const draft = page.getByLabel('Draft of crm-name')
      await draft.fill((await draft.inputValue()).replace(/"215",\s*"216"/, '"218"'))
      await page.getByRole('button', { name: 'Walk again' }).click()
      await page.getByText('Here they part').first().waitFor()
      await page.evaluate(`document.querySelector('.parting').scrollIntoView({ block: 'end' })`)
    },
  },
  { name: 'health', path: '/console/health' },
]

const PASSWORD = 'a-word-of-its-own'

const sizes = {
  desk: { viewport: { width: 1280, height: 800 } },
  telephone: { viewport: { width: 390, height: 844 }, hasTouch: true },
} as const

if (chromiumPath === undefined) process.exit(3)
const wanted = process.argv.slice(2)
const folder = join(root, 'docs/console')
mkdirSync(folder, { recursive: true })
const consoles = await openConsoles()
const webhookServer = createWebhookServer(() => undefined)
webhookServer.listen(0, '127.0.0.1')
await once(webhookServer, 'listening')
const freeswitch = await fakeFreeSwitch({ password: PASSWORD })
const controller = await consoles.start({
  documents: await examples(),
  config: { ...(await configuration()), freeswitch: { port: freeswitch.port, password: PASSWORD } },
})
const place = placeWith(controller, freeswitch)
const guarded = await consoles.start({
  documents: await examples(),
  config: { ...(await configuration()), api: { token: 'of-no-use-to-anybody' } },
})
const calls = await placeExampleCalls(place, webhookServer)
await makeTraffic()

for (const { name, path, prepare, asksForToken, isStreaming } of shots) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  for (const [size, options] of Object.entries(sizes)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const at = typeof path === 'string' ? path : path(calls)
      const page = await consoles.visit(asksForToken ? guarded : controller, at, {
        ...options,
        colorScheme,
        reducedMotion: 'reduce',
      })
      await page.getByRole('heading', { level: 1 }).waitFor()
      await prepare?.(page)
      if (!isStreaming) await page.waitForLoadState('networkidle')
      await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`) })
      await page.context().close()
    }
  }
}
calls.end()
const faults = consoles.faults()
await consoles.end()
await freeswitch.close()
for (const fault of faults) console.error(fault)
process.exitCode = faults.length === 0 ? 0 : 1

/** The example plans, which ask the webhook server at its port. */
async function examples(): Promise<Record<string, Record<string, unknown>>> {
  const { port } = webhookServer.address() as AddressInfo
  const plans = join(root, 'examples/plans')
  const names = (await readdir(plans)).filter((name) => !name.endsWith('.test.json'))
  const read = async (name: string) => {
    const text = await readFile(join(plans, name), 'utf8')
    const document = JSON.parse(text.replaceAll('127.0.0.1:8090', `127.0.0.1:${port}`)) as Record<
      string,
      unknown
    >
    return [name.replace(/\.json$/, ''), document] as const
  }
  return Object.fromEntries(await Promise.all(names.map(read)))
}

/** The calls of the demo, with the server down for the last of them, and a revision before the one that serves. */
async function makeTraffic(): Promise<void> {
  const documents = await examples()
  const surgery = JSON.stringify(documents['surgery']).replaceAll('"ringSeconds":20', '"ringSeconds":25')
  await controller.put('surgery', surgery)
  await controller.reload({ token: 'deploy' })
  for (const { script } of demoCalls) await place({ audioMs: 2000, speed: 20, ...script })
  webhookServer.close()
  webhookServer.closeAllConnections()
  for (const { script } of demoCalls.slice(0, 2)) await place({ audioMs: 2000, speed: 20, ...script })
}

async function configuration(): Promise<Record<string, unknown>> {
  const {
    plans: _,
    data: __,
    ...config
  } = JSON.parse(await readFile(join(root, 'examples/belplan.json'), 'utf8')) as Record<string, unknown>
  return config
}
