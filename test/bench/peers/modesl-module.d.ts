/** The part of modesl (written in JavaScript, without types) that the benchmark uses. */
declare module 'modesl' {
  interface Conn {
    getInfo(): { getHeader(name: string): string | undefined }
    on(event: 'error', listener: (error: Error) => void): void
    once(event: string, listener: () => void): void
    subscribe(events: string, done: () => void): void
    execute(application: string, argument: string, done?: () => void): void
    disconnect(): void
  }
  const modesl: {
    readonly Server: new (
      options: { port: number; host: string; myevents: boolean },
      ready: () => void,
    ) => { on(event: 'connection::ready', listener: (conn: Conn) => void): void }
  }
  export default modesl
}
