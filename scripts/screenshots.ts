/**
 * `npm run screenshots [NAME…]`: each view of the console in docs/console/, light and dark, on a desk and on a telephone, of a
 * controller with the example plans. Exits with 3 where there is no Chromium.
 */
import { mkdirSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { chromiumPath, openConsoles } from '../test/console/browser.ts'
import { openExampleServer, placeExampleCalls } from './screenshot-calls.ts'

const root = join(import.meta.dirname, '..')

interface Shot {
  readonly name: string
  readonly path: string
  /** It goes on reading, so that its connections are never idle. */
  readonly isStreaming?: true
  /** Brings the view to where it is worth looking at. */
  readonly prepare?: (page: Page) => Promise<void>
}

const sizes = {
  desk: { viewport: { width: 1280, height: 800 } },
  telephone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
} as const

if (chromiumPath === undefined) process.exit(3)
const wanted = process.argv.slice(2)
const folder = join(root, 'docs/console')
mkdirSync(folder, { recursive: true })
const consoles = await openConsoles()
const server = await openExampleServer()
const controller = await consoles.start({
  documents: await examples(server.url),
  config: await configuration(),
})
const calls = await placeExampleCalls(controller.esl)

const shots: readonly Shot[] = [
  {
    name: 'live',
    path: `/console/live?call=${calls.live}`,
    isStreaming: true,
    prepare: (page) => page.locator('[aria-current=step]').waitFor(),
  },
  { name: 'plans', path: '/console/plans' },
  { name: 'document', path: '/console/plans/surgery' },
  { name: 'revisions', path: '/console/plans?revisions' },
  { name: 'calls', path: '/console/calls' },
  {
    name: 'call',
    path: `/console/calls/${calls.ended}`,
    prepare: (page) => page.getByText('The telephone shows').first().waitFor(),
  },
  {
    name: 'replay',
    path: `/console/calls/${calls.ended}`,
    prepare: async (page) => {
      await page.getByLabel('By which plan').selectOption('draft')
      const draft = page.getByLabel('Draft of crm-name')
      await page.locator('#draft:enabled').waitFor()
      await draft.fill((await draft.inputValue()).replace(/"215",\s*"216"/, '"218"'))
      await page.getByRole('button', { name: 'Walk again' }).click()
      await page.getByText('Here they part').first().waitFor()
      await page.evaluate(`document.querySelector('.parting').scrollIntoView({ block: 'end' })`)
    },
  },
  { name: 'health', path: '/console/health' },
]

for (const { name, path, prepare, isStreaming } of shots) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  for (const [size, options] of Object.entries(sizes)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await consoles.visit(controller, path, {
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
server.close()
for (const fault of faults) console.error(fault)
process.exitCode = faults.length === 0 ? 0 : 1

/** What they ask is asked of `url`. */
async function examples(url: string): Promise<Record<string, Record<string, unknown>>> {
  const plans = join(root, 'examples/plans')
  const names = (await readdir(plans)).filter((name) => !name.endsWith('.test.json'))
  const read = async (name: string) => [
    name.replace(/\.json$/, ''),
    JSON.parse(
      (await readFile(join(plans, name), 'utf8')).replaceAll('http://127.0.0.1:8090', url),
    ) as unknown,
  ]
  return Object.fromEntries(await Promise.all(names.map(read))) as Record<string, Record<string, unknown>>
}

async function configuration(): Promise<Record<string, unknown>> {
  const {
    plans: _,
    data: __,
    ...config
  } = JSON.parse(await readFile(join(root, 'examples/belplan.json'), 'utf8')) as Record<string, unknown>
  return config
}
