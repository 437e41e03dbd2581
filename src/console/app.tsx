/** The frame: header with the views, who is logged in, settings; the view in the middle; what is told at the edge. */
import { type ComponentType, type JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Button } from './components/button.tsx'
import { Empty } from './components/empty.tsx'
import { FaultNote } from './components/fault-note.tsx'
import { Login } from './components/login.tsx'
import { Menu } from './components/menu.tsx'
import { Toasts } from './components/toast.tsx'
import { focusContent } from './focus.ts'
import { hrefTo, place } from './router.ts'
import { enter, session } from './session.ts'
import { useTitle } from './title.ts'
import { type View, type ViewProps, views } from './views.ts'
import { frameWords } from './words/frame.ts'

export function App(): JSX.Element {
  const words = frameWords()
  const isIn = session.value.state === 'loggedIn'
  return (
    <>
      <a
        class="skip"
        href="#content"
        onClick={(event) => {
          // The address names what is looked at, and not where the focus is.
          event.preventDefault()
          focusContent()
        }}
      >
        {words.skip}
      </a>
      <header class="top">
        <a class="brand" href={hrefTo('')}>
          <Mark />
          belplan
        </a>
        {isIn ? <Navigation /> : <span class="grow" />}
        <Menu />
      </header>
      <main id="content" tabIndex={-1}>
        <Content />
      </main>
      <Toasts />
    </>
  )
}

function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M7 4v24M7 11h8q5 0 5-5M7 19h9q6 0 6 6" />
      <circle cx="20" cy="6" r="3" />
      <circle cx="22" cy="26" r="3" />
    </svg>
  )
}

function Navigation(): JSX.Element {
  const words = frameWords()
  const shown = current()
  const list = useRef<HTMLUListElement>(null)
  // Where there is no room for all of them, the one that is shown is in sight.
  useEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [shown, words])
  return (
    <nav class="views" aria-label={words.navigation}>
      <ul ref={list}>
        {views().map((view) => (
          <li key={view.path}>
            <a href={hrefTo(view.path)} aria-current={shown === view ? 'page' : undefined}>
              {words.views[view.word]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** That of the address; the first one where it names none. */
function current(): View | undefined {
  const { view } = place.value
  return view === '' ? views()[0] : views().find(({ path }) => path === view)
}

function Content(): JSX.Element {
  const words = frameWords()
  const now = session.value
  switch (now.state) {
    case 'asking':
      return <p class="quiet page">{words.connecting}</p>
    case 'loggedOut':
      return <Login why={now.why} />
    case 'refused':
      return (
        <div class="page">
          <Empty title={words.refused} text={now.fault.message} />
        </div>
      )
    case 'failed':
      return (
        <div class="page">
          <FaultNote fault={now.fault} again={() => void enter(now.given)} />
        </div>
      )
    case 'loggedIn': {
      const view = current()
      if (view) return <Shown key={view.path} view={view} />
      return (
        <div class="page">
          <Empty title={words.notFoundTitle} text={words.notFound}>
            <a href={hrefTo('')}>{words.toStart}</a>
          </Empty>
        </div>
      )
    }
  }
}

/** Loads the view's chunk, and brings the focus to where a screen reader begins when the view changes. */
function Shown({ view }: { readonly view: View }): JSX.Element {
  const words = frameWords()
  const [loaded, setLoaded] = useState<ComponentType<ViewProps> | 'failed'>()

  useEffect(() => {
    view.load().then(
      ({ default: component }) => setLoaded(() => component),
      () => setLoaded('failed'),
    )
  }, [view])

  useTitle(words.views[view.word])

  useEffect(() => {
    if (loaded === undefined) return
    if (hasMoved && place.value.hash === '') focusContent()
    hasMoved = true
  }, [loaded])

  if (loaded === 'failed')
    return (
      <div class="page">
        <Empty title={words.fault} text={words.loadFailed}>
          <Button onClick={() => location.reload()}>{words.reload}</Button>
        </Empty>
      </div>
    )
  if (loaded === undefined) return <p class="quiet page">{words.loading}</p>
  const Loaded = loaded
  return (
    <div class="page">
      <Loaded place={place.value} />
    </div>
  )
}

/** The browser itself begins a page at its top; after that it is ours. */
let hasMoved = false
