/** A script in the address, so that a call that was tried can be sent to others: the number readable, the rest as JSON. */
import type { Script } from '../../api/try.ts'

export function queryOf({ call: { did, ...call }, given }: Script): Record<string, string> {
  const rest = JSON.stringify({ ...(isEmpty(call) ? {} : { call }), ...(isEmpty(given) ? {} : { given }) })
  return { did, ...(rest !== '{}' && { script: rest }) }
}

/** What is no script counts as an empty one: somebody may have cut the address off. The API checks what is in it. */
export function scriptIn(query: URLSearchParams): Script {
  const { call, given } = objectOf(query.get('script'))
  return {
    call: { ...objectAt(call), did: query.get('did') ?? '' },
    given: objectAt(given),
  }
}

function objectOf(text: string | null): Record<string, unknown> {
  try {
    return objectAt(JSON.parse(text ?? '{}'))
  } catch {
    return {}
  }
}

const objectAt = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}

const isEmpty = (value: object): boolean => Object.values(value).every((one) => one === undefined)
