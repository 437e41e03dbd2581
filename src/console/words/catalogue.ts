/** The catalogue: each file of this folder has the words of a part of the page, in every language. */
import { decimal } from '../format.ts'
import { language, type Language } from '../settings.ts'

/**
 * Words of one part; the Dutch ones have the same shape, so that a missing one does not compile. What comes back gives those of
 * the language that is chosen, and a component that asks is drawn anew when that changes.
 */
export function catalogue<T extends object>(
  words: { readonly en: T } & Readonly<Record<Exclude<Language, 'en'>, NoInfer<T>>>,
): () => T {
  const all: Readonly<Record<Language, T>> = words
  return () => all[language.value]
}

/** The word for one, or for any other number. */
export const plural = (count: number, one: string, more: string): string => (count === 1 ? one : more)

/** How many, such as `1 call` and `1,234 calls`. */
export const counted = (count: number, one: string, more: string): string =>
  `${decimal(count)} ${plural(count, one, more)}`

/** The word for what the API names; undefined: it is one that is not known here, and stands for itself. */
export const wordFor = (words: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(words, name) ? words[name] : undefined
