/** The frame of the console in a real browser: log-in, rights, languages, addresses, keyboard, and what the page may load. */
import { beforeAll, expect, test } from 'vitest'
import type { Controller } from '../harness/controller.ts'
import { oneBridge } from '../harness/controller.ts'
import { axeViolations } from './browser.ts'
import { describeConsole } from './describe-console.ts'

const ALL = 'a-token-for-all-documents-0123456789'
const OWN = 'a-token-for-documents-of-north-0123456789'

describeConsole('frame', 60_000, (consoles) => {
  let open: Controller
  let guarded: Controller

  beforeAll(async () => {
    const documents = { acme: oneBridge('0502100000') }
    open = await consoles.start({ documents })
    guarded = await consoles.start({
      documents,
      config: {
        api: {
          tokens: {
            ops: { token: ALL, right: 'admin' },
            north: { token: OWN, right: 'read', documents: ['north/*'] },
          },
        },
      },
    })
  }, 120_000)

  test('without configured tokens this machine is let in, and nobody can log out', async () => {
    const page = await consoles.visit(open, '/console/')
    await page.getByRole('navigation', { name: 'Views' }).waitFor()
    await page.getByText('local', { exact: true }).click()
    expect(await page.getByText('administrator, all documents').isVisible()).toBe(true)
    expect(await page.getByRole('button', { name: 'Log out' }).count()).toBe(0)
  })

  test('a wrong token, the right one, out again: by keyboard alone', async () => {
    const page = await consoles.visit(guarded, '/console/health')
    const field = page.getByLabel('Token', { exact: true })
    await field.waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('Enter the token.').waitFor()
    await page.keyboard.type('wrong')
    await page.keyboard.press('Enter')
    await page.getByText('This token is not known here.').waitFor()
    await field.fill(ALL)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Health', level: 1 }).waitFor()
    // It stays in this tab.
    await page.reload()
    await page.getByRole('heading', { name: 'Health', level: 1 }).waitFor()
    await page.locator('.menu summary').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Log out' }).focus()
    await page.keyboard.press('Enter')
    await page.getByLabel('Token', { exact: true }).waitFor()
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
  })

  test('the controller is away when one logs in: tried again, a wrong token is a wrong one', async () => {
    const page = await consoles.visit(guarded, '/console/health')
    await page.getByLabel('Token', { exact: true }).fill('wrong')
    await page.context().setOffline(true)
    await page.keyboard.press('Enter')
    await page.getByText('The controller does not answer.').waitFor()
    await page.context().setOffline(false)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('This token is not known here.').waitFor()
  })

  test('another page of a view takes the focus, and so does the way back', async () => {
    const page = await consoles.visit(open, '/console/plans')
    const focused = page.locator('#content:focus')
    await page.getByText('1 document with 1 number serves').waitFor()
    await page.getByRole('link', { name: 'acme' }).press('Enter')
    await page.getByRole('heading', { name: 'acme', level: 1 }).waitFor()
    await focused.waitFor()
    await page.getByRole('link', { name: 'Change', exact: true }).last().press('Enter')
    await page.getByRole('textbox', { name: 'The text of acme' }).waitFor()
    await page.locator('main').getByRole('link', { name: 'Change' }).press('Enter')
    await page.getByRole('button', { name: 'Open' }).waitFor()
    await focused.waitFor()
    await page.getByRole('link', { name: 'acme' }).press('Enter')
    await page.getByRole('textbox', { name: 'The text of acme' }).waitFor()
    await focused.waitFor()
    await page.goto(`${open.apiUrl}/console/plans`)
    await page.getByRole('link', { name: 'Revisions' }).press('Enter')
    await page.getByRole('heading', { name: 'Revisions', level: 1 }).waitFor()
    await focused.waitFor()
    await page.getByRole('link', { name: 'Skip to the content' }).focus()
    await page.goBack()
    await page.getByText('1 document with 1 number serves').waitFor()
    await focused.waitFor()
  })

  test('in a narrow window the view that is shown is in sight in the navigation', async () => {
    const page = await consoles.visit(open, '/console/health', { viewport: { width: 320, height: 600 } })
    const link = page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Health' })
    await expect.poll(async () => (await link.boundingBox())?.x).toBeLessThan(320 - 50)
    const { x, width } = (await link.boundingBox())!
    expect(x + width).toBeLessThanOrEqual(320)
  })

  test('a token that holds no more leads back to the form', async () => {
    const page = await consoles.visit(guarded, '/console/health', { token: 'of-yesterday' })
    await page.getByText('You were logged out').waitFor()
  })

  test('where the browser lets no page keep anything, one logs in all the same', async () => {
    const page = await consoles.visit(guarded, '/console/health')
    await page.addInitScript(`for (const name of ['sessionStorage', 'localStorage'])
      Object.defineProperty(window, name, { get() { throw new DOMException('not here', 'SecurityError') } })`)
    await page.reload()
    await page.getByLabel('Token', { exact: true }).fill(ALL)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Health', level: 1 }).waitFor()
    await page.locator('.menu summary').click()
    await page.getByLabel('Language').selectOption('nl')
    await page.getByRole('heading', { name: 'Status', level: 1 }).waitFor()
  })

  test('in Dutch where the browser is, in English where that is chosen, also next time', async () => {
    const page = await consoles.visit(open, '/console/health', { locale: 'nl-NL' })
    await page.getByRole('heading', { name: 'Status' }).waitFor()
    expect(await page.evaluate('document.documentElement.lang')).toBe('nl')
    await page.locator('.menu summary').click()
    await page.getByLabel('Taal').selectOption('en')
    await page.getByRole('heading', { name: 'Health' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Health' }).waitFor()
    expect(await page.title()).toBe('Health · belplan')
  })

  test('an address of no view says so, and leads to the start', async () => {
    const page = await consoles.visit(open, '/console/nothing/here')
    await page.getByText('There is no such page').waitFor()
    await page.getByRole('link', { name: 'To the start' }).click()
    await page.getByRole('navigation', { name: 'Views' }).waitFor()
  })

  test('the skip link comes first, and leads past the navigation', async () => {
    const page = await consoles.visit(open, '/console/health')
    await page.getByRole('heading', { name: 'Health' }).waitFor()
    await page.keyboard.press('Tab')
    await page.locator('a:focus', { hasText: 'Skip to the content' }).waitFor()
    await page.keyboard.press('Enter')
    await page.locator('#content:focus').waitFor()
  })

  test('a page on another origin can neither read, nor change, nor show it', async () => {
    // With the policy of its own page out of the way, as of a page that somebody else wrote.
    const elsewhere = await consoles.visit(guarded, '/console/', { bypassCSP: true })
    await elsewhere.getByLabel('Token', { exact: true }).waitFor()
    const ask = (path: string, init = {}) =>
      elsewhere.evaluate(
        `fetch('${open.apiUrl}${path}', ${JSON.stringify(init)}).then((r) => r.type, () => 'blocked')`,
      )
    const { revision } = open.plans.current()
    await open.put('acme', oneBridge('0502100009'))
    expect(await ask('/plans')).toBe('blocked')
    expect(await ask('/me')).toBe('blocked')
    expect(await ask('/plans/reload', { method: 'POST', mode: 'no-cors' })).toBe('blocked')
    expect(open.plans.current().revision).toBe(revision)
    await elsewhere.evaluate(`new Promise((done) => {
      const frame = document.createElement('iframe')
      frame.src = '${open.apiUrl}/console/'
      frame.onload = done
      document.body.append(frame)
    })`)
    // The browser says what it kept from the page, and why.
    expect(consoles.faults().join()).toContain("Framing 'http://127.0.0.1:")
    expect(await elsewhere.context().cookies([open.apiUrl, guarded.apiUrl])).toEqual([])
  })

  test.each(['light', 'dark'] as const)('axe finds nothing in %s', async (colorScheme) => {
    const page = await consoles.visit(open, '/console/health', { colorScheme, bypassCSP: true })
    await page.getByRole('heading', { name: 'Health' }).waitFor()
    await page.locator('.menu summary').click()
    expect(await axeViolations(page)).toEqual([])
    const form = await consoles.visit(guarded, '/console/', { colorScheme, bypassCSP: true })
    await form.getByRole('button', { name: 'Log in' }).click()
    await form.getByText('Enter the token.').waitFor()
    expect(await axeViolations(form)).toEqual([])
  })
})
