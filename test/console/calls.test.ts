/** The view Calls: one is found, opened, read and walked again. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import type { CallScript } from '../../src/simulator/script.ts'
import type { Controller } from '../harness/controller.ts'
import { until } from '../harness/until.ts'
import { axeViolations } from './browser.ts'
import { describeConsole } from './describe-console.ts'
import { type HeldServer, openHeldServer } from './held-server.ts'

const HOSTILE = '=cmd()<b>x</b>\u202e'
const CODE = '47110815'
/** What a telephone of an impatient caller would notice. */
const SLOW_MS = 1100
const MOVING = '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'

const acme = (url: string, busyTo: string) => ({
  domain: 'acme.example',
  audio: { pin: 'pin.wav', sorry: 'sorry.wav' },
  webhooks: { crm: { urlTemplate: `${url}/name?caller={callerid}`, timeoutSeconds: 10 } },
  plans: {
    main: {
      numbers: ['0502100000'],
      steps: [
        { type: 'webhook', webhook: 'crm', success: [{ type: 'callername', mode: 'webhook' }] },
        { type: 'bridge', destination: ['215', '216'], strategy: 'sequential', ringSeconds: 5 },
        { type: 'bridge', destination: busyTo, ringSeconds: 5 },
      ],
    },
    code: {
      numbers: ['0502100001'],
      steps: [{ type: 'ivr', startMessage: 'pin', success: [{ type: 'play', audio: 'sorry' }], failure: [] }],
    },
  },
})

describeConsole('calls', 60_000, (consoles) => {
  let crm: HeldServer
  let controller: Controller
  let slow: string

  /** Resolves with its id when its record can be read. */
  async function placed(script: Partial<CallScript>): Promise<string> {
    const { id } = await placeCall(controller.esl, {
      ...{ did: '0502100000', caller: '0612345678', speed: 10 },
      ...script,
    })
    await until('its record', async () =>
      (await controller.api(`/calls/${id}`))[0] === 200 ? true : undefined,
    )
    return id
  }

  beforeAll(async () => {
    crm = await openHeldServer()
    controller = await consoles.start({
      documents: { acme: acme(crm.url, '217') },
      config: { webhooks: { allowPrivateNetworks: ['127.0.0.0/8'] } },
    })
    const answered = placed({
      name: HOSTILE,
      answers: {
        '215': { outcome: 'busy' },
        '216': { outcome: 'noAnswer' },
        '217': { outcome: 'answered', talkMs: 100 },
      },
    })
    setTimeout(() => void crm.answer('status=ACK&callername=ACME+BV'), SLOW_MS)
    slow = await answered
    await placed({ did: '0502100001', digits: [`${CODE}#`], caller: '0687654321' })
    await placed({ did: '0502109999', caller: '' })
    await until(
      'the list of all',
      async () => {
        const [, { calls }] = (await controller.api('/calls?state=ended')) as [number, { calls?: unknown[] }]
        return calls?.length === 3 ? true : undefined
      },
      { withinMs: 40_000 },
    )
  }, 90_000)
  afterAll(() => crm.close())

  test('a call is found by its caller, with the filters in the address, and opened', async () => {
    const page = await consoles.visit(controller, '/console/calls')
    await page.getByText('3 calls').waitFor()
    await page.getByLabel('Caller').fill('+31612*')
    await page.keyboard.press('Enter')
    await page.getByText('1 call', { exact: true }).waitFor()
    expect(new URL(page.url()).search).toBe('?caller=%2B31612*')
    await page.reload()
    await page.getByText('1 call', { exact: true }).waitFor()
    expect(await page.getByLabel('Caller').inputValue()).toBe('+31612*')
    await page.getByRole('link', { name: /^All of the call of/ }).click()
    await page.getByRole('heading', { name: 'Call to +31502100000', level: 1 }).waitFor()
    expect(page.url()).toContain(`/console/calls/${slow}`)
    expect(await page.title()).toBe('Call to +31502100000 · belplan')
    await page.locator('#content:focus').waitFor()
    await page.goBack()
    await page.getByText('1 call', { exact: true }).waitFor()
    expect(await page.title()).toBe('Calls · belplan')
  })

  test.each([
    ['Today', '3 calls'],
    ['Yesterday', 'No call is as you asked'],
    ['Missed', '2 calls'],
    ['Without a plan', '1 call'],
  ])('the quick choice %s finds %s', async (choice, found) => {
    const page = await consoles.visit(controller, '/console/calls')
    await page.getByText('3 calls').waitFor()
    await page.getByRole('link', { name: choice, exact: true }).click()
    await page.getByText(found, { exact: true }).waitFor()
    expect(await page.getByRole('link', { name: choice, exact: true }).getAttribute('aria-current')).toBe(
      'true',
    )
  })

  test('the next page is behind a button, and the focus goes on to what it brought', async () => {
    const page = await consoles.visit(controller, '/console/health')
    // Pages of a hundred are more than this test has calls.
    await page.route('**/calls?*', (route) =>
      route.continue({ url: route.request().url().replace('limit=100', 'limit=2') }),
    )
    await page.getByRole('link', { name: 'Calls', exact: true }).click()
    await page.getByText('the newest 2 calls').waitFor()
    await page.getByRole('button', { name: 'Show more' }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('3 calls', { exact: true }).waitFor()
    await page.locator(`a:focus[href*="${slow}"]`).waitFor()
  })

  test('all that is found is downloaded as a table, which opens harmlessly', async () => {
    const page = await consoles.visit(controller, '/console/calls?caller=%2B31612345678')
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download as CSV' }).click(),
    ])
    expect(file.suggestedFilename()).toBe('calls-+31612345678.csv')
    const lines = (await readFile(await file.path(), 'utf8')).trimEnd().split('\r\n')
    expect(lines).toHaveLength(2)
    expect(lines[1]).toContain("'=cmd()")
  })

  test('a call is one time line: a slow server, what rang, what the telephone showed, who hung up', async () => {
    const page = await consoles.visit(controller, `/console/calls/${slow}`)
    await page.getByText('Two parties talked, and one of them hung up.').waitFor()
    const steps = page
      .getByRole('region', { name: 'Time line' })
      .getByRole('listitem')
      .filter({ has: page.locator('.track') })
    const asked = steps.first()
    await asked.getByText(/asks the webhook crm/).waitFor()
    await asked.getByText(/slow/).waitFor()
    await asked.getByText('ACME BV').waitFor()
    const widthOf = async (at: number) => (await steps.nth(at).locator('.fill').boundingBox())!.width
    expect(await widthOf(0)).toBeGreaterThan(await widthOf(2))
    const rang = steps.nth(2)
    expect(await rang.locator('.each li').allTextContents()).toEqual([
      expect.stringMatching(/^215busy/),
      expect.stringMatching(/^216no answer/),
    ])
    await rang.getByText('ACME BV <+31612345678>').waitFor()
  })

  test('a code is nowhere on the page', async () => {
    const page = await consoles.visit(controller, '/console/calls?caller=%2B31687654321')
    await page.getByRole('link', { name: /^All of the call of/ }).click()
    await page.getByText('The plan was through,').waitFor()
    await page.getByText('good', { exact: true }).waitFor()
    expect(await page.content()).not.toContain(CODE)
  })

  test('a call is walked again against a draft, and the parting is lit; its own revision goes the same way', async () => {
    const page = await consoles.visit(controller, `/console/calls/${slow}`)
    await page.getByRole('button', { name: 'Walk again' }).click()
    await page.getByText('The call goes the same way.').waitFor()
    expect(new URL(page.url()).search).toBe('?against=own')
    await page.getByLabel('By which plan').selectOption('draft')
    const draft = page.getByLabel('Draft of acme')
    await draft.fill('{')
    await page.getByRole('button', { name: 'Walk again' }).click()
    await page.getByText(/This is no JSON/).waitFor()
    await draft.fill(JSON.stringify({ version: 1, ...acme(crm.url, '218') }))
    await page.getByRole('button', { name: 'Walk again' }).click()
    await page.getByText(/in the call .* rings 217 .*; here .* rings 218/).waitFor()
    const lit = page.locator('.side-row.parting')
    expect(await lit.count()).toBe(1)
    expect(await lit.textContent()).toMatch(/rings 217.*Here they part.*rings 218.*Here they part/)
    await draft.fill(
      JSON.stringify({
        version: 1,
        plans: { main: { numbers: ['0502100000'], steps: [{ type: 'nothing' }] } },
      }),
    )
    await page.getByRole('button', { name: 'Walk again' }).click()
    await page.getByText('The plans do not validate.').waitFor()
  })

  test('what is written in this tab is the draft that a call is walked against', async () => {
    const page = await consoles.visit(controller, '/console/change/acme')
    const editor = page.getByRole('textbox', { name: 'The text of acme' })
    await editor.click()
    await page.keyboard.press('Control+Home')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Discard the draft' }).waitFor()
    await page.getByRole('link', { name: 'Calls', exact: true }).click()
    await page
      .getByRole('link', { name: /^All of the call of/ })
      .last()
      .click()
    await page.getByLabel('By which plan').selectOption('draft')
    await page.locator('#draft:enabled').waitFor()
    expect(await page.getByLabel('Draft of acme').inputValue()).toMatch(/^\n\{/)
    await page.getByRole('button', { name: 'Walk again' }).click()
    await page.getByText('The call goes the same way.').waitFor()
  })

  test('a call is tried as it went: its caller, what its server answered and its telephones did', async () => {
    const page = await consoles.visit(controller, `/console/calls/${slow}`)
    await page.getByRole('link', { name: 'Try this call' }).click()
    await page.getByText('Two parties talked.').waitFor()
    const query = new URL(page.url()).searchParams
    expect(query.get('did')).toBe('+31502100000')
    expect(JSON.parse(query.get('script')!)).toMatchObject({
      call: { callerid: '+31612345678' },
      given: {
        webhooks: { crm: { status: 'ACK', callername: 'ACME BV' } },
        destinations: { '215': 'busy', '216': 'noAnswer', '217': { outcome: 'answered' } },
      },
    })
    await page.getByText('ACME BV <+31612345678>').first().waitFor()
  })

  test('a live call moves, and is read whole when it ended', async () => {
    const gone = new AbortController()
    const call = placeCall(controller.esl, {
      did: '0502100000',
      caller: '0611111111',
      id: MOVING,
      signal: gone.signal,
    })
    await until('the call', async () =>
      (await controller.api(`/calls/${MOVING}`))[0] === 200 ? true : undefined,
    )
    const page = await consoles.visit(controller, `/console/calls/${MOVING}`)
    await page.getByText('The call goes on.').waitFor()
    await page
      .locator('[aria-current=step]')
      .getByText(/asks the webhook crm/)
      .waitFor()
    await crm.answer('status=ACK')
    await page
      .locator('[aria-current=step]')
      .getByText(/rings 215/)
      .waitFor()
    gone.abort()
    await call
    await page.getByText('The caller hung up before two parties talked.').waitFor()
    await page.getByRole('heading', { name: 'Walk it again' }).waitFor()
  })

  test('a call that is not there says so', async () => {
    const page = await consoles.visit(controller, '/console/calls/none')
    await page.getByText('This call is not here').first().waitFor()
    await page.getByRole('link', { name: 'To the calls' }).click()
    await page.getByRole('button', { name: 'Find' }).waitFor()
  })

  test.each(['light', 'dark'] as const)(
    'axe finds nothing in %s, nor is a telephone too narrow',
    async (colorScheme) => {
      const visit = { colorScheme, bypassCSP: true }
      const page = await consoles.visit(controller, '/console/calls', visit)
      await page.getByText(HOSTILE.slice(0, 8)).waitFor()
      expect(await axeViolations(page)).toEqual([])
      await page.goto(`${controller.apiUrl}/console/calls/${slow}?against=own`)
      await page.getByText('The call goes the same way.').waitFor()
      await page.getByText('The telephone shows').first().waitFor()
      expect(await axeViolations(page)).toEqual([])
      for (const path of ['calls', `calls/${slow}?against=own`]) {
        await page.setViewportSize({ width: 360, height: 700 })
        await page.goto(`${controller.apiUrl}/console/${path}`)
        await page.waitForLoadState('networkidle')
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
      }
      expect(await page.locator('.who b').count()).toBe(0)
    },
  )
})
