/** A part of a view under its own heading; no landmark, since what is in it has a name of its own. */
import type { ComponentChildren, JSX } from 'preact'

export interface SectionProps {
  readonly title: string
  readonly text?: ComponentChildren
  readonly children: ComponentChildren
}

export function Section({ title, text, children }: SectionProps): JSX.Element {
  return (
    <div class="section">
      <h2>{title}</h2>
      {text && <p class="quiet">{text}</p>}
      {children}
    </div>
  )
}
