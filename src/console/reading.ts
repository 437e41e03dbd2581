/**
 * What a component shows of the API: read when it appears and when `keys` or the language change, again on demand or every so
 * often.
 */
import { useEffect, useRef, useState } from 'preact/hooks'
import { type ApiFault, asFault } from './api/client.ts'
import { useEvery } from './clock.ts'
import { language } from './settings.ts'

export interface Reading<T> {
  /** What was read last; also while it is read again, and when that fails. */
  readonly value: T | undefined
  /** Of the last attempt. */
  readonly fault: ApiFault | undefined
  readonly isLoading: boolean
  again(): void
}

/** `everyMs`: not while the tab is hidden. */
export function useReading<T>(
  read: (signal: AbortSignal) => Promise<T>,
  keys: readonly unknown[],
  { everyMs }: { everyMs?: number } = {},
): Reading<T> {
  const [state, setState] = useState<Omit<Reading<T>, 'again'>>(reading)
  const [turn, setTurn] = useState(0)
  const lastKeys = useRef(keys)

  useEffect(() => {
    const gone = new AbortController()
    const isOther = lastKeys.current.some((key, i) => key !== keys[i])
    lastKeys.current = keys
    setState((was) => (isOther ? reading : { ...was, isLoading: true }))
    read(gone.signal).then(
      (value) => {
        if (!gone.signal.aborted) setState({ value, fault: undefined, isLoading: false })
      },
      (error: unknown) => {
        if (gone.signal.aborted) return
        setState(({ value }) => ({ value, fault: asFault(error), isLoading: false }))
      },
    )
    return () => gone.abort()
  }, [...keys, language.value, turn])

  const again = () => setTurn((now) => now + 1)
  useEvery(everyMs, again)
  return { ...state, again }
}

const reading = { value: undefined, fault: undefined, isLoading: true } as const
