/**
 * `npm run screenshots [NAME…]`: each view of the console in docs/console/, light and dark, on a desk and on a telephone, of a
 * controller with the example plans. Exits with 3 where there is no Chromium.
 */
import { mkdirSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { chromiumPath, openConsoles } from '../test/console/browser.ts'

const root = join(import.meta.dirname, '..')

interface Shot {
  readonly name: string
  readonly path: string
  /** Brings the view to where it is worth looking at. */
  readonly prepare?: (page: Page) => Promise<void>
}

const shots: readonly Shot[] = [
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
      await page.getByText('"destination": "+31612345678"').waitFor()
      await page.getByText('"destination": "+31612345678"').click()
      await page.keyboard.press('End')
      await page.keyboard.press('ArrowLeft')
      await page.keyboard.press('ArrowLeft')
      await page.keyboard.type('x')
      await page.locator('.cm-lint-marker-error').waitFor()
    },
  },
  { name: 'health', path: '/console/health' },
]

const sizes = {
  desk: { viewport: { width: 1280, height: 800 } },
  telephone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
} as const

if (chromiumPath === undefined) process.exit(3)
const wanted = process.argv.slice(2)
const folder = join(root, 'docs/console')
mkdirSync(folder, { recursive: true })
const consoles = await openConsoles()
const controller = await consoles.start({ documents: await examples(), config: await configuration() })
for (const { name, path, prepare } of shots) {
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
      await page.waitForLoadState('networkidle')
      await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`) })
      await page.context().close()
    }
  }
}
const faults = consoles.faults()
await consoles.end()
for (const fault of faults) console.error(fault)
process.exitCode = faults.length === 0 ? 0 : 1

async function examples(): Promise<Record<string, Record<string, unknown>>> {
  const plans = join(root, 'examples/plans')
  const names = (await readdir(plans)).filter((name) => !name.endsWith('.test.json'))
  const read = async (name: string) => [
    name.replace(/\.json$/, ''),
    JSON.parse(await readFile(join(plans, name), 'utf8')) as unknown,
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
