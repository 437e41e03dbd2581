import { describe, expect, test } from 'vitest'
import { headerOf } from '../esl/frames.ts'
import { ID, place } from './scripted-controller.ts'

describe('the socket', () => {
  test('sends nothing until a command comes, and no reply to the first', async () => {
    await place({}, async (call) => {
      call.send('linger 5\n\nmyevents\n\nmyevents\n\n')
      expect((await call.reply()).head).toContain('+OK Events Enabled')
      expect((await call.reply()).head).toContain('-ERR aready enabled.')
      expect(call.frames).toHaveLength(2)
      call.send('exit\n\n')
    })
  })

  test('takes commands with either line end, cut anywhere, and answers in order', async () => {
    await place({}, async (call) => {
      const commands = 'connect\r\n\r\nlinger 5\r\n\r\nfilter Unique-ID x\n\nnolinger\n\n'
      for (const character of commands) call.send(character)
      await call.event('CHANNEL_DATA')
      const replies = [await call.reply(), await call.reply(), await call.reply()]
      expect(replies.map(({ head }) => headerOf(head, 'Reply-Text'))).toEqual([
        '+OK will linger 5 seconds',
        '+OK filter added. [Unique-ID]=[x]',
        '+OK will not linger',
      ])
      call.send('exit\n\n')
      expect((await call.reply()).head).toContain('+OK bye')
    })
  })

  test('cuts what it sends into chunks of the scripted size', async () => {
    await place({ chunks: 100 }, async (call) => {
      await call.open()
      expect(Math.max(...call.chunks.map(({ length }) => length))).toBeLessThan(1000)
      expect(call.chunks.length).toBeGreaterThan(20)
      await call.hangUp()
    })
  })

  test('sends no events that a filter or nixevent excludes', async () => {
    await place({ id: ID }, async (call) => {
      call.send('connect\n\n')
      await call.event('CHANNEL_DATA')
      call.execute('set', 'a=b')
      call.send(`filter Unique-ID nobody\n\nmyevents\n\n`)
      call.execute('set', 'a=c')
      expect(await call.api(`uuid_exists ${ID}`)).toBe('true')
      call.execute('hangup')
      await new Promise((resolve) => call.socket.once('close', resolve))
      expect(call.frames.filter(({ head }) => head.includes('text/event-plain'))).toEqual([])
    })
  })

  test('loses the hang-up event without linger', async () => {
    await place({ hangUp: { when: 'prompt' } }, async (call) => {
      call.send('myevents\n\nconnect\n\n')
      call.execute('playback', 'tone_stream://%(1,1,440)')
      await new Promise((resolve) => call.socket.once('close', resolve))
      expect(call.frames.at(-1)!.head).toContain('Content-Disposition: disconnect')
      expect(call.frames.some(({ body }) => body.startsWith('Event-Name: CHANNEL_HANGUP_COMPLETE'))).toBe(
        false,
      )
    })
  })

  test('reports a subscription to the events of every channel, and commands that no controller may send', async () => {
    const { result } = await place({}, async (call) => {
      call.send('event plain CHANNEL_EXECUTE_COMPLETE\n\nconnect\n\n')
      await call.run('set', 'a=b')
      await call.api('system touch /tmp/canary')
      await call.api(`uuid_setvar ${ID} a b`)
      call.send('sendmsg\ncall-command: execute\nexecute-app-name: set\nexecute-app-arg: a=b\nX-Evil: 1\n\n')
      await call.event('CHANNEL_EXECUTE_COMPLETE', 'set')
      call.execute('system', 'touch /tmp/canary')
      await call.hangUp()
    })
    expect(result.violations).toEqual(
      expect.arrayContaining([
        'asks for the events of every channel',
        'executes the API command system touch /tmp/canary',
        expect.stringContaining('executes the API command uuid_setvar'),
        'sendmsg with a header that does not belong there: X-Evil',
        'executes the application system touch /tmp/canary',
      ]),
    )
  })
})
