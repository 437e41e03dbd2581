/** What is asked of the controller as somebody types: when nothing was typed for a while, and the last one alone. */
import { useEffect, useState } from 'preact/hooks'
import { type ApiFault, asFault, type FaultCode } from '../../api/client.ts'

export interface AsTyped<T> {
  /** Of the text as it was when it was asked last. */
  readonly value: T | undefined
  /** While it is asked: why it is asked again. */
  readonly fault: ApiFault | undefined
  readonly isAsking: boolean
}

const AGAIN_MS = 2000
/** What passes by itself. */
const PASSING: readonly FaultCode[] = ['tooMany', 'network', 'notReady']

/** `text` undefined: nothing is asked, and what was answered is forgotten. Where the controller is busy or away, it is asked again. */
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
          const passes = PASSING.includes(fault.code)
          setState(({ value }) => ({ value: passes ? value : undefined, fault, isAsking: passes }))
          if (passes) timer = setTimeout(start, AGAIN_MS)
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
