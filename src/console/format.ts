/** Times and numbers as the chosen language writes them. Times of the API are ISO 8601 texts; they are shown in this browser's time zone. */
import { language } from './settings.ts'

/** Day and time come first in Dutch and in British order; 24 hours in both. */
const locale = () => (language.value === 'nl' ? 'nl-NL' : 'en-GB')

/** Making one takes longer than using it. */
const made = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat | Intl.RelativeTimeFormat>()

function once<T extends Intl.DateTimeFormat | Intl.NumberFormat | Intl.RelativeTimeFormat>(
  name: string,
  make: (locale: string) => T,
): T {
  const key = `${locale()} ${name}`
  const kept = made.get(key) ?? make(locale())
  made.set(key, kept)
  return kept as T
}

/** Such as `26 Nov 2026, 03:05:09`. */
export const dateTime = (iso: string): string =>
  once(
    'dateTime',
    (locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }),
  ).format(new Date(iso))

/** Such as `1,234.5`; at most `digits` [1] behind the separator. */
export const decimal = (value: number, digits = 1): string =>
  once(
    `decimal ${digits}`,
    (locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: digits }),
  ).format(value)

/** Such as `12.5%`, of a share between 0 and 1. */
export const percent = (share: number): string =>
  once(
    'percent',
    (locale) => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }),
  ).format(share)

/** Such as `41 ms`, `1.2 s` and `3:07`, which is in minutes. */
export function duration(ms: number): string {
  if (ms < 1000) return `${decimal(ms, 0)} ms`
  if (ms < 60_000) return `${decimal(ms / 1000)} s`
  const seconds = Math.round(ms / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  const two = (value: number) => String(value).padStart(2, '0')
  const rest = two(seconds % 60)
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

/** Such as `3 minutes ago`; what is not a second old is `now`. */
export function ago(iso: string): string {
  const ms = Date.parse(iso) - Date.now()
  const [unit, size] = UNITS.find(([, size]) => Math.abs(ms) >= size) ?? UNITS[3]
  return once('ago', (locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })).format(
    Math.round(ms / size),
    unit,
  )
}
