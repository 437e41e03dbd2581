/** Connections of held calls that break: because FreeSWITCH was lost with its calls, or between it and one controller. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { placeCall, type Target } from '../../src/simulator/place-call.ts'
import { fakeFreeSwitch } from '../link/fake-freeswitch.ts'
import { createControllers, type Controller } from '../harness/controller.ts'
import { openCutLine } from '../harness/cut-line.ts'
import { says, web } from '../webhook/servers.ts'

const controllers = createControllers()
afterEach(() => controllers.end())

/** The Core-UUID of the simulator's calls, and that of FreeSWITCH's next start. */
const [CORE, NEXT] = ['201eb592-ce49-4609-9509-7f334eae4c2d', 'c0de0000-0000-4000-8000-000000000002']
const soon = { interval: 5, timeout: 20_000 }
const did = '+31502100000'
const fast = { did, domain: 'acme.example', tickMs: 1, speed: 20 } as const
const PASSWORD = 'a-word-of-its-own'

/** A way to a controller that can break. */
async function breakable({ port }: Target): Promise<Target & { break(): void }> {
  const line = await openCutLine(port)
  onTestFinished(() => line.close())
  return { host: '127.0.0.1', port: Number(new URL(line.url).port), break: () => line.close() }
}

async function start(url: string, port: number, folder?: string): Promise<Controller> {
  const ring = { type: 'bridge', destination: '215', ringSeconds: 2 }
  const acme = {
    domain: 'acme.example',
    webhooks: { mail: { urlTemplate: url } },
    plans: { main: { numbers: [did], missed: 'mail', steps: [ring, { ...ring, destination: '216' }] } },
  }
  const controller = await controllers.start({
    ...(folder === undefined ? { documents: { acme } } : { folder }),
    config: {
      freeswitch: { port, password: PASSWORD },
      webhooks: { allowPrivateNetworks: ['127.0.0.0/8'] },
    },
  })
  await vi.waitFor(async () => {
    expect((await controller.api('/readyz'))[1]).toMatchObject({ freeswitch: [{ connected: true }] })
  }, soon)
  return controller
}

/** Records that wait. */
const pending = ({ folder }: Controller) => readdir(join(folder, 'data', 'talking'))

test('operations a call that FreeSWITCH was lost with has one record, and its `missed` webhook is requested', async () => {
  const { url, requests } = await web(says('status=ACK'))
  const freeswitch = await fakeFreeSwitch({ password: PASSWORD, core: CORE })
  const controller = await start(url, freeswitch.port)
  const way = await breakable(controller.esl)
  const ringing = Promise.withResolvers<undefined>()
  const call = placeCall(way, {
    ...fast,
    answers: {},
    observe: ({ type }) => type === 'invite' && ringing.resolve(undefined),
  })
  await ringing.promise
  await freeswitch.close()
  way.break()
  const { id } = await call
  await vi.waitFor(async () => expect(await pending(controller)).toHaveLength(1), soon)
  expect(requests).toEqual([])
  const again = await fakeFreeSwitch({ password: PASSWORD, core: NEXT, port: freeswitch.port })
  await vi.waitFor(async () => expect(await controller.records()).toHaveLength(1), soon)
  expect((await controller.records())[0]).toMatchObject({
    ...{ id, did, document: 'acme', plan: 'main', answered: false, ending: 'lost' },
    notes: ['FreeSWITCH was restarted while the call was held'],
  })
  await vi.waitFor(() => expect(requests).toHaveLength(1), soon)
  expect(await pending(controller)).toEqual([])
  await controllers.end()
  await again.close()
})

test('operations a call whose connection alone is lost has the record of the controller that goes on with it', async () => {
  const { url, requests } = await web(says('status=ACK'))
  const freeswitch = await fakeFreeSwitch({ password: PASSWORD, core: CORE })
  const one = await start(url, freeswitch.port)
  const two = await start(url, freeswitch.port, one.folder)
  const way = await breakable(one.esl)
  const { ended } = await placeCall([way, two.esl], {
    ...fast,
    answers: { '216': { outcome: 'busy' } },
    observe: ({ type }) => type === 'invite' && way.break(),
  })
  expect(ended).toBe('hangup')
  await vi.waitFor(async () => expect(await two.records()).toHaveLength(1), soon)
  await vi.waitFor(async () => expect(await pending(one)).toEqual([]), soon)
  await freeswitch.close()
  const again = await fakeFreeSwitch({ password: PASSWORD, core: NEXT, port: freeswitch.port })
  await vi.waitFor(() => expect(again.commands).toContain('bgapi version'), soon)
  expect(await two.records()).toMatchObject([{ ending: 'endOfList', steps: [{}, {}] }])
  expect(requests).toHaveLength(1)
  await controllers.end()
  await again.close()
})
