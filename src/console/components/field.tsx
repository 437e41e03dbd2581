/** A field with its label, a hint, and what is wrong with what is in it. */
import type { ComponentChildren, JSX, Ref } from 'preact'
import { useId } from 'preact/hooks'

export interface FieldProps {
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
  readonly hint?: string
  readonly fault?: string | undefined
  readonly type?: 'text' | 'password' | 'search' | 'date' | 'datetime-local' | 'number'
  readonly placeholder?: string
  /** The label is read out, but not seen. */
  readonly hideLabel?: boolean
  readonly autocomplete?: string
  /** The id of a `datalist` with what is proposed. */
  readonly list?: string
  readonly inputRef?: Ref<HTMLInputElement>
  /** Behind the field. */
  readonly children?: ComponentChildren
}

export function Field(props: FieldProps): JSX.Element {
  const {
    label,
    value,
    onInput,
    hint,
    fault,
    type = 'text',
    placeholder,
    hideLabel,
    autocomplete = 'off',
  } = props
  const id = useId()
  // Preact has a union by it; those that we use take the same attributes.
  const attribute = type as 'text'
  const described = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label for={id} class={hideLabel ? 'unseen' : ''}>
        {label}
      </label>
      <div class="field-row">
        <input
          id={id}
          ref={props.inputRef}
          type={attribute}
          value={value}
          placeholder={placeholder}
          autocomplete={autocomplete}
          list={props.list}
          autocapitalize="off"
          spellcheck={false}
          aria-describedby={described === '' ? undefined : described}
          aria-invalid={fault ? true : undefined}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        {props.children}
      </div>
      {hint && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
      {fault && (
        <p id={`${id}-fault`} class="field-fault" role="alert">
          {fault}
        </p>
      )}
    </div>
  )
}

export interface SelectProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly options: readonly { readonly value: T; readonly label: string }[]
  readonly onChange: (value: T) => void
  readonly hideLabel?: boolean
}

export function Select<T extends string>({
  label,
  value,
  options,
  onChange,
  hideLabel,
}: SelectProps<T>): JSX.Element {
  const id = useId()
  return (
    <div class="field">
      <label for={id} class={hideLabel ? 'unseen' : ''}>
        {label}
      </label>
      <select
        id={id}
        value={value}
        onChange={(event) => {
          const chosen = options.find((option) => option.value === event.currentTarget.value)
          if (chosen) onChange(chosen.value)
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  )
}
