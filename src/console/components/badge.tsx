/** A state in a word: the colour says nothing that the word and the mark do not. */
import type { ComponentChildren, JSX } from 'preact'

export type Tone = 'good' | 'warn' | 'bad' | 'quiet' | 'live'

const MARKS: Record<Tone, string> = { good: '✓', warn: '!', bad: '✕', quiet: '', live: '●' }

export function Badge({
  tone = 'quiet',
  children,
}: {
  tone?: Tone
  children: ComponentChildren
}): JSX.Element {
  const mark = MARKS[tone]
  return (
    <span class={`badge ${tone}`}>
      {mark && (
        <span class="sign" aria-hidden="true">
          {mark}
        </span>
      )}
      {children}
    </span>
  )
}
