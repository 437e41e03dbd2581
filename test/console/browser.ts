/**
 * A controller in this process with a console built for it, and a real Chromium that looks at it: that of CHROMIUM, or one
 * in PATH. What the page logs as an error, or what its policy forbids, fails the test.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { createControllers, type Controller, type StartOptions } from '../harness/controller.ts'
import { findProgram } from '../harness/find-program.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']
/** Longer than anything here takes on a busy machine; a test that fails fails sooner than its own limit. */
const WAIT_MS = 30_000

/** Where Chromium is; undefined: there is none, and a line says so. */
export const chromiumPath = findChromium()
if (chromiumPath === undefined)
  console.error('test/console was not run: no Chromium; set CHROMIUM, or install Debian’s package `chromium`')

function findChromium(): string | undefined {
  const { CHROMIUM: named } = process.env
  return named !== undefined && named !== '' ? named : findProgram(NAMES, process.env)
}

export interface Visit extends BrowserContextOptions {
  /** Kept as if somebody had logged in with it. */
  readonly token?: string
  /** [en-GB] */
  readonly locale?: string
}

export interface Consoles {
  /** A controller with a console. */
  start(options: StartOptions): Promise<Controller>
  /** A new tab, with nothing kept, at this path of the controller. */
  visit(controller: Controller, path: string, visit?: Visit): Promise<Page>
  /** What the pages logged as errors since the last time. */
  faults(): string[]
  /** Closes all tabs. */
  closeTabs(): Promise<void>
  end(): Promise<void>
}

/** Builds the console into a folder of its own, and starts one browser. */
export async function openConsoles(): Promise<Consoles> {
  const folder = await mkdtemp(join(tmpdir(), 'belplan-console-'))
  await build({ logLevel: 'warn', build: { outDir: folder } })
  const browser = await launch()
  const controllers = createControllers()
  let faults: string[] = []
  const url = pathToFileURL(`${folder}/`)
  return {
    start: (options) => controllers.start({ console: url, ...options }),
    async visit({ apiUrl }, path, { token, ...options } = {}) {
      const context = await browser.newContext({
        locale: 'en-GB',
        timezoneId: 'Europe/Amsterdam',
        ...options,
      })
      context.setDefaultTimeout(WAIT_MS)
      const page = await context.newPage()
      page.on('pageerror', (error) => faults.push(String(error)))
      page.on('console', (message) => {
        // A refused request is logged by the browser itself; what the page makes of it is what tests look at.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
          faults.push(message.text())
      })
      if (token !== undefined)
        await page.addInitScript(`sessionStorage.setItem('belplan.token', ${JSON.stringify(token)})`)
      await page.goto(apiUrl + path)
      return page
    },
    faults() {
      const found = faults
      faults = []
      return found
    },
    async closeTabs() {
      await Promise.all(browser.contexts().map((context) => context.close()))
    },
    async end() {
      await browser.close()
      await controllers.end()
      await rm(folder, { recursive: true })
    },
  }
}

/** Chromium without a window. */
export function launch(): Promise<Browser> {
  // Chromium's sandbox does not start as root, as in containers.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath: chromiumPath!, args })
}

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[]
}

/** What axe finds, each in a line; the page's context has `bypassCSP`. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(axeSource)
  const { violations } = await page.evaluate<{ violations: readonly Violation[] }>('axe.run(document)')
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary = '' }) => `${id}: ${help}: ${target.join(' ')} ${failureSummary}`),
  )
}
