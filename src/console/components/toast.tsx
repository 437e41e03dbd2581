/** Short words at the edge when something was done or failed; read out by screen readers. */
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import type { ApiFault } from '../api/client.ts'
import { frameWords } from '../words/frame.ts'

interface Toast {
  readonly id: number
  readonly text: string
  readonly tone: 'good' | 'bad'
}

const SHOWN_MS = 6000

const toasts = signal<readonly Toast[]>([])
let count = 0

/** What failed stays until it is closed. */
export function tell(text: string, tone: Toast['tone'] = 'good'): void {
  const id = count++
  toasts.value = [...toasts.value.slice(-3), { id, text, tone }]
  if (tone === 'good') setTimeout(() => close(id), SHOWN_MS)
}

export const tellFault = ({ code, message }: ApiFault): void =>
  tell(`${frameWords().faults[code]} ${message}`, 'bad')

function close(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}

export function Toasts(): JSX.Element {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, tone }) => (
        <div key={id} class={`toast ${tone}`}>
          <span>{text}</span>
          <button
            type="button"
            class="button plain"
            aria-label={frameWords().close}
            onClick={() => close(id)}
          >
            ✕
          </button>
        </div>
      ))}
    </div>
  )
}
