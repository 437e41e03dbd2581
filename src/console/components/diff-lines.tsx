/** Lines of a text that were taken away or added, with their neighbours. */
import type { JSX } from 'preact'
import type { DiffLine } from '../line-diff.ts'

const SIGNS = { same: ' ', removed: '-', added: '+' } as const

export function DiffLines({
  label,
  lines,
}: {
  readonly label: string
  readonly lines: readonly DiffLine[]
}): JSX.Element {
  return (
    <div class="diff" role="region" aria-label={label} tabIndex={0}>
      {lines.map(({ kind, text, line }, i) => (
        <div key={i} class={`diff-line ${kind}`}>
          <span class="diff-number" aria-hidden="true">
            {line}
          </span>
          <code>
            {SIGNS[kind]} {text}
          </code>
        </div>
      ))}
    </div>
  )
}
