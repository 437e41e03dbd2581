/** The form for a token, in the place of every view until one holds. */
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { enter } from '../session.ts'
import { useTitle } from '../title.ts'
import { frameWords } from '../words/frame.ts'
import { Button } from './button.tsx'
import { Field } from './field.tsx'

export function Login({ why }: { readonly why: 'tokenWrong' | 'tokenNoLonger' | undefined }): JSX.Element {
  const words = frameWords()
  const [token, setToken] = useState('')
  const [isSeen, setSeen] = useState(false)
  const [isMissing, setMissing] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  useTitle(words.logIn)

  const submit = () => {
    setMissing(token === '')
    if (token === '') field.current?.focus()
    else void enter(token)
  }
  const fault = isMissing ? words.tokenMissing : why === 'tokenWrong' ? words.tokenWrong : undefined
  return (
    <form
      class="login"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <h1>{words.loginTitle}</h1>
      {why === 'tokenNoLonger' && (
        <p class="note warn" role="status">
          {words.tokenNoLonger}
        </p>
      )}
      <Field
        label={words.token}
        type={isSeen ? 'text' : 'password'}
        value={token}
        onInput={setToken}
        hint={words.loginHint}
        fault={fault}
        autocomplete="current-password"
        inputRef={field}
      >
        <Button pressed={isSeen} onClick={() => setSeen(!isSeen)}>
          {isSeen ? words.hideToken : words.showToken}
        </Button>
      </Field>
      <Button type="submit" kind="primary">
        {words.logIn}
      </Button>
    </form>
  )
}
