/** A set as large as a platform has, each generation of it all new. */
import type { Documents } from '../harness/controller-process.ts'
import { flowDocument } from './subjects.ts'

const CUSTOMERS = 5000
const NUMBERS = 20

/** With the flow and the probe. */
export const DOCUMENTS = CUSTOMERS + 2
export const LARGE = `${CUSTOMERS.toLocaleString('en')} documents with ${(CUSTOMERS * NUMBERS).toLocaleString('en')} numbers`

/** A call to it is hung up with the cause of the generation that it found. */
export const PROBE_NUMBER = '+31502100009'
const CAUSES = ['USER_BUSY', 'CALL_REJECTED', 'NO_ANSWER', 'UNALLOCATED_NUMBER', 'NO_USER_RESPONSE', 'SUBSCRIBER_ABSENT'] as const // prettier-ignore
export const causeOf = (generation: number): string => CAUSES[generation % CAUSES.length]!

/** `generation` makes each set another one, so that nothing of it can be known before. */
export function largeSet(hookPort: number, generation: number): Documents {
  const documents: Record<string, object> = {
    bench: flowDocument(hookPort),
    probe: {
      version: 1,
      plans: {
        main: { numbers: [PROBE_NUMBER], steps: [{ type: 'hangup', cause: causeOf(generation) }] },
      },
    },
  }
  for (let d = 0; d < CUSTOMERS; d++) {
    const numbers = Array.from({ length: NUMBERS }, (_, i) => `+31${880_000_000 + d * NUMBERS + i}`)
    const ring = { type: 'bridge', destination: '+31502102544', ringSeconds: 20 }
    documents[`customer-${d}`] = {
      version: 1,
      description: `generation ${generation}`,
      webhooks: { crm: { urlTemplate: 'https://crm.example/name?caller={callerid}' } },
      plans: { main: { numbers, steps: [{ type: 'webhook', webhook: 'crm' }, ring] } },
    }
  }
  return documents
}
