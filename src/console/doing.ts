/** What somebody sets going at the press of a button. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { type ApiFault, asFault } from './api/client.ts'
import { tellFault } from './components/toast.tsx'

export interface Doing {
  readonly isDoing: boolean
  /** Why it failed the last time. */
  readonly fault: ApiFault | undefined
  /** Never rejects: what `act` throws becomes the fault; it is told at the edge where what would show it was closed. */
  run(act: () => Promise<void>): Promise<void>
}

const idle = { isDoing: false, fault: undefined } as const

export function useDoing(): Doing {
  const [state, setState] = useState<Omit<Doing, 'run'>>(idle)
  const isClosed = useRef(false)
  useEffect(() => () => void (isClosed.current = true), [])
  async function run(act: () => Promise<void>): Promise<void> {
    setState({ isDoing: true, fault: undefined })
    try {
      await act()
      setState(idle)
    } catch (error) {
      const fault = asFault(error)
      if (isClosed.current) tellFault(fault)
      else setState({ isDoing: false, fault })
    }
  }
  return { ...state, run }
}
