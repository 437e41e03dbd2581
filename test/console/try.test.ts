/** The view Try in a real browser: a call is tried, its walk followed step by step, and saved as a test. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import type { Controller } from '../harness/controller.ts'
import { axeViolations, type Visit } from './browser.ts'
import { describeConsole } from './describe-console.ts'

const READER = 'a-token-that-may-read-0123456789'
const OPS = 'a-token-of-operators-0123456789'

const hostile = '<script>document.title="owned"</script>\u202Egnp.exe'
const long = 'x'.repeat(64)

const did = '+31502102000'
const shop = {
  audio: { welcome: 'shop/welcome.wav', [long]: 'shop/long.wav' },
  webhooks: { crm: { urlTemplate: 'https://crm.example/?n={callerid}' } },
  plans: {
    main: {
      numbers: [did],
      steps: [
        { type: 'play', audio: 'welcome', note: hostile },
        { type: 'webhook', webhook: 'crm', success: [{ type: 'callername', mode: 'webhook' }] },
        { type: 'bridge', destination: ['215', '216'], strategy: 'sequential', ringSeconds: 20 },
        { type: 'play', audio: long },
      ],
    },
  },
}

/** What is read in a process of its own comes behind all else that the machine does. */
const SLOW = { timeout: 150_000 }

interface TestFile {
  readonly cases: readonly { readonly name: string; readonly expect: object; readonly given?: object }[]
}

describeConsole('try', 200_000, (consoles) => {
  let controller: Controller
  beforeAll(async () => {
    const tokens = { ops: { token: OPS, right: 'publish' }, reader: { token: READER, right: 'read' } }
    controller = await consoles.start({ documents: { shop }, config: { api: { tokens } } })
  }, 120_000)

  const visit = (path: string, visit: Visit = {}): Promise<Page> =>
    consoles.visit(controller, path, { token: OPS, reducedMotion: 'reduce', ...visit })
  const tests = async (): Promise<TestFile> =>
    JSON.parse(await readFile(join(controller.folder, 'plans/shop.test.json'), 'utf8')) as TestFile

  test('a person tries a call, sees where it goes, and saves it as a test with one click', async () => {
    const page = await visit('/console/try')
    await page.getByLabel('Number to dial').fill(did)
    await page.getByText('leads to shop, plan main').waitFor()
    await page.getByLabel('What crm answers').selectOption('ACK')
    await page.getByLabel('Name that crm returns').fill('Jane Doe')
    await page.getByLabel('What 215 does').selectOption('busy')
    await page.getByLabel('What 216 does').selectOption('answered')
    await page.getByRole('button', { name: 'Try the call' }).click()
    await page.getByText('Two parties talked.').waitFor()
    await page.getByText('Jane Doe <+31612345678>').first().waitFor()
    await page.locator('.step.now', { hasText: 'rings 215' }).waitFor()
    expect(await page.getByText('Step 4 of 4').count()).toBe(1)
    // Back along the way, by its controls.
    await page.getByRole('button', { name: 'One step back' }).click()
    await page.getByRole('button', { name: 'One step back' }).click()
    await page.locator('.step.now', { hasText: 'crm' }).waitFor()
    expect(await page.locator('.step.done').count()).toBe(1)
    await page.getByRole('button', { name: 'To the beginning' }).click()
    await page.getByText('Before the first step').waitFor()
    expect(await page.locator('.step.done, .step.now').count()).toBe(0)

    await page.getByRole('button', { name: 'Save as a test' }).click()
    await page.getByRole('dialog').getByText('"answeredBy": "216"').waitFor()
    expect(await page.getByLabel('What it shows').inputValue()).toBe(`a call to ${did}: 216 answers`)
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('is a test now, and passes').waitFor(SLOW)
    expect(await tests()).toMatchObject({
      version: 1,
      cases: [
        {
          name: `a call to ${did}: 216 answers`,
          given: {
            webhooks: { crm: { status: 'ACK', callername: 'Jane Doe' } },
            destinations: { 215: 'busy', 216: 'answered' },
          },
          expect: {
            ...{ plan: 'main', asks: ['crm'], rings: ['215', '216'], answeredBy: '216' },
            ...{ shows: 'Jane Doe <+31612345678>', hears: ['welcome'], ends: 'talked' },
          },
        },
      ],
    })
  })

  test('the address has the whole call; text of others is shown as text', async () => {
    const script = { call: { callername: hostile }, given: { webhooks: { crm: 'down' } } }
    const query = new URLSearchParams({ did, script: JSON.stringify(script) }).toString()
    const page = await visit(`/console/try?${query}`)
    await page.getByText('The plan came to its end').waitFor()
    expect(await page.getByLabel('Name of the caller').inputValue()).toBe(hostile)
    // Control characters are taken out of names by the controller; the rest is there as it was written.
    await page.getByText('<script>document.title').first().waitFor()
    expect(await page.title()).toBe('Try · belplan')
    await page.getByText(long).first().waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  })

  test('two who save at the same time: both tests are there', async () => {
    const first = { name: 'theirs', call: { did }, expect: { ends: 'endOfList' } }
    await writeFile(join(controller.folder, 'plans/shop.test.json'), JSON.stringify({ cases: [first] }))
    const page = await visit(
      `/console/try?${new URLSearchParams({ did, script: '{"call":{"callerid":"anonymous"},"given":{"destinations":{"215":"answered"}}}' }).toString()}`,
    )
    await page.getByText('Two parties talked.').waitFor()
    await page.getByRole('button', { name: 'Save as a test' }).click()
    await page.getByLabel('What it shows').fill('mine')
    await page.getByRole('dialog').getByText('"name": "mine"').waitFor()
    const second = { ...first, name: 'of somebody who was quicker' }
    await writeFile(
      join(controller.folder, 'plans/shop.test.json'),
      JSON.stringify({ cases: [first, second] }),
    )
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('yours was added to theirs').waitFor(SLOW)
    expect((await tests()).cases.map(({ name }) => name)).toEqual(['theirs', second.name, 'mine'])
  })

  test('the link of the view begins anew, and the way back leads to the call that was tried', async () => {
    const page = await visit('/console/try')
    await page.getByLabel('Number to dial').fill(did)
    await page.getByLabel('What 215 does').selectOption('answered')
    await page.getByRole('button', { name: 'Try the call' }).click()
    await page.getByText('Two parties talked.').waitFor()
    await page.getByRole('link', { name: 'Try', exact: true }).click()
    await page.getByText('Two parties talked.').waitFor({ state: 'detached' })
    expect(await page.getByLabel('Number to dial').inputValue()).toBe('')
    await page.goBack()
    await page.getByText('Two parties talked.').waitFor()
    expect(await page.getByLabel('Number to dial').inputValue()).toBe(did)
    expect(await page.getByLabel('What 215 does').inputValue()).toBe('answered')
  })

  test('what is wrong with it is said; who may only read can try, and neither ask servers nor save', async () => {
    const page = await visit('/console/try', { token: READER })
    await page.getByRole('button', { name: 'Try the call' }).click()
    await page.getByText('Enter the number that is dialled.').waitFor()
    await page.getByLabel('Number to dial').fill('0509999999')
    await page.getByText('leads to no plan').waitFor()
    await page.getByRole('button', { name: 'Try the call' }).click()
    await page.getByText('No plan has this number.').waitFor()
    expect(await page.getByRole('button', { name: 'Save as a test' }).count()).toBe(0)
    await page.getByLabel('Number to dial').fill(did)
    const answers = await page.getByLabel('What crm answers').locator('option').allTextContents()
    expect(answers).not.toContain('really ask it')
    const unknown = new URLSearchParams({
      did,
      script: '{"given":{"webhooks":{"crn":"down"}}, "call":{"callername":"x"}}',
    })
    await page.goto(`${controller.apiUrl}/console/try?${unknown.toString()}`)
    await page.getByText('the document has no webhook "crn"').waitFor()
  })

  test('by keyboard alone', async () => {
    const page = await visit('/console/try')
    await page.getByLabel('Number to dial').focus()
    await page.keyboard.type(did)
    await page.getByText('leads to shop, plan main').waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('The plan came to its end').waitFor()
    await page.getByRole('button', { name: 'To the beginning' }).focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText(/Step 1 of/).waitFor()
    await page.getByRole('button', { name: 'Save as a test' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.locator('button:focus', { hasText: 'Save as a test' }).waitFor()
  })

  test.each(['light', 'dark'] as const)(
    'axe finds nothing in %s, and nothing is wider than a telephone',
    async (colorScheme) => {
      const script = {
        given: { webhooks: { crm: { status: 'ACK' } }, destinations: { 216: 'answered' } },
        call: { callername: long },
      }
      const query = new URLSearchParams({ did, script: JSON.stringify(script) }).toString()
      const page = await visit(`/console/try?${query}`, {
        colorScheme,
        bypassCSP: true,
        viewport: { width: 390, height: 844 },
      })
      await page.getByText('Two parties talked.').waitFor()
      expect(await axeViolations(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
      await page.getByRole('button', { name: 'Save as a test' }).click()
      await page.getByRole('dialog').getByText('"answeredBy": "216"').waitFor()
      expect(await axeViolations(page)).toEqual([])
    },
  )

  test('in Dutch where the browser is', async () => {
    const page = await visit('/console/try', { locale: 'nl-NL' })
    await page.getByLabel('Te kiezen nummer').fill(did)
    await page.getByRole('button', { name: 'Oproep proberen' }).click()
    await page.getByText('Het plan kwam aan zijn eind').waitFor()
    await page.getByText('het plan was afgelopen').waitFor()
    await page
      .getByText(/na .*: afgespeeld, binnen/)
      .first()
      .waitFor()
  })
})
