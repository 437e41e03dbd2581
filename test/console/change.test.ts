/** The view Change in a real browser: a mistake is read at its place, mended, published, and rolled back; nothing typed is lost. */
import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { oneBridge, type Controller } from '../harness/controller.ts'
import { axeViolations, type Visit } from './browser.ts'
import { describeConsole } from './describe-console.ts'

const READER = 'a-token-that-may-read-0123456789'
const OPS = 'a-token-of-operators-0123456789'

const hostile = '<script>document.title="owned"</script>\u202Egnp.exe'
const did = '+31502103000'
const laid = (document: object) => `${JSON.stringify(document, undefined, 2)}\n`
const rings = (destination: string, number = did) => ({
  description: hostile,
  plans: { main: { numbers: [number], steps: [{ type: 'bridge', destination }] } },
})

/** What is read in a process of its own comes behind all else that the machine does. */
const SLOW = { timeout: 150_000 }

describeConsole('change', 400_000, (consoles) => {
  let controller: Controller
  beforeAll(async () => {
    const tokens = { ops: { token: OPS, right: 'publish' }, reader: { token: READER, right: 'read' } }
    controller = await consoles.start({
      documents: { zoo: oneBridge('+31502103001') },
      config: { api: { tokens } },
    })
  }, 120_000)

  const file = (name: string) => join(controller.folder, 'plans', `${name}.json`)
  const onDisk = (name: string) => readFile(file(name), 'utf8')

  /** The document as it is to be on disk and in service. */
  async function given(name: string, document: object): Promise<void> {
    await controller.put(name, laid(document))
    await controller.reload({})
  }

  async function open(path: string, visit: Visit = {}): Promise<Page> {
    const page = await consoles.visit(controller, path, { token: OPS, ...visit })
    await page.locator('.cm-content').waitFor()
    return page
  }

  /** Puts the cursor behind the first occurrence of a text, by keyboard, and types. */
  async function typeBehind(page: Page, text: string, typed: string): Promise<void> {
    await page.locator('.cm-content').focus()
    const whole = await textOf(page)
    const before = whole.slice(0, whole.indexOf(text) + text.length)
    const lines = before.split('\n')
    await page.keyboard.press('Control+Home')
    for (let i = 1; i < lines.length; i++) await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Home')
    await page.keyboard.press('Home')
    for (const _ of lines.at(-1)!) await page.keyboard.press('ArrowRight')
    await page.keyboard.type(typed)
  }

  const textOf = async (page: Page): Promise<string> =>
    (await page.locator('.cm-line').allTextContents()).join('\n')

  async function publish(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Publish' }).click()
    await page.getByRole('button', { name: 'Publish it' }).click()
  }

  const checks = (page: Page) => page.getByRole('region', { name: 'Errors and warnings' })
  const runs = (page: Page) => page.getByRole('region', { name: 'Tests' })

  test('a mistake is read at its place, mended, published with what changes, and rolled back', async () => {
    await given('acme', rings('215'))
    const cases = [{ name: 'the desk rings', call: { did }, expect: { rings: ['215'] } }]
    await writeFile(file('acme.test'), JSON.stringify({ cases }))
    const before = controller.plans.current().revision
    const page = await open('/console/change/acme')
    await runs(page).getByText('1 passes').waitFor(SLOW)
    await typeBehind(page, '"destination": "215', 'x')
    const error = checks(page).getByRole('button', { name: /Error.*line 11/ })
    await error.waitFor()
    await page.locator('.cm-lint-marker-error').waitFor()
    expect(await runs(page).textContent()).toContain('They run once there are no errors')
    // The list leads to the place in the text.
    await error.focus()
    await page.keyboard.press('Enter')
    await page.locator('.cm-editor.cm-focused').waitFor()
    await page.keyboard.press('Control+z')
    await checks(page).getByText('No errors, no warnings.').waitFor()

    await typeBehind(page, '"destination": "215', '')
    await page.keyboard.press('Backspace')
    await page.keyboard.type('7')
    await runs(page).getByText('expected 215, got 217').waitFor(SLOW)
    await page.getByRole('button', { name: 'Publish' }).click()
    await page
      .getByRole('dialog')
      .getByText(/rings 217/)
      .waitFor()
    await page.getByRole('button', { name: 'Publish it' }).click()
    await page.getByText('Published: revision').waitFor(SLOW)
    expect(await onDisk('acme')).toBe(laid(rings('217')))
    expect(controller.plans.current().revision).not.toBe(before)

    await page.getByRole('link', { name: 'To the revisions, to roll back' }).click()
    await page.getByRole('button', { name: `Roll back to ${before}` }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click()
    await page.getByText(`Revision ${before} serves now.`).waitFor()
    expect(controller.plans.current().revision).toBe(before)
    await controller.reload({})
    expect(await page.title()).toBe('Plans · belplan')
  })

  test('what only the whole set has against it is read at its place after the attempt, and nothing is lost', async () => {
    await given('bank', rings('215', '+31502103002'))
    const page = await open('/console/change/bank')
    await typeBehind(page, '"+3150210300', '')
    await page.keyboard.press('Delete')
    await page.keyboard.type('1')
    await checks(page).getByText('No errors, no warnings.').waitFor()
    await publish(page)
    await page.getByText('It was not published').waitFor(SLOW)
    await checks(page)
      .getByText(/leads to the plan "main" already, at .*zoo.json/)
      .waitFor()
    await page.locator('.cm-lint-marker-error').waitFor()
    expect(await onDisk('bank')).toBe(laid(rings('215', '+31502103002')))
    // The draft is there when the page is loaded again.
    await page.reload()
    await page.getByText('Your draft, which is kept in this tab').waitFor()
    expect(await textOf(page)).toContain('+31502103001')
    await page.getByRole('button', { name: 'Discard the draft' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Discard the draft' }).click()
    await page.getByText('+31502103002').waitFor(SLOW)
  })

  test('somebody was first: it is said what they changed, and one goes on, takes theirs, or publishes over them', async () => {
    await given('cafe', rings('215', '+31502103003'))
    const page = await open('/console/change/cafe')
    await typeBehind(page, '"destination": "215', '')
    await page.keyboard.press('Backspace')
    await page.keyboard.type('9')
    await given('cafe', rings('218', '+31502103003'))
    await publish(page)
    const dialog = page.getByRole('dialog', { name: 'Somebody was first' })
    await dialog.getByText(/step 1 rings 218/).waitFor(SLOW)
    await page.getByRole('button', { name: 'Go on writing' }).click()
    expect(await textOf(page)).toContain('"destination": "219"')
    expect(await onDisk('cafe')).toContain('"218"')
    await publish(page)
    await page.getByRole('button', { name: 'Publish mine over theirs' }).click()
    await page.getByText('Published: revision').waitFor(SLOW)
    expect(await onDisk('cafe')).toContain('"219"')
  })

  test('a new document is written with what the schema completes, tried as a draft, published and deleted', async () => {
    const page = await open('/console/change/fresh')
    await page.getByText('This document is new').waitFor()
    await typeBehind(page, '"steps": [', '')
    await page.keyboard.press('Control+Space')
    const list = page.locator('.cm-tooltip-autocomplete')
    await list.getByText('hangup', { exact: true }).waitFor()
    await list.getByText('hangup', { exact: true }).click()
    await typeBehind(page, '"numbers": [', '"+31502103009')
    const draft = JSON.parse(await textOf(page)) as { plans: { main: { steps: { type: string }[] } } }
    expect(draft.plans.main.steps[0]?.type).toBe('hangup')
    await checks(page)
      .getByText(/No errors|\d warning/)
      .first()
      .waitFor()
    await page.getByRole('link', { name: 'Try this draft' }).first().click()
    await page.getByText('Of your draft of fresh').waitFor()
    await page.getByLabel('Number to dial').fill('+31502103009')
    await page.getByRole('button', { name: 'Try the call' }).click()
    await page.getByText('The plan hung up.').waitFor()
    await page.getByRole('link', { name: 'Back to the editor' }).click()
    await page.locator('.cm-content').waitFor()
    await checks(page)
      .getByText(/No errors|\d warning/)
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Publish' }).click()
    await page.getByRole('dialog').getByText('the document is new').waitFor()
    await page.getByRole('button', { name: 'Publish it' }).click()
    await page.getByText('Published: revision').waitFor(SLOW)
    expect(await onDisk('fresh')).toContain('+31502103009')
    await page.getByRole('button', { name: 'Delete' }).click()
    expect(await page.getByRole('button', { name: 'Delete it' }).isDisabled()).toBe(true)
    await page.getByLabel('Name of the document').fill('fresh')
    await page.getByRole('button', { name: 'Delete it' }).click()
    await page.getByText('fresh is deleted.').waitFor(SLOW)
    await expect(access(file('fresh'))).rejects.toThrow('ENOENT')
  })

  test('the controller is away while one writes: that is said, and it is checked as soon as it is back', async () => {
    await given('hall', rings('215', '+31502103008'))
    const page = await open('/console/change/hall')
    await checks(page).getByText('No errors, no warnings.').waitFor()
    await page.context().setOffline(true)
    await typeBehind(page, '"destination": "215', 'x')
    await checks(page).getByText('The controller does not answer; it is tried again.').waitFor()
    await page.getByRole('button', { name: 'Publish' }).click()
    await page.getByRole('dialog').getByText('The controller does not answer.').waitFor()
    await page.keyboard.press('Escape')
    await page.context().setOffline(false)
    await checks(page)
      .getByRole('button', { name: /Error.*line 11/ })
      .waitFor()
    await page.context().setOffline(true)
    await page.locator('.cm-content').focus()
    await page.keyboard.press('Control+z')
    await checks(page).getByText('The controller does not answer; it is tried again.').waitFor()
    await page.context().setOffline(false)
    await checks(page).getByText('No errors, no warnings.').waitFor()
  })

  test('a token that is taken away while one writes: what was typed is there after the next log-in', async () => {
    await given('jazz', rings('215', '+31502103011'))
    const page = await open('/console/change/jazz')
    await page.route('**/plans/validate*', (route) =>
      route.fulfill({ status: 401, json: { error: { code: 'unauthorized', message: 'no' } } }),
    )
    await typeBehind(page, '"destination": "215', 'x')
    await page.getByText('You were logged out').waitFor()
    await page.unroute('**/plans/validate*')
    await page.getByLabel('Token', { exact: true }).fill(OPS)
    await page.keyboard.press('Enter')
    await page.getByText('Your draft, which is kept in this tab').waitFor()
    // The editor is a part of its own, which may come behind the line above it.
    await page.locator('.cm-line', { hasText: '"215x"' }).waitFor()
    await checks(page)
      .getByRole('button', { name: /Error.*line 11/ })
      .waitFor()
  })

  test('who closes the question while it is published is told that somebody was first', async () => {
    await given('inn', rings('215', '+31502103010'))
    const page = await open('/console/change/inn')
    await typeBehind(page, '"destination": "215', '')
    await page.keyboard.press('Backspace')
    await page.keyboard.type('9')
    await given('inn', rings('218', '+31502103010'))
    const isClosed = Promise.withResolvers<undefined>()
    await page.route('**/plans/documents/inn', async (route) => {
      if (route.request().method() === 'PUT') await isClosed.promise
      await route.continue()
    })
    await publish(page)
    await page.getByRole('button', { name: 'Publishing' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    isClosed.resolve(undefined)
    await page.getByRole('status').getByText('Somebody changed it meanwhile.').waitFor(SLOW)
    expect(await onDisk('inn')).toBe(laid(rings('218', '+31502103010')))
    await publish(page)
    await page.getByRole('dialog', { name: 'Somebody was first' }).waitFor(SLOW)
  })

  test('a field is explained to whoever points at it', async () => {
    await given('dock', rings('215', '+31502103004'))
    const page = await open('/console/change/dock')
    await page
      .locator('.cm-line', { hasText: '"destination"' })
      .locator('span', { hasText: 'destination' })
      .first()
      .hover()
    await page.locator('.cm-tooltip .explained').waitFor()
  })

  test('what is wrong is told at its place, to whoever points at it, and by F8', async () => {
    await given('golf', rings('215', '+31502103007'))
    const page = await open('/console/change/golf')
    await typeBehind(page, '"destination": "215', 'x')
    const wrong = page.locator('.cm-lintRange-error')
    await wrong.first().waitFor()
    const dot = page.locator('.cm-lint-marker-error')
    const said = await dot.getAttribute('title')
    expect(said).toContain('215x')
    await wrong.first().hover()
    await page.locator('.cm-tooltip .cm-diagnostic-error', { hasText: said! }).waitFor()
    await page.mouse.move(0, 0)
    await page.locator('.cm-tooltip').waitFor({ state: 'hidden' })
    await page.locator('.cm-content').focus()
    await page.keyboard.press('Control+Home')
    await page.keyboard.press('F8')
    await page.locator('.cm-tooltip .cm-diagnostic-error', { hasText: said! }).waitFor()
    // It is selected: what is typed is in its place.
    await page.keyboard.type('"215"')
    await checks(page).getByText('No errors, no warnings.').waitFor()
    await dot.waitFor({ state: 'hidden' })
  })

  test('quotes and brackets are closed, lines indented, and the bracket shown that belongs to one', async () => {
    const page = await open('/console/change/new')
    await page.locator('.cm-content').focus()
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Delete')
    await page.keyboard.type('{')
    await page.keyboard.press('Enter')
    await page.keyboard.type('"plans": {')
    await page.keyboard.press('Enter')
    expect(await textOf(page)).toBe('{\n  "plans": {\n    \n  }\n}')
    expect(await page.locator('.json-name').allTextContents()).toEqual(['"plans"'])
    await page.keyboard.press('Control+End')
    expect(await page.locator('.cm-matchingBracket').allTextContents()).toEqual(['{', '}'])
  })

  test('Tab indents, and Escape and then Tab leaves the editor', async () => {
    await given('echo', rings('215', '+31502103005'))
    const page = await open('/console/change/echo')
    await page.locator('.cm-content').focus()
    await page.keyboard.press('Control+Home')
    await page.keyboard.press('Tab')
    expect(await textOf(page)).toMatch(/^ +\{/)
    await page.keyboard.press('Control+z')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Tab')
    await page.locator('.cm-editor:not(.cm-focused)').waitFor()
    await page.locator('button:focus', { hasText: 'Lay out' }).waitFor()
  })

  test('who may not publish is not shown the view', async () => {
    const page = await consoles.visit(controller, '/console/change/zoo', { token: READER })
    await page.getByText('There is no such page').waitFor()
    expect(await page.getByRole('link', { name: 'Change' }).count()).toBe(0)
  })

  test.each(['light', 'dark'] as const)(
    'axe finds nothing in %s, and nothing is wider than a telephone',
    async (colorScheme) => {
      await given('farm', { ...rings('215', '+31502103006'), [`x-${'y'.repeat(64)}`]: 'z'.repeat(64) })
      const page = await open('/console/change/farm', {
        colorScheme,
        bypassCSP: true,
        viewport: { width: 390, height: 844 },
      })
      await checks(page).getByText('No errors').waitFor()
      await typeBehind(page, '"destination": "215', 'x')
      await checks(page).getByRole('button', { name: /Error/ }).waitFor()
      expect(await axeViolations(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
      await page.getByRole('button', { name: 'Publish' }).click()
      await page.getByRole('dialog').getByText('The plans do not validate').waitFor()
      expect(await axeViolations(page)).toEqual([])
      await page.goto(`${controller.apiUrl}/console/change`)
      await page.getByRole('link', { name: 'farm' }).waitFor()
      expect(await axeViolations(page)).toEqual([])
      expect(await page.title()).toBe('Change · belplan')
    },
  )
})
