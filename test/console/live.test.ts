/** The view Live, with calls that a person would see walking through. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import type { CallScript } from '../../src/simulator/script.ts'
import type { Controller } from '../harness/controller.ts'
import { openCutLine } from '../harness/cut-line.ts'
import { until } from '../harness/until.ts'
import { id } from '../records/records.ts'
import { axeViolations } from './browser.ts'
import { describeConsole } from './describe-console.ts'
import { type HeldServer, openHeldServer } from './held-server.ts'

const HOSTILE = '<script>alert(1)</script> \u202e=cmd()'

describeConsole('live', 60_000, (consoles) => {
  let crm: HeldServer
  let controller: Controller

  beforeAll(async () => {
    crm = await openHeldServer()
    controller = await consoles.start({
      documents: {
        'north/acme': {
          domain: 'acme.example',
          audio: { busy: 'busy.wav' },
          webhooks: { crm: { urlTemplate: `${crm.url}/name?caller={callerid}`, timeoutSeconds: 10 } },
          plans: {
            main: {
              numbers: ['0502100000'],
              steps: [
                {
                  ...{ type: 'webhook', webhook: 'crm', success: [{ type: 'callername', mode: 'webhook' }] },
                  failure: [{ type: 'play', audio: 'busy' }],
                },
                { type: 'bridge', destination: '215', ringSeconds: 30 },
              ],
            },
          },
        },
        other: {
          plans: {
            main: { numbers: ['0502100001'], steps: [{ type: 'bridge', destination: '+31502100009' }] },
          },
        },
      },
      config: {
        webhooks: { allowPrivateNetworks: ['127.0.0.0/8'] },
        routes: [
          { match: '^[2-4]\\d\\d$', dial: 'user/{destination}@{domain}' },
          { match: '^\\+', dial: 'sofia/gateway/carrier/{destination}' },
        ],
      },
    })
  }, 60_000)
  afterAll(() => crm.close())

  /** A caller who hangs up when the returned function is called, or the test is over. */
  function place(script: Partial<CallScript> = {}): () => Promise<void> {
    const gone = new AbortController()
    const call = placeCall(controller.esl, {
      ...{ did: '0502100000', caller: '0612345678', signal: gone.signal },
      ...script,
    })
    const hangUp = async () => {
      gone.abort()
      await call
    }
    onTestFinished(hangUp)
    return hangUp
  }

  /** Resolves when the controller holds so many calls. */
  const held = (count: number) =>
    until(`${count} calls`, async () => {
      const [, { calls }] = (await controller.api('/calls?state=live')) as [number, { calls: unknown[] }]
      return calls.length === count ? true : undefined
    })

  const isOpen = (page: Page) => page.getByRole('status').filter({ hasText: 'live' }).waitFor()

  test('a call shows up by itself, is followed from step to step, and shows how it ended', async () => {
    const page = await consoles.visit(controller, '/console/live')
    await page.getByText('No call is held now').waitFor()
    const hangUp = place({ name: 'Jane' })
    const row = page.getByRole('row', { name: /\+31502100000/ })
    await row.getByText('asks a server').waitFor()
    await row.getByRole('link', { name: 'Follow the call from +31612345678 to +31502100000' }).click()
    expect(page.url()).toContain('/console/live?call=')
    const followed = page.getByRole('region', { name: /\+31502100000/ })
    await followed.getByText(/^Now: asks/).waitFor()
    const lit = followed.locator('[aria-current=step]')
    expect(await lit.textContent()).toContain('asks')
    await crm.answer('status=ACK&callername=ACME+BV')
    await followed.getByText(/^Now: rings 215/).waitFor()
    expect(await lit.textContent()).toContain('rings 215')
    await row.getByText(/^rings/).waitFor()
    await hangUp()
    await followed.getByText('the caller hung up').waitFor()
    expect(await lit.count()).toBe(0)
    await page.getByRole('link', { name: 'the caller hung up 1' }).waitFor()
    await followed.getByRole('link', { name: 'All of this call' }).click()
    await page.getByRole('heading', { name: 'Call to +31502100000' }).waitFor()
  })

  test('what was live before is there, a link leads to the call that is followed, and a plan shows where its calls are', async () => {
    const hangUps = [place({ id: id(1) }), place({ caller: '0687654321' }), place({ did: '0502100001' })]
    await held(3)
    const page = await consoles.visit(controller, `/console/live?call=${id(1)}`)
    await page.getByText(/^Now: asks/).waitFor()
    expect(await page.getByRole('row').count()).toBe(4)
    // What each does is said in words, also where nothing moved since.
    await page
      .getByRole('row', { name: /\+31502100001/ })
      .getByText('rings')
      .waitFor()
    expect(await page.getByRole('row').getByText('asks a server').count()).toBe(2)
    await page.getByRole('link', { name: 'Close' }).click()
    await page.getByRole('link', { name: 'north/acme/main' }).first().click()
    await page.getByText('2 here').waitFor()
    expect(await page.getByRole('row').count()).toBe(3)
    await page.getByRole('link', { name: 'Show calls of all plans' }).click()
    await page.getByRole('link', { name: 'other/main' }).waitFor()
    for (const hangUp of hangUps) await hangUp()
    await page.getByText('No call is held now').waitFor({ timeout: 15_000 })
  })

  test('paused, nothing moves; going on, all that happened is there', async () => {
    const page = await consoles.visit(controller, '/console/live')
    await isOpen(page)
    await page.getByRole('button', { name: 'Pause' }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('paused').waitFor()
    const other = await consoles.visit(controller, '/console/live')
    await isOpen(other)
    place()
    // As soon as another page shows it, this one would have.
    await other.getByRole('row', { name: /\+31502100000/ }).waitFor()
    expect(await page.getByRole('row').count()).toBe(0)
    await page.keyboard.press('Enter')
    await page.getByRole('row', { name: /\+31502100000/ }).waitFor()
  })

  /** A page that is cut off when `ready` is done, and comes back to a call that began meanwhile. */
  async function cutOff(ready: (page: Page) => Promise<unknown>): Promise<Page> {
    const line = await openCutLine(Number(new URL(controller.apiUrl).port))
    onTestFinished(() => line.close())
    const page = await consoles.visit({ ...controller, apiUrl: line.url }, '/console/live')
    await isOpen(page)
    await ready(page)
    line.cut()
    await page.getByText('cut off, trying again …').waitFor()
    place()
    await held(1)
    line.mend()
    await page.getByRole('row', { name: /\+31502100000/ }).waitFor()
    return page
  }

  test('cut off, it says so, comes back by itself and has missed nothing', async () => {
    const ids: (string | undefined)[] = []
    const page = await cutOff(async (page) => {
      page.on('request', (request) => {
        if (request.url().endsWith('/stream')) ids.push(request.headers()['last-event-id'])
      })
      // Its first event, which it goes on behind.
      await page.getByText(/calls held, /).waitFor({ state: 'attached' })
    })
    await isOpen(page)
    expect(ids.at(-1)).toMatch(/^[0-9a-f]{12}-\d+$/)
  })

  test('cut off before its first event, it has missed nothing either', async () => {
    // Whatever it has seen, it comes back as one that has seen nothing.
    await cutOff((page) =>
      page.route('**/stream', (route) => {
        const { 'last-event-id': _, ...headers } = route.request().headers()
        return route.continue({ headers })
      }),
    )
  })

  test('hostile text is text, and a telephone shows it without scrolling sideways', async () => {
    place({ name: HOSTILE.repeat(2), caller: '0612345678' })
    const page = await consoles.visit(controller, '/console/live', { viewport: { width: 360, height: 700 } })
    await page.getByText(HOSTILE.trim().slice(0, 24), { exact: false }).first().waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    await page.getByRole('link', { name: /Follow the call/ }).click()
    await page.getByText(/^Now: asks/).waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    expect(await page.locator('script').count()).toBe(1)
  })

  test('by keyboard alone: to the call, and the list stands still meanwhile', async () => {
    place({ id: id(2) })
    const page = await consoles.visit(controller, '/console/live')
    await page.getByRole('row', { name: /\+31502100000/ }).waitFor()
    await page.getByRole('region', { name: 'Live calls, the newest first' }).focus()
    await page.keyboard.press('Tab')
    await page.getByText('The list stands still').waitFor()
    place({ caller: '0687654321' })
    await page.locator('.counter', { hasText: 'held now' }).getByText('2', { exact: true }).waitFor()
    expect(await page.getByRole('row').count()).toBe(2)
    await page.keyboard.press('Enter')
    await page.getByText(/^Now: asks/).waitFor()
    expect(page.url()).toContain(`call=${id(2)}`)
  })

  test.each(['light', 'dark'] as const)('axe finds nothing in %s', async (colorScheme) => {
    place({ id: id(colorScheme.length), name: 'Jane' })
    const page = await consoles.visit(controller, `/console/live?call=${id(colorScheme.length)}`, {
      colorScheme,
      bypassCSP: true,
    })
    await page.getByText(/^Now: asks/).waitFor()
    await page.getByRole('row', { name: /\+31502100000/ }).waitFor()
    expect(await axeViolations(page)).toEqual([])
    await page.goto(`${controller.apiUrl}/console/live?plan=north/acme/main`)
    await page.getByText('1 here').waitFor()
    expect(await axeViolations(page)).toEqual([])
  })
})
