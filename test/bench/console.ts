/**
 * `node test/bench/console.ts [--seconds 20]`: the console in a real Chromium beside a controller with 5,000 documents and 500 live
 * calls, 50 of them new each second. Says how long each view takes to its first sight, and its long tasks. Exits with 1 where
 * one takes more than 2 s, or the page stands still for more than 100 ms; with 3 where there is no Chromium.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { placeCall } from '../../src/simulator/index.ts'
import { chromiumPath, launch } from '../console/browser.ts'
import { startControllerProcess } from '../harness/controller-process.ts'
import { freeTcpPorts } from '../harness/ports.ts'
import { createProcessGroup } from '../harness/processes.ts'
import { until } from '../harness/until.ts'

const DOCUMENTS = 5000
const PER_SECOND = 50
const LIVE = 500
/** Each call goes through four steps that take as long. */
const STEP_MS = (1000 * LIVE) / PER_SECOND / 4
const MOST_FIRST_MS = 2000
const MOST_LONG_MS = 100

const { values: options } = parseArgs({ options: { seconds: { type: 'string', default: '20' } } })
const seconds = Number(options.seconds)

interface Looked {
  readonly name: string
  readonly firstMs: number
  readonly longMs: readonly number[]
}

interface View {
  readonly name: string
  readonly path: string
  /** What is there when the view is. */
  readonly first: string
  /** What somebody does meanwhile. */
  readonly use?: (page: Page) => Promise<unknown>
}

const views: readonly View[] = [
  { name: 'Live', path: '/console/live', first: '.live-table tbody tr:nth-child(50)' },
  {
    name: 'Live, a plan beside it',
    path: '/console/live?plan=customer-1',
    first: '.follow-trees .step',
  },
  {
    name: 'Live, following a call',
    path: '/console/live',
    first: '.live-table tbody tr:nth-child(50)',
    use: (page) => page.evaluate(`document.querySelector('.live-table tbody tr:nth-child(9) a').click()`),
  },
  {
    name: 'Plans, and a search in them',
    path: '/console/plans',
    first: '.documents a',
    use: async (page) => {
      await page.getByRole('searchbox').first().click()
      await page.keyboard.type('customer-4711', { delay: 120 })
      await page.getByText('customer-4711').first().waitFor()
    },
  },
]

if (chromiumPath === undefined) process.exit(3)
process.exitCode = await main()

async function main(): Promise<number> {
  await build({ logLevel: 'warn' })
  const folder = mkdtempSync(join(tmpdir(), 'belplan-bench-console-'))
  const group = createProcessGroup()
  const [apiPort, port] = (await freeTcpPorts(2)) as [number, number]
  const browser = await launch()
  const gone = new AbortController()
  try {
    const controller = await startControllerProcess({
      ...{ folder, run: group.run, apiPort, documents: documents() },
      config: {
        defaultCountry: 'NL',
        esl: { port, maxCalls: 20_000 },
        routes: [{ match: '^[2-4]\\d\\d$', dial: 'user/{destination}@{domain}' }],
        owners: { '*': { numbers: ['+3188*'], domains: ['*'], destinations: ['^2\\d\\d$'] } },
      },
    })
    const calls = callAt(port, gone.signal)
    const { apiUrl } = controller
    await until(
      `${0.9 * LIVE} calls`,
      async () => {
        const { calls } = (await (await fetch(`${apiUrl}/readyz`)).json()) as { calls: { held: number } }
        return calls.held >= 0.9 * LIVE ? true : undefined
      },
      { withinMs: 60_000, everyMs: 500 },
    )
    console.log(`${DOCUMENTS} documents, ${LIVE} calls, ${PER_SECOND} a second; each view for ${seconds} s`)
    const looked: Looked[] = []
    for (const view of views) {
      looked.push(await lookAt(browser, apiUrl, view))
      print(looked.at(-1)!)
    }
    gone.abort()
    await calls
    return looked.every(isHeld) ? 0 : 1
  } finally {
    gone.abort()
    await browser.close()
    await group.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Begun before anything of the page: when it is first seen, and tasks in which it stood still. */
function watch(first: string): string {
  return `
  window.longMs = []
  new PerformanceObserver((list) => longMs.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: 'longtask', buffered: true })
  const look = () => {
    if (document.querySelector(${JSON.stringify(first)})) window.firstMs = performance.now()
    else requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
`
}

async function lookAt(browser: Browser, apiUrl: string, { name, path, first, use }: View): Promise<Looked> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' })
  const page = await context.newPage()
  await page.addInitScript(watch(first))
  await page.goto(apiUrl + path)
  // The policy of the page lets nothing be evaluated in it again and again, as Playwright's own waiting does.
  await until(`the first sight of ${name}`, () => page.evaluate<true | undefined>('window.firstMs && true'), {
    withinMs: 60_000,
  })
  await use?.(page)
  await pause(1000 * seconds)
  const [firstMs, longMs] = await page.evaluate<[number, number[]]>('[firstMs, longMs]')
  await context.close()
  return { name, firstMs, longMs }
}

function isHeld({ firstMs, longMs }: Looked): boolean {
  return firstMs <= MOST_FIRST_MS && longMs.every((ms) => ms <= MOST_LONG_MS)
}

function print(looked: Looked): void {
  const { name, firstMs, longMs } = looked
  const longest = Math.max(0, ...longMs)
  console.log(
    `${isHeld(looked) ? 'held' : 'NOT '}  ${name}: first view ${Math.round(firstMs)} ms, ` +
      `${longMs.length} tasks over 50 ms, the longest ${Math.round(longest)} ms; load ${loadavg()[0]!.toFixed(1)}`,
  )
}

function documents(): Record<string, object> {
  return Object.fromEntries(
    Array.from({ length: DOCUMENTS }, (_, n) => [
      `customer-${n}`,
      {
        version: 1,
        domain: `customer-${n}.example`,
        description: `The ${n}th customer`,
        audio: { welcome: 'welcome.wav', sorry: 'sorry.wav' },
        plans: {
          main: {
            numbers: [numberOf(n)],
            steps: [
              { type: 'play', audio: 'welcome' },
              { type: 'bridge', destination: ['215', '216'], ringSeconds: 20 },
              { type: 'bridge', destination: '217', ringSeconds: 20 },
              { type: 'play', audio: 'sorry' },
            ],
          },
        },
      },
    ]),
  )
}

function numberOf(n: number): string {
  return `+31${880_000_000 + n}`
}

/** Calls to one customer after the other, until `signal` aborts; resolves when the last one is over. */
async function callAt(port: number, signal: AbortSignal): Promise<void> {
  const refused = { outcome: 'noAnswer', afterMs: STEP_MS } as const
  const under: Promise<unknown>[] = []
  const began = performance.now()
  for (let n = 0; !signal.aborted; n++) {
    under.push(
      placeCall(
        { host: '127.0.0.1', port },
        {
          ...{ did: numberOf(n % DOCUMENTS), caller: `+3161${String(n % 10_000_000).padStart(7, '0')}` },
          ...{ name: `Caller ${n}`, audioMs: STEP_MS, answers: () => refused, signal },
        },
      ),
    )
    if (under.length > 2 * LIVE) await under.shift()
    await pause(Math.max(0, began + ((n + 1) * 1000) / PER_SECOND - performance.now()))
  }
  await Promise.all(under)
}
