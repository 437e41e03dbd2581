/** configuration `breaker`: the circuit by itself, on a clock of the test's. */
import { expect, test } from 'vitest'
import {
  createCircuitBreaker,
  type CircuitState,
  type RequestResult,
} from '../../src/webhook/circuit-breaker.ts'

function circuit(limits: Partial<Parameters<typeof createCircuitBreaker>[0]> = {}) {
  const clock = { ms: 1000 }
  const changes: CircuitState[] = []
  const all = { failureRate: 0.5, minimum: 4, windowSeconds: 30, openSeconds: 10, ...limits }
  const breaker = createCircuitBreaker(
    all,
    () => clock.ms,
    (state) => changes.push(state),
  )
  const report = (...results: RequestResult[]) => {
    for (const result of results) breaker.begin()(result)
  }
  return { breaker, clock, changes, report }
}

test('it opens at the failure rate, and not below', () => {
  const { breaker, report } = circuit()
  report('success', 'success', 'success', 'failure', 'failure')
  expect(breaker.state).toBe('closed')
  report('failure')
  expect(breaker.state).toBe('open')
  expect(breaker.blocked()).toBe(true)
})

test('it does not open below the minimum of requests', () => {
  const { breaker, report } = circuit()
  report('failure', 'failure', 'failure')
  expect(breaker.state).toBe('closed')
  report('failure')
  expect(breaker.state).toBe('open')
})

test('a failure rate of 1 means failures only', () => {
  const { breaker, report } = circuit({ failureRate: 1 })
  report('success', 'failure', 'failure', 'failure', 'failure')
  expect(breaker.state).toBe('closed')
})

test('what is older than the window is forgotten, however quiet it was since', () => {
  const { breaker, clock, report } = circuit()
  report('failure', 'failure', 'failure')
  clock.ms += 30_001
  report('failure')
  expect(breaker.state).toBe('closed')
  clock.ms += 10_000
  report('failure', 'failure', 'failure')
  expect(breaker.state).toBe('open')
})

test('what a caller gave up counts for nothing', () => {
  const { breaker, report } = circuit()
  report('failure', 'failure', 'failure', 'ignored', 'ignored', 'ignored')
  expect(breaker.state).toBe('closed')
})

test('after openSeconds one probe goes out, and nobody else while it is under way', () => {
  const { breaker, clock, report, changes } = circuit()
  report('failure', 'failure', 'failure', 'failure')
  clock.ms += 9_999
  expect(breaker.blocked()).toBe(true)
  clock.ms += 1
  expect(breaker.blocked()).toBe(false)
  const probe = breaker.begin()
  expect(breaker.blocked()).toBe(true)
  probe('success')
  expect(breaker.blocked()).toBe(false)
  expect(changes).toEqual(['open', 'probing', 'closed'])
})

test('a good probe forgets the failures from before', () => {
  const { breaker, clock, report } = circuit()
  report('failure', 'failure', 'failure', 'failure')
  clock.ms += 10_000
  report('success', 'failure', 'failure', 'failure')
  expect(breaker.state).toBe('closed')
})

test.each<RequestResult>(['failure', 'ignored'])(
  'a probe that is %s leaves it open for as long again',
  (result) => {
    const { breaker, clock, report } = circuit()
    report('failure', 'failure', 'failure', 'failure')
    clock.ms += 10_000
    report(result)
    expect(breaker.state).toBe('open')
    clock.ms += 9_999
    expect(breaker.blocked()).toBe(true)
    clock.ms += 1
    expect(breaker.blocked()).toBe(false)
  },
)

test('requests from before it opened neither open it again nor close it', () => {
  const { breaker, clock, report, changes } = circuit()
  const [early, late] = [breaker.begin(), breaker.begin()]
  report('failure', 'failure', 'failure', 'failure')
  early('success')
  clock.ms += 10_000
  const probe = breaker.begin()
  late('failure')
  expect(breaker.state).toBe('probing')
  probe('success')
  expect(changes).toEqual(['open', 'probing', 'closed'])
})
