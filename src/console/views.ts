/** The views: a new one is its file in `views/` and its line here. */
import type { ComponentType } from 'preact'
import type { Right } from './api/me.ts'
import { may } from './session.ts'
import type { Place } from './router.ts'
import type { frameWords } from './words/frame.ts'

export interface ViewProps {
  readonly place: Place
}

export interface View {
  /** In the address. */
  readonly path: string
  /** In the navigation, and in the title. */
  readonly word: keyof ReturnType<typeof frameWords>['views']
  /** It is not shown without [read]. */
  readonly right?: Right
  /** A chunk of its own. */
  readonly load: () => Promise<{ readonly default: ComponentType<ViewProps> }>
}

/** In the order of the navigation; the first one that a token may open is the start. */
const all: readonly View[] = [
  { path: 'live', word: 'live', load: () => import('./views/live/live.tsx') },
  { path: 'plans', word: 'plans', load: () => import('./views/plans/plans.tsx') },
  { path: 'calls', word: 'calls', load: () => import('./views/calls/calls.tsx') },
  { path: 'try', word: 'tryOut', load: () => import('./views/try/try.tsx') },
  { path: 'change', word: 'change', right: 'publish', load: () => import('./views/change/change.tsx') },
  { path: 'health', word: 'health', load: () => import('./views/health/health.tsx') },
]

/** Those that the token may open. */
export const views = (): readonly View[] => all.filter(({ right = 'read' }) => may(right))
