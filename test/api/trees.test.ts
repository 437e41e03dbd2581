/** `GET /plans/tree` and `POST /plans/tree`: the words and names of a document's steps, as other parts have them. */
import { afterEach, expect, test } from 'vitest'
import { createControllers, type Controller } from '../harness/controller.ts'

const controllers = createControllers()
afterEach(() => controllers.end())

const acme = {
  domain: 'acme.example',
  description: 'ACME BV',
  audio: { hi: 'hi.wav', quiet: 'silence_stream://-1' },
  webhooks: { crm: { urlTemplate: 'https://crm.example/?n={callerid}', description: 'Who is it?' } },
  plans: {
    main: {
      description: 'By day',
      numbers: ['0502100000'],
      missed: 'crm',
      steps: [
        {
          type: 'webhook',
          webhook: 'crm',
          note: 'our own customers first',
          success: [{ type: 'bridge', from: 'webhook' }],
          failure: [
            {
              type: 'bridge',
              id: 'desk',
              destination: '215',
              on: { busy: [{ type: 'goto', plan: 'night' }] },
            },
          ],
        },
      ],
    },
    night: {
      steps: [
        { type: 'play', audio: 'quiet' },
        { type: 'goto', plan: 'night' },
      ],
    },
  },
}

const tree = {
  name: 'north/acme',
  domain: 'acme.example',
  description: 'ACME BV',
  audio: acme.audio,
  webhooks: [
    {
      ...{ name: 'crm', method: 'GET' },
      ...{ urlTemplate: 'https://crm.example/?n={callerid}', timeoutSeconds: 3 },
    },
  ],
  plans: [
    {
      ...{ name: 'main', description: 'By day', numbers: ['0502100000'], moreNumbers: 0, missed: 'crm' },
      upToSeconds: null,
      steps: [
        {
          ...{ step: 'main/0', pointer: '/plans/main/steps/0', type: 'webhook', title: 'Webhook' },
          ...{ sentence: 'asks the webhook crm', webhook: 'crm', seconds: 3 },
          branches: [
            {
              ...{ name: 'success', sentence: 'on ACK', upToSeconds: 30 },
              steps: [
                {
                  ...{ step: 'main/0/success/0', pointer: '/plans/main/steps/0/success/0', type: 'bridge' },
                  ...{ title: 'Ring', sentence: 'rings what the webhook returned for 30 s', seconds: 30 },
                  branches: [],
                },
              ],
            },
            {
              ...{ name: 'failure', sentence: 'on anything but ACK', upToSeconds: null },
              steps: [
                {
                  ...{
                    step: 'desk',
                    pointer: '/plans/main/steps/0/failure/0',
                    type: 'bridge',
                    title: 'Ring',
                  },
                  ...{ sentence: 'rings 215 for 30 s', seconds: 30 },
                  branches: [
                    {
                      ...{ name: 'on/busy', sentence: 'when busy', upToSeconds: null },
                      steps: [
                        {
                          ...{ step: 'main/0/failure/0/on/busy/0', type: 'goto', title: 'Go to a plan' },
                          ...{ pointer: '/plans/main/steps/0/failure/0/on/busy/0', seconds: 0, branches: [] },
                          sentence: 'goes on in the plan night',
                          plans: ['night'],
                        },
                      ],
                    },
                  ],
                },
              ],
            },
          ],
        },
      ],
    },
    {
      ...{ name: 'night', numbers: [], moreNumbers: 0, upToSeconds: null },
      steps: [
        { step: 'night/0', sentence: 'plays quiet', seconds: null },
        { step: 'night/1', goesRound: true },
      ],
    },
  ],
}

/** From a request to its status and the names of the plans that came. */
const asksPlans = (controller: Controller) => async (path: string, init?: RequestInit) => {
  const [status, answer] = await controller.api(path, init)
  return [status, (answer as { plans?: { name: string }[] }).plans?.map(({ name }) => name)]
}

test('api a document as a tree: names of steps as in the journal, pointers as in findings, sentences as of explain', async () => {
  const controller = await controllers.start({ documents: { 'north/acme': acme } })
  const [status, answer] = await controller.api('/plans/tree/north/acme')
  expect(status).toBe(200)
  expect(answer).toMatchObject({ ...tree, revision: controller.plans.current().revision })
})

test('api the tree in Dutch', async () => {
  const controller = await controllers.start({ documents: { 'north/acme': acme } })
  const [, answer] = await controller.api('/plans/tree/north/acme?lang=nl')
  const [main] = (answer as { plans: { steps: { title: string; sentence: string }[] }[] }).plans
  expect(main!.steps[0]).toMatchObject({ title: 'Webhook', sentence: 'raadpleegt de webhook crm' })
  expect((await controller.api('/plans/tree/north/acme?lang=xx'))[0]).toBe(400)
})

test('api of a revision that served before', async () => {
  const controller = await controllers.start({ documents: { 'north/acme': acme } })
  const { revision } = controller.plans.current()
  await controller.put('north/acme', { ...acme, plans: { night: acme.plans.night } })
  await controller.reload({ token: 'test' })
  const plansOf = asksPlans(controller)
  expect(await plansOf('/plans/tree/north/acme')).toEqual([200, ['night']])
  expect(await plansOf(`/plans/tree/north/acme?revision=${revision}`)).toEqual([200, ['main', 'night']])
  expect(await plansOf('/plans/tree/north/acme?revision=000000000000')).toEqual([404, undefined])
  expect(await plansOf('/plans/tree/north')).toEqual([404, undefined])
})

test('api of a draft', async () => {
  const controller = await controllers.start({ documents: { 'north/acme': acme } })
  const plansOf = asksPlans(controller)
  const draft = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(acme),
  }
  expect(await plansOf('/plans/tree?name=new', draft)).toEqual([200, ['main', 'night']])
  const bad = { ...draft, body: JSON.stringify({ ...acme, plans: { main: { steps: [{ type: 'sing' }] } } }) }
  const [status, answer] = await controller.api('/plans/tree', bad)
  expect([status, answer]).toMatchObject([
    422,
    { error: { code: 'invalid', details: [{ pointer: '/plans/main/steps/0/type' }] } },
  ])
})
