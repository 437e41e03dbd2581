/** The longest names that may be, without a blank, in the narrowest window, and in one that is magnified to twice its size. */
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import type { Controller } from '../harness/controller.ts'
import { until } from '../harness/until.ts'
import { axeViolations } from './browser.ts'
import { describeConsole } from './describe-console.ts'

const long = (letter: string) => letter.repeat(64)
const NAME = `${long('n')}/${long('m')}`
const did = '+31502105000'

const document = {
  description: long('d'),
  domain: `${'h'.repeat(60)}.example`,
  audio: { [long('a')]: `${long('f')}.wav` },
  webhooks: {
    [long('w')]: { urlTemplate: `https://${'s'.repeat(60)}.example/${long('u')}?n={callerid}`, description: long('e') },
  },
  plans: {
    [long('p')]: {
      description: long('q'),
      numbers: [did, ...Array.from({ length: 12 }, (_, i) => `+3150210${String(5100 + i)}`)],
      steps: [
        { type: 'play', id: long('i'), audio: long('a'), note: long('o') },
        { type: 'webhook', webhook: long('w'), failure: [{ type: 'goto', plan: long('r') }] },
      ],
    },
    [long('r')]: { steps: [{ type: 'bridge', destination: ['215', '216', '217'], ringSeconds: 5 }] },
  },
} // prettier-ignore

describeConsole('narrow', 120_000, (consoles) => {
  let controller: Controller
  let call: string
  beforeAll(async () => {
    controller = await consoles.start({ documents: { [NAME]: document } })
    const { id } = await placeCall(controller.esl, { did, caller: '0612345678', name: long('c'), speed: 10 })
    call = id
    await until('its record', async () => ((await controller.api(`/calls/${id}`))[0] === 200 ? true : undefined))
  }, 120_000) // prettier-ignore

  const script = JSON.stringify({ call: { callerid: '+31612345678', callername: long('c') } })
  const pages: readonly (readonly [string, () => string, (page: Page) => Promise<unknown>])[] = [
    ['live', () => '/live', (page) => page.getByText('No call is held now').waitFor()],
    ['plans', () => '/plans', (page) => page.getByRole('link', { name: NAME }).waitFor()],
    ['document', () => `/plans/${NAME}`, (page) => page.getByText(/\d warning|No errors/).first().waitFor()],
    ['revisions', () => '/plans?revisions', (page) => page.locator('.badge', { hasText: 'serves' }).waitFor()],
    ['calls', () => '/calls', (page) => page.getByText('1 call', { exact: true }).waitFor()],
    ['call', () => `/calls/${call}?against=own`, (page) => page.getByText('The call goes the same way.').waitFor()],
    ['try', () => `/try?${new URLSearchParams({ did, script }).toString()}`, (page) => page.getByRole('status').getByText(/^Step \d of/).waitFor()],
    ['change', () => '/change', (page) => page.getByRole('link', { name: NAME }).waitFor()],
    ['editor', () => `/change/${NAME}`, (page) => page.getByText(/\d warning|No errors/).first().waitFor()],
    ['health', () => '/health', (page) => page.getByText('All events have arrived.').waitFor()],
  ] // prettier-ignore

  test.each(pages)('%s', async (_, pathOf, isThere) => {
    const path = pathOf()
    for (const locale of ['en-GB', 'nl-NL'])
      for (const [width, height] of [
        [320, 640],
        [640, 400],
      ] as const) {
        const page = await consoles.visit(controller, `/console${path}`, {
          ...{ locale, viewport: { width, height }, bypassCSP: true, reducedMotion: 'reduce' },
        })
        if (locale === 'en-GB') await isThere(page)
        else await page.waitForLoadState(path === '/live' ? 'load' : 'networkidle')
        await page.getByRole('heading', { level: 1 }).waitFor()
        expect(await page.evaluate('document.documentElement.scrollWidth'), `${locale} ${width}`).toBe(width)
        if (locale === 'en-GB' && width === 320) expect(await axeViolations(page)).toEqual([])
        await page.context().close()
      }
  })
})
