/** The head of a view: its title, a sentence on what it answers, and what one can do. */
import type { ComponentChildren, JSX } from 'preact'

export interface PageHeadProps {
  readonly title: ComponentChildren
  readonly text?: ComponentChildren
  /** Where it lies: a link to the list that it is of. */
  readonly above?: ComponentChildren
  readonly children?: ComponentChildren
}

export function PageHead({ title, text, above, children }: PageHeadProps): JSX.Element {
  return (
    <div class="page-head">
      <div class="page-title">
        {above && <p class="above">{above}</p>}
        <h1>{title}</h1>
        {text && <p class="quiet">{text}</p>}
      </div>
      {children && <div class="actions">{children}</div>}
    </div>
  )
}
