/** A question that waits for its answer: the browser's own dialog, which keeps the focus and closes on Escape. */
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { frameWords } from '../words/frame.ts'
import { Button } from './button.tsx'

export interface DialogProps {
  readonly title: string
  readonly children: ComponentChildren
  /** Buttons behind the one that closes it, which takes nothing away and so comes first. */
  readonly actions?: ComponentChildren
  /** What that one says [Cancel]. */
  readonly closeText?: string
  /** Also on Escape. */
  readonly onClose: () => void
}

/** Is open as long as it is drawn. */
export function Dialog({ title, children, actions, closeText, onClose }: DialogProps): JSX.Element {
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const before = document.activeElement
    dialog.current?.showModal()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
    >
      <h2 id={id}>{title}</h2>
      <div class="dialog-body">{children}</div>
      <div class="actions">
        <Button onClick={onClose}>{closeText ?? frameWords().cancel}</Button>
        {actions}
      </div>
    </dialog>
  )
}
