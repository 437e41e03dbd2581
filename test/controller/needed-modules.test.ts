/** What FreeSWITCH must have loaded is asked over the inbound link, of a set that needs it alone. */
import { expect, test } from 'vitest'
import { missingModules } from '../../src/controller/needed-modules.ts'
import { planSet } from '../harness/call-controller.ts'

async function warned(steps: object[], loaded: (module: string) => Promise<boolean>) {
  const asked: string[] = []
  const told: string[] = []
  const missing = await missingModules({
    plans: { current: () => planSet({ audio: { hello: 'hello.wav' }, plans: { main: { steps } } }) },
    link: {
      name: 'fs-a',
      hasModule(module) {
        asked.push(module)
        return loaded(module)
      },
    },
    log: { warn: (_: unknown, message?: unknown) => void told.push(String(message)), debug: () => undefined },
  })
  return { asked, told, missing }
}

const queue = { type: 'hangup', 'x-why': [] as object[] }
const inQueue = { type: 'queue', queue: 'sales', on: { failed: [{ type: 'queue', queue: 'support' }] } }

test('operations a module that is missing is named, once', async () => {
  const { asked, told, missing } = await warned([inQueue], () => Promise.resolve(false))
  expect(missing).toEqual([{ freeswitch: 'fs-a', module: 'mod_callcenter' }])
  expect(asked).toEqual(['mod_callcenter'])
  expect(told).toEqual([
    expect.stringMatching(/^FreeSWITCH fs-a has not loaded mod_callcenter, .*modules.conf.xml$/),
  ])
})

test('operations one that is there is not, and where it is not known nothing is said', async () => {
  expect((await warned([inQueue], () => Promise.resolve(true))).told).toEqual([])
  expect((await warned([inQueue], () => Promise.reject(new Error('no link')))).told).toEqual([])
})

test('operations a set that needs none asks nothing, whatever its texts hold', async () => {
  const said = { type: 'hangup', note: '{"type":"queue"}' }
  expect(await warned([queue, said], () => Promise.resolve(false))).toEqual({
    ...{ asked: [], told: [], missing: [] },
  })
})
