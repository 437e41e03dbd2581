/** What is asked of the controller as somebody types: when nothing was typed for a while, and the last one alone. */
import { useEffect, useState } from 'preact/hooks'
import { type ApiFault, asFault } from '../../api/client.ts'

export interface AsTyped<T> {
  /** Of the text as it was when it was asked last. */
  readonly value: T | undefined
  readonly fault: ApiFault | undefined
  readonly isAsking: boolean
}

const BUSY_MS = 2000

/** `text` undefined: nothing is asked, and what was answered is forgotten. Where the controller is busy, it is asked again. */
export function useAsTyped<T>(
  text: string | undefined,
  ask: (text: string, signal: AbortSignal) => Promise<T>,
  { afterMs }: { readonly afterMs: number },
): AsTyped<T> {
  const [state, setState] = useState<AsTyped<T>>({ value: undefined, fault: undefined, isAsking: false })
  useEffect(() => {
    if (text === undefined) {
      setState({ value: undefined, fault: undefined, isAsking: false })
      return undefined
    }
    const gone = new AbortController()
    let timer = setTimeout(start, afterMs)
    setState((was) => ({ ...was, isAsking: true }))
    function start(): void {
      ask(text!, gone.signal).then(
        (value) => {
          if (!gone.signal.aborted) setState({ value, fault: undefined, isAsking: false })
        },
        (error: unknown) => {
          if (gone.signal.aborted) return
          const fault = asFault(error)
          const isBusy = fault.code === 'tooMany'
          setState(({ value }) => ({ value: isBusy ? value : undefined, fault, isAsking: isBusy }))
          if (isBusy) timer = setTimeout(start, BUSY_MS)
        },
      )
    }
    return () => {
      clearTimeout(timer)
      gone.abort()
    }
  }, [text])
  return state
}
