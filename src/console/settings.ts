/** What a person chose for this browser: language, and light or dark. */
import { effect, signal, type Signal } from '@preact/signals'
import { inBrowser } from './kept.ts'

export const languages = ['en', 'nl'] as const
export type Language = (typeof languages)[number]

/** `system`: as the operating system has it. */
export const themes = ['system', 'light', 'dark'] as const

const browserLanguage = (): Language => (navigator.language.toLowerCase().startsWith('nl') ? 'nl' : 'en')

export const language = remembered('belplan.language', languages, browserLanguage())
export const theme = remembered('belplan.theme', themes, 'system')

effect(() => {
  document.documentElement.lang = language.value
})
effect(() => {
  document.documentElement.dataset['theme'] = theme.value
})

/** A choice that is kept in this browser from the moment somebody makes it. */
function remembered<T extends string>(key: string, choices: readonly T[], initial: T): Signal<T> {
  const kept = choices.find((choice) => choice === inBrowser.getItem(key))
  const chosen = signal(kept ?? initial)
  let isFirst = true
  effect(() => {
    const { value } = chosen
    if (!isFirst) inBrowser.setItem(key, value)
    isFirst = false
  })
  return chosen
}
