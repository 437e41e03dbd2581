/** §3 Variables: what a server returns for later steps. */
import { describe, expect, test } from 'vitest'
import { plan as planOf, ring, walkPlan, type Script } from './walking.ts'

const ask = (webhook: string, success: object[] = []) => ({ type: 'webhook', webhook, success })
const name = (text: string, mode = 'replace') => ({ type: 'callername', mode, text })
const on = (variable: string, ...matches: string[]) => ({
  type: 'switch',
  on: { variable },
  cases: matches.map((match, i) => ({ match, steps: [ring(String(i + 1))] })),
  default: [ring('9')],
})
/** A POST has all variables, so that each of them is used. */
const plan = (steps: object[], more: object = {}) => {
  const written = planOf(steps, more)
  const post = { urlTemplate: 'https://post.example/', method: 'POST' }
  return { ...written, webhooks: { ...written.webhooks, post } }
}
const pin = { pin: { urlTemplate: 'https://pin.example/', ivr: { startMessage: 'hello' } } }
const secret = { crm: { urlTemplate: 'https://crm.example/', secretVariables: ['token'] } }
const withWebhooks = (steps: object[], webhooks: object, more: object = {}) => {
  const written = plan(steps, more)
  return { ...written, webhooks: { ...written.webhooks, ...webhooks } }
}
const answering = (...answers: object[]): NonNullable<Script['answers']> => {
  const left = [...answers]
  return () => ({ status: 'ACK', ...left.shift() })
}

describe('§3 a variable that a webhook returned', () => {
  test('is in the requests of later webhooks, and in names', async () => {
    const steps = [ask('crm'), name('{var.tier}: {var.none}', 'prepend'), ask('mail'), ring('1')]
    const {
      requests,
      bridges,
      steps: journal,
    } = await walkPlan(plan(steps), {
      answers: answering({ variables: { tier: 'gold' } }),
    })
    expect(requests.map(({ values }) => values.variables)).toEqual([undefined, { tier: 'gold' }])
    expect(bridges[0]?.shown.name).toBe('gold: Jane Doe')
    expect(journal[0]).toMatchObject({ outcome: 'ACK', variables: { tier: 'gold' } })
  })

  test.each([
    ['gold', '1'],
    ['golden', '2'],
    ['Gold', '9'],
    ['', '9'],
  ])('leads on by a switch: %j', async (tier, destination) => {
    const steps = [ask('crm', [on('tier', 'gold', 'gold*')])]
    const { bridges } = await walkPlan(plan(steps), { answers: answering({ variables: { tier } }) })
    expect(bridges[0]?.destinations).toEqual([destination])
  })

  test('stays behind its webhook, beyond a goto, and in a plan that is called and behind it', async () => {
    const more = { sub: { steps: [on('tier', 'gold')] }, night: { steps: [on('tier', 'gold')] } }
    const steps = [
      ask('crm'),
      { type: 'call', plan: 'sub' },
      on('tier', 'gold'),
      { type: 'goto', plan: 'night' },
    ]
    const { bridges } = await walkPlan(plan(steps, more), {
      answers: answering({ variables: { tier: 'gold' } }),
    })
    expect(bridges.map(({ destinations }) => destinations[0])).toEqual(['1', '1', '1'])
  })

  test('is replaced by a later one, and taken away by an empty one', async () => {
    const steps = [ask('crm'), ask('crm'), on('tier', 'silver'), ask('crm'), on('tier', 'silver')]
    const { bridges, state } = await walkPlan(plan(steps), {
      answers: answering(
        { variables: { tier: 'gold', x: '1' } },
        { variables: { tier: 'silver' } },
        { variables: { tier: '' } },
      ),
    })
    expect(bridges.map(({ destinations }) => destinations[0])).toEqual(['1', '9'])
    expect([...state.variables]).toEqual([['x', '1']])
  })

  test('does not count with NAK', async () => {
    const answers = () => ({ status: 'NAK', variables: { tier: 'gold' } }) as const
    const { state } = await walkPlan(plan([ask('crm')]), { answers })
    expect(state.variables.size).toBe(0)
  })

  test('that does not fit beside the others, 1,024 bytes in all, has no value any more, and the journal says so', async () => {
    const long = '日'.repeat(80)
    const { state, steps } = await walkPlan(plan([ask('crm'), ask('crm'), on('e', 'short')]), {
      answers: answering(
        { variables: { a: long, b: long, c: long, e: 'short' } },
        { variables: { d: long, e: long } },
      ),
    })
    expect([...state.variables.keys()]).toEqual(['a', 'b', 'c', 'd'])
    expect(steps[1]).toMatchObject({
      variables: { d: long, e: '' },
      warnings: [expect.stringContaining('variable e has no value now')],
    })
    expect(steps[2]?.outcome).toBe('default')
  })

  test('that nothing in the document uses is not taken, and is in no record', async () => {
    const url = { urlTemplate: 'https://mail.example/?n={var.number}' }
    const written = planOf([ask('crm', [on('tier', 'gold')]), name('{var.greeting}')])
    const { state, steps } = await walkPlan(
      { ...written, webhooks: { ...written.webhooks, mail: url } },
      { answers: answering({ variables: { tier: 'gold', greeting: 'Hi', number: '1', more: 'x' } }) },
    )
    expect([...state.variables.keys()]).toEqual(['tier', 'greeting', 'number'])
    expect(steps[0]).toMatchObject({ variables: { tier: 'gold', greeting: 'Hi', number: '1' } })
    expect(steps[0]).not.toHaveProperty('warnings')
  })

  test('of a text that is nothing with it leaves the name alone', async () => {
    const { steps, state } = await walkPlan(plan([name('{var.none}')]))
    expect(steps[0]?.outcome).toBe('kept')
    expect(state.nameSet).toBe(false)
  })
})

test('§3 of a variable that is as it was the name alone is told: a record is short', async () => {
  const { steps } = await walkPlan(plan([ask('crm'), ask('crm')]), {
    answers: () => ({ status: 'ACK', variables: { tier: 'gold' } }),
  })
  expect(steps.map(({ variables, unchangedVariables }) => variables ?? unchangedVariables)).toEqual([
    { tier: 'gold' },
    ['tier'],
  ])
})

describe('§3 a secret variable', () => {
  const token = 'T0p-5ecret'

  test('is in later requests and decides switches, and is written down nowhere', async () => {
    const steps = [ask('crm', [on('token', token)]), ask('mail')]
    const walked = await walkPlan(withWebhooks(steps, secret), {
      answers: answering({
        variables: { token, tier: 'gold' },
        callername: `Jane ${token}`,
        url: 'https://crm.example/',
      }),
    })
    expect(walked.requests[1]?.values).toMatchObject({
      variables: { tier: 'gold' },
      secretVariables: { token },
    })
    expect(walked.bridges[0]?.destinations).toEqual(['1'])
    expect(walked.steps[0]).toMatchObject({
      variables: { tier: 'gold' },
      secretVariables: ['token'],
      callername: 'Jane •••',
    })
    expect(JSON.stringify(walked.steps)).not.toContain(token)
    expect([...walked.state.secrets]).toEqual([['token', token]])
    expect(JSON.stringify([...walked.state.returned, ...walked.state.variables])).not.toContain(token)
  })

  test('is secret from any webhook of the document', async () => {
    const { state } = await walkPlan(withWebhooks([ask('mail')], secret), {
      answers: answering({ variables: { token } }),
    })
    expect([...state.secrets.keys()]).toEqual(['token'])
  })

  test('is masked in what servers say later, as codes are', async () => {
    const { steps, bridges, state } = await walkPlan(
      withWebhooks(
        [
          ask('crm'),
          ask('mail', [
            { type: 'callername', mode: 'webhook' },
            { type: 'bridge', from: 'webhook' },
          ]),
        ],
        {
          crm: { ...secret.crm, secretVariables: ['token'] },
        },
      ),
      {
        answers: answering(
          { variables: { token: '4711' } },
          { callername: 'Jane 4711', destination: '4711', variables: { echo: 'a4711' } },
        ),
      },
    )
    expect(bridges[0]).toMatchObject({ destinations: ['4711'], shown: { name: 'Jane •••' } })
    expect(steps.at(-1)).toMatchObject({ destinations: ['•••'] })
    expect(JSON.stringify(steps)).not.toContain('4711')
    expect([...state.variables.keys()]).toEqual([])
  })

  test('is masked in the very answer that returns it, also where it is not taken', async () => {
    const returned = { a: `a ${token}`, token, b: `b ${token}`, none: '' }
    const { steps, state } = await walkPlan(withWebhooks([ask('crm')], secret), {
      answers: answering({
        variables: returned,
        callername: token,
        destinations: [token],
        warnings: [token],
      }),
    })
    expect(JSON.stringify([steps, ...state.variables])).not.toContain(token)
    expect(state.returned.size).toBe(0)
    expect([...state.secrets.keys()]).toEqual(['a', 'token', 'b'])

    const long = 'x'.repeat(250)
    const filled = Object.fromEntries(['a', 'b', 'c', 'd'].map((key) => [key, key.repeat(250)]))
    const untaken = await walkPlan(
      withWebhooks([ask('crm'), ask('crm')], {
        crm: { ...secret.crm, secretVariables: ['a', 'b', 'c', 'd', 'token'] },
      }),
      {
        answers: answering({ variables: filled }, { variables: { token: long, echo: `${long}!` } }),
      },
    )
    expect(JSON.stringify([untaken.steps, ...untaken.state.variables])).not.toContain(long)
  })

  test('that is empty makes nothing else secret', async () => {
    const { state } = await walkPlan(withWebhooks([ask('crm')], secret), {
      answers: answering({ variables: { token: '', tier: 'gold' } }),
    })
    expect([...state.variables.keys()]).toEqual(['tier'])
  })

  test('of less than four characters is looked for in nothing else: it would be there by chance', async () => {
    const steps = [ask('crm'), ask('mail', [{ type: 'callername', mode: 'webhook' }])]
    const url = { urlTemplate: 'https://crm.example/?t={var.token}' }
    const walked = await walkPlan(withWebhooks(steps, { ...secret, mail: url }), {
      answers: answering(
        { variables: { token: '7' } },
        { callername: 'Jane 7', variables: { customer: '4711', token: '7' } },
      ),
    })
    expect(walked.state).toMatchObject({ name: 'Jane 7', variables: new Map([['customer', '4711']]) })
    expect([...walked.state.secrets]).toEqual([['token', '7']])
  })

  test.each(['t0P-5eCRET', 'T0p%2D5ecret', '%54%30p-5ecret'])(
    'is found however it is spelt: %s',
    async (spelt) => {
      const { state, steps } = await walkPlan(withWebhooks([ask('crm'), ask('crm')], secret), {
        answers: answering(
          { variables: { token } },
          { variables: { link: `https://x.example/?t=${spelt}` } },
        ),
      })
      expect(state.variables.size).toBe(0)
      expect(JSON.stringify(steps)).not.toContain(spelt)
    },
  )

  test('is what holds a code, too', async () => {
    const steps = [ask('pin', [on('order', '12345')])]
    const {
      bridges,
      steps: journal,
      state,
    } = await walkPlan(withWebhooks(steps, pin), {
      keyed: ['12345#'],
      answers: answering({ variables: { order: '12345' } }),
    })
    expect(bridges[0]?.destinations).toEqual(['1'])
    expect(JSON.stringify([journal, ...state.variables])).not.toContain('12345')
  })
})

test('§3 destinations and names of webhooks that stand in one another are bounded, and the journal says so', async () => {
  const largest = () => ({
    status: 'ACK' as const,
    destinations: Array.from({ length: 20 }, (_, i) => `${'9'.repeat(30)}${10 + i}`),
    callername: '😀'.repeat(64),
  })
  const deep = Array.from({ length: 12 }).reduce<object[]>(
    (inner) => [ask('crm', [...inner, { type: 'bridge', from: 'webhook' }])],
    [],
  )
  const { steps, bridges, end } = await walkPlan(plan(deep), { answers: largest })
  const asked = steps.filter(({ type }) => type === 'webhook')
  expect(asked.map(({ warnings }) => warnings !== undefined)).toEqual(asked.map((_, i) => i > 2))
  expect(asked[3]?.['warnings']).toEqual([expect.stringContaining('are left behind')])
  // The innermost three ring; of those further out nothing is left.
  expect(bridges).toHaveLength(3)
  expect(end.ending).toBe('endOfList')
})

describe('§3 a list of destinations that a webhook returned', () => {
  const lists = (more: object) => plan([ask('crm', [{ type: 'bridge', from: 'webhook', ...more }])])
  const answers = answering({ destinations: ['215', '+31502102544'] })

  test('rings at the same time', async () => {
    const { done, steps } = await walkPlan(lists({}), { answers })
    expect(done[1]).toBe('bridge 215,+31502102544')
    expect(steps[1]).toMatchObject({ destinations: ['215', '+31502102544'] })
  })

  test('or one by one', async () => {
    const { done, steps } = await walkPlan(lists({ strategy: 'sequential' }), {
      answers: answering({ destinations: ['215', '+31502102544'] }),
    })
    expect(done.slice(1, 3)).toEqual(['bridge 215', 'bridge +31502102544'])
    expect(steps[1]).toMatchObject({ each: ['noAnswer', 'noAnswer'] })
  })
})
