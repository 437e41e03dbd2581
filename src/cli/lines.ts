/** Lines of output that come in one turn of the event loop, in one write: under load, writing is what a line costs. */
export interface Lines {
  add(line: string): void
  /** Writes what has been added, at once: for whoever ends the process. */
  flush(): void
}

export function gatherLines(write: (text: string) => void): Lines {
  let text = ''
  const flush = (): void => {
    const whole = text
    text = ''
    if (whole !== '') write(whole)
  }
  return {
    add(line) {
      if (text === '') setImmediate(flush)
      text += `${line}\n`
    },
    flush,
  }
}
