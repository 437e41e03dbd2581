/** Number patterns, the entries of `numbers`: a number, a prefix, or `*` for everything else. */
import { bareNumber, prefixInE164, toE164 } from './e164.ts'

/** `value` is E.164 or internal, for a prefix without the `*`, for `rest` empty. */
export interface NumberPattern {
  readonly kind: 'exact' | 'prefix' | 'rest'
  readonly value: string
}

/** Reads a number pattern; undefined when it is neither a number, nor a prefix ending in `*`, nor `*`. */
export function readNumberPattern(written: string, country?: string): NumberPattern | undefined {
  const bare = bareNumber(written)
  if (bare === '*') return { kind: 'rest', value: '' }
  if (/^(\+[0-9]{0,15}|[0-9*#]{1,31})\*$/.test(bare)) return { kind: 'prefix', value: bare.slice(0, -1) }
  if (!/^(\+[0-9]{1,15}|[0-9*#]{0,31}[0-9#])$/.test(bare)) return undefined
  return { kind: 'exact', value: toE164(bare, country) ?? bare }
}

/** As an entry has it: a number, a prefix with its `*`, or `*`. */
export function entryOf({ kind, value }: NumberPattern): string {
  return kind === 'exact' ? value : `${value}*`
}

/** Internal numbers and prefixes belong to their document's domain; E.164 and `*` belong to the whole set. */
export function isInternal(pattern: NumberPattern): boolean {
  return pattern.kind !== 'rest' && !pattern.value.startsWith('+')
}

/** No country has numbers so short with its code: such as `+31` alone. */
const SHORTEST_E164 = 7

/** Whether a pattern is only the beginning of an E.164 number. */
export function isStub({ kind, value }: NumberPattern): boolean {
  return kind === 'exact' && value.startsWith('+') && value.length <= SHORTEST_E164
}

/**
 * Whether a pattern reads like a national number and yet is none, so that nobody can dial it: it begins with
 * the trunk prefix 0 or is as long as a subscriber's number, but was not valid in the country it was read for.
 */
export function isDeadNational(pattern: NumberPattern): boolean {
  return pattern.kind === 'exact' && (/^0[0-9]{4,}$/.test(pattern.value) || /^[0-9]{9,}$/.test(pattern.value))
}

/** Why no number is like an entry that calls are compared with; undefined where some may be. */
export function doubtOf(written: string, country: string | undefined): string | undefined {
  const pattern = readNumberPattern(written, country)
  if (pattern === undefined) return undefined
  if (pattern.kind === 'prefix') {
    const instead = prefixInE164(pattern.value, country)
    return (
      instead &&
      `"${written}" fits internal numbers alone, since others are compared with + and the country code; write "${instead}*"`
    )
  }
  if (isStub(pattern))
    return `no number is "${written}", which is only the beginning of one; write the whole of it, or "${pattern.value}*" for all that begin so`
  if (!isDeadNational(pattern)) return undefined
  const why =
    country === undefined ? 'without a defaultCountry it is no E.164 number' : `it is not valid in ${country}`
  return `no number is "${written}": ${why}; write it with + and the country code`
}
