/** Times as people read them beside a plan. */
import type { Language } from '../plan/index.ts'

const WORDS = {
  en: { noEnd: 'no end', withoutEnd: 'without end', upTo: 'up to' },
  nl: { noEnd: 'geen einde', withoutEnd: 'zonder einde', upTo: 'tot' },
} satisfies Record<Language, unknown>

/** Infinity is a plan's own silence for ever. */
export const inSeconds = (seconds: number, language: Language = 'en'): string =>
  seconds === Infinity ? WORDS[language].noEnd : `${Number(seconds.toFixed(1))} s`

export const upTo = (seconds: number, language: Language = 'en'): string => {
  const { withoutEnd, upTo: most } = WORDS[language]
  return seconds === Infinity ? withoutEnd : `${most} ${inSeconds(seconds)}`
}
