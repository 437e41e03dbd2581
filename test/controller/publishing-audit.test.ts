/** What of a change stands in the audit, and what does not. */
import { describe, expect, test } from 'vitest'
import type { Change } from '../../src/audit/index.ts'
import type { MissingModule } from '../../src/controller/needed-modules.ts'
import { createPublishing } from '../../src/controller/publishing.ts'
import { PlanSetError, type PlanStore } from '../../src/plan/index.ts'
import { BelplanError } from '../../src/util/errors.ts'

const by = { token: 'deploy', address: '192.0.2.7' }
const changed = {
  ...{ revision: 'b', previous: 'a', changed: true },
  ...{ documents: 1, plans: 1, numbers: 1, warnings: [], heldBack: [], served: true },
}

/** Publishing over a store that does what it is told to; `lines`: of the audit. */
function publishing(
  plans: Partial<Pick<PlanStore, 'reload' | 'rollback' | 'replace'>>,
  missing: readonly Promise<readonly MissingModule[]>[] = [],
) {
  const lines: Change[] = []
  const none = () => Promise.reject(new Error('not asked for here'))
  const publish = createPublishing({
    plans: {
      ...{ reload: none, rollback: none, replace: none, ...plans },
      current: () => ({ revision: 'a' }) as ReturnType<PlanStore['current']>,
    },
    metrics: { reloaded: () => undefined },
    audit: { write: (change) => Promise.resolve(void lines.push(change)) },
    servings: { began: () => undefined },
    missingModules: () => missing,
  })
  return { publish, lines }
}

const refusals: [Error, Change['why']][] = [
  [new PlanSetError('plans', []), 'invalid'],
  [new BelplanError('overtaken', 'a rollback came'), 'overtaken'],
  [new BelplanError('notGranted', 'not granted'), 'notGranted'],
  [new BelplanError('plans', 'cannot be read'), 'failed'],
  [new Error('a fault'), 'failed'],
]

describe('operations: what FreeSWITCH has not loaded is in the answer', () => {
  const done = () => Promise.resolve(changed)
  const replacement = { name: 'acme', visible: ['*'], check: () => undefined }

  test('of each way to publish', async () => {
    const missing = ['fs-a', 'fs-b'].map((freeswitch) => ({ freeswitch, module: 'mod_callcenter' }))
    const asked = missing.map((one) => Promise.resolve([one]))
    const { publish } = publishing({ reload: done, rollback: done, replace: done }, asked)
    const answers = [publish.reload(by), publish.rollback('b', by), publish.replace(replacement, by)]
    for (const answer of answers) expect(await answer).toEqual({ ...changed, missingModules: missing })
  })

  const silent = new Promise<never>(() => undefined)

  test('but for where nothing is missing, and where FreeSWITCH does not answer in time', async () => {
    for (const missing of [Promise.resolve([]), silent])
      expect(await publishing({ reload: done }, [missing]).publish.reload(by)).toEqual(changed)
  })

  test('of those that answer, where another one does not', async () => {
    const missing = [{ freeswitch: 'fs-b', module: 'mod_callcenter' }]
    const { publish } = publishing({ reload: done }, [silent, Promise.resolve(missing)])
    expect(await publish.reload(by)).toEqual({ ...changed, missingModules: missing })
  })
})

describe('operations audit: what was refused says why, in a word', () => {
  test.for(refusals)('a reload: %s is %s', async ([error, why]) => {
    const { publish, lines } = publishing({ reload: () => Promise.reject(error) })
    await expect(publish.reload(by)).rejects.toBe(error)
    expect(lines).toEqual([{ ...by, what: 'reload', from: 'a', to: 'a', outcome: 'refused', why }])
  })

  test('a rollback says to which revision, too', async () => {
    const error = new BelplanError('notGranted', 'not granted')
    const { publish, lines } = publishing({ rollback: () => Promise.reject(error) })
    await expect(publish.rollback('c', by)).rejects.toBe(error)
    expect(lines).toMatchObject([{ what: 'rollback', tried: 'c', outcome: 'refused', why: 'notGranted' }])
  })

  test('a document that does not validate', async () => {
    const error = new PlanSetError('plans', [])
    const { publish, lines } = publishing({ replace: () => Promise.reject(error) })
    const replacement = { name: 'acme', visible: ['*'], check: () => undefined }
    await expect(publish.replace(replacement, by)).rejects.toBe(error)
    expect(lines).toMatchObject([{ what: 'delete', documents: ['acme'], outcome: 'refused', why: 'invalid' }])
  })

  test('what was done says neither', async () => {
    const { publish, lines } = publishing({ rollback: () => Promise.resolve(changed) })
    await publish.rollback('b', by)
    expect(lines).toEqual([{ ...by, what: 'rollback', from: 'a', to: 'b', outcome: 'changed' }])
  })
})

describe('operations audit: what was not tried is no line', () => {
  test('a revision that is not there', async () => {
    const { publish, lines } = publishing({ rollback: () => Promise.resolve(undefined) })
    expect(await publish.rollback('c', by)).toBeUndefined()
    expect(lines).toEqual([])
  })

  test('a document that somebody else has changed meanwhile', async () => {
    const error = new Error('somebody was first')
    const { publish, lines } = publishing({
      replace({ check }) {
        check('"a"')
        return Promise.resolve(changed)
      },
    })
    const check = () => {
      throw error
    }
    await expect(publish.replace({ name: 'acme', visible: ['*'], check }, by)).rejects.toBe(error)
    expect(lines).toEqual([])
  })

  test('a document whose publisher is gone before its turn', async () => {
    const gone = new AbortController()
    gone.abort()
    const { publish, lines } = publishing({
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- that of the signal
      replace: ({ givenUp }) => Promise.reject(givenUp?.reason),
    })
    const replacement = { name: 'acme', visible: ['*'], check: () => undefined, givenUp: gone.signal }
    await expect(publish.replace(replacement, by)).rejects.toThrow('aborted')
    expect(lines).toEqual([])
  })
})
