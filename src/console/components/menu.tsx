/** Who is logged in, and what can be set: behind one button at the right of the header. */
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { logOut, session } from '../session.ts'
import { language, languages, theme, themes } from '../settings.ts'
import { frameWords } from '../words/frame.ts'
import { Button } from './button.tsx'
import { Select } from './field.tsx'

export function Menu(): JSX.Element {
  const words = frameWords()
  const now = session.value
  const me = now.state === 'loggedIn' ? now.me : undefined
  const box = useRef<HTMLDetailsElement>(null)

  useEffect(() => {
    const close = (event: Event) => {
      const { current } = box
      if (!current?.open) return
      if (event instanceof KeyboardEvent && event.key === 'Escape') {
        current.open = false
        current.querySelector('summary')?.focus()
      } else if (event.type === 'click' && event.target instanceof Node && !current.contains(event.target))
        current.open = false
    }
    addEventListener('click', close)
    addEventListener('keydown', close)
    return () => {
      removeEventListener('click', close)
      removeEventListener('keydown', close)
    }
  }, [])

  return (
    <details class="menu" ref={box}>
      <summary>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <circle cx="12" cy="8" r="4" />
          <path d="M4 21q0-7 8-7t8 7" />
        </svg>
        <span class="menu-name">{me?.name ?? words.menu}</span>
      </summary>
      <div class="menu-box">
        {me && (
          <p class="quiet">
            {words.rights[me.right]},{' '}
            {me.documents ? words.limitedTo(me.documents.join(', ')) : words.allDocuments}
            <br />
            belplan {me.version}
          </p>
        )}
        <Select
          label={words.language}
          value={language.value}
          options={languages.map((value) => ({ value, label: words.languages[value] }))}
          onChange={(value) => (language.value = value)}
        />
        <Select
          label={words.theme}
          value={theme.value}
          options={themes.map((value) => ({ value, label: words.themes[value] }))}
          onChange={(value) => (theme.value = value)}
        />
        {me?.needsToken && <Button onClick={logOut}>{words.logOut}</Button>}
      </div>
    </details>
  )
}
