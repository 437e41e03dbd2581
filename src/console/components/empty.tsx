/** Where there is nothing to show: what that means, and what one could do. */
import type { ComponentChildren, JSX } from 'preact'

export interface EmptyProps {
  readonly title: string
  readonly text?: string
  /** Links or buttons. */
  readonly children?: ComponentChildren
}

export function Empty({ title, text, children }: EmptyProps): JSX.Element {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {text && <p>{text}</p>}
      {children && <p class="actions">{children}</p>}
    </div>
  )
}
