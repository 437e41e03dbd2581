/** What is said where a number leads to no plan. */
import type { ScriptedCall } from './script.ts'

/** How people find the set again. */
export interface SetPlace {
  /** What `belplan explain NUMBER` needs to read the set, such as `plans --config a.json`; empty: nothing. */
  readonly place?: string
  /** Of numbers; undefined: none is known. */
  readonly defaultCountry?: string | undefined
}

/** One sentence. Internal numbers are looked up in their domain. */
export function noPlanText({ did, domain }: ScriptedCall, { place = '', defaultCountry }: SetPlace): string {
  const isNational = /^0[1-9]/.test(did)
  const why =
    isNational && defaultCountry === undefined
      ? ': it is a national number, and no defaultCountry is known to read it with'
      : ''
  const isInternal = !/^(\+|0)/.test(did)
  const within = isInternal ? `--domain ${domain}` : ''
  const command = ['belplan explain', did, place, within].filter((part) => part !== '').join(' ')
  return `${did} leads to no plan${why}; \`${command}\` shows what is near it`
}
