/** The view Health in a real browser: a dead server, an event that does not arrive, and what a token for some documents sees. */
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import { oneBridge, type Controller } from '../harness/controller.ts'
import { freeTcpPorts } from '../harness/ports.ts'
import { fakeFreeSwitch } from '../link/fake-freeswitch.ts'
import { axeViolations } from './browser.ts'
import { describeConsole } from './describe-console.ts'

const OPS = 'a-token-of-operators-0123456789'
const READER = 'a-token-that-may-read-0123456789'
const NORTH = 'a-token-for-documents-of-north-0123456789'

/** As the API lists one that was given up, which takes a day. */
const givenUp = {
  ...{ id: 'given-up-1', state: 'givenUp', event: 'ended', callid: '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49' },
  ...{
    document: 'acme',
    webhook: 'crm',
    since: '2026-11-25T09:00:00.000Z',
    tries: 41,
    error: 'ECONNREFUSED <b>',
  },
}

describeConsole('health', 60_000, (consoles) => {
  let controller: Controller
  let dead: string
  beforeAll(async () => {
    const [port] = await freeTcpPorts(1)
    dead = `http://127.0.0.1:${port!}`
    const acme = {
      webhooks: {
        crm: { urlTemplate: `${dead}/`, retries: 0 },
        log: { urlTemplate: `${dead}/log`, method: 'POST' },
      },
      events: { ended: 'log' },
      plans: {
        main: {
          numbers: ['0502100000'],
          steps: [{ type: 'webhook', webhook: 'crm', failure: [{ type: 'hangup' }] }],
        },
      },
    }
    controller = await consoles.start({
      documents: { acme },
      config: {
        api: {
          tokens: {
            ops: { token: OPS, right: 'publish' },
            reader: { token: READER, right: 'read' },
            north: { token: NORTH, right: 'read', documents: ['north/*'] },
          },
        },
        webhooks: { allowPrivateNetworks: ['127.0.0.0/8'] },
      },
    })
    await placeCall(controller.esl, { did: '0502100000', caller: '0612345678' })
  }, 120_000)

  test('parts, a server that is down, an event that waits, and which revision each controller serves', async () => {
    const page = await consoles.visit(controller, '/console/health', { token: OPS })
    for (const part of ['Calls', 'FreeSWITCH', 'Plans', 'Port for calls'])
      await page.getByRole('heading', { name: part, level: 2, exact: true }).waitFor()
    await page.getByText('not configured').waitFor()
    const server = page.getByRole('region', { name: 'Webhooks' }).getByRole('row', { name: dead })
    await server.getByText('fails at times').waitFor()
    await server.getByText('1 × no connection').waitFor()
    await server.getByText('1 × the failure branch').waitFor()
    await page.getByText('1 waiting').waitFor()
    await page
      .getByRole('row', { name: /ended → log/ })
      .getByText('waits')
      .waitFor()
    await page.getByRole('row', { name: controller.plans.current().revision }).waitFor()
    await server.getByRole('link', { name: 'acme' }).click()
    await page.getByRole('heading', { level: 1, name: 'acme' }).waitFor()
  })

  test('an event that was given up is tried again by who may publish, and by nobody else', async () => {
    const retried: string[] = []
    for (const [token, buttons] of [
      [OPS, 1],
      [READER, 0],
    ] as const) {
      const page = await consoles.visit(controller, '/console/', { token })
      await page.getByRole('navigation').waitFor()
      await page.route('**/events?state=givenUp*', (route) => route.fulfill({ json: { events: [givenUp] } }))
      await page.route('**/events/*/retry', (route) => {
        retried.push(route.request().url())
        return route.fulfill({ json: { ...givenUp, state: 'waiting' } })
      })
      await page.getByRole('link', { name: 'Health' }).click()
      await page.getByText('1 given up').waitFor()
      await page.getByText('ECONNREFUSED <b>').waitFor()
      const retry = page.getByRole('button', { name: `Try ended of the call ${givenUp.callid} again` })
      expect(await retry.count()).toBe(buttons)
      if (buttons > 0) {
        await retry.focus()
        await page.keyboard.press('Enter')
        await page.getByRole('status').getByText('The event is tried again').waitFor()
      }
    }
    expect(retried).toEqual([`${controller.apiUrl}/events/given-up-1/retry`])
  })

  test('events of other machines that cannot be listed are named, and none is said to have arrived', async () => {
    const page = await consoles.visit(controller, '/console/', { token: READER })
    await page.getByRole('navigation').waitFor()
    await page.route('**/events?*', (route) => route.fulfill({ json: { events: [], incomplete: true } }))
    await page.getByRole('link', { name: 'Health' }).click()
    await page.getByText('Those of other machines may be missing').waitFor()
    expect(await page.getByText('All events have arrived').count()).toBe(0)
  })

  test('with a database: whether it answers, and each controller of all machines, those that are lost among them', async () => {
    const page = await consoles.visit(controller, '/console/', { token: OPS, bypassCSP: true })
    await page.getByRole('navigation').waitFor()
    const listed = (name: string, state: string, revision: string) => ({
      ...{ name, state, revision, version: '0.3.0', ready: state === 'lives' },
      ...{ startedAt: '2026-11-26T08:00:00.000Z', seenAt: '2026-11-26T09:00:00.000Z' },
    })
    const controllers = [
      listed('host-a:8084', 'lives', 'aaaaaaaaaaaa'),
      listed('host-b:8084', 'lives', 'bbbbbbbbbbbb'),
      listed('host-c:8084', 'lost', 'cccccccccccc'),
    ]
    await page.route('**/controllers', (route) => route.fulfill({ json: { shared: true, controllers } }))
    await page.route('**/readyz', async (route) => {
      const response = await route.fetch()
      const store = {
        configured: true,
        connected: false,
        since: '2026-11-26T09:00:00.000Z',
        error: 'ECONNREFUSED',
      }
      await route.fulfill({ response, json: { ...((await response.json()) as object), store } })
    })
    await page.getByRole('link', { name: 'Health' }).click()
    await page.getByRole('heading', { name: 'Database', level: 2 }).waitFor()
    await page.getByText('ECONNREFUSED', { exact: true }).waitFor()
    const region = page.getByRole('region', { name: 'Controllers' })
    await region.getByRole('row', { name: 'host-a:8084' }).getByText('aaaaaaaaaaaa').waitFor()
    await region.getByRole('row', { name: 'host-c:8084' }).getByText('not heard of').waitFor()
    await page.getByText('Not all controllers serve the same revision.').waitFor()
    expect(await axeViolations(page)).toEqual([])
  })

  test('a token for some documents sees whether calls are taken, and nothing of others', async () => {
    const page = await consoles.visit(controller, '/console/health', { token: NORTH })
    await page.getByText('Your token is for some documents').waitFor()
    await page.getByText('No server was asked').waitFor()
    await page.getByText('All events have arrived.').waitFor()
    expect(await page.getByRole('heading', { name: 'Controllers' }).count()).toBe(0)
    expect(await page.getByText(dead).count()).toBe(0)
  })

  test('of several FreeSWITCH it says how many are linked, and lists those first that are not', async () => {
    const freeswitch = await fakeFreeSwitch({ password: 'a-word-of-its-own' })
    onTestFinished(() => freeswitch.close())
    const [port] = await freeTcpPorts(1)
    const password = 'a-word-of-its-own'
    const one = { name: 'fs-a', port: freeswitch.port, password }
    const documents = { acme: oneBridge('0502100000') }
    const linked = await consoles.start({ documents, config: { freeswitch: one } })
    const alone = await consoles.visit(linked, '/console/health')
    await alone.getByText('fs-a').waitFor()
    await alone.getByText('FreeSWITCH Version 1.11.2 (test)').waitFor()
    expect(await alone.getByRole('heading', { name: 'Links with FreeSWITCH' }).count()).toBe(0)

    const both = await consoles.start({
      ...{ documents, config: { freeswitch: [one, { name: 'fs-b', port: port!, password }] } },
    })
    const page = await consoles.visit(both, '/console/health')
    await page.getByText('1 of 2 linked').waitFor()
    const rows = page.getByRole('region', { name: 'Links with FreeSWITCH' }).getByRole('row')
    await rows.nth(1).getByText('fs-b').waitFor()
    await rows.nth(1).getByText('no link').waitFor()
    await rows.nth(1).getByText('ECONNREFUSED').waitFor()
    await rows.nth(2).getByText('fs-a').waitFor()
    expect(await axeViolations(page)).toEqual([])
  })

  test('a controller that is gone is said to be', async () => {
    const other = await consoles.start({ documents: { acme: oneBridge('0502100000') } })
    const page = await consoles.visit(other, '/console/health')
    await page.getByRole('heading', { name: 'Port for calls' }).waitFor()
    await other.stop()
    await page.getByRole('alert').first().getByText('The controller does not answer.').waitFor()
  })

  test.each(['light', 'dark'] as const)('axe finds nothing in %s', async (colorScheme) => {
    const page = await consoles.visit(controller, '/console/health', {
      colorScheme,
      bypassCSP: true,
      token: OPS,
    })
    await page.getByText('fails at times').waitFor()
    await page.getByText('1 waiting').waitFor()
    expect(await axeViolations(page)).toEqual([])
  })
})
