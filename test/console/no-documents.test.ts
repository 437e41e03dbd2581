/** Whoever has no document yet is told so in each view, and led to where one begins. */
import { beforeAll, test } from 'vitest'
import { oneBridge, type Controller } from '../harness/controller.ts'
import { describeConsole } from './describe-console.ts'

const NORTH = 'a-token-for-documents-of-north-0123456789'

describeConsole('without a document', 120_000, (consoles) => {
  let controller: Controller
  beforeAll(async () => {
    const tokens = { north: { token: NORTH, right: 'publish', documents: ['north/*'] } }
    controller = await consoles.start({
      documents: { other: oneBridge('+31502105000') },
      config: { api: { tokens } },
    })
  }, 120_000)

  test('each view says so, and leads on to where one begins', async () => {
    const page = await consoles.visit(controller, '/console/plans', { token: NORTH })
    await page.getByText('0 documents with 0 numbers serve').waitFor()
    await page.getByText('No document serves').waitFor()
    const go = (view: string) => page.getByRole('link', { name: view, exact: true }).click()
    await go('Live')
    await page.getByText('No call is held now').waitFor()
    await go('Calls')
    await page.getByText('No call came in yet').waitFor()
    await go('Try')
    await page.getByLabel('Number to dial').fill('+31502105000')
    await page.getByText('leads to no plan').waitFor()
    await go('Health')
    await page.getByText('No server was asked').waitFor()
    await go('Plans')
    await page.getByRole('link', { name: 'Write one here' }).click()
    await page.getByLabel('Name of the document').fill('north/first')
    await page.keyboard.press('Enter')
    await page.getByText('This document is new').waitFor()
    await page.getByRole('textbox', { name: 'The text of north/first' }).waitFor()
  })
})
