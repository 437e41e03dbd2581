/** A set as large as a platform has it in a database: many documents with some numbers each, of which one changes. */
import type { Content } from '../../src/shared-plans/local-copy.ts'

export const DOCUMENTS = 50_000
export const NUMBERS = 20
export const MANY = `${DOCUMENTS.toLocaleString('en')} documents with ${(DOCUMENTS * NUMBERS).toLocaleString('en')} numbers`

export const nameOf = (nth: number): string => `customer-${nth}`

/** `generation` makes it another one. */
export function textOf(nth: number, generation: number): string {
  const numbers = Array.from({ length: NUMBERS }, (_, i) => `+31${880_000_000 + nth * NUMBERS + i}`)
  return JSON.stringify({
    version: 1,
    description: `Customer ${nth}`,
    webhooks: { crm: { urlTemplate: 'https://crm.example/name?caller={callerid}' } },
    plans: {
      main: {
        numbers,
        steps: [
          { type: 'webhook', webhook: 'crm', success: [{ type: 'callername', mode: 'webhook' }] },
          { type: 'bridge', destination: '+31502102544', ringSeconds: 20 + (generation % 40) },
          { type: 'hangup', cause: 'USER_BUSY' },
        ],
      },
    },
  })
}

export const contentOf = (nth: number, generation: number): Content => ({
  part: 'document',
  body: textOf(nth, generation),
})
