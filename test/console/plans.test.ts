/** The view Plans in a real browser: find a document, read it as a tree, see what is wrong in it, and go back to an earlier revision. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { oneBridge, type Controller } from '../harness/controller.ts'
import { axeViolations, type Visit } from './browser.ts'
import { describeConsole } from './describe-console.ts'

const READER = 'a-token-that-may-read-0123456789'
const NORTH = 'a-token-for-documents-of-north-0123456789'
const OPS = 'a-token-of-operators-0123456789'

const hostile = '<script>document.title="owned"</script>\u202Egnp.exe'
const long = 'x'.repeat(64)

/** Its play step names no audio of its own, which nothing forbids; what is after the hangup is never reached. */
const shop = {
  description: 'A shop that asks who is calling',
  domain: 'shop.example',
  audio: { welcome: 'shop/welcome.wav' },
  webhooks: {
    crm: { urlTemplate: 'https://crm.example/?n={callerid}', description: `Who is it? ${hostile}` },
  },
  plans: {
    main: {
      description: 'By day',
      numbers: ['0502101000', '0502101001'],
      missed: 'crm',
      steps: [
        { type: 'play', audio: 'welcome', note: `${hostile} ${long}` },
        {
          type: 'webhook',
          webhook: 'crm',
          success: [{ type: 'bridge', from: 'webhook' }],
          failure: [
            {
              type: 'bridge',
              id: 'desk',
              destination: '215',
              on: { busy: [{ type: 'goto', plan: 'night' }] },
            },
          ],
        },
        { type: 'hangup' },
        { type: 'play', audio: 'welcome' },
      ],
    },
    night: { steps: [{ type: 'hangup' }] },
  },
}

const many = Object.fromEntries(
  Array.from({ length: 120 }, (_, i) => [`north/customer-${i}`, oneBridge(`0502${String(200_000 + i)}`)]),
)

describeConsole('plans', 120_000, (consoles) => {
  let controller: Controller
  beforeAll(async () => {
    const tokens = {
      ops: { token: OPS, right: 'publish' },
      reader: { token: READER, right: 'read' },
      north: { token: NORTH, right: 'publish', documents: ['north/*'] },
    }
    controller = await consoles.start({ documents: { shop, ...many }, config: { api: { tokens } } })
  }, 120_000)

  const open = (path: string, { token = OPS, ...more }: Visit = {}) =>
    consoles.visit(controller, path, { token, ...more })
  const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor()

  test('a document by its number, its name, its domain; the search is in the address', async () => {
    const page = await open('/console/plans')
    await page.getByText('121 documents with 122 numbers serve').waitFor()
    const found = page.getByRole('list', { name: 'Documents' }).getByRole('link')
    expect(await found.count()).toBe(50)
    await page.getByRole('button', { name: 'Show 50 more' }).click()
    expect(await found.count()).toBe(100)
    const search = page.getByLabel('Search')
    for (const asked of ['050 - 210 10 01', '+31502101001', 'SHOP.example', 'asks who']) {
      await search.fill(asked)
      await page.getByText('1 of 121', { exact: true }).waitFor()
      expect(await found.allTextContents()).toEqual([expect.stringContaining('shop')])
    }
    expect(page.url()).toMatch(/\/console\/plans\?q=asks\+who$/)
    await search.fill('0502101001')
    await page.getByText('0502101001 finds by 0502101001:').waitFor()
    await search.fill('0502109999')
    await page.getByText('A call to 0502109999 finds no plan.').waitFor()
    await search.fill('asks who')
    await page.reload()
    await page.getByText('1 of 121', { exact: true }).waitFor()
    await search.fill('nobody has this')
    await page.getByText('Nothing fits').waitFor()
    await page.getByRole('button', { name: 'Clear the search' }).click()
    await search.fill('shop')
    await found.first().press('Enter')
    await heading(page, 'shop')
    await page.goBack()
    await page.getByText('1 of 121', { exact: true }).waitFor()
  })

  test('a document as a tree, with what was found at its step and notes as the text that they are', async () => {
    const page = await open('/console/plans/shop')
    await heading(page, 'shop')
    const main = page.getByRole('region', { name: 'main' })
    for (const text of [
      '0502101000',
      'By day',
      'asks the webhook crm',
      'on anything but ACK',
      'rings 215 for 30 s',
    ])
      await main.getByText(text).first().waitFor()
    await main.getByText('When nobody talked to the caller, the webhook crm is told.').waitFor()
    await page.getByText(/[1-9] warning/).waitFor()
    const unreachable = main
      .locator('li.step', { has: page.getByText('this step can never be reached') })
      .last()
    expect(await unreachable.locator('.step-row').getAttribute('id')).toBe('step:main/3')
    await main.getByText(`${hostile} ${long}`).waitFor()
    await page.getByText(`Who is it? ${hostile}`).waitFor()
    expect(await page.title()).toBe('Plans · belplan')
    const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
    expect(wide).toBeLessThanOrEqual(0)
  })

  test('an address of a step unfolds to it; of one that is gone says so; of a plan leads to it', async () => {
    const page = await open('/console/plans/shop#main/1/failure/0/on/busy/0')
    await page.locator('li.step.marked', { hasText: 'goes on in the plan night' }).waitFor()
    await page.locator('[id="step:main/1/failure/0/on/busy/0"]:focus').waitFor()
    await page.getByRole('button', { name: 'Fold all', exact: true }).click()
    expect(await page.locator('li.step').count()).toBe(0)
    await page.goto(`${controller.apiUrl}/console/plans/shop#desk`)
    await page.locator('li.step.marked', { hasText: 'desk: rings 215' }).waitFor()
    await page.goto(`${controller.apiUrl}/console/plans/shop#main/17`)
    await page.getByText('There is no step main/17 in this document').waitFor()
    await page.goto(`${controller.apiUrl}/console/plans/shop#night/`)
    await page.getByText('There is no step').waitFor({ state: 'detached' })
  })

  test('folding and searching by keyboard', async () => {
    const page = await open('/console/plans/shop')
    const fold = page.getByRole('button', { name: 'Fold asks the webhook crm' })
    await fold.focus()
    await page.keyboard.press('Enter')
    await page.getByText('rings 215 for 30 s').waitFor({ state: 'detached' })
    expect(
      await page.getByRole('button', { name: 'Unfold asks the webhook crm' }).getAttribute('aria-expanded'),
    ).toBe('false')
    const search = page.getByLabel('Search in the plans')
    await search.focus()
    await page.keyboard.type('rings')
    await page.getByText('0 of 2 steps').waitFor()
    await page.keyboard.press('Enter')
    await page.locator('li.step.marked', { hasText: 'rings what the webhook returned' }).waitFor()
    await page.getByText('1 of 2 steps').waitFor()
    await page.keyboard.press('Enter')
    await page.locator('li.step.marked', { hasText: 'desk: rings 215' }).waitFor()
    await search.fill('nothing of the kind')
    await page.getByText('no step fits').waitFor()
  })

  test('what a token may not do is not shown, and others’ documents are not there', async () => {
    const reader = await open('/console/plans', { token: READER })
    await reader.getByText('121 documents').waitFor()
    expect(await reader.getByRole('button', { name: 'Reload' }).count()).toBe(0)
    await reader.goto(`${controller.apiUrl}/console/plans?revisions`)
    await reader.locator('.badge', { hasText: 'serves' }).waitFor()
    expect(await reader.getByRole('button', { name: /Roll back/ }).count()).toBe(0)
    const north = await open('/console/plans', { token: NORTH })
    await north.getByText('120 documents with 120 numbers serve').waitFor()
    expect(await north.getByRole('button', { name: 'Reload' }).count()).toBe(0)
    await north.goto(`${controller.apiUrl}/console/plans/shop`)
    await north.getByText('Your token may not do that.').waitFor()
  })

  test('an error on disk is read at its step, the mend reloaded, and the revision before it rolled back to', async () => {
    const before = controller.plans.current().revision
    const bad = structuredClone(shop)
    bad.plans.main.steps[0]!.audio = 'welcom'
    await controller.put('shop', bad)
    const page = await open('/console/plans/shop')
    await page.getByText(/1 error$/).waitFor()
    await page.getByText('As it is now, this document has errors and does not serve').waitFor()
    const step = page.locator('li.step', { has: page.getByText(/did you mean .*welcome/) }).first()
    expect(await step.locator('.step-row').first().getAttribute('id')).toBe('step:main/0')

    await page.getByRole('link', { name: 'Plans' }).last().click()
    await page.getByRole('button', { name: 'Reload' }).click()
    await page.getByText('The plan set does not validate').waitFor()
    expect(await page.getByRole('dialog').getByRole('button', { name: 'Reload' }).isDisabled()).toBe(true)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })

    const mended = structuredClone(shop)
    mended.plans.main.steps.splice(3, 1)
    await controller.put('shop', mended)
    await page.getByRole('button', { name: 'Reload' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('What changes by that').waitFor()
    await dialog.getByText(/plays welcome/).waitFor()
    await dialog.getByRole('button', { name: 'Reload' }).click()
    await page.getByText(/Reloaded: revision [0-9a-f]{12} serves/).waitFor()
    expect(controller.plans.current().revision).not.toBe(before)

    await page.getByRole('link', { name: 'Revisions' }).click()
    await page.getByRole('button', { name: `What is different between ${before} and what serves` }).click()
    await dialog.getByText(/plays welcome/).waitFor()
    await dialog.getByRole('button', { name: 'Close' }).click()
    const rollBack = page.getByRole('button', { name: `Roll back to ${before}` })
    await rollBack.focus()
    await page.keyboard.press('Enter')
    await dialog.getByText('until the next reload').waitFor()
    await dialog.getByRole('button', { name: 'Roll back' }).press('Enter')
    await page.getByText(`Revision ${before} serves now.`).waitFor()
    expect(controller.plans.current().revision).toBe(before)
    expect(controller.plans.state()).toBe('rolledBack')
    await page.goto(`${controller.apiUrl}/console/plans`)
    await page.getByText('rolled back: serves until a reload').waitFor()
    await controller.put('shop', shop)
    await controller.reload({ token: 'test' })
  })

  test('a document that is gone from disk still shows what serves', async () => {
    await controller.put('gone', oneBridge('0502109999'))
    await controller.reload({ token: 'test' })
    await rm(join(controller.folder, 'plans', 'gone.json'))
    const page = await open('/console/plans/gone')
    await page.getByText('rings 215 for 5 s').waitFor()
    await controller.reload({ token: 'test' })
  })

  test('in Dutch', async () => {
    const page = await open('/console/plans/shop', { locale: 'nl-NL' })
    await page.getByRole('button', { name: 'Alles inklappen' }).waitFor()
  })

  test.each(['light', 'dark'] as const)('axe finds nothing in %s', async (colorScheme) => {
    const page = await open('/console/plans', { colorScheme, bypassCSP: true })
    await page.getByText('121 documents').waitFor()
    expect(await axeViolations(page)).toEqual([])
    await page.goto(`${controller.apiUrl}/console/plans/shop#desk`)
    await page.getByText(/[1-9] warning/).waitFor()
    expect(await axeViolations(page)).toEqual([])
    await page.goto(`${controller.apiUrl}/console/plans?revisions`)
    await page
      .getByRole('button', { name: /^Roll back/ })
      .first()
      .click()
    await page.getByRole('dialog').getByRole('listitem').first().waitFor()
    expect(await axeViolations(page)).toEqual([])
  })
})
