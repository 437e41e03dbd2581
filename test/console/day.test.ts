/**
 * A day of an operator, in one page: a plan is found, a call tried and kept as a test, a live one watched, a mistake published and
 * its mend, which is rolled back, and a call of the morning found and walked by another plan. Whatever is read on the page, calls
 * really did.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import type { CallScript } from '../../src/simulator/script.ts'
import { oneBridge, type Controller } from '../harness/controller.ts'
import { until } from '../harness/until.ts'
import { axeViolations } from './browser.ts'
import { describeConsole } from './describe-console.ts'
import { type HeldServer, openHeldServer } from './held-server.ts'

const OPS = 'a-token-of-operators-0123456789'
const did = '+31502104000'
const caller = '+31612345678'
/** Of a call that goes on for two seconds or more; a server that takes one is marked as slow. */
const SLOW = /^(?:[2-9]|[1-9]\d) s$/
/** What is read in a process of its own comes behind all else that the machine does. */
const WAITS = { timeout: 300_000 }

/** Asks the CRM who calls, and rings two telephones. */
const garage = (crm: string) => ({
  description: 'A garage, whose CRM knows its customers',
  domain: 'garage.example',
  webhooks: { crm: { urlTemplate: `${crm}/name?caller={callerid}`, timeoutSeconds: 10 } },
  plans: {
    main: {
      numbers: [did],
      steps: [
        { type: 'webhook', webhook: 'crm', success: [{ type: 'callername', mode: 'webhook' }] },
        { type: 'bridge', destination: ['215', '216'], strategy: 'sequential', ringSeconds: 40 },
      ],
    },
  },
})

describeConsole('a day', 900_000, (consoles) => {
  let crm: HeldServer
  let controller: Controller

  beforeAll(async () => {
    crm = await openHeldServer()
    controller = await consoles.start({
      documents: {
        bakery: oneBridge('+31502104001'),
        garage: garage(crm.url),
        school: oneBridge('+31502104002'),
      },
      config: {
        api: { tokens: { ops: { token: OPS, right: 'publish' } } },
        webhooks: { allowPrivateNetworks: ['127.0.0.0/8'] },
      },
    })
    // As a person has it in an editor.
    await controller.put('garage', `${JSON.stringify(garage(crm.url), undefined, 2)}\n`)
    await controller.reload({})
  }, 120_000)
  afterAll(() => crm.close())

  /** Which telephones a call to the garage really rings; the last of them answers. */
  async function rungBy(from: string, answers: NonNullable<CallScript['answers']>): Promise<string[]> {
    const call = placeCall(controller.esl, { did, caller: from, speed: 10, answers })
    await crm.answer('status=ACK&callername=Jane+Doe')
    const { ended, invites, violations } = await call
    expect(violations).toEqual([])
    expect(ended).toBe('talked')
    return invites.map(({ destination }) => destination.split('@')[0]!)
  }

  /** By the link of the navigation; the view is there once the focus is in it. */
  async function goTo(page: Page, view: string): Promise<void> {
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: view }).click()
    await page.getByRole('heading', { name: view, level: 1 }).waitFor()
    await page.locator('#content:focus').waitFor()
  }

  const heading = (page: Page, name: string) => page.getByRole('heading', { name, level: 1 }).waitFor()
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
  const region = (page: Page, name: string) => page.getByRole('region', { name, exact: true })

  test('a plan is found, tried, watched, changed for the worse and for the better, rolled back, and a call walked again', async () => {
    const morning = controller.plans.current().revision
    const page = await consoles.visit(controller, '/console/')
    const dialog = page.getByRole('dialog')
    const isGood = async (where: string) => expect(await axeViolations(page), where).toEqual([])

    // The token is typed.
    await page.getByLabel('Token', { exact: true }).fill(OPS)
    await page.keyboard.press('Enter')
    await heading(page, 'Live')
    await page.getByText('No call is held now').waitFor()
    await isGood('Live, without calls')

    // A customer asks about their number, as they say it.
    await goTo(page, 'Plans')
    await page.getByText('3 documents with 3 numbers serve').waitFor()
    await page.getByLabel('Search').fill('050 - 210 40 00')
    await page.getByText('1 of 3', { exact: true }).waitFor()
    await page.getByText(`finds by ${did}:`).waitFor()
    await isGood('Plans, with a number found')
    await page.getByRole('list', { name: 'Documents' }).getByRole('link').press('Enter')
    await heading(page, 'garage')
    const plan = region(page, 'main')
    await plan.getByText('asks the webhook crm').waitFor()
    await plan.getByText('rings 215, then 216, each for 40 s').waitFor()
    // What is asked over plain HTTP may be read on the way.
    await page.getByText('1 warning').waitFor(WAITS)
    await isGood('the plan of the garage')

    // Where does a call go when 215 is on the telephone? The number is filled in.
    await page.getByRole('link', { name: 'Try a call' }).click()
    await heading(page, 'Try')
    await page.locator('#content:focus').waitFor()
    await page.getByText('leads to garage, plan main').waitFor()
    await page.getByLabel('What crm answers').selectOption('ACK')
    await page.getByLabel('Name that crm returns').fill('Jane Doe')
    await page.getByLabel('What 215 does').selectOption('busy')
    await page.getByLabel('What 216 does').selectOption('answered')
    await button(page, 'Try the call').click()
    await page.getByText('Two parties talked.').waitFor()
    // The walk plays by itself.
    const walk = region(page, 'The walk')
    await walk.getByRole('status').getByText('Step 3 of 3').waitFor()
    expect(await walk.locator('[aria-current=step]').textContent()).toContain('216: 216 answers')
    await page.getByText('Jane Doe <+31612345678>').first().waitFor()
    await isGood('a call that was tried')

    // So it is to stay.
    await button(page, 'Save as a test').click()
    await dialog.getByText('"answeredBy": "216"').waitFor()
    await isGood('a test before it is saved')
    await button(page, 'Save').click()
    await page.getByText('is a test now, and passes').waitFor(WAITS)
    const tests = await readFile(join(controller.folder, 'plans', 'garage.test.json'), 'utf8')
    expect(JSON.parse(tests)).toMatchObject({
      cases: [{ name: `a call to ${did}: 216 answers`, expect: { rings: ['215', '216'], ends: 'talked' } }],
    })

    // A caller waits for the CRM, which is slow, then for 215, and has enough of it.
    await goTo(page, 'Live')
    await page.getByRole('status').filter({ hasText: 'live' }).waitFor()
    const gone = new AbortController()
    const missed = placeCall(controller.esl, { did, caller, signal: gone.signal })
    onTestFinished(async () => {
      gone.abort()
      await missed
    })
    const row = page.getByRole('row', { name: did })
    await row.getByText('asks a server').waitFor()
    await row.getByRole('link', { name: `Follow the call from ${caller} to ${did}` }).click()
    const followed = page.getByRole('region', { name: did })
    const lit = followed.locator('[aria-current=step]')
    await followed.getByText('Now: asks the webhook crm').waitFor()
    expect(await lit.textContent()).toContain('asks the webhook crm')
    await row.getByText(SLOW).waitFor()
    await crm.answer('status=ACK&callername=Jane+Doe')
    await followed.getByText('Now: rings 215').waitFor()
    expect(await lit.textContent()).toContain('rings 215')
    await isGood('a live call')
    gone.abort()
    await missed
    await followed.getByText('the caller hung up').waitFor()
    await page.getByRole('link', { name: 'the caller hung up 1' }).waitFor()

    // Whose server was it?
    await goTo(page, 'Health')
    const server = region(page, 'Webhooks').getByRole('row', { name: crm.url })
    await server.getByText('works').waitFor()
    await server.getByText(/^95% [\d.]+ s$/).waitFor()
    await isGood('Health')

    // The garage wants 217 to ring in the place of 215. The hand slips.
    await goTo(page, 'Change')
    await page.getByLabel('Name of the document').fill('garage')
    await page.keyboard.press('Enter')
    await heading(page, 'garage')
    const editor = page.getByRole('textbox', { name: 'The text of garage' })
    const checks = region(page, 'Errors and warnings')
    const runs = region(page, 'Tests')
    await runs.getByText('1 passes').waitFor(WAITS)
    // It is below what is in sight.
    await editor.click()
    await page.keyboard.press('Control+End')
    await editor.getByText('"215",').click()
    await page.keyboard.press('End')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.type('x')
    await checks.getByText('1 error').waitFor()
    await button(page, 'Publish').click()
    await dialog.getByText('The plans do not validate').waitFor()
    await isGood('a mistake that is to be published')
    await button(page, 'Publish it').click()
    await page.getByText('It was not published. The errors are marked in the text.').waitFor(WAITS)
    expect(controller.plans.current().revision).toBe(morning)

    // It is read at its place, to which the list leads, and typed over.
    await dialog.waitFor({ state: 'detached' })
    const told = checks.getByRole('button', { name: /215x.*line 29/ })
    await told.first().waitFor()
    await editor.locator('..').getByTitle(/215x/).waitFor()
    await isGood('a mistake at its place')
    await told.first().click()
    await page.locator('.cm-editor.cm-focused').waitFor()
    await page.keyboard.press('F8')
    await page.keyboard.type('"217"')
    await checks.getByText('1 error').waitFor({ state: 'detached' })
    await checks.getByText('1 warning').waitFor()
    // The test of the morning says what is different now, and so it is meant.
    await runs.getByText('expected 215, then 216, got 217, then 216').waitFor(WAITS)
    await button(page, 'Publish').click()
    await dialog.getByText(/rings 217, then 216/).waitFor()
    await isGood('a mend that is to be published')
    await button(page, 'Publish it').click()
    await page.getByText(/^Published: revision [0-9a-f]{12} serves\.$/).waitFor(WAITS)
    const mend = controller.plans.current().revision
    expect(mend).not.toBe(morning)
    expect(await rungBy(caller, { '217': { outcome: 'busy' }, '216': { outcome: 'answered' } })).toEqual([
      '217',
      '216',
    ])

    // They want it back as it was.
    await page.getByRole('link', { name: 'To the revisions, to roll back' }).click()
    await heading(page, 'Revisions')
    await page.getByRole('row', { name: mend }).getByText('serves').waitFor()
    await isGood('Revisions')
    await button(page, `Roll back to ${morning}`).click()
    await dialog.getByText(/rings 215, then 216/).waitFor()
    await dialog.getByRole('button', { name: 'Roll back' }).click()
    await page.getByText(`Revision ${morning} serves now.`).waitFor()
    await page.getByRole('row', { name: morning }).getByText('serves').waitFor()
    expect(controller.plans.current().revision).toBe(morning)
    expect(await rungBy('+31687654321', { '215': { outcome: 'answered' } })).toEqual(['215'])

    // What of the caller of this morning?
    await until('all records', async () => ((await controller.records()).length === 3 ? true : undefined))
    await goTo(page, 'Calls')
    await page.getByText('3 calls', { exact: true }).waitFor()
    await page.getByLabel('Caller').fill(caller)
    await page.keyboard.press('Enter')
    await page.getByText('2 calls', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'Missed' }).click()
    await page.getByText('1 call', { exact: true }).waitFor()
    await isGood('calls that were found')
    await page.getByRole('link', { name: /^All of the call of/ }).click()
    await heading(page, `Call to ${did}`)
    await page.getByText('The caller hung up before two parties talked.').waitFor()
    const line = region(page, 'Time line')
    await line.getByText(/ s · slow$/).waitFor()
    await line.getByText('rings 215, then 216').waitFor()
    await line.getByText('Jane Doe <+31612345678>').waitFor()
    await isGood('the time line of a call')

    // Would it have gone better by the mend?
    await page.getByLabel('By which plan').selectOption(mend)
    await button(page, 'Walk again').click()
    await page.getByText(/in the call .* rings 215.*; here .* rings 217/).waitFor()
    const parting = page.getByRole('row').filter({ hasText: 'Here they part' })
    expect(await parting.count()).toBe(1)
    expect(await parting.getByRole('cell').allTextContents()).toEqual([
      expect.stringMatching(/^rings 215/),
      expect.stringMatching(/^rings 217/),
    ])
    await isGood('a call that was walked again')

    // Home, and whoever sits down there next sees nothing.
    await page.getByText('ops', { exact: true }).click()
    await button(page, 'Log out').click()
    await heading(page, 'Log in to belplan')
    await page.goBack()
    await heading(page, 'Log in to belplan')
    await isGood('the log-in')
  })
})
