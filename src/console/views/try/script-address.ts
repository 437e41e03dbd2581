/** A script in the address, so that a call that was tried can be sent to others: the number readable, the rest as JSON. */
import type { Script } from '../../api/try.ts'
import { fieldsOf, parsed } from '../../json.ts'

export function queryOf({ call: { did, ...call }, given }: Script): Record<string, string> {
  const rest = JSON.stringify({ ...(isEmpty(call) ? {} : { call }), ...(isEmpty(given) ? {} : { given }) })
  return { did, ...(rest !== '{}' && { script: rest }) }
}

/** What is no script counts as an empty one: somebody may have cut the address off. The API checks what is in it. */
export function scriptIn(query: URLSearchParams): Script {
  const { call, given } = fieldsOf(parsed(query.get('script') ?? ''))
  return {
    call: { ...fieldsOf(call), did: query.get('did') ?? '' },
    given: fieldsOf(given),
  }
}

const isEmpty = (value: object): boolean => Object.values(value).every((one) => one === undefined)
