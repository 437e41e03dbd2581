/** What is said of plans, in the languages in which people read them. */
import { listed } from '../util/listed.ts'

export const LANGUAGES = ['en', 'nl'] as const
export type Language = (typeof LANGUAGES)[number]

/** The same in each language. */
export type Wording = { readonly [language in Language]: string }

/** Nothing more is said. */
export const NOTHING: Wording = { en: '', nl: '' }

/** One after the other, with what each language puts in between. */
export function joinedWording(parts: readonly Wording[], between: Wording): Wording {
  return {
    en: parts.map(({ en }) => en).join(between.en),
    nl: parts.map(({ nl }) => nl).join(between.nl),
  }
}

/** `a, b and c` and `a, b en c`, as `listed` has it; an item that is text is the same in each language. */
export function listedWording(
  items: readonly (string | Wording)[],
  { word = 'and', most }: { readonly word?: 'and' | 'or'; readonly most?: number } = {},
): Wording {
  const inLanguage = (language: Language) =>
    items.map((item) => (typeof item === 'string' ? item : item[language]))
  const limit = most === undefined ? {} : { most }
  return {
    en: listed(inLanguage('en'), { word, ...limit }),
    nl: listed(inLanguage('nl'), { word: word === 'and' ? 'en' : 'of', ...limit }),
  }
}

/** Seconds in Dutch sentences, where `30 s` is no word. */
export const seconden = (count: number): string => (count === 1 ? '1 seconde' : `${count} seconden`)
