/** `POST /calls/{id}/replay` on a controller with calls of its own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ReplayReport } from '../../src/replay/index.ts'
import { placeCall } from '../../src/simulator/place-call.ts'
import { type Controller, createControllers } from '../harness/controller.ts'

const controllers = createControllers()
afterAll(() => controllers.end())

const did = '+31502100000'
const ringing = (destination: string, number = did) => ({
  domain: 'acme.example',
  plans: { main: { numbers: [number], steps: [{ type: 'bridge', destination, ringSeconds: 5 }] } },
})
const tokens = {
  all: { token: 'all-all-all-all-all', right: 'read' },
  acme: { token: 'acme-acme-acme-acme', right: 'read', documents: ['acme'] },
  south: { token: 'south-south-south-south', right: 'read', documents: ['south'] },
}

let controller: Controller
let id: string
let first: string
let second: string

/** Reads the set several times, in a process of its own. */
beforeAll(async () => {
  const documents = { acme: ringing('215'), south: ringing('300', '+31502100009') }
  controller = await controllers.start({ documents, config: { api: { tokens } } })
  first = controller.plans.current().revision
  const answers = { '215': { outcome: 'busy' } } as const
  ;({ id } = await placeCall(controller.esl, { did, domain: 'acme.example', speed: Infinity, answers }))
  await controller.put('south', { ...ringing('300'), plans: { main: { numbers: [did], steps: [] } } })
  await controller.put('acme', {
    ...ringing('216'),
    plans: { main: { numbers: ['+31502100001'], steps: [] } },
  })
  await controller.reload({ token: 'test' })
  second = controller.plans.current().revision
}, 60_000)

async function replay(body?: unknown, token: keyof typeof tokens = 'all', call = id) {
  const [status, answer] = await controller.api(`/calls/${call}/replay`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens[token].token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return { status, answer: answer as ReplayReport & { error?: { code: string; message: string } } }
}

describe('api POST /calls/{id}/replay', () => {
  test.each([undefined, {}])('by its own revision, with the body %j', async (body) => {
    const { status, answer } = await replay(body)
    expect(status).toBe(200)
    expect(answer).toMatchObject({ id, isSame: true, isFault: false, recorded: { revision: first } })
    expect(answer.recorded.steps).toMatchObject([{ step: 'main/0', outcome: 'busy' }])
  })

  test('against a revision', async () => {
    const { answer } = await replay({ against: second })
    expect(answer.parting!.sentence).toBe(
      'the number led to `main` of acme in the call, and led to `main` of south here',
    )
    expect((await replay({ against: first })).answer.isSame).toBe(true)
  })

  test('against a draft of the document that the call was on', async () => {
    const { answer } = await replay({ against: ringing('217') })
    expect(answer.parting).toMatchObject({ step: 1 })
    expect(answer.assumptions).toEqual(['what 217 does is not known: it is taken not to answer'])
  })

  test('a token for some documents replays calls of theirs, and learns of no others', async () => {
    const { answer } = await replay({ against: second }, 'acme')
    expect(answer.parting!.sentence).toMatch(/led to `main` of acme in the call, and found no plan here$/)
    expect(JSON.stringify(answer)).not.toContain('south')
    expect((await replay(undefined, 'acme')).answer.isSame).toBe(true)
    const other = await replay(undefined, 'south')
    const none = await replay(undefined, 'south', 'nobody')
    expect([other.status, other.answer.error!.code]).toEqual([404, 'notFound'])
    expect(other.answer.error!.message.replace(id, 'nobody')).toBe(none.answer.error!.message)
  })

  test.each([
    ['{', 400],
    [[], 400],
    [{ against: 'HEAD' }, 400],
    [{ against: 5 }, 400],
    [{ against: '0123456789ab', more: 1 }, 400],
    [{ against: '0123456789ab' }, 404],
    [{ against: { plans: {}, nonsense: 1 } }, 422],
  ])('the body %j is answered with %i', async (body, status) => {
    expect((await replay(body)).status).toBe(status)
  })
})
