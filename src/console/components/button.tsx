import type { ComponentChildren, JSX } from 'preact'

export interface ButtonProps {
  readonly children: ComponentChildren
  readonly onClick?: () => void
  /** `primary`: what the view is for; `danger`: it takes something away; `plain`: without a frame. */
  readonly kind?: 'primary' | 'danger' | 'plain'
  readonly type?: 'button' | 'submit'
  readonly disabled?: boolean
  /** Where what is shown says too little by itself. */
  readonly label?: string
  readonly pressed?: boolean
}

export function Button({
  children,
  onClick,
  kind,
  type = 'button',
  disabled,
  label,
  pressed,
}: ButtonProps): JSX.Element {
  return (
    <button
      type={type}
      class={`button ${kind ?? ''}`}
      disabled={disabled}
      aria-label={label}
      aria-pressed={pressed}
      onClick={onClick}
    >
      {children}
    </button>
  )
}
