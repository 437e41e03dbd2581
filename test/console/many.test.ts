/** 5,000 documents, and one as large as they may be: what is not looked at is not drawn, which is what keeps the page quick. */
import { beforeAll, expect, test } from 'vitest'
import { oneBridge, type Controller } from '../harness/controller.ts'
import { describeConsole } from './describe-console.ts'

const DOCUMENTS = 5000
/** Of a page of fifty things; all of them would be ten times as many. */
const MOST_ELEMENTS = 2000

const number = (i: number) => `05020${String(10_000 + i)}`
const documents = Object.fromEntries(
  Array.from({ length: DOCUMENTS - 1 }, (_, i) => [`customers/c${i}`, oneBridge(number(i))]),
)
const ring = { type: 'bridge', destination: '215', ringSeconds: 5 }
const large = {
  plans: Object.fromEntries(
    Array.from({ length: 500 }, (_, i) => [
      `p${i}`,
      {
        numbers: [number(DOCUMENTS + i)],
        steps: [{ ...ring, on: { busy: [ring, ring, ring], noAnswer: [ring, ring] } }, ring, ring, ring],
      },
    ]),
  ),
}

describeConsole('with many plans', 120_000, (consoles) => {
  let controller: Controller
  beforeAll(async () => {
    controller = await consoles.start({ documents: { ...documents, large } })
  }, 240_000)

  test('5,000 documents are there, found as one types, and fifty of them drawn', async () => {
    const page = await consoles.visit(controller, '/console/plans')
    await page.getByText('5,000 documents with 5,499 numbers serve').waitFor()
    const elements = () => page.locator('*').count()
    expect(await elements()).toBeLessThan(MOST_ELEMENTS)
    const search = page.getByLabel('Search')
    await search.fill('c4321')
    await page.getByText('1 of 5,000').waitFor()
    await search.fill(number(1234))
    await page.getByText('1 of 5,000').waitFor()
    await page.getByText(`${number(1234)} finds by ${number(1234)}:`).waitFor()
    await search.fill('acme.example')
    await page.getByText('4,999 of 5,000').waitFor()
    expect(await elements()).toBeLessThan(MOST_ELEMENTS)
  })

  test('a document of 4,500 steps opens folded; an address leads into it; all of it unfolds piece by piece', async () => {
    const page = await consoles.visit(controller, '/console/plans/large')
    await page.getByRole('region', { name: 'p49', exact: true }).waitFor()
    expect(await page.locator('li.step').count()).toBe(0)
    expect(await page.locator('*').count()).toBeLessThan(MOST_ELEMENTS)
    await page.getByLabel('Search in the plans').fill('p450/0/on/busy/2')
    await page.keyboard.press('Enter')
    await page.locator('li.step.marked').waitFor()
    expect(await page.locator('li.step.marked .step-row').getAttribute('id')).toBe('step:p450/0/on/busy/2')
    await page.getByRole('button', { name: 'Unfold all', exact: true }).click()
    await page.locator('[id="step:p450/3"]').waitFor()
  })
})
